//! Which markets are listed when, and how they resolve.
//!
//! A slot always holds one open market: when it closes, the next one of its series opens. Everything here is known
//! before the first row; what happens in a market never changes the schedule.

use host_core::{Market, MarketId, Outcome, Settlement, Span, Timestamp, time::civil_date};

use super::GeneratorSettings;
use super::catalogue::{CATALOGUE, Recurrence, Series};
use super::dice::{Dice, logistic};

/// Trading goes on for an hour after the event, at prices that know the outcome.
const CLOSE_DELAY: Span = Span::minutes(60);
/// The markets of a series open around a level of log odds within ± this ...
const LEVEL_LOG_ODDS: f64 = 1.2;
/// ... give or take this: all of them between 14 % and 86 %.
const OPENING_LOG_ODDS: f64 = 0.6;

/// What only the generator knows of a market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    /// The slot that it is listed in.
    pub(super) slot: usize,
    /// Its series.
    pub(super) series: &'static Series,
    /// Number of its random stream.
    pub(super) stream: u64,
    /// When it opens.
    pub(super) opens: Timestamp,
    /// When the event happens.
    pub(super) event_time: Timestamp,
    /// When trading ends and it pays.
    pub(super) closes: Timestamp,
    /// Log odds of its fair value at the opening.
    pub(super) opening: f64,
    /// How it resolves: drawn with the probability of the opening, so that fair values are fair.
    pub(super) outcome: Outcome,
}

/// All markets with a first row within the run, numbered in the order of their first rows.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) markets: Vec<Market>,
    /// One for each market.
    pub(super) fates: Vec<Fate>,
    /// In time order, those up to the last poll.
    pub(super) settlements: Vec<Settlement>,
}

impl Schedule {
    /// The schedule of a run with polls from `first` to `last`.
    pub(super) fn new(settings: &GeneratorSettings, first: Timestamp, last: Timestamp) -> Schedule {
        let mut fates = Vec::new();
        for place in places().take(settings.markets) {
            place.list(settings.seed, first, last, &mut fates);
        }
        fates.sort_by_key(|fate| (fate.opens.max(first), fate.slot));
        let markets = fates.iter().enumerate().map(|(id, fate)| market(id as u32, fate)).collect();
        let mut settlements: Vec<_> = (0..)
            .zip(&fates)
            .filter(|(_, fate)| fate.closes <= last)
            .map(|(id, fate)| Settlement { market: MarketId(id), time: fate.closes, outcome: fate.outcome })
            .collect();
        settlements.sort_by_key(|settlement| (settlement.time, settlement.market));
        Schedule { markets, fates, settlements }
    }
}

/// Where a slot stands in the catalogue.
#[derive(Clone, Copy, Debug)]
struct Place {
    slot: usize,
    series: &'static Series,
    /// Which of the slots of the series.
    phase: i64,
}

/// The slots in order, the catalogue over and over.
fn places() -> impl Iterator<Item = Place> {
    let series = CATALOGUE.iter().cycle();
    let phases = series.flat_map(|series| (0..series.recurrence.slots()).map(move |phase| (series, phase)));
    phases.enumerate().map(|(slot, (series, phase))| Place { slot, series, phase })
}

impl Place {
    /// Adds the markets that this slot holds at polls from `first` to `last`.
    fn list(self, seed: u64, first: Timestamp, last: Timestamp, fates: &mut Vec<Fate>) {
        // The market that is open at the start opened when the one before it closed: events are 98 days apart at most.
        let mut previous = None;
        for day in first.day() - 100.. {
            if !self.happens_on(day) {
                continue;
            }
            let fate = self.fate(seed, day, previous);
            previous = Some(fate.closes);
            if fate.opens > last {
                return;
            }
            if fate.closes > first {
                fates.push(fate);
            }
        }
    }

    /// What becomes of the market on the event of day `day`, which opens when the one before it closes.
    fn fate(self, seed: u64, day: i64, opens: Option<Timestamp>) -> Fate {
        // Top bits keep the streams of levels and of fates apart from the stream of the market's own life.
        let stream = (self.slot as u64) << 32 | (day as u64 & 0xffff_ffff);
        let series = (self.slot as u64 - self.phase as u64) | 1 << 62;
        let level = Dice::new(seed, series).between(-LEVEL_LOG_ODDS, LEVEL_LOG_ODDS);
        let mut dice = Dice::new(seed, stream | 1 << 63);
        let opening = level + dice.between(-OPENING_LOG_ODDS, OPENING_LOG_ODDS);
        let outcome = if dice.chance(logistic(opening)) { Outcome::Yes } else { Outcome::No };
        let event_time = Timestamp::start_of_day(day) + Span::minutes(self.series.minute);
        let closes = event_time + CLOSE_DELAY;
        let opens = opens.unwrap_or(closes);
        Fate { slot: self.slot, series: self.series, stream, opens, event_time, closes, opening, outcome }
    }

    /// Whether an event of this slot falls on day `day` since the epoch.
    fn happens_on(self, day: i64) -> bool {
        let (_, month, day_of_month) = civil_date(day);
        // 1970-01-01 was a Thursday.
        let on = |nth: i64, weekday: i64| {
            (day + 4).rem_euclid(7) == weekday && (nth == 0 || nth_of_month(nth, day_of_month, days_in_month(day)))
        };
        match self.series.recurrence {
            Recurrence::Weekly { weekday } => on(0, weekday) && day.div_euclid(7).rem_euclid(4) == self.phase,
            Recurrence::Monthly { nth, weekday } => on(nth, weekday),
            Recurrence::Quarterly { month: start, nth, weekday } => month % 3 == start % 3 && on(nth, weekday),
        }
    }
}

/// Whether a day is the `nth` of its weekday in its month; the fifth is the last one, whichever it is.
fn nth_of_month(nth: i64, day_of_month: i64, days_in_month: i64) -> bool {
    if nth == 5 { day_of_month + 7 > days_in_month } else { (day_of_month - 1) / 7 + 1 == nth }
}

fn days_in_month(day: i64) -> i64 {
    let (_, month, day_of_month) = civil_date(day);
    (28..=31).take_while(|&n| civil_date(day + n - day_of_month).1 == month).last().unwrap_or(28)
}

/// What everyone may know of a market.
fn market(id: u32, fate: &Fate) -> Market {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let (year, month, day) = civil_date(fate.event_time.day());
    // Beyond the catalogue's slots its series come again, under a numbered name.
    let slots: i64 = CATALOGUE.iter().map(|series| series.recurrence.slots()).sum();
    let series = match fate.slot as i64 / slots {
        0 => fate.series.ticker.to_string(),
        round => format!("{}{}", fate.series.ticker, round + 1),
    };
    let event = format!("{series}-{:02}{}{day:02}", year % 100, MONTHS[month as usize - 1]);
    let tenths = fate.series.strike_tenths;
    let strike = format!("{}.{}", tenths / 10, tenths % 10);
    Market {
        id: MarketId(id),
        ticker: format!("{event}-T{strike}"),
        title: format!("Synthetic: {} above {strike} on {year:04}-{month:02}-{day:02}?", fate.series.subject),
        event,
        series,
        category: fate.series.category.to_string(),
        ticks: host_core::Ticks::CENT,
        opens: Some(fate.opens),
        closes: Some(fate.closes),
        event_time: Some(fate.event_time),
    }
}
