//! `markets…`, `series/{s}/markets/{t}/candlesticks`: prices, books, trades.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::cursor;
use crate::server::error::ApiError;
use crate::server::wire::decimal::seconds;
use crate::server::wire::market::{MarketPage, MarketView, book, candle, trade};
use crate::venue::{ListedMarket, MarketFilter, Period, StatusFilter, TimeRange, TradeFilter, Venue};

/// Values of `status`.
pub(super) const STATUSES: [(&str, StatusFilter); 4] = [
    ("unopened", StatusFilter::Unopened),
    ("open", StatusFilter::Open),
    ("closed", StatusFilter::Closed),
    ("settled", StatusFilter::Settled),
];
/// Largest number of markets that a request may name.
const MOST_TICKERS: usize = 100;
/// Largest number of candlesticks of one market.
const MOST_CANDLES: usize = 5_000;
/// Largest number of candlesticks of all markets in a batch.
const MOST_CANDLES_IN_BATCH: usize = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/markets", get(list))
        .route("/markets/trades", get(trades))
        .route("/markets/orderbooks", get(books))
        .route("/markets/candlesticks", get(candles_of_many))
        .route("/markets/{ticker}", get(one))
        .route("/markets/{ticker}/orderbook", get(book_of_one))
        .route("/series/{series}/markets/{ticker}/candlesticks", get(candles_of_one))
        .route("/series/{series}/events/{event}/candlesticks", get(candles_of_event))
}

pub(super) fn find<'a>(venue: &'a Venue, ticker: &str) -> Result<&'a ListedMarket, ApiError> {
    venue.market_by_ticker(ticker).ok_or_else(|| ApiError::not_found("market"))
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
    let request = params.page("trades", 100, 1_000)?;
    let filter = TradeFilter { ticker: params.owned("ticker"), times: params.times("min_ts", "max_ts")? };
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

/// Period and time range of candlesticks.
struct CandleQuery {
    period: Period,
    times: (Timestamp, Timestamp),
    latest_before: bool,
}

impl CandleQuery {
    fn of(params: &Params) -> Result<CandleQuery, ApiError> {
        let minutes = params.integer("period_interval")?.ok_or_else(|| ApiError::missing("period_interval"))?;
        let period = Period::from_minutes(minutes);
        Ok(CandleQuery {
            period: period.ok_or_else(|| ApiError::bad_request("period_interval must be 1, 60 or 1440"))?,
            times: (params.required_time("start_ts")?, params.required_time("end_ts")?),
            latest_before: params.flag("include_latest_before_start")?,
        })
    }

    fn list(&self, venue: &Venue, market: &ListedMarket, limit: usize) -> Vec<Value> {
        let candles = venue.candles(market.id, self.period, self.times, self.latest_before, limit);
        candles.iter().map(candle).collect()
    }
}

async fn candles_of_one(
    State(app): State<App>,
    Path((series, ticker)): Path<(String, String)>,
    params: Params,
) -> JsonResult {
    let wanted = CandleQuery::of(&params)?;
    let candles = app.exchange.with_venue(|venue, _| {
        let market = Some(find(venue, &ticker)?).filter(|market| market.series == series);
        let market = market.ok_or_else(|| ApiError::not_found("market"))?;
        Ok::<_, ApiError>(wanted.list(venue, market, MOST_CANDLES))
    })?;
    Ok(Json(json!({ "ticker": ticker, "candlesticks": candles })))
}

async fn candles_of_many(State(app): State<App>, params: Params) -> JsonResult {
    let (wanted, tickers) = (CandleQuery::of(&params)?, named_markets(&params, "market_tickers")?);
    let markets = app.exchange.with_venue(|venue, _| {
        let mut left = MOST_CANDLES_IN_BATCH;
        let known = tickers.iter().filter_map(|ticker| Some((ticker, venue.market_by_ticker(ticker)?)));
        let markets = known.map(|(ticker, market)| {
            let candles = wanted.list(venue, market, left);
            left -= candles.len();
            json!({ "market_ticker": ticker, "candlesticks": candles })
        });
        markets.collect::<Vec<_>>()
    });
    Ok(Json(json!({ "markets": markets })))
}

/// Returns candlesticks of all markets of an event, up to a time that limits their number.
async fn candles_of_event(
    State(app): State<App>,
    Path((series, event)): Path<(String, String)>,
    params: Params,
) -> JsonResult {
    let wanted = CandleQuery::of(&params)?;
    app.exchange.with_venue(|venue, _| {
        let found = venue.event(&event).filter(|event| event.series == series);
        found.ok_or_else(|| ApiError::not_found("event"))?;
        let markets: Vec<&ListedMarket> = venue.markets_of_event(&event).collect();
        let each = MOST_CANDLES / markets.len().max(1);
        let (from, to) = wanted.times;
        let longest = wanted.period.span().0.saturating_mul(each as i64);
        let wanted = CandleQuery { times: (from, to.min(Timestamp(from.0.saturating_add(longest)))), ..wanted };
        let candles = markets.iter().map(|market| wanted.list(venue, market, each)).collect::<Vec<_>>();
        Ok(Json(json!({
            "market_tickers": markets.iter().map(|market| &market.listing.ticker).collect::<Vec<_>>(),
            "market_candlesticks": candles,
            "adjusted_end_ts": seconds(wanted.times.1),
        })))
    })
}

fn named_markets(params: &Params, name: &str) -> Result<Vec<String>, ApiError> {
    let tickers = params.list(name, MOST_TICKERS)?;
    if tickers.is_empty() { Err(params.failed(name, "required")) } else { Ok(tickers) }
}
