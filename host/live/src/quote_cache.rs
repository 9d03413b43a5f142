//! The last real poll, kept up to date by the stream, so that most polls need no request.
//!
//! A real poll is still made now and then, and always while the stream is down.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use host_venues::model::{MarketRow, QuoteUpdate};

/// The longest time between real polls: new markets, closed ones and volumes do not come by stream. And the stream may
/// be silent about a market while it lives: no price is shown for longer than risk lets quotes age.
const REAL_POLL: Span = Span::minutes(1);

/// The rows of the last real poll, with the ticks since.
#[derive(Debug, Default)]
pub struct QuoteCache {
    /// The time since which the stream is up, if it is.
    up: Option<Timestamp>,
    rows: BTreeMap<String, MarketRow>,
    /// The time when the last real poll was requested.
    asked: Option<Timestamp>,
    /// Ticks since then, by ticker, with the host's time of their arrival.
    ticks: BTreeMap<String, (QuoteUpdate, Timestamp)>,
}

impl QuoteCache {
    /// Starts anew from a real poll that was asked for at `asked`. Ticks since then are newer than its rows.
    pub fn on_poll(&mut self, asked: Timestamp, rows: &[MarketRow]) {
        // A change between a poll and the stream's beginning came by neither.
        if self.up.is_none_or(|up| asked < up) {
            return;
        }
        self.ticks.retain(|_, (_, arrived)| *arrived >= asked);
        self.rows = rows.iter().map(|row| (row.ticker.clone(), row.clone())).collect();
        self.asked = Some(asked);
        for (ticker, (tick, _)) in &self.ticks {
            if let Some(row) = self.rows.get_mut(ticker) {
                update(row, tick);
            }
        }
    }

    /// Returns the rows of a poll at `time`, unless the venue has to be asked for them.
    pub fn poll(&self, time: Timestamp) -> Option<Vec<MarketRow>> {
        let fresh = self.up.is_some() && self.asked.is_some_and(|asked| time - asked < REAL_POLL);
        fresh.then(|| self.rows.values().filter(|row| row.closes > time).cloned().collect())
    }

    pub fn on_tick(&mut self, tick: QuoteUpdate, now: Timestamp) {
        if let Some(row) = self.rows.get_mut(&tick.ticker) {
            update(row, &tick);
        }
        self.ticks.insert(tick.ticker.clone(), (tick, now));
    }

    /// The stream is up since `now`. Ticks that were missed are not known: the next poll is a real one.
    pub fn on_stream_up(&mut self, now: Timestamp) {
        *self = QuoteCache { up: Some(now), ..QuoteCache::default() };
    }

    pub fn on_stream_down(&mut self) {
        *self = QuoteCache::default();
    }
}

fn update(row: &mut MarketRow, tick: &QuoteUpdate) {
    let QuoteUpdate { bid, ask, bid_size, ask_size, last, .. } = *tick;
    (row.bid, row.ask, row.bid_size, row.ask_size) = (bid, ask, bid_size, ask_size);
    row.last = last.or(row.last);
}
