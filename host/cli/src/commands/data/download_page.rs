//! The pages of a download: what it would do, what it has done, and what the venue lacks.

use host_download::{DownloadEstimate, DownloadReport};

use super::info;
use crate::terminal::output::Rows;
use crate::terminal::units::{grouped, rough_size, rough_span};

/// Number of markets that are named.
const NAMED: usize = 5;
/// Bytes of a candlestick at the venue.
const CANDLE_BYTES: u64 = 470;

/// Formats what a download would do.
pub fn estimate(would: &DownloadEstimate, rate: u32) -> String {
    let mut rows = Rows::new(&["download", ""]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("period", format!("{} to {}", would.from, would.until));
    fact("markets", tiers(would.markets, would.historical_markets));
    fact("requests for candlesticks", grouped(would.candle_requests));
    if would.trade_requests > 0 {
        fact("requests for trades", format!("{} or more: one for each 1,000 trades", grouped(would.trade_requests)));
    }
    fact("time", format!("{} or more, at {rate} requests a second", rough_span(would.span())));
    let bytes = rough_size(would.most_candles.saturating_mul(CANDLE_BYTES));
    fact("size", format!("{bytes} at most: minutes without a change have no candlestick"));
    rows.table()
}

/// Formats what a download has done.
pub fn report(done: &DownloadReport) -> String {
    let mut rows = Rows::new(&["download", ""]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("requests", format!("{}, {}", grouped(done.requests), rough_size(done.bytes)));
    fact("period", format!("{} to {}", done.from, done.until));
    fact("markets", tiers(done.markets, done.historical_markets));
    let share = done.candles as f64 / done.periods.max(1) as f64 * 100.0;
    fact("candlesticks", format!("{} of {} periods ({share:.0} %)", grouped(done.candles), grouped(done.periods)));
    fact("trades", grouped(done.trades));
    if done.block_trades > 0 {
        fact("  block trades, left out", grouped(done.block_trades));
    }
    for (name, tickers) in [
        ("markets without candlesticks", &done.markets_without_candles),
        ("closed markets without a result", &done.markets_without_result),
    ] {
        if !tickers.is_empty() {
            fact(name, format!("{}: {}", grouped(tickers.len() as u64), some(tickers)));
        }
    }
    if done.markets_that_go_on > 0 {
        fact("markets that go on after the end", grouped(done.markets_that_go_on));
    }
    for note in &done.notes {
        fact("odd", note.clone());
    }
    format!("{}\n{}", rows.table(), info::table(&done.tape))
}

fn tiers(markets: u64, historical: u64) -> String {
    match historical {
        0 => grouped(markets),
        some => format!("{}, {} of them in the historical tier", grouped(markets), grouped(some)),
    }
}

fn some(tickers: &[String]) -> String {
    let named: Vec<&str> = tickers.iter().take(NAMED).map(String::as_str).collect();
    format!("{}{}", named.join(", "), if tickers.len() > NAMED { ", …" } else { "" })
}
