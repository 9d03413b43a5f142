//! The report of a download: its work, and the gaps of the venue.

use host_core::Span;
use host_store::info::TapeInfo;
use serde::Serialize;

/// A finished download.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DownloadReport {
    /// Requests that were sent and answered in this run.
    pub requests: u64,
    /// Bytes of these answers.
    pub bytes: u64,
    /// Markets that live in the period.
    pub markets: u64,
    /// Of them in the historical tier.
    pub historical_markets: u64,
    /// Periods of these markets' lives in the tape's period, each of which may have a candlestick.
    pub periods: u64,
    /// Candlesticks that the venue has of them.
    pub candles: u64,
    /// Trades of the tape.
    pub trades: u64,
    /// Trades that were agreed on outside of the book, which are left out.
    pub block_trades: u64,
    /// Tickers of the markets without any candlestick, which have no quote in the tape.
    pub markets_without_candles: Vec<String>,
    /// Tickers of the markets that have closed, and whose result the venue does not state.
    pub markets_without_result: Vec<String>,
    /// Markets that are open beyond the end of the tape.
    pub markets_that_go_on: u64,
    /// The first and last time of the tape's period, ISO 8601.
    pub from: String,
    pub until: String,
    /// Sentences about what is odd.
    pub notes: Vec<String>,
    pub tape: TapeInfo,
}

/// The work that a download would have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DownloadEstimate {
    pub markets: u64,
    pub historical_markets: u64,
    /// Requests for candlesticks.
    pub candle_requests: u64,
    /// Requests for trades, at least: a market has a request for each thousand trades.
    pub trade_requests: u64,
    /// Most candlesticks that can come: those of a minute without change do not exist.
    pub most_candles: u64,
    /// Time that the requests take at the rate that is asked for.
    pub seconds: f64,
    /// The period, ISO 8601.
    pub from: String,
    pub until: String,
}

impl DownloadEstimate {
    /// Returns the time that the requests take.
    pub fn span(&self) -> Span {
        Span((self.seconds * 1e9) as i64)
    }
}
