//! The endpoints under `/trade-api/v2`: each reads its parameters, asks the venue once under the lock, and answers.

mod account;
mod body;
mod events;
mod exchange;
mod groups;
mod historical;
mod markets;
mod orders;
mod params;
mod path;
mod portfolio;

use axum::Router;

use super::App;

/// All routes, without the prefix.
pub(super) fn routes() -> Router<App> {
    exchange::routes()
        .merge(historical::routes())
        .merge(account::routes())
        .merge(markets::routes())
        .merge(events::routes())
        .merge(orders::routes())
        .merge(portfolio::routes())
        .merge(groups::routes())
}
