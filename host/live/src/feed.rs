//! The host's market data: its markets, the prices between polls, and the last poll shown to the engine.

use host_core::{Market, MarketId, Price, PublicTrade, PublicTrades, Qty, Side, Span, Taker, Timestamp};
use host_venues::model::{EventDescription, MarketRow, QuoteUpdate, SeriesDescription};
use host_venues::past::VenueTrade;

use crate::markets::{MarketPoll, Markets};
use crate::quote_cache::QuoteCache;

/// The shortest time between requests for the lists of events and series: they are long.
const DISCOVER_EVERY: Span = Span::minutes(2);
/// The time after which they are read again even if nothing is unknown: a series may have moved to another category.
const REFRESH_EVERY: Span = Span::hours(6);

/// Intervals between polls without a poll that people are not told of.
const LATE: i64 = 3;
/// The shortest time without a poll that people are told of, where polls are seconds apart.
const LATE_AT_LEAST: Span = Span::seconds(10);

/// The state of the market data.
#[derive(Debug)]
pub struct Feed {
    markets: Markets,
    cache: QuoteCache,
    /// The series whose markets are traded; none: all.
    series: Vec<String>,
    /// The time from which events and series may be asked for again.
    discover_from: Timestamp,
    /// The time from which they are asked for whatever is known.
    refresh_from: Timestamp,
    /// The last poll that was shown to the engine.
    last_poll: Option<Timestamp>,
    /// The time by the clock when a poll was last shown, or the start.
    shown: Timestamp,
    /// True once a poll was shown since the start.
    has_shown: bool,
    /// People have been told that no poll is shown.
    is_late: bool,
}

impl Feed {
    /// A feed of `series` at `now` that knows `markets`. The poll at `last_poll` was shown and recorded by a former
    /// session.
    pub fn new(markets: Markets, series: Vec<String>, last_poll: Option<Timestamp>, now: Timestamp) -> Feed {
        Feed {
            markets,
            cache: QuoteCache::default(),
            series,
            discover_from: now,
            refresh_from: now + REFRESH_EVERY,
            last_poll,
            shown: now,
            has_shown: false,
            is_late: false,
        }
    }

    /// Takes note that a poll was shown at `now`. Returns true if people were told that none was.
    pub fn on_shown(&mut self, now: Timestamp) -> bool {
        (self.shown, self.has_shown) = (now, true);
        std::mem::take(&mut self.is_late)
    }

    /// Returns the time since which no poll was shown, once, if that is longer than three intervals of `every` ago.
    pub fn take_late(&mut self, now: Timestamp, every: Span) -> Option<Timestamp> {
        let is_news = now - self.shown > (every * LATE).max(LATE_AT_LEAST) && !self.is_late;
        self.is_late |= is_news;
        is_news.then_some(self.shown)
    }

    /// Returns the last poll and its age at `now`, by the clock that it was shown by. The age of one that a former
    /// session showed is all that its time tells.
    pub fn last_poll_and_age(&self, now: Timestamp) -> Option<(Timestamp, Span)> {
        let since = |last: Timestamp| if self.has_shown { self.shown } else { last };
        self.last_poll.map(|last| (last, now - since(last)))
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

    /// Returns the trades of markets that were listed, in the engine's terms and the order given.
    pub fn public_trades(&self, trades: &[VenueTrade]) -> PublicTrades {
        let mut public = PublicTrades::none();
        for trade in trades {
            let Some(market) = self.markets.number(&trade.ticker) else { continue };
            // As in a tape: what is no price and no quantity is no trade.
            if trade.price <= Price::ZERO || trade.price >= Price::ONE || trade.qty <= Qty::ZERO {
                continue;
            }
            let taker = match trade.taker {
                Some(Side::Buy) => Taker::Buys,
                Some(Side::Sell) => Taker::Sells,
                None => Taker::Unknown,
            };
            public.push(&PublicTrade { market, time: trade.time, price: trade.price, qty: trade.qty, taker });
        }
        public
    }

    /// Takes up what became of the markets `tickers`, which are not listed as open. Returns those that have changed.
    pub fn on_watched(&mut self, tickers: &[String], rows: &[MarketRow], now: Timestamp) -> Vec<Market> {
        self.markets.on_watched(tickers, rows, now)
    }

    /// Returns true if events and series are to be asked for now, and counts that as done: because a poll had an event
    /// that `is_unknown`, or because what is known may have changed. What the lists lack now they may have later: they
    /// are not asked for at every poll.
    pub fn take_discovery(&mut self, is_unknown: bool, now: Timestamp) -> bool {
        let due = now >= if is_unknown { self.discover_from } else { self.refresh_from };
        if due {
            (self.discover_from, self.refresh_from) = (now + DISCOVER_EVERY, now + REFRESH_EVERY);
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

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    fn at(seconds: i64) -> Timestamp {
        START + Span::seconds(seconds)
    }

    fn feed(last_poll: Option<Timestamp>) -> Feed {
        Feed::new(Markets::new(Vec::new(), MarketId(0)), Vec::new(), last_poll, START)
    }

    #[test]
    fn no_poll_for_three_intervals_is_told_once_and_so_is_the_next_one() {
        let (mut feed, every) = (feed(None), Span::seconds(30));
        assert_eq!(feed.take_late(at(90), every), None);
        assert_eq!(feed.take_late(at(91), every), Some(START));
        assert_eq!(feed.take_late(at(200), every), None);
        assert!(feed.on_shown(at(210)));
        assert!(!feed.on_shown(at(240)));
        assert_eq!(feed.take_late(at(330), every), None);
        assert_eq!(feed.take_late(at(331), every), Some(at(240)));
    }

    #[test]
    fn the_age_of_a_poll_is_measured_by_the_clock_that_it_was_shown_by() {
        // The last session's clock was two days ahead: its poll is not "just now".
        let ahead = at(2 * 86_400);
        let mut feed = feed(Some(ahead));
        assert_eq!(feed.last_poll_and_age(at(60)), Some((ahead, Span::seconds(60 - 2 * 86_400))));
        feed.last_poll = Some(at(60));
        feed.on_shown(at(63));
        assert_eq!(feed.last_poll_and_age(at(70)), Some((at(60), Span::seconds(7))));
    }
}
