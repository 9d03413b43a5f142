//! `account/…` and beside it: rate limits, costs of requests, keys and subaccounts.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::{Timestamp, Usd};
use serde_json::{Value, json};

use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::limits::{Bucket, COSTS, DEFAULT_COST};
use crate::server::wire::decimal::{dollars, seconds};
use crate::venue::{Member, MemberId};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/limits", get(limits))
        .route("/account/endpoint_costs", get(endpoint_costs))
        .route("/api_keys", get(api_keys))
        .route("/portfolio/subaccounts/balances", get(subaccount_balances))
        .route("/portfolio/subaccounts/netting", get(subaccount_netting))
}

async fn api_keys(State(app): State<App>, Authenticated(member): Authenticated) -> Json<Value> {
    let row = |id: &str| json!({ "api_key_id": id, "name": id, "scopes": ["read", "write"] });
    Json(json!({ "api_keys": app.exchange.keyring().key_ids(member).map(row).collect::<Vec<_>>() }))
}

/// Returns one row for each subaccount ever used, made by `row` from its number, its cash and the time.
fn subaccounts(app: &App, member: MemberId, row: impl Fn(u8, Usd, Timestamp) -> Value) -> Vec<Value> {
    app.exchange.with_venue(|venue, now| {
        let used = venue.member(member).into_iter().flat_map(Member::subaccounts);
        used.map(|(number, available)| row(number, available, now)).collect()
    })
}

async fn subaccount_balances(State(app): State<App>, Authenticated(member): Authenticated) -> Json<Value> {
    let rows = subaccounts(&app, member, |number, available, now| {
        json!({
            "subaccount_number": number,
            "exchange_index": 0,
            "balance": dollars(available),
            "updated_ts": seconds(now),
        })
    });
    Json(json!({ "subaccount_balances": rows }))
}

/// Positions of different subaccounts never net.
async fn subaccount_netting(State(app): State<App>, Authenticated(member): Authenticated) -> Json<Value> {
    let row = |number, _, _| json!({ "subaccount_number": number, "enabled": false, "exchange_index": 0 });
    Json(json!({ "netting_configs": subaccounts(&app, member, row) }))
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
    let costs = COSTS.map(|(method, path, cost)| json!({ "method": method, "path": path, "cost": cost }));
    Json(json!({ "default_cost": DEFAULT_COST, "endpoint_costs": costs }))
}
