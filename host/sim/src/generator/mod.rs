//! Synthetic markets: the exchange's default, for trying strategies without a recording.
//!
//! Forty-five slots hold recurring weekly, monthly and quarterly events. Prices behave like the recordings that the
//! generator is measured against (`tests/generator`): mostly quiet, with fat-tailed jumps, a bounce between bid and
//! ask, and sentiment that overreacts and fades over hours. The data must never be mistaken for real: every name
//! begins with `SYN`, every title says so, and so does [`Generator::description`]. The same settings give the same
//! rows, bit for bit, on every machine: only exactly defined float operations are used, and random numbers come from
//! ChaCha8.

mod book;
mod catalogue;
mod open_market;
mod outage;
mod random;
mod schedule;
mod settings;
mod value;

use host_core::{Market, Quotes, Settlement, Span, Timestamp};

use open_market::{OpenMarket, hour_of};
use schedule::ListingSchedule;

pub use settings::GeneratorSettings;

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
    first: Timestamp,
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
        let first = Timestamp((settings.start + Span(poll.0 - 1)).0.div_euclid(poll.0) * poll.0);
        let end = settings.start + settings.span;
        let last = Timestamp((end - Span(1)).0.div_euclid(poll.0) * poll.0);
        let mut outages = if settings.gaps { outage::outages(settings.seed, first, last) } else { Vec::new() };
        outages.reverse();
        Generator {
            settings: GeneratorSettings { poll, ..settings },
            schedule: ListingSchedule::new(&settings, first, last),
            open: Vec::new(),
            listed: 0,
            first,
            now: first,
            end,
            next_close: Timestamp(i64::MAX),
            outages,
        }
    }

    pub fn settings(&self) -> &GeneratorSettings {
        &self.settings
    }

    /// Returns a description for people: `synthetic markets, seed N`.
    pub fn description(&self) -> String {
        format!("synthetic markets, seed {}", self.settings.seed)
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
        quotes.clear();
        while self.now < self.end && quotes.len() < BATCH_ROWS {
            self.poll(quotes);
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
        self.close_and_list(now);
        while self.outages.pop_if(|(_, to)| *to <= now).is_some() {}
        let is_down = self.outages.last().is_some_and(|(from, _)| *from <= now);
        for market in &mut self.open {
            market.advance(now);
            if !is_down {
                market.append(now, quotes);
            }
        }
    }

    /// Drops the markets that have closed by `now`, and adds those that have opened.
    fn close_and_list(&mut self, now: Timestamp) {
        if now >= self.next_close {
            self.open.retain(|market| market.plan.closes > now);
        } else if self.listed > 0 {
            return;
        }
        // A slot's next market opens when its previous one closes, so listings coincide with closes.
        while let Some(plan) = self.schedule.plans.get(self.listed).filter(|plan| plan.opens <= now) {
            let id = self.listed as u32;
            self.open.push(OpenMarket::begin(
                id,
                *plan,
                self.settings.seed,
                self.first.max(plan.opens),
                self.settings.poll,
            ));
            self.listed += 1;
        }
        self.next_close = self.open.iter().map(|market| market.plan.closes).min().unwrap_or(Timestamp(i64::MAX));
    }
}
