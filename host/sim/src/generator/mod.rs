//! Synthetic markets: the exchange's default, for trying strategies without a recording.
//!
//! Forty-five slots hold recurring weekly, monthly and quarterly events. Prices behave like the recordings that the
//! generator is measured against (`tests/generator`): mostly quiet, with fat-tailed jumps, and takers of whom most
//! know more than the quotes, so that a passive order fills when its price is about to be wrong. The crowd overreacts
//! to some of the news, and that fades over hours: [`GeneratorSettings::overreaction`] says how much, and is all that
//! a strategy can earn from. The data must never be mistaken for real: every name begins with `SYN`, every title says
//! so, and so does [`Generator::description`]. The same settings give the same rows and trades, bit for bit, on every
//! machine: only exactly defined float operations are used, and random numbers come from ChaCha8.

mod book;
mod catalogue;
mod flow;
mod news;
mod open_market;
mod outage;
mod random;
mod schedule;
mod settings;
mod trades;
mod value;

use host_core::{Market, PublicTrades, Quotes, Settlement, Span, Timestamp};

use open_market::{OpenMarket, hour_of};
use schedule::{ListingSchedule, MarketPlan};
use trades::PollTrades;

pub use crate::overreaction::{DEFAULT_OVERREACTION, MOST_OVERREACTION};
pub use settings::GeneratorSettings;

/// Number of the model. Each change of the rows that a seed gives raises it, so that runs on the rows before and after
/// are not taken for runs on the same data.
pub const MODEL: u32 = 2;
/// Minimum rows of a batch, which holds whole polls.
const BATCH_ROWS: usize = 4_500;
/// Minimum time between polls.
const SHORTEST_POLL: Span = Span::seconds(1);

/// Yields the polls of synthetic markets. Its memory grows with the number of markets in the run, not with its rows.
#[derive(Clone, Debug)]
pub struct Generator {
    settings: GeneratorSettings,
    schedule: ListingSchedule,
    /// In order of market number.
    open: Vec<OpenMarket>,
    /// Number of markets of the schedule that were listed.
    listed: usize,
    /// Trades since the poll before, while a poll is made.
    trades: PollTrades,
    now: Timestamp,
    end: Timestamp,
    next_close: Timestamp,
    /// Future outages, the next one last.
    outages: Vec<(Timestamp, Timestamp)>,
}

impl Generator {
    /// Returns a generator for `settings`, before its first poll.
    pub fn new(settings: GeneratorSettings) -> Generator {
        let poll = Span(settings.poll.0.max(SHORTEST_POLL.0));
        let overreaction = settings.overreaction.clamp(0.0, MOST_OVERREACTION);
        let first = Timestamp((settings.start + Span(poll.0 - 1)).0.div_euclid(poll.0) * poll.0);
        let end = settings.start + settings.span;
        let last = Timestamp((end - Span(1)).0.div_euclid(poll.0) * poll.0);
        let mut outages = if settings.gaps { outage::outages(settings.seed, first, last) } else { Vec::new() };
        outages.reverse();
        Generator {
            settings: GeneratorSettings { poll, overreaction, ..settings },
            schedule: ListingSchedule::new(&settings, first, last),
            open: Vec::new(),
            listed: 0,
            trades: PollTrades::default(),
            now: first,
            end,
            next_close: Timestamp(i64::MAX),
            outages,
        }
    }

    pub fn settings(&self) -> &GeneratorSettings {
        &self.settings
    }

    /// Returns the description of its settings, for people.
    pub fn description(&self) -> String {
        self.settings.description()
    }

    /// Returns all markets that have rows, numbered from 0 in the order of their first rows, and by ticker where those
    /// come together.
    pub fn markets(&self) -> &[Market] {
        &self.schedule.markets
    }

    /// Returns the settlements of all markets that close by the last poll, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.schedule.settlements
    }

    /// Replaces the contents of `quotes` with the next polls, a few thousand rows. Each poll has one row for every
    /// open market, in order of market number. Returns `false`, with no rows, after the last poll.
    pub fn next_batch(&mut self, quotes: &mut Quotes) -> bool {
        self.next_polls(quotes, None)
    }

    /// Like [`Generator::next_batch`], and replaces the contents of `trades` with the trades of these polls, in time
    /// order. A trade lies after the poll before the one whose row is the first to show its volume, and no later than
    /// that one; if the recorder missed that poll, the trade is there all the same. A market's trades before its first
    /// row are nowhere.
    pub fn next_batch_with_trades(&mut self, quotes: &mut Quotes, trades: &mut PublicTrades) -> bool {
        trades.clear();
        self.next_polls(quotes, Some(trades))
    }

    fn next_polls(&mut self, quotes: &mut Quotes, mut trades: Option<&mut PublicTrades>) -> bool {
        quotes.clear();
        while self.now < self.end && quotes.len() < BATCH_ROWS {
            self.poll(quotes);
            match &mut trades {
                Some(trades) => self.trades.drain_to(trades),
                None => self.trades.clear(),
            }
        }
        !quotes.is_empty()
    }

    /// Simulates every market up to the next poll, and appends its rows unless the recorder is down.
    fn poll(&mut self, quotes: &mut Quotes) {
        let now = self.now;
        let before = now - self.settings.poll;
        self.now = now + self.settings.poll;
        let passed_hours = hour_of(now) - hour_of(before);
        if passed_hours > 0 {
            self.open.iter_mut().for_each(|market| market.begin_hour(hour_of(now), passed_hours));
        }
        self.drop_closed(now);
        while self.outages.pop_if(|(_, to)| *to <= now).is_some() {}
        let is_down = self.outages.last().is_some_and(|(from, _)| *from <= now);
        let known = self.open.len();
        self.list(now);
        let (before, new) = self.open.split_at_mut(known);
        for market in before {
            market.advance(now, &mut self.trades);
            if !is_down {
                market.append(now, quotes);
            }
        }
        if !is_down {
            new.iter().for_each(|market| market.append(now, quotes));
        }
    }

    /// Drops the markets that have closed by `now`.
    fn drop_closed(&mut self, now: Timestamp) {
        if now >= self.next_close {
            self.open.retain(|market| market.plan.closes > now);
            self.next_close = self.next_close();
        }
    }

    /// Adds the markets that have opened by `now`.
    fn list(&mut self, now: Timestamp) {
        let opened = |plan: &&MarketPlan| plan.opens <= now;
        if self.schedule.plans.get(self.listed).filter(opened).is_none() {
            return;
        }
        while let Some(plan) = self.schedule.plans.get(self.listed).filter(opened) {
            let id = self.listed as u32;
            self.open.push(OpenMarket::begin(id, *plan, now, &self.settings));
            self.listed += 1;
        }
        self.next_close = self.next_close();
    }

    fn next_close(&self) -> Timestamp {
        self.open.iter().map(|market| market.plan.closes).min().unwrap_or(Timestamp(i64::MAX))
    }
}
