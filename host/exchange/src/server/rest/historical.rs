//! `historical/…`: the archive. Nothing is ever moved there, so its lists are empty and its cutoff is the beginning
//! of time. Trades and candlesticks are deleted a week after their market's payout.

use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::path::Path;
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::error::ApiError;
use crate::server::wire::decimal::time;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/historical/cutoff", get(cutoff))
        .route("/historical/markets", get(async || empty("markets")))
        .route("/historical/markets/{ticker}", get(market))
        .route("/historical/trades", get(async || empty("trades")))
        .route("/historical/orders", get(async |Authenticated(_): Authenticated| empty("orders")))
        .route("/historical/fills", get(async |Authenticated(_): Authenticated| empty("fills")))
        .route("/historical/positions", get(positions))
}

async fn cutoff() -> Json<Value> {
    let beginning = time(Timestamp(0));
    Json(json!({
        "market_settled_ts": beginning,
        "trades_created_ts": beginning,
        "orders_updated_ts": beginning,
        "market_positions_last_updated_ts": beginning,
    }))
}

fn empty(list: &'static str) -> Json<Value> {
    Json(json!({ list: [], "cursor": "" }))
}

async fn positions(Authenticated(_): Authenticated) -> Json<Value> {
    Json(json!({ "market_positions": [], "event_positions": [], "cursor": "" }))
}

async fn market(Path(_): Path<String>) -> ApiError {
    ApiError::not_found("market")
}
