//! The host's market data: its markets, the prices between polls, and the last poll shown to the engine.

use host_core::{Market, MarketId, Span, Timestamp};
use host_venues::model::{EventDescription, MarketRow, QuoteUpdate, SeriesDescription};

use crate::markets::{MarketPoll, Markets};
use crate::quote_cache::QuoteCache;

/// The shortest time between requests for the lists of events and series: they are long.
const DISCOVER_EVERY: Span = Span::minutes(2);

/// The state of the market data.
#[derive(Debug)]
pub struct Feed {
    markets: Markets,
    cache: QuoteCache,
    /// The series whose markets are traded; none: all.
    series: Vec<String>,
    /// The time from which events and series may be asked for again.
    discover_from: Timestamp,
    /// The last poll that was shown to the engine.
    last_poll: Option<Timestamp>,
}

impl Feed {
    /// A feed of `series` at `now` that knows `markets`. The poll at `last_poll` was shown and recorded by a former
    /// session.
    pub fn new(markets: Markets, series: Vec<String>, last_poll: Option<Timestamp>, now: Timestamp) -> Feed {
        Feed { markets, cache: QuoteCache::default(), series, discover_from: now, last_poll }
    }

    pub fn markets(&self) -> &Markets {
        &self.markets
    }

    pub fn series(&self) -> &[String] {
        &self.series
    }

    pub fn last_poll(&self) -> Option<Timestamp> {
        self.last_poll
    }

    /// Takes up a real poll that was asked for at `asked`, and returns its rows with the ticks since.
    pub fn on_real_poll(&mut self, time: Timestamp, asked: Timestamp, rows: Vec<MarketRow>) -> Vec<MarketRow> {
        self.cache.on_poll(asked, &rows);
        self.cache.poll(time).unwrap_or(rows)
    }

    /// Returns the rows of a poll at `time` without asking the venue, if they are fresh enough.
    pub fn cached_poll(&self, time: Timestamp) -> Option<Vec<MarketRow>> {
        self.cache.poll(time)
    }

    /// Turns the rows of a poll at `time` into the engine's, and lists markets that are new. `None` for a poll that is
    /// not later than the last one. `former` is that of [`Markets::poll`].
    ///
    /// # Errors
    /// That of `former`.
    pub fn show_poll<E>(
        &mut self,
        rows: &[MarketRow],
        time: Timestamp,
        former: &mut dyn FnMut(&str) -> Result<Option<MarketId>, E>,
    ) -> Result<Option<MarketPoll>, E> {
        if self.last_poll.is_some_and(|last| time <= last) {
            return Ok(None);
        }
        let poll = self.markets.poll(rows, time, former)?;
        if !poll.rows.is_empty() {
            self.last_poll = Some(time);
        }
        Ok(Some(poll))
    }

    /// Takes up what became of the markets `tickers`, which are not listed as open. Returns those that have changed.
    pub fn on_watched(&mut self, tickers: &[String], rows: &[MarketRow], now: Timestamp) -> Vec<Market> {
        self.markets.on_watched(tickers, rows, now)
    }

    /// Returns true if events and series are to be asked for now, and counts that as done. What the lists lack now they
    /// may have later: they are not asked for at every poll.
    pub fn take_discovery(&mut self, now: Timestamp) -> bool {
        let due = now >= self.discover_from;
        if due {
            self.discover_from = now + DISCOVER_EVERY;
        }
        due
    }

    /// Takes up the lists of events and series.
    pub fn on_discovered(&mut self, events: Vec<EventDescription>, series: Vec<SeriesDescription>) {
        self.markets.learn(events, series);
    }

    /// The lists could not be read: they may be asked for again from `time`.
    pub fn rediscover_at(&mut self, time: Timestamp) {
        self.discover_from = time;
    }

    pub fn on_tick(&mut self, tick: QuoteUpdate, now: Timestamp) {
        self.cache.on_tick(tick, now);
    }

    pub fn on_stream_up(&mut self, now: Timestamp) {
        self.cache.on_stream_up(now);
    }

    pub fn on_stream_down(&mut self) {
        self.cache.on_stream_down();
    }
}
