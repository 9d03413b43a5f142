//! `historical/…`: the archive. Nothing is ever moved there: its lists are empty, its cutoff is the beginning
//! of time. Trades and candlesticks of a market that was paid a week ago are nowhere.

use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::path::Path;
use crate::server::App;
use crate::server::error::ApiError;
use crate::server::gate::Signed;
use crate::server::wire::decimal::time;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/historical/cutoff", get(cutoff))
        .route("/historical/markets", get(async || empty("markets")))
        .route("/historical/markets/{ticker}", get(market))
        .route("/historical/trades", get(async || empty("trades")))
        .route("/historical/orders", get(async |Signed(_): Signed| empty("orders")))
        .route("/historical/fills", get(async |Signed(_): Signed| empty("fills")))
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

async fn positions(Signed(_): Signed) -> Json<Value> {
    Json(json!({ "market_positions": [], "event_positions": [], "cursor": "" }))
}

async fn market(Path(_): Path<String>) -> ApiError {
    ApiError::not_found("market")
}
