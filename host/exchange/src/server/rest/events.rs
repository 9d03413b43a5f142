//! `events…` and `series…`: events and series.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::markets::STATUSES;
use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::cursor;
use crate::server::error::ApiError;
use crate::server::wire::market::{MarketView, event as event_view, series as series_view};
use crate::venue::{EventFilter, EventInfo, MarketFilter, TimeRange, Venue};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/events", get(list))
        .route("/events/fee_changes", get(event_fee_changes))
        .route("/events/multivariate", get(multivariate))
        .route("/events/{event}", get(one))
        .route("/events/{event}/metadata", get(metadata))
        .route("/series", get(all_series))
        .route("/series/fee_changes", get(series_fee_changes))
        .route("/series/{series}", get(one_series))
}

fn find<'a>(venue: &'a Venue, ticker: &str) -> Result<&'a EventInfo, ApiError> {
    venue.event(ticker).ok_or_else(|| ApiError::not_found("event"))
}

fn view(venue: &Venue, event: &EventInfo, with_markets: bool, now: Timestamp) -> Value {
    let category = venue.series(&event.series).map_or("", |series| &series.category);
    event_view(event, category, with_markets.then(|| markets_of(venue, &event.ticker, now)))
}

fn markets_of(venue: &Venue, event: &str, now: Timestamp) -> Vec<MarketView> {
    venue.markets_of_event(event).map(|market| MarketView::of(market, now)).collect()
}

async fn list(State(app): State<App>, params: Params) -> JsonResult {
    let request = params.page("events", 200, 200)?;
    let with_markets = params.flag("with_nested_markets")?;
    let wanted = MarketFilter {
        status: params.choice("status", &STATUSES)?,
        closes: TimeRange { min: params.time("min_close_ts")?, max: None },
        updated: TimeRange { min: params.time("min_updated_ts")?, max: None },
        ..MarketFilter::default()
    };
    // Filters on an event's markets must match at least one of them.
    let markets = Some(wanted).filter(|wanted| *wanted != MarketFilter::default());
    let filter =
        EventFilter { series_ticker: params.owned("series_ticker"), tickers: params.list("tickers", 200)?, markets };
    let page = app.exchange.with_venue(|venue, now| {
        let page = venue.events(&filter, request.limit, request.cursor);
        page.map(|event| view(venue, event, with_markets, now))
    });
    Ok(Json(json!({ "events": page.items, "cursor": cursor::write("events", page.next) })))
}

async fn one(State(app): State<App>, Path(ticker): Path<String>, params: Params) -> JsonResult {
    let with_markets = params.flag("with_nested_markets")?;
    app.exchange.with_venue(|venue, now| {
        let event = find(venue, &ticker)?;
        // The markets are always listed beside the event, and within it on request.
        let event = view(venue, event, with_markets, now);
        Ok(Json(json!({ "event": event, "markets": markets_of(venue, &ticker, now) })))
    })
}

/// There are no images or colours.
async fn metadata(State(app): State<App>, Path(ticker): Path<String>) -> JsonResult {
    app.exchange.with_venue(|venue, _| {
        find(venue, &ticker)?;
        let markets = venue.markets_of_event(&ticker);
        let details =
            markets.map(|market| json!({ "market_ticker": market.listing.ticker, "image_url": "", "color_code": "" }));
        Ok(Json(json!({
            "image_url": "",
            "featured_image_url": "",
            "market_details": details.collect::<Vec<_>>(),
            "settlement_sources": [],
        })))
    })
}

/// There are no multivariate events.
async fn multivariate(params: Params) -> JsonResult {
    params.page("events", 100, 200)?;
    Ok(Json(json!({ "events": [], "cursor": "" })))
}

async fn all_series(State(app): State<App>, params: Params) -> JsonResult {
    let (category, tags) = (params.owned("category"), params.list("tags", 100)?);
    let series = app.exchange.with_venue(|venue, _| {
        let meant = venue.all_series().filter(|series| {
            category.as_ref().is_none_or(|category| *category == series.category)
                && (tags.is_empty() || tags.iter().any(|tag| series.tags.contains(tag)))
        });
        meant.map(series_view).collect::<Vec<_>>()
    });
    Ok(Json(json!({ "series": series })))
}

async fn one_series(State(app): State<App>, Path(ticker): Path<String>) -> JsonResult {
    let series = app.exchange.with_venue(|venue, _| venue.series(&ticker).map(series_view));
    Ok(Json(json!({ "series": series.ok_or_else(|| ApiError::not_found("series"))? })))
}

/// A market keeps the fees it was listed with.
async fn event_fee_changes() -> Json<Value> {
    Json(json!({ "event_fee_changes": [], "cursor": "" }))
}

async fn series_fee_changes() -> Json<Value> {
    Json(json!({ "series_fee_change_arr": [] }))
}
