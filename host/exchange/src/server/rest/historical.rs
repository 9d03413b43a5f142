//! `historical/…`: what is older than the cut-off, which moves with the time: markets by their payout, trades by their
//! own time. A member's own orders, fills and positions are never moved there, so these lists are empty.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::markets::page_of_trades;
use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::cursor;
use crate::server::error::ApiError;
use crate::server::wire::decimal::time;
use crate::server::wire::market::{MarketPage, MarketView};
use crate::venue::MarketFilter;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/historical/cutoff", get(cutoff))
        .route("/historical/markets", get(markets))
        .route("/historical/markets/{ticker}", get(market))
        .route("/historical/trades", get(trades))
        .route("/historical/orders", get(async |Authenticated(_): Authenticated| empty("orders")))
        .route("/historical/fills", get(async |Authenticated(_): Authenticated| empty("fills")))
        .route("/historical/positions", get(positions))
}

async fn cutoff(State(app): State<App>) -> Json<Value> {
    let cutoff = app.exchange.with_venue(|venue, _| venue.historical_cutoff());
    // Members' own rows are never moved.
    let beginning = time(Timestamp(0));
    Json(json!({
        "market_settled_ts": time(cutoff),
        "trades_created_ts": time(cutoff),
        "orders_updated_ts": beginning,
        "market_positions_last_updated_ts": beginning,
    }))
}

/// The filters exclude one another.
async fn markets(State(app): State<App>, params: Params) -> Result<Json<MarketPage>, ApiError> {
    let request = params.page("historical/markets", 100, 1_000)?;
    let only_combos = params.choice("mve_filter", &[("only", true), ("exclude", false)])?;
    let filter = MarketFilter {
        event_ticker: params.owned("event_ticker"),
        series_ticker: params.owned("series_ticker"),
        tickers: params.list("tickers", 1_000)?,
        historical: true,
        ..MarketFilter::default()
    };
    let given = [
        filter.event_ticker.is_some(),
        filter.series_ticker.is_some(),
        !filter.tickers.is_empty(),
        only_combos.is_some(),
    ];
    if given.into_iter().filter(|is_given| *is_given).count() > 1 {
        let details = "tickers, event_ticker, series_ticker and mve_filter are mutually exclusive";
        return Err(ApiError::bad_request(details));
    }
    // There are no combination markets.
    if only_combos == Some(true) {
        return Ok(Json(MarketPage { markets: Vec::new(), cursor: String::new() }));
    }
    let page = app.exchange.with_venue(|venue, now| {
        venue.markets(&filter, request.limit, request.cursor).map(|market| MarketView::of(market, now))
    });
    Ok(Json(MarketPage { markets: page.items, cursor: cursor::write("historical/markets", page.next) }))
}

async fn trades(State(app): State<App>, params: Params) -> JsonResult {
    page_of_trades(&app, &params, true)
}

fn empty(list: &'static str) -> Json<Value> {
    Json(json!({ list: [], "cursor": "" }))
}

async fn positions(Authenticated(_): Authenticated) -> Json<Value> {
    Json(json!({ "market_positions": [], "event_positions": [], "cursor": "" }))
}

async fn market(State(app): State<App>, Path(ticker): Path<String>) -> JsonResult {
    let market = app.exchange.with_venue(|venue, now| {
        let found = venue.market_by_ticker(&ticker).filter(|market| venue.is_historical(market));
        found.map(|market| MarketView::of(market, now)).ok_or_else(|| ApiError::not_found("market"))
    })?;
    Ok(Json(json!({ "market": market })))
}
