//! `events…` and `series…`: what markets are about.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::markets::STATUSES;
use super::params::Params;
use crate::server::error::ApiError;
use crate::server::wire::market::{MarketView, event as event_view, series as series_view};
use crate::server::{App, cursor};
use crate::venue::{EventInfo, Market, MarketFilter, TimeRange, Venue};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/events", get(list))
        .route("/events/fee_changes", get(event_fee_changes))
        .route("/events/{event}", get(one))
        .route("/series", get(all_series))
        .route("/series/fee_changes", get(series_fee_changes))
        .route("/series/{series}", get(one_series))
}

fn view(venue: &Venue, event: &EventInfo, markets: Option<&[&Market]>, now: Timestamp) -> Value {
    let category = venue.series(&event.series).map_or("", |series| &series.category);
    let markets = markets.map(|markets| markets.iter().map(|market| MarketView::of(market, now)).collect());
    event_view(event, category, markets)
}

async fn list(State(app): State<App>, params: Params) -> Result<Json<Value>, ApiError> {
    let place = params.place("events", 200, 200)?;
    let (series, tickers) = (params.owned("series_ticker"), params.list("tickers", 200)?);
    let with_markets = params.flag("with_nested_markets")?;
    let wants = MarketFilter {
        status: params.choice("status", &STATUSES)?,
        closes: TimeRange { min: params.time("min_close_ts")?, max: None },
        updated: TimeRange { min: params.time("min_updated_ts")?, max: None },
        series_ticker: series.clone(),
        ..MarketFilter::default()
    };
    // What is asked of an event's markets, at least one of them must have.
    let wants_of_markets = wants != MarketFilter { series_ticker: series.clone(), ..MarketFilter::default() };
    let page = app.shared.act(|venue, now| {
        let all = MarketFilter { series_ticker: series.clone(), ..MarketFilter::default() };
        let wanted = by_event(venue, &wants);
        let nested = with_markets.then(|| by_event(venue, &all));
        let is_meant = |event: &EventInfo| {
            series.as_ref().is_none_or(|series| *series == event.series)
                && (tickers.is_empty() || tickers.contains(&event.ticker))
                && (!wants_of_markets || wanted.contains_key(event.ticker.as_str()))
        };
        venue.events(is_meant, place.limit, place.cursor).map(|event| {
            let markets =
                nested.as_ref().map(|nested| nested.get(event.ticker.as_str()).map_or(&[][..], Vec::as_slice));
            view(venue, event, markets, now)
        })
    });
    Ok(Json(json!({ "events": page.items, "cursor": cursor::write("events", page.next) })))
}

/// Markets by the ticker of their event.
fn by_event<'a>(venue: &'a Venue, filter: &MarketFilter) -> BTreeMap<&'a str, Vec<&'a Market>> {
    let mut events: BTreeMap<&str, Vec<&Market>> = BTreeMap::new();
    for market in venue.markets(filter, usize::MAX, None).items {
        events.entry(&market.listing.event).or_default().push(market);
    }
    events
}

async fn one(State(app): State<App>, Path(ticker): Path<String>, params: Params) -> Result<Json<Value>, ApiError> {
    let with_markets = params.flag("with_nested_markets")?;
    app.shared.act(|venue, now| {
        let event = venue.event(&ticker).ok_or_else(|| ApiError::not_found("event"))?;
        let filter = MarketFilter { event_ticker: Some(ticker.clone()), ..MarketFilter::default() };
        let markets = venue.markets(&filter, usize::MAX, None).items;
        // They are in both places if they are asked for, and at least beside the event.
        let event = view(venue, event, with_markets.then_some(&markets), now);
        let markets: Vec<_> = markets.into_iter().map(|market| MarketView::of(market, now)).collect();
        Ok(Json(json!({ "event": event, "markets": markets })))
    })
}

async fn all_series(State(app): State<App>, params: Params) -> Result<Json<Value>, ApiError> {
    let (category, tags) = (params.owned("category"), params.list("tags", 100)?);
    let series = app.shared.act(|venue, _| {
        let meant = venue.all_series().filter(|series| {
            category.as_ref().is_none_or(|category| *category == series.category)
                && (tags.is_empty() || tags.iter().any(|tag| series.tags.contains(tag)))
        });
        meant.map(series_view).collect::<Vec<_>>()
    });
    Ok(Json(json!({ "series": series })))
}

async fn one_series(State(app): State<App>, Path(ticker): Path<String>) -> Result<Json<Value>, ApiError> {
    let series = app.shared.act(|venue, _| venue.series(&ticker).map(series_view));
    Ok(Json(json!({ "series": series.ok_or_else(|| ApiError::not_found("series"))? })))
}

/// Fees stay what they were when a market was listed.
async fn event_fee_changes() -> Json<Value> {
    Json(json!({ "event_fee_changes": [], "cursor": "" }))
}

async fn series_fee_changes() -> Json<Value> {
    Json(json!({ "series_fee_change_arr": [] }))
}
