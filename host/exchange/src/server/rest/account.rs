//! `account/…`: how much a member may ask for, and what it costs.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::server::App;
use crate::server::gate::Signed;
use crate::server::limits::{Bucket, CHEAPER, DEFAULT_COST};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/limits", get(limits)).route("/account/endpoint_costs", get(endpoint_costs))
}

async fn limits(State(app): State<App>, Signed(member): Signed) -> Json<Value> {
    let tier = app.shared.keyring().tier(member);
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
