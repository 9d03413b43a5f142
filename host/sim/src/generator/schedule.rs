//! Decides which markets are listed when, and how they resolve.
//!
//! A slot always holds one open market: when it closes, the next one of its series opens. Everything here is known
//! before the first row; what happens in a market never changes the schedule.

use host_core::{Market, MarketId, Outcome, Settlement, Span, Timestamp, time::civil_date};

use super::catalogue::{CATALOGUE, Recurrence, SyntheticSeries};
use super::random::{RandomStream, logistic};
use super::settings::GeneratorSettings;

/// Trading continues for an hour after the event, at prices that reflect the outcome.
const CLOSE_DELAY: Span = Span::minutes(60);
/// The markets of a series open around a level, in log odds within ± this value ...
const LEVEL_LOG_ODDS: f64 = 1.2;
/// ... plus or minus this: all of them between 14 % and 86 %.
const OPENING_LOG_ODDS: f64 = 0.6;

/// A planned market, with facts that only the generator knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarketPlan {
    /// Number of its slot.
    pub(super) slot: usize,
    pub(super) series: &'static SyntheticSeries,
    /// Number of its random stream.
    pub(super) stream: u64,
    pub(super) opens: Timestamp,
    pub(super) event_time: Timestamp,
    /// End of trading, and time of the payout.
    pub(super) closes: Timestamp,
    /// Log odds of its fair value at the opening.
    pub(super) opening: f64,
    /// Drawn with the probability of the opening, so that fair values are fair.
    pub(super) outcome: Outcome,
}

/// All markets with a first row within the run, numbered in the order of their first rows, and by ticker where those
/// come together.
#[derive(Clone, Debug)]
pub(super) struct ListingSchedule {
    pub(super) markets: Vec<Market>,
    /// One for each market.
    pub(super) plans: Vec<MarketPlan>,
    /// Settlements up to the last poll, in time order.
    pub(super) settlements: Vec<Settlement>,
}

impl ListingSchedule {
    /// Returns the schedule of a run with polls from `first` to `last`.
    pub(super) fn new(settings: &GeneratorSettings, first: Timestamp, last: Timestamp) -> ListingSchedule {
        let mut plans = Vec::new();
        for slot in slots().take(settings.markets) {
            slot.list(settings.seed, first, last, &mut plans);
        }
        plans.sort_by_cached_key(|plan| (plan.opens.max(first), market(0, plan).ticker));
        let markets = plans.iter().enumerate().map(|(id, plan)| market(id as u32, plan)).collect();
        let mut settlements: Vec<_> = (0..)
            .zip(&plans)
            .filter(|(_, plan)| plan.closes <= last)
            .map(|(id, plan)| Settlement { market: MarketId(id), time: plan.closes, outcome: plan.outcome })
            .collect();
        settlements.sort_by_key(|settlement| (settlement.time, settlement.market));
        ListingSchedule { markets, plans, settlements }
    }
}

/// A slot's place in the catalogue.
#[derive(Clone, Copy, Debug)]
struct CatalogueSlot {
    number: usize,
    series: &'static SyntheticSeries,
    /// Index among the slots of the series.
    phase: i64,
}

/// Returns the slots in order, repeating the catalogue endlessly.
fn slots() -> impl Iterator<Item = CatalogueSlot> {
    let series = CATALOGUE.iter().cycle();
    let phases = series.flat_map(|series| (0..series.recurrence.slots()).map(move |phase| (series, phase)));
    phases.enumerate().map(|(number, (series, phase))| CatalogueSlot { number, series, phase })
}

impl CatalogueSlot {
    /// Adds the markets that this slot holds at polls from `first` to `last`.
    fn list(self, seed: u64, first: Timestamp, last: Timestamp, plans: &mut Vec<MarketPlan>) {
        // The market open at the start opened when the previous one closed: events are at most 98 days apart.
        let mut previous = None;
        for day in first.day() - 100.. {
            if !self.happens_on(day) {
                continue;
            }
            let plan = self.plan_market(seed, day, previous);
            previous = Some(plan.closes);
            if plan.opens > last {
                return;
            }
            if plan.closes > first {
                plans.push(plan);
            }
        }
    }

    /// Returns the plan of the market on the event of day `day`, which opens when the previous one closes.
    fn plan_market(self, seed: u64, day: i64, opens: Option<Timestamp>) -> MarketPlan {
        // The top bits keep the streams of levels and plans apart from the stream of the market's own simulation.
        let stream = (self.number as u64) << 32 | (day as u64 & 0xffff_ffff);
        let series = (self.number as u64 - self.phase as u64) | 1 << 62;
        let level = RandomStream::new(seed, series).between(-LEVEL_LOG_ODDS, LEVEL_LOG_ODDS);
        let mut random = RandomStream::new(seed, stream | 1 << 63);
        let opening = level + random.between(-OPENING_LOG_ODDS, OPENING_LOG_ODDS);
        let outcome = if random.chance(logistic(opening)) { Outcome::Yes } else { Outcome::No };
        let event_time = Timestamp::start_of_day(day) + Span::minutes(self.series.minute);
        let closes = event_time + CLOSE_DELAY;
        let opens = opens.unwrap_or(closes);
        MarketPlan { slot: self.number, series: self.series, stream, opens, event_time, closes, opening, outcome }
    }

    /// Returns true if an event of this slot falls on day `day` since the epoch.
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

/// Returns true if a day is the `nth` of its weekday in its month; the fifth means the last one.
fn nth_of_month(nth: i64, day_of_month: i64, days_in_month: i64) -> bool {
    if nth == 5 { day_of_month + 7 > days_in_month } else { (day_of_month - 1) / 7 + 1 == nth }
}

fn days_in_month(day: i64) -> i64 {
    let (_, month, day_of_month) = civil_date(day);
    (28..=31).take_while(|&n| civil_date(day + n - day_of_month).1 == month).last().unwrap_or(28)
}

/// Returns the public description of a market.
fn market(id: u32, plan: &MarketPlan) -> Market {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let (year, month, day) = civil_date(plan.event_time.day());
    // Beyond the catalogue's slots, its series repeat under numbered names.
    let slots: i64 = CATALOGUE.iter().map(|series| series.recurrence.slots()).sum();
    let series = match plan.slot as i64 / slots {
        0 => plan.series.ticker.to_string(),
        round => format!("{}{}", plan.series.ticker, round + 1),
    };
    let event = format!("{series}-{:02}{}{day:02}", year % 100, MONTHS[month as usize - 1]);
    let tenths = plan.series.strike_tenths;
    let strike = format!("{}.{}", tenths / 10, tenths % 10);
    Market {
        id: MarketId(id),
        ticker: format!("{event}-T{strike}"),
        title: format!("Synthetic: {} above {strike} on {year:04}-{month:02}-{day:02}?", plan.series.subject),
        event,
        series,
        category: plan.series.category.to_string(),
        ticks: host_core::Ticks::CENT,
        opens: Some(plan.opens),
        closes: Some(plan.closes),
        event_time: Some(plan.event_time),
    }
}
