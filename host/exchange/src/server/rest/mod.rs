//! The endpoints under `/trade-api/v2`: each reads its parameters, queries the venue once under the lock, and
//! responds.

mod absent;
mod account;
mod body;
mod candles;
mod events;
mod exchange;
mod groups;
mod historical;
mod legacy;
mod markets;
mod orders;
mod params;
mod path;
mod portfolio;
mod response;

use axum::Router;

use super::app::App;

/// Returns all routes, without the prefix; those of `legacy_orders` among them, or as gone.
pub(super) fn routes(legacy_orders: bool) -> Router<App> {
    exchange::routes()
        .merge(historical::routes())
        .merge(absent::routes())
        .merge(account::routes())
        .merge(markets::routes())
        .merge(candles::routes())
        .merge(events::routes())
        .merge(orders::routes())
        .merge(portfolio::routes(legacy_orders))
        .merge(groups::routes())
}
