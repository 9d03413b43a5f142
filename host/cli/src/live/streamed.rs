//! Prices that come by WebSocket between polls. While the stream is up, a poll is put together from what the last real one
//! brought and what has changed since; a real one is made now and then, and always when the stream is down.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use host_venues::kalshi::MarketRow;
use host_venues::kalshi::stream::{StreamEvent, TickerRow};

use super::shell::Shell;
use crate::error::Result;

/// A real poll is made at least so often: new markets, closed ones and volumes do not come by stream.
const REAL_POLL: Span = Span::minutes(5);

/// The last real poll, kept up to date.
#[derive(Debug, Default)]
pub struct Streamed {
    up: bool,
    rows: BTreeMap<String, MarketRow>,
    polled: Option<Timestamp>,
}

impl Streamed {
    /// Starts anew from a real poll.
    pub fn polled(&mut self, time: Timestamp, rows: &[MarketRow]) {
        if self.up {
            self.rows = rows.iter().map(|row| (row.ticker.clone(), row.clone())).collect();
            self.polled = Some(time);
        }
    }

    /// A poll at `time` without asking the venue, if that can be had.
    pub fn poll(&self, time: Timestamp) -> Option<Vec<MarketRow>> {
        let fresh = self.up && self.polled.is_some_and(|polled| time - polled < REAL_POLL);
        fresh.then(|| self.rows.values().filter(|row| row.closes > time).cloned().collect())
    }

    fn ticked(&mut self, tick: TickerRow) {
        let Some(row) = self.rows.get_mut(&tick.ticker) else { return };
        let TickerRow { bid, ask, bid_size, ask_size, last, .. } = tick;
        (row.bid, row.ask, row.bid_size, row.ask_size) = (bid, ask, bid_size, ask_size);
        row.last = last.or(row.last);
    }

    fn set_up(&mut self, up: bool) {
        // What was missed is not known: the next poll is a real one.
        *self = Streamed { up, ..Streamed::default() };
    }
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
                self.streamed.set_up(true);
                self.timers.look_at(now);
            }
            StreamEvent::Down(reason) => {
                self.streamed.set_up(false);
                self.timers.look_at(now);
                self.voice.say(now, &format!("the stream is down, so prices are polled: {reason}"));
            }
            StreamEvent::Ticker(tick) => self.streamed.ticked(tick),
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
