//! `portfolio/events/orders…`: creates, changes and cancels orders. The older endpoints for this are gone.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::body::Body;
use super::params::Params;
use super::path::Path;
use super::response::StatusResult;
use crate::server::app::App;
use crate::server::auth::AuthError;
use crate::server::auth_layer::{Authenticated, Caller};
use crate::server::error::ApiError;
use crate::server::limits::{Bucket, CANCEL_COST, DEFAULT_COST};
use crate::server::wire::portfolio::{cancelled, decreased, failed, placed};
use crate::server::wire::request::{
    AmendOrder, CancelBatch, CancelOrder, CreateBatch, CreateOrder, DecreaseOrder, read_order_id, read_subaccount,
};
use crate::venue::{MemberId, Reduced, Resource, Venue, VenueError};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/portfolio/events/orders", post(create).delete(cancel_all))
        .route("/portfolio/events/orders/batched", post(create_batch).delete(cancel_batch))
        .route("/portfolio/events/orders/{id}", delete(cancel))
        .route("/portfolio/events/orders/{id}/amend", post(amend))
        .route("/portfolio/events/orders/{id}/decrease", post(decrease))
}

/// Responds for the removed order endpoints.
pub(super) async fn gone() -> ApiError {
    ApiError::gone()
}

async fn create(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Body(order): Body<CreateOrder>,
) -> StatusResult {
    let order = order.read()?;
    let response = app.exchange.with_venue(|venue, now| venue.create(member, &order, now))?;
    Ok((StatusCode::CREATED, Json(placed(&response))))
}

async fn cancel(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
    params: Params,
) -> StatusResult {
    let (id, subaccount) = (read_order_id(&id)?, params.subaccount()?);
    let response = app.exchange.with_venue(|venue, now| {
        check_owner(venue, member, id, subaccount)?;
        venue.cancel(member, id, now)
    })?;
    Ok((StatusCode::OK, Json(cancelled(&response))))
}

async fn cancel_all(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let subaccount = params.subaccount()?;
    app.exchange.with_venue(|venue, now| venue.cancel_all(member, subaccount, now))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn amend(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
    params: Params,
    Body(amendment): Body<AmendOrder>,
) -> StatusResult {
    let (id, subaccount, amendment) = (read_order_id(&id)?, params.subaccount()?, amendment.read()?);
    let response = app.exchange.with_venue(|venue, now| {
        check_owner(venue, member, id, subaccount)?;
        venue.amend(member, id, &amendment, now)
    })?;
    Ok((StatusCode::OK, Json(placed(&response))))
}

async fn decrease(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
    params: Params,
    Body(reduction): Body<DecreaseOrder>,
) -> StatusResult {
    let (id, subaccount, reduction) = (read_order_id(&id)?, params.subaccount()?, reduction.read()?);
    let response = app.exchange.with_venue(|venue, now| {
        check_owner(venue, member, id, subaccount)?;
        venue.decrease(member, id, reduction, now)
    })?;
    Ok((StatusCode::OK, Json(decreased(&response))))
}

async fn create_batch(
    State(app): State<App>,
    caller: Caller,
    batch: Result<Body<CreateBatch>, ApiError>,
) -> StatusResult {
    let (member, orders) = app.admit_batch(caller, batch.map(|Body(batch)| batch.orders), DEFAULT_COST)?;
    let responses: Vec<Value> = app.exchange.with_venue(|venue, now| {
        let one = |order: &CreateOrder| {
            let response = order.read().and_then(|order| Ok(venue.create(member, &order, now)?));
            response.map(|response| placed(&response)).unwrap_or_else(|error| {
                let name = order.client_order_id().map(|id| ("client_order_id".to_owned(), id.into()));
                failed(Map::from_iter(name), &error)
            })
        };
        orders.iter().map(one).collect()
    });
    Ok((StatusCode::CREATED, Json(json!({ "orders": responses }))))
}

async fn cancel_batch(
    State(app): State<App>,
    caller: Caller,
    batch: Result<Body<CancelBatch>, ApiError>,
) -> StatusResult {
    let (member, orders) = app.admit_batch(caller, batch.map(|Body(batch)| batch.orders), CANCEL_COST)?;
    if orders.iter().any(|order| order.order_id.is_none()) {
        return Err(ApiError::missing("order_id"));
    }
    let responses: Vec<Value> = app.exchange.with_venue(|venue, now| {
        let mut one = |order: &CancelOrder| -> Result<Reduced, ApiError> {
            let id = read_order_id(order.order_id.as_deref().unwrap_or_default())?;
            check_owner(venue, member, id, read_subaccount(order.subaccount)?)?;
            Ok(venue.cancel(member, id, now)?)
        };
        let responses = orders.iter().map(|order| {
            one(order).map(|response| cancelled(&response)).unwrap_or_else(|error| {
                let known = json!({ "order_id": order.order_id, "reduced_by": "0.00" });
                failed(known.as_object().cloned().unwrap_or_default(), &error)
            })
        });
        responses.collect()
    });
    Ok((StatusCode::OK, Json(json!({ "orders": responses }))))
}

/// Reports an order of another subaccount than the named one as not found; without a name, the primary one is meant.
fn check_owner(venue: &Venue, member: MemberId, order: Uuid, subaccount: Option<u8>) -> Result<(), VenueError> {
    let found = venue.order(member, order)?.account.subaccount;
    if subaccount.unwrap_or(0) == found { Ok(()) } else { Err(VenueError::NotFound(Resource::Order)) }
}

impl App {
    /// Returns the sender of a batch and its items, and charges for it: `each` per item, or the cost of a single
    /// request if the batch is empty, unreadable, unsigned, or larger than the bucket.
    fn admit_batch<T>(
        &self,
        caller: Caller,
        items: Result<Option<Vec<T>>, ApiError>,
        each: u32,
    ) -> Result<(MemberId, Vec<T>), ApiError> {
        let read = self.read_batch(caller, items, each);
        let tokens = read.as_ref().map_or(0, |(_, _, tokens)| *tokens);
        self.charge(caller, Bucket::Write, if tokens == 0 { DEFAULT_COST } else { tokens })?;
        read.map(|(member, items, _)| (member, items))
    }

    /// Returns the sender of a batch, its items, and its cost.
    fn read_batch<T>(
        &self,
        caller: Caller,
        items: Result<Option<Vec<T>>, ApiError>,
        each: u32,
    ) -> Result<(MemberId, Vec<T>, u32), ApiError> {
        let member = caller.0.ok_or(AuthError::NotSigned)?;
        let items = items?.ok_or_else(|| ApiError::missing("orders"))?;
        let capacity = self.exchange.keyring().tier(member).capacity(Bucket::Write);
        let tokens = u32::try_from(items.len()).ok().and_then(|count| count.checked_mul(each));
        let tokens = tokens.filter(|&tokens| !self.options.rate_limits || tokens <= capacity).ok_or_else(|| {
            ApiError::bad_request("the batch costs more than the write bucket holds: send fewer at once")
        })?;
        Ok((member, items, tokens))
    }
}
