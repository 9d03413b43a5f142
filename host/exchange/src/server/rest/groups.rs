//! `portfolio/order_groups…`: limits on what a group's orders may trade within 15 seconds.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::body::Body;
use super::params::Params;
use super::path::Path;
use super::response::{JsonResult, StatusResult};
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::error::ApiError;
use crate::server::wire::decimal::count;
use crate::server::wire::portfolio::group as group_view;
use crate::server::wire::request::{GroupLimit, read_group_id};
use crate::venue::{AccountId, MemberId, Venue, VenueError};

/// A command for a group.
type GroupCommand = fn(&mut Venue, MemberId, Uuid, Timestamp) -> Result<(), VenueError>;

pub(super) fn routes() -> Router<App> {
    let act = |act: GroupCommand| {
        move |State(app): State<App>, Authenticated(member): Authenticated, Path(id): Path<String>| async move {
            let id = read_group_id(&id)?;
            app.exchange.with_venue(|venue, now| act(venue, member, id, now))?;
            Ok::<_, ApiError>(Json(json!({})))
        }
    };
    Router::new()
        .route("/portfolio/order_groups", get(list))
        .route("/portfolio/order_groups/create", post(create))
        .route("/portfolio/order_groups/{id}", get(one).delete(act(Venue::delete_group)))
        .route("/portfolio/order_groups/{id}/reset", put(act(Venue::reset_group)))
        .route("/portfolio/order_groups/{id}/trigger", put(act(Venue::trigger_group)))
        .route("/portfolio/order_groups/{id}/limit", put(limit))
}

async fn create(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Body(group): Body<GroupLimit>,
) -> StatusResult {
    let (limit, subaccount) = (group.limit()?, group.subaccount()?);
    let id = app.exchange.with_venue(|venue, now| venue.create_group(AccountId { member, subaccount }, limit, now))?;
    let response = json!({ "order_group_id": id.to_string(), "subaccount": subaccount, "exchange_index": 0 });
    Ok((StatusCode::CREATED, Json(response)))
}

async fn list(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let subaccount = params.subaccount()?;
    let groups = app.exchange.with_venue(|venue, _| venue.groups(member, subaccount));
    Ok(Json(json!({ "order_groups": groups.iter().map(group_view).collect::<Vec<_>>() })))
}

async fn one(State(app): State<App>, Authenticated(member): Authenticated, Path(id): Path<String>) -> JsonResult {
    let id = read_group_id(&id)?;
    let group = app.exchange.with_venue(|venue, _| venue.group(member, id))?;
    Ok(Json(json!({
        "is_auto_cancel_enabled": true,
        "contracts_limit_fp": count(group.limit),
        "orders": group.orders.iter().map(Uuid::to_string).collect::<Vec<_>>(),
        "exchange_index": 0,
    })))
}

async fn limit(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
    Body(group): Body<GroupLimit>,
) -> JsonResult {
    let (id, limit) = (read_group_id(&id)?, group.limit()?);
    app.exchange.with_venue(|venue, now| venue.limit_group(member, id, limit, now))?;
    Ok(Json(json!({})))
}
