//! Prices that come by WebSocket between polls. While the stream is up, a poll is put together from what the last real one
//! brought and what has changed since; a real one is made now and then, and always when the stream is down.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use host_venues::model::{MarketRow, QuoteUpdate, StreamEvent};

use super::shell::Shell;
use crate::error::Result;

/// A real poll is made at least so often: new markets, closed ones and volumes do not come by stream.
/// And the stream may be silent about a market while it lives: no price is shown for longer than risk lets quotes age.
const REAL_POLL: Span = Span::minutes(1);

/// The last real poll, kept up to date.
#[derive(Debug, Default)]
pub struct Streamed {
    /// Since when the stream is up, if it is.
    up: Option<Timestamp>,
    rows: BTreeMap<String, MarketRow>,
    /// When the last real poll was asked for.
    asked: Option<Timestamp>,
    /// What came since then, by ticker, with the host's time of its arrival.
    ticks: BTreeMap<String, (QuoteUpdate, Timestamp)>,
}

impl Streamed {
    /// Starts anew from a real poll that was asked for at `asked`. What came by stream since then is newer than its rows.
    pub fn polled(&mut self, asked: Timestamp, rows: &[MarketRow]) {
        // What changed between a poll and the stream's beginning came by neither.
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

    /// A poll at `time` without asking the venue, if that can be had.
    pub fn poll(&self, time: Timestamp) -> Option<Vec<MarketRow>> {
        let fresh = self.up.is_some() && self.asked.is_some_and(|asked| time - asked < REAL_POLL);
        fresh.then(|| self.rows.values().filter(|row| row.closes > time).cloned().collect())
    }

    fn ticked(&mut self, tick: QuoteUpdate, now: Timestamp) {
        if let Some(row) = self.rows.get_mut(&tick.ticker) {
            update(row, &tick);
        }
        self.ticks.insert(tick.ticker.clone(), (tick, now));
    }

    fn rose(&mut self, now: Timestamp) {
        // What was missed is not known: the next poll is a real one.
        *self = Streamed { up: Some(now), ..Streamed::default() };
    }

    fn fell(&mut self) {
        *self = Streamed::default();
    }
}

fn update(row: &mut MarketRow, tick: &QuoteUpdate) {
    let QuoteUpdate { bid, ask, bid_size, ask_size, last, .. } = *tick;
    (row.bid, row.ask, row.bid_size, row.ask_size) = (bid, ask, bid_size, ask_size);
    row.last = last.or(row.last);
}

impl Shell {
    /// Takes what the stream says. It only makes things faster: what it brings, a look would bring as well.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn on_stream(&mut self, event: StreamEvent) -> Result<()> {
        let now = self.now();
        match event {
            StreamEvent::Up => {
                self.streamed.rose(self.venue.now());
                self.timers.look_at(now);
            }
            StreamEvent::Down(reason) => {
                self.streamed.fell();
                self.timers.look_at(now);
                self.voice.say(now, &format!("the stream is down, so prices are polled: {reason}"));
            }
            StreamEvent::Quote(tick) => self.streamed.ticked(tick, self.venue.now()),
            StreamEvent::Fill(fill) => {
                if self.book_fills(&[fill], None)? {
                    self.timers.look_at(now);
                }
            }
            StreamEvent::Order(order) => {
                let words = self.desk.on_found(&[order]);
                self.write_down(words)?;
                self.timers.look_at(now);
            }
        }
        Ok(())
    }
}
