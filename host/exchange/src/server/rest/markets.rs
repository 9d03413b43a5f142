//! `markets…`: prices, books, trades.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::cursor;
use crate::server::error::ApiError;
use crate::server::wire::market::{MarketPage, MarketView, book, trade};
use crate::venue::{ListedMarket, MarketFilter, StatusFilter, TimeRange, TradeFilter, Venue};

/// Values of `status`.
pub(super) const STATUSES: [(&str, StatusFilter); 4] = [
    ("unopened", StatusFilter::Unopened),
    ("open", StatusFilter::Open),
    ("closed", StatusFilter::Closed),
    ("settled", StatusFilter::Settled),
];
/// Largest number of markets that a request may name.
const MOST_TICKERS: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/markets", get(list))
        .route("/markets/trades", get(trades))
        .route("/markets/orderbooks", get(books))
        .route("/markets/{ticker}", get(one))
        .route("/markets/{ticker}/orderbook", get(book_of_one))
}

/// Returns a market of the live tier.
pub(super) fn find<'a>(venue: &'a Venue, ticker: &str) -> Result<&'a ListedMarket, ApiError> {
    let found = venue.market_by_ticker(ticker).filter(|market| !venue.is_historical(market));
    found.ok_or_else(|| ApiError::not_found("market"))
}

async fn list(State(app): State<App>, params: Params) -> Result<Json<MarketPage>, ApiError> {
    let request = params.page("markets", 100, 1_000)?;
    let filter = MarketFilter {
        event_ticker: params.owned("event_ticker"),
        series_ticker: params.owned("series_ticker"),
        tickers: params.list("tickers", 1_000)?,
        status: params.choice("status", &STATUSES)?,
        created: params.times("min_created_ts", "max_created_ts")?,
        updated: params.times("min_updated_ts", "max_updated_ts")?,
        closes: params.times("min_close_ts", "max_close_ts")?,
        settled: params.times("min_settled_ts", "max_settled_ts")?,
        historical: false,
    };
    check_times(&filter).map_err(|why| params.invalid(why))?;
    // There are no combination markets.
    let only_combos = params.choice("mve_filter", &[("only", true), ("exclude", false)])?.unwrap_or(false);
    if only_combos {
        return Ok(Json(MarketPage { markets: Vec::new(), cursor: String::new() }));
    }
    let page = app.exchange.with_venue(|venue, now| {
        venue.markets(&filter, request.limit, request.cursor).map(|market| MarketView::of(market, now))
    });
    Ok(Json(MarketPage { markets: page.items, cursor: cursor::write("markets", page.next) }))
}

/// The venue filters by only one kind of time per request, and only in combination with matching statuses.
fn check_times(filter: &MarketFilter) -> Result<(), &'static str> {
    use StatusFilter::{Closed, Open, Settled, Unopened};
    let any = TimeRange::default();
    let kinds: [(_, &[StatusFilter]); 4] = [
        (filter.created, &[Unopened, Open]),
        (filter.closes, &[Closed]),
        (filter.settled, &[Settled]),
        (filter.updated, &[]),
    ];
    let mut asked = kinds.into_iter().filter(|(times, _)| *times != any);
    let (first, second) = (asked.next(), asked.next());
    let goes_with = |statuses: &[StatusFilter]| filter.status.is_none_or(|status| statuses.contains(&status));
    if second.is_some() || first.is_some_and(|(_, statuses)| !goes_with(statuses)) {
        return Err("timestamp filters go neither with each other nor with this status");
    }
    Ok(())
}

async fn one(State(app): State<App>, Path(ticker): Path<String>) -> JsonResult {
    let market = app.exchange.with_venue(|venue, now| Ok::<_, ApiError>(MarketView::of(find(venue, &ticker)?, now)))?;
    Ok(Json(json!({ "market": market })))
}

async fn book_of_one(State(app): State<App>, Path(ticker): Path<String>, params: Params) -> JsonResult {
    let depth = match params.integer("depth")?.unwrap_or(0) {
        ..=0 => usize::MAX,
        depth @ 1..=100 => depth as usize,
        _ => return Err(params.failed("depth", "lte")),
    };
    let book = app.exchange.with_venue(|venue, _| Ok::<_, ApiError>(book(find(venue, &ticker)?, depth)))?;
    Ok(Json(json!({ "orderbook_fp": book })))
}

async fn books(State(app): State<App>, params: Params) -> JsonResult {
    let tickers = named_markets(&params, "tickers")?;
    let books = app.exchange.with_venue(|venue, _| {
        let known = tickers.iter().filter_map(|ticker| Some((ticker, venue.market_by_ticker(ticker)?)));
        let books = known.map(|(ticker, market)| json!({ "ticker": ticker, "orderbook_fp": book(market, usize::MAX) }));
        books.collect::<Vec<_>>()
    });
    Ok(Json(json!({ "orderbooks": books })))
}

async fn trades(State(app): State<App>, params: Params) -> JsonResult {
    page_of_trades(&app, &params, false)
}

/// Returns a page of the trades of one tier.
pub(super) fn page_of_trades(app: &App, params: &Params, historical: bool) -> JsonResult {
    let request = params.page("trades", 100, 1_000)?;
    let times = params.times("min_ts", "max_ts")?;
    let filter = TradeFilter { ticker: params.owned("ticker"), times, historical };
    // There are no block trades.
    if params.flag("is_block_trade")? {
        return Ok(Json(json!({ "trades": [], "cursor": "" })));
    }
    let page = app.exchange.with_venue(|venue, _| {
        venue.trades(&filter, request.limit, request.cursor).map(|row| {
            let ticker = venue.market(row.market).map_or("", |market| &market.listing.ticker);
            trade(row, ticker)
        })
    });
    Ok(Json(json!({ "trades": page.items, "cursor": cursor::write("trades", page.next) })))
}

/// Returns the markets that a request names.
pub(super) fn named_markets(params: &Params, name: &str) -> Result<Vec<String>, ApiError> {
    let tickers = params.list(name, MOST_TICKERS)?;
    if tickers.is_empty() { Err(params.failed(name, "required")) } else { Ok(tickers) }
}
