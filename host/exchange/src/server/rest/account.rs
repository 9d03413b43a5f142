//! `account/…`: rate limits and costs of requests.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::limits::{Bucket, CHEAPER, DEFAULT_COST};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/limits", get(limits)).route("/account/endpoint_costs", get(endpoint_costs))
}

async fn limits(State(app): State<App>, Authenticated(member): Authenticated) -> Json<Value> {
    let tier = app.exchange.keyring().tier(member);
    let bucket = |bucket| json!({ "refill_rate": tier.refill_rate(bucket), "bucket_capacity": tier.capacity(bucket) });
    Json(json!({
        "usage_tier": tier.as_str(),
        "read": bucket(Bucket::Read),
        "write": bucket(Bucket::Write),
        "grants": [],
    }))
}

async fn endpoint_costs() -> Json<Value> {
    let cheaper = CHEAPER.map(|(method, path, cost)| json!({ "method": method, "path": path, "cost": cost }));
    Json(json!({ "default_cost": DEFAULT_COST, "endpoint_costs": cheaper }))
}
