//! Lists of what this exchange does not have, which clients ask for all the same: they are empty.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::params::Params;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::error::ApiError;

/// Lists that anyone can read: path, and name of the list.
const PUBLIC: [(&str, &str); 4] = [
    ("/milestones", "milestones"),
    ("/structured_targets", "structured_targets"),
    ("/multivariate_event_collections", "multivariate_contracts"),
    ("/live_data/batch", "live_datas"),
];
/// Lists of a member's own.
const PRIVATE: [(&str, &str); 5] = [
    ("/portfolio/deposits", "deposits"),
    ("/portfolio/withdrawals", "withdrawals"),
    ("/portfolio/subaccounts/transfers", "transfers"),
    ("/communications/rfqs", "rfqs"),
    ("/communications/quotes", "quotes"),
];

pub(super) fn routes() -> Router<App> {
    let public = PUBLIC.into_iter().fold(Router::new(), |routes, (path, list)| {
        routes.route(path, get(async move |params: Params| empty(&params, list)))
    });
    let all = PRIVATE.into_iter().fold(public, |routes, (path, list)| {
        routes.route(path, get(async move |Authenticated(_): Authenticated, params: Params| empty(&params, list)))
    });
    all.route("/incentive_programs", get(async || Json(json!({ "incentive_programs": [], "next_cursor": "" }))))
        .route("/account/api_usage_level/volume_progress", get(volume_progress))
        .route("/search/tags_by_categories", get(async || Json(json!({ "tags_by_categories": {} }))))
        .route("/search/filters_by_sport", get(async || Json(json!({ "filters_by_sports": {}, "sport_ordering": [] }))))
        .route("/milestones/{id}", get(async || ApiError::not_found("milestone")))
        .route("/structured_targets/{id}", get(async || ApiError::not_found("structured target")))
        .route("/multivariate_event_collections/{id}", get(async || ApiError::not_found("collection")))
}

fn empty(params: &Params, list: &'static str) -> JsonResult {
    params.page(list, 100, 1_000)?;
    Ok(Json(json!({ list: [], "cursor": "" })))
}

/// No volume is counted towards another tier.
async fn volume_progress(Authenticated(_): Authenticated) -> Json<Value> {
    Json(json!({ "volume_progress": [] }))
}
