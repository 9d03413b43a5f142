//! Candlesticks of one market, of many and of an event, in both tiers.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use super::markets::{find, named_markets};
use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::error::ApiError;
use crate::server::wire::candle::{CandleNames, candle};
use crate::server::wire::decimal::seconds;
use crate::venue::{ListedMarket, Period, Venue};

/// Largest number of periods in a request for one market, or for the markets of an event together.
const MOST_CANDLES: usize = 5_000;
/// Largest number of markets times periods in a batch.
const MOST_CANDLES_IN_BATCH: usize = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/markets/candlesticks", get(of_many))
        .route("/series/{series}/markets/{ticker}/candlesticks", get(of_one))
        .route("/series/{series}/events/{event}/candlesticks", get(of_event))
        .route("/historical/markets/{ticker}/candlesticks", get(of_historical))
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

    /// Refuses a range of more than `most` candlesticks of all `markets`, whether they exist or not.
    fn check(&self, markets: usize, most: usize) -> Result<(), ApiError> {
        let (from, to) = self.times;
        let periods = (i128::from(to.0) - i128::from(from.0)) / i128::from(self.period.span().0);
        let is_within = periods * markets as i128 <= most as i128;
        if is_within { Ok(()) } else { Err(ApiError::bad_request(format!("max candlesticks: {most}"))) }
    }

    fn list(&self, venue: &Venue, market: &ListedMarket, names: CandleNames) -> Vec<Value> {
        let candles = venue.candles(market.id, self.period, self.times, self.latest_before);
        candles.iter().map(|one| candle(one, names)).collect()
    }
}

async fn of_one(State(app): State<App>, Path((series, ticker)): Path<(String, String)>, params: Params) -> JsonResult {
    let wanted = CandleQuery::of(&params)?;
    wanted.check(1, MOST_CANDLES)?;
    let candles = app.exchange.with_venue(|venue, _| {
        let market = Some(find(venue, &ticker)?).filter(|market| market.series == series);
        let market = market.ok_or_else(|| ApiError::not_found("market"))?;
        Ok::<_, ApiError>(wanted.list(venue, market, CandleNames::Live))
    })?;
    Ok(Json(json!({ "ticker": ticker, "candlesticks": candles })))
}

/// Markets that do not exist, or are historical, are left out.
async fn of_many(State(app): State<App>, params: Params) -> JsonResult {
    let (wanted, tickers) = (CandleQuery::of(&params)?, named_markets(&params, "market_tickers")?);
    wanted.check(tickers.len(), MOST_CANDLES_IN_BATCH)?;
    let markets = app.exchange.with_venue(|venue, _| {
        let known = tickers.iter().filter_map(|ticker| Some((ticker, find(venue, ticker).ok()?)));
        let markets = known.map(|(ticker, market)| {
            json!({ "market_ticker": ticker, "candlesticks": wanted.list(venue, market, CandleNames::Live) })
        });
        markets.collect::<Vec<_>>()
    });
    Ok(Json(json!({ "markets": markets })))
}

/// Returns candlesticks of all markets of an event, up to a time that limits their number.
async fn of_event(State(app): State<App>, Path((series, event)): Path<(String, String)>, params: Params) -> JsonResult {
    let wanted = CandleQuery::of(&params)?;
    app.exchange.with_venue(|venue, _| {
        let found = venue.event(&event).filter(|event| event.series == series);
        found.ok_or_else(|| ApiError::not_found("event"))?;
        let markets: Vec<&ListedMarket> =
            venue.markets_of_event(&event).filter(|market| !venue.is_historical(market)).collect();
        let each = MOST_CANDLES / markets.len().max(1);
        let (from, to) = wanted.times;
        let longest = wanted.period.span().0.saturating_mul(each as i64);
        let wanted = CandleQuery { times: (from, to.min(Timestamp(from.0.saturating_add(longest)))), ..wanted };
        let candles = markets.iter().map(|market| wanted.list(venue, market, CandleNames::Live)).collect::<Vec<_>>();
        Ok(Json(json!({
            "market_tickers": markets.iter().map(|market| &market.listing.ticker).collect::<Vec<_>>(),
            "market_candlesticks": candles,
            "adjusted_end_ts": seconds(wanted.times.1),
        })))
    })
}

/// The historical endpoint projects no candle from before the range.
async fn of_historical(State(app): State<App>, Path(ticker): Path<String>, params: Params) -> JsonResult {
    let wanted = CandleQuery { latest_before: false, ..CandleQuery::of(&params)? };
    wanted.check(1, MOST_CANDLES)?;
    let candles = app.exchange.with_venue(|venue, _| {
        let market = venue.market_by_ticker(&ticker).filter(|market| venue.is_historical(market));
        let market = market.ok_or_else(|| ApiError::not_found("market"))?;
        Ok::<_, ApiError>(wanted.list(venue, market, CandleNames::Historical))
    })?;
    Ok(Json(json!({ "ticker": ticker, "candlesticks": candles })))
}
