//! Synthetic markets: the embedded exchange's default, for trying strategies where no recording is at hand.
//!
//! Forty-five slots hold recurring weekly, monthly and quarterly events. Prices move as the recordings do that the
//! generator is measured against (`tests/generator`): mostly quiet, with fat-tailed jumps, a bounce between bid and
//! ask, and moods that overreact and fade over hours. It must never be taken for real: every name begins with `SYN`,
//! every title says so, and so does [`Generator::description`]. The same settings give the same rows, bit for bit, on
//! every machine: only exactly defined float operations are used, and random numbers come from ChaCha8.

mod book;
mod catalogue;
mod dice;
mod life;
mod outage;
mod schedule;
mod value;

use host_core::{Market, Quotes, Settlement, Span, Timestamp};

use life::{Life, hour_of};
use schedule::Schedule;

/// A batch holds whole polls of at least so many rows together.
const BATCH_ROWS: usize = 4_500;
/// Polls are never closer than this.
const SHORTEST_POLL: Span = Span::seconds(1);

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneratorSettings {
    /// Markets open at any time. The first n of more markets are the same markets.
    pub markets: usize,
    /// No poll is earlier.
    pub start: Timestamp,
    /// Polls are earlier than `start + span`.
    pub span: Span,
    /// From one poll to the next; polls are multiples of it since the epoch. Less than a second counts as one second.
    pub poll: Span,
    /// Other seeds give other markets.
    pub seed: u64,
    /// Whether polls are missing now and then: one outage in 20 days, of minutes to two hours, in all less than 0.5 %
    /// of the polls. What happens in the markets is the same with and without.
    pub gaps: bool,
}

impl GeneratorSettings {
    /// The default exchange from `start` on: 45 markets for 240 days every 30 s, with gaps; 31.1 million rows.
    pub const fn new(start: Timestamp, seed: u64) -> GeneratorSettings {
        GeneratorSettings { markets: 45, start, span: Span::days(240), poll: Span::seconds(30), seed, gaps: true }
    }
}

/// Yields the polls of synthetic markets. Its memory grows with the markets of the run, not with its rows.
#[derive(Clone, Debug)]
pub struct Generator {
    settings: GeneratorSettings,
    schedule: Schedule,
    /// In the order of their numbers.
    open: Vec<Life>,
    /// How many markets of the schedule were listed.
    listed: usize,
    first: Timestamp,
    now: Timestamp,
    end: Timestamp,
    next_close: Timestamp,
    /// Those to come, the next one last.
    outages: Vec<(Timestamp, Timestamp)>,
}

impl Generator {
    /// The markets of `settings`, before their first poll.
    pub fn new(settings: GeneratorSettings) -> Generator {
        let poll = Span(settings.poll.0.max(SHORTEST_POLL.0));
        let first = Timestamp((settings.start + Span(poll.0 - 1)).0.div_euclid(poll.0) * poll.0);
        let end = settings.start + settings.span;
        let last = Timestamp((end - Span(1)).0.div_euclid(poll.0) * poll.0);
        let mut outages = if settings.gaps { outage::outages(settings.seed, first, last) } else { Vec::new() };
        outages.reverse();
        Generator {
            settings: GeneratorSettings { poll, ..settings },
            schedule: Schedule::new(&settings, first, last),
            open: Vec::new(),
            listed: 0,
            first,
            now: first,
            end,
            next_close: Timestamp(i64::MAX),
            outages,
        }
    }

    /// What this is, for people: `synthetic markets, seed N`.
    pub fn description(&self) -> String {
        format!("synthetic markets, seed {}", self.settings.seed)
    }

    /// All markets that have rows, numbered from 0 in the order of their first rows.
    pub fn markets(&self) -> &[Market] {
        &self.schedule.markets
    }

    /// How the markets that close by the last poll resolve, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.schedule.settlements
    }

    /// Replaces `quotes` by the next polls, a few thousand rows; each poll has one row for every open market, in the
    /// order of their numbers. `false`, and no rows, after the last poll.
    pub fn next_batch(&mut self, quotes: &mut Quotes) -> bool {
        quotes.clear();
        while self.now < self.end && quotes.len() < BATCH_ROWS {
            self.poll(quotes);
        }
        !quotes.is_empty()
    }

    /// Lets every market live up to the next poll, and appends its rows unless the recorder is down.
    fn poll(&mut self, quotes: &mut Quotes) {
        let now = self.now;
        let before = now - self.settings.poll;
        self.now = now + self.settings.poll;
        let passed_hours = hour_of(now) - hour_of(before);
        if passed_hours > 0 {
            self.open.iter_mut().for_each(|life| life.begin_hour(hour_of(now), passed_hours));
        }
        self.close_and_list(now);
        while self.outages.pop_if(|(_, to)| *to <= now).is_some() {}
        let is_down = self.outages.last().is_some_and(|(from, _)| *from <= now);
        for life in &mut self.open {
            life.live(now);
            if !is_down {
                life.append(now, quotes);
            }
        }
    }

    /// Drops the markets that have closed by `now`, and adds those that have opened.
    fn close_and_list(&mut self, now: Timestamp) {
        if now >= self.next_close {
            self.open.retain(|life| life.fate.closes > now);
        } else if self.listed > 0 {
            return;
        }
        // A slot's next market opens when its last one closes, so listings coincide with closes.
        while let Some(fate) = self.schedule.fates.get(self.listed).filter(|fate| fate.opens <= now) {
            let id = self.listed as u32;
            self.open.push(Life::begin(id, *fate, self.settings.seed, self.first.max(fate.opens), self.settings.poll));
            self.listed += 1;
        }
        self.next_close = self.open.iter().map(|life| life.fate.closes).min().unwrap_or(Timestamp(i64::MAX));
    }
}
