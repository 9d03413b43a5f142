//! The venue's past: public reads, whose answers can be kept and read again.
//!
//! What the venue keeps is split in two: markets that were paid out before a cut-off, and trades from before one, are
//! shown by the historical endpoints only. The cut-off moves.
//!
//! Source: <https://docs.kalshi.com/getting_started/historical_data>.

use host_core::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{BodyReader, Kalshi};
use super::http::{ApiRequest, segment};
use super::list_page::read_page;
use super::wire::{
    WireCandle, WireCandlesOfMany, WireCandlesOfOne, WireCutoff, WireEvent, WireMarket, WireSeries, WireStatus,
    WireTrade,
};
use crate::client::json::{self, printable};
use crate::error::{MalformedResponse, ReadError};
use crate::kalshi::list_page::ListRow;
use crate::model::{EventDescription, MarketRow, SeriesDescription, VenueStatus};
use crate::past::{Candlestick, HistoryCutoff, VenueTrade};

/// Most candlesticks of one market in a request.
pub const MOST_CANDLES: i64 = 5_000;
/// Most markets times periods in a batch.
pub const MOST_CANDLES_IN_BATCH: i64 = 10_000;
/// Most markets in a batch.
pub const MOST_MARKETS_IN_BATCH: usize = 100;

/// A part of what the venue keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    Live,
    Historical,
}

impl Tier {
    const fn prefix(self) -> &'static str {
        match self {
            Tier::Live => "",
            Tier::Historical => "/historical",
        }
    }
}

/// Ends of the first and the last period of a request, with the length of the periods, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CandleRange {
    pub first_s: i64,
    pub last_s: i64,
    pub period_s: i64,
}

/// Markets of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketSelection {
    Series(String),
    Event(String),
    Tickers(Vec<String>),
}

/// Rows that could be read, and the faults of those that could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryRows<T> {
    pub rows: Vec<T>,
    pub unreadable: Vec<String>,
    /// Cursor of the next page; empty at the end of the list.
    pub cursor: String,
}

/// Candlesticks of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlesOfMarket {
    pub ticker: String,
    /// By time.
    pub candles: Vec<Candlestick>,
    /// The faults of those that could not be read.
    pub unreadable: Vec<String>,
}

/// Decodes a body. The second argument names the request.
type Decode<T> = fn(&[u8], &str) -> Result<T, MalformedResponse>;

/// A public read with the meaning of its answer.
#[derive(Clone, Debug)]
pub struct HistoryRequest<T> {
    request: ApiRequest,
    decode: Decode<T>,
}

impl<T> HistoryRequest<T> {
    fn new(request: ApiRequest, decode: Decode<T>) -> HistoryRequest<T> {
        HistoryRequest { request, decode }
    }

    /// Returns path and query, which name the request.
    pub fn name(&self) -> String {
        let fields = self.request.query.iter().map(|(name, value)| format!("{name}={value}"));
        format!("{}?{}", self.request.path, fields.collect::<Vec<_>>().join("&"))
    }

    /// Decodes an answer that was kept.
    ///
    /// # Errors
    /// It is none to this request.
    pub fn decode(&self, body: &[u8]) -> Result<T, MalformedResponse> {
        (self.decode)(body, &self.request.origin())
    }
}

/// Keeps the body beside what it says.
struct KeptBody<T> {
    origin: String,
    decode: Decode<T>,
}

impl<T: Send> BodyReader for KeptBody<T> {
    type Value = (Vec<u8>, T);

    fn take_up(&mut self, _: &[u8]) {}

    fn finish(self, body: &[u8]) -> Result<(Vec<u8>, T), MalformedResponse> {
        (self.decode)(body, &self.origin).map(|value| (body.to_vec(), value))
    }
}

impl Kalshi {
    /// Sends a public read, with its retries, and returns the answer's body with what it says.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn read_history<T: Send>(&self, request: &HistoryRequest<T>) -> Result<(Vec<u8>, T), ReadError> {
        let reader = || KeptBody { origin: request.request.origin(), decode: request.decode };
        self.read_with(&request.request, reader).await
    }
}

/// Returns the request for the venue's status, whose answer is dated.
pub fn status() -> HistoryRequest<VenueStatus> {
    HistoryRequest::new(ApiRequest::get("/exchange/status"), |body, origin| {
        json::decode::<WireStatus>(body, origin).map(VenueStatus::from)
    })
}

/// Returns the request for the cut-off between the tiers.
pub fn cutoff() -> HistoryRequest<HistoryCutoff> {
    HistoryRequest::new(ApiRequest::get("/historical/cutoff"), |body, origin| {
        json::decode::<WireCutoff>(body, origin).map(HistoryCutoff::from)
    })
}

/// Returns the request for all series.
pub fn all_series() -> HistoryRequest<Vec<SeriesDescription>> {
    HistoryRequest::new(ApiRequest::get("/series"), |body, origin| Ok(page::<WireSeries>(body, origin)?.rows))
}

/// Returns the request for a series.
///
/// # Errors
/// The reason why this is no name of one.
pub fn series(ticker: &str) -> Result<HistoryRequest<SeriesDescription>, String> {
    #[derive(Deserialize)]
    struct OneSeries {
        series: WireSeries,
    }
    let request = ApiRequest::get(format!("/series/{}", segment(ticker)?));
    Ok(HistoryRequest::new(request, |body, origin| Ok(json::decode::<OneSeries>(body, origin)?.series.into())))
}

/// Returns the request for an event.
///
/// # Errors
/// The reason why this is no name of one.
pub fn event(ticker: &str) -> Result<HistoryRequest<EventDescription>, String> {
    #[derive(Deserialize)]
    struct OneEvent {
        event: WireEvent,
    }
    let request = ApiRequest::get(format!("/events/{}", segment(ticker)?));
    Ok(HistoryRequest::new(request, |body, origin| {
        let event = json::decode::<OneEvent>(body, origin)?.event;
        event.into_item().map_err(|reason| malformed(reason, origin, body))
    }))
}

/// Returns the request for a page of markets in any status. The historical endpoint takes one filter only.
pub fn markets(tier: Tier, selection: &MarketSelection, cursor: &str) -> HistoryRequest<HistoryRows<MarketRow>> {
    let request = ApiRequest::get(format!("{}/markets", tier.prefix())).with("limit", "1000");
    let request = match selection {
        MarketSelection::Series(ticker) => request.with("series_ticker", ticker),
        MarketSelection::Event(ticker) => request.with("event_ticker", ticker),
        MarketSelection::Tickers(tickers) => request.with("tickers", tickers.join(",")),
    };
    let request = if tier == Tier::Live { request.with("mve_filter", "exclude") } else { request };
    HistoryRequest::new(from(request, cursor), page::<WireMarket>)
}

/// Returns the request for candlesticks of live markets. `with_latest` asks for the state before the range as well,
/// projected onto its first period.
pub fn candles_of_many(
    tickers: &[String],
    range: CandleRange,
    with_latest: bool,
) -> HistoryRequest<Vec<CandlesOfMarket>> {
    let request = ApiRequest::get("/markets/candlesticks").with("market_tickers", tickers.join(","));
    HistoryRequest::new(in_range(request, range, with_latest), |body, origin| {
        let many: WireCandlesOfMany = json::decode(body, origin)?;
        Ok(many.markets.into_iter().map(read_candles).collect())
    })
}

/// Returns the request for candlesticks of one market of `series`. With `with_latest` as in [`candles_of_many`]; the
/// historical endpoint has no such option.
///
/// # Errors
/// The reason why these are no names.
pub fn candles_of_one(
    tier: Tier,
    series: &str,
    ticker: &str,
    range: CandleRange,
    with_latest: bool,
) -> Result<HistoryRequest<Vec<CandlesOfMarket>>, String> {
    let ticker = segment(ticker)?;
    let path = match tier {
        Tier::Live => format!("/series/{}/markets/{ticker}/candlesticks", segment(series)?),
        Tier::Historical => format!("/historical/markets/{ticker}/candlesticks"),
    };
    let request = in_range(ApiRequest::get(path), range, with_latest && tier == Tier::Live);
    Ok(HistoryRequest::new(request, |body, origin| Ok(vec![read_candles(json::decode(body, origin)?)])))
}

/// Returns the request for a page of trades from `first_s` to `last_s`, in seconds, the newest first.
pub fn trades(
    tier: Tier,
    ticker: &str,
    (first_s, last_s): (i64, i64),
    cursor: &str,
) -> HistoryRequest<HistoryRows<VenueTrade>> {
    let path = match tier {
        Tier::Live => "/markets/trades",
        Tier::Historical => "/historical/trades",
    };
    let request = ApiRequest::get(path)
        .with("limit", "1000")
        .with("ticker", ticker)
        .with("min_ts", first_s.to_string())
        .with("max_ts", last_s.to_string());
    HistoryRequest::new(from(request, cursor), trade_page)
}

/// Returns the request for a page of the trades of all markets from `first_s` on, in seconds, the newest first.
pub(super) fn all_trades(first_s: i64, cursor: &str) -> HistoryRequest<HistoryRows<VenueTrade>> {
    let request = ApiRequest::get("/markets/trades").with("limit", "1000").with("min_ts", first_s.to_string());
    HistoryRequest::new(from(request, cursor), trade_page)
}

fn from(request: ApiRequest, cursor: &str) -> ApiRequest {
    if cursor.is_empty() { request } else { request.with("cursor", cursor) }
}

fn in_range(request: ApiRequest, range: CandleRange, with_latest: bool) -> ApiRequest {
    let request = request
        .with("start_ts", range.first_s.to_string())
        .with("end_ts", range.last_s.to_string())
        .with("period_interval", (range.period_s / 60).to_string());
    if with_latest { request.with("include_latest_before_start", "true") } else { request }
}

fn malformed(reason: String, origin: &str, body: &[u8]) -> MalformedResponse {
    let excerpt = printable(&String::from_utf8_lossy(&body[..body.len().min(200)]));
    MalformedResponse { reason, origin: origin.to_owned(), excerpt }
}

fn page<R: ListRow>(body: &[u8], origin: &str) -> Result<HistoryRows<R::Item>, MalformedResponse> {
    let page = read_page::<R>(body, origin)?;
    let (mut rows, mut unreadable) = (Vec::with_capacity(page.rows.len()), Vec::new());
    for row in page.rows {
        match row {
            Ok(row) => match row.into_item() {
                Ok(item) => rows.push(item),
                Err(reason) => unreadable.push(reason),
            },
            Err(row) => unreadable.push(format!("{}: {}", printable(&row.name), row.error.reason)),
        }
    }
    Ok(HistoryRows { rows, unreadable, cursor: page.cursor })
}

fn trade_page(body: &[u8], origin: &str) -> Result<HistoryRows<VenueTrade>, MalformedResponse> {
    #[derive(Deserialize)]
    struct TradePage {
        trades: Vec<Value>,
        #[serde(default)]
        cursor: Option<String>,
    }
    let TradePage { trades, cursor } = json::decode(body, origin)?;
    let (rows, unreadable) = each::<WireTrade, _>(trades, |wire| Ok(wire.into()));
    Ok(HistoryRows { rows, unreadable, cursor: cursor.unwrap_or_default() })
}

fn read_candles(wire: WireCandlesOfOne) -> CandlesOfMarket {
    let (mut candles, unreadable) = each(wire.candlesticks, WireCandle::into_candle);
    candles.sort_by_key(|candle: &Candlestick| candle.end);
    CandlesOfMarket { ticker: wire.ticker, candles, unreadable }
}

/// Decodes rows one by one; returns those that could be read, and the faults of the others.
fn each<W: DeserializeOwned, T>(rows: Vec<Value>, item: impl Fn(W) -> Result<T, String>) -> (Vec<T>, Vec<String>) {
    let (mut items, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let text = |row: &Value| printable(&row.to_string());
        match W::deserialize(&row).map_err(|error| error.to_string()).and_then(&item) {
            Ok(item) => items.push(item),
            Err(reason) => unreadable.push(format!("{reason} in `{}`", text(&row))),
        }
    }
    (items, unreadable)
}

/// Returns a time in whole seconds, rounded down.
pub const fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000_000_000)
}
