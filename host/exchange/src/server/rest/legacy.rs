//! `POST /portfolio/orders` and `DELETE /portfolio/orders/{id}` as the venue served them until it closed them, as it
//! was recorded in June 2026. Without [`ServerOptions::legacy_orders`](crate::server::ServerOptions) they are gone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Body;
use super::path::Path;
use super::response::StatusResult;
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::error::ApiError;
use crate::server::wire::decimal::count;
use crate::server::wire::legacy::LegacyOrder;
use crate::server::wire::portfolio::order;
use crate::server::wire::request::read_order_id;
use crate::venue::{MemberId, Venue};

pub(super) async fn create(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Body(new): Body<LegacyOrder>,
) -> StatusResult {
    let new = new.read()?;
    let view = app.exchange.with_venue(|venue, now| {
        let placed = venue.create(member, &new, now)?;
        shown(venue, member, placed.order_id)
    })?;
    Ok((StatusCode::CREATED, Json(json!({ "order": view }))))
}

pub(super) async fn cancel(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
) -> StatusResult {
    let id = read_order_id(&id)?;
    let (view, reduced) = app.exchange.with_venue(|venue, now| {
        let reduced = venue.cancel(member, id, now)?;
        Ok::<_, ApiError>((shown(venue, member, id)?, reduced.reduced_by))
    })?;
    Ok((StatusCode::OK, Json(json!({ "order": view, "reduced_by_fp": count(reduced) }))))
}

fn shown(venue: &Venue, member: MemberId, id: Uuid) -> Result<Value, ApiError> {
    let user_id = venue.member(member).map_or(Uuid::nil(), |member| member.user_id);
    Ok(order(venue, venue.order(member, id)?, user_id))
}
