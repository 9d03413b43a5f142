//! Figures by UTC day: equity at the end of each day, days without change included, and the day's activity.

use std::collections::BTreeMap;

use host_core::portfolio::Fall;
use host_core::record::DayClose;
use host_core::time::civil_date;
use host_core::{Timestamp, Usd};

use crate::money::Money;
use crate::ratios::ratio;
use crate::report::{DayLine, DrawdownFigures, FallFigures};
use crate::run::RunFigures;
use crate::window::Window;

/// Fills, trades and fees of one day.
#[derive(Clone, Copy, Debug, Default)]
struct Activity {
    fills: u64,
    trades: u64,
    fees: Usd,
}

/// The books of one day at its end.
#[derive(Clone, Copy, Debug)]
struct Close {
    equity: Usd,
    /// Realised profit since the start.
    realised: Usd,
}

/// One day of a series: its number since 1970, and its books at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) day: i64,
    pub(crate) equity: Usd,
    realised: Usd,
}

/// The days so far, by day number since 1970.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days {
    closes: BTreeMap<i64, Close>,
    activity: BTreeMap<i64, Activity>,
    /// The largest fall in dollars that a day's close reported, first reported by the day of its trough.
    reported: DayFall,
}

impl Days {
    pub(crate) fn on_fill(&mut self, time: Timestamp, fee: Usd) {
        let day = self.activity.entry(time.day()).or_default();
        day.fills += 1;
        day.fees += fee;
    }

    pub(crate) fn on_trade(&mut self, closed: Timestamp) {
        self.activity.entry(closed.day()).or_default().trades += 1;
    }

    pub(crate) fn on_close(&mut self, close: &DayClose) {
        self.closes.insert(close.day, Close { equity: close.equity, realised: close.realised });
        if close.max_drawdown > self.reported.amount {
            let (amount, peak) = (close.max_drawdown, close.max_drawdown_peak);
            self.reported = DayFall { amount, peak, trough: Some(close.day), ..DayFall::default() };
        }
    }

    /// Returns each day of `window` with its books at its end. A day without a close keeps those of the day before:
    /// nothing was marked on it. The last day ends with `run`'s.
    pub(crate) fn series(&self, window: &Window, start_equity: Usd, run: &RunFigures) -> Vec<Day> {
        let mut close = Close { equity: start_equity, realised: Usd::ZERO };
        let day = |day: i64| {
            close = self.closes.get(&day).copied().unwrap_or(close);
            Day { day, equity: close.equity, realised: close.realised }
        };
        let mut series: Vec<Day> = window.days().map(day).collect();
        if let Some(last) = series.last_mut() {
            (last.equity, last.realised) = (run.final_equity, run.final_equity - start_equity - run.open_profit());
        }
        series
    }

    pub(crate) fn lines(&self, start: Usd, series: &[Day]) -> Vec<DayLine> {
        let (mut equity, mut realised) = (start, Usd::ZERO);
        let line = |day: &Day| {
            let Activity { fills, trades, fees } = self.activity.get(&day.day).copied().unwrap_or_default();
            let net = day.equity - std::mem::replace(&mut equity, day.equity);
            let closed = day.realised - std::mem::replace(&mut realised, day.realised);
            DayLine {
                date: date(day.day),
                net_pnl: Money(net),
                realised_pnl: Money(closed),
                open_pnl: Money(net - closed),
                equity: Money(day.equity),
                trades,
                fills,
                fees: Money(fees),
            }
        };
        series.iter().map(line).collect()
    }

    /// Returns the largest falls in dollars and as a part of the peak: on ticks if `run` or the day closes have them,
    /// else of daily equity.
    pub(crate) fn drawdown(&self, start: Usd, series: &[Day], run: &RunFigures) -> DrawdownFigures {
        let daily = daily_falls(start, series);
        let ticks = DayFall::of(&run.largest_fall, self.reported, series);
        // Ticks contain every fall of daily equity, so on equal amounts their times are the more precise.
        let larger = |one: DayFall, other: DayFall| if other.amount >= one.amount { other } else { one };
        let largest = [self.reported, ticks].into_iter().fold(daily.largest, larger);
        let deeper = |one: DayFall, other: DayFall| if one.is_deeper_than(&other) { one } else { other };
        let deepest = DayFall::of(&run.deepest_fall, self.reported, series);
        let deepest = [self.reported, ticks, deepest].into_iter().fold(daily.deepest, deeper);
        let of_dollars = largest.figures(series);
        let of_fraction = deepest.figures(series);
        DrawdownFigures {
            amount: of_dollars.as_ref().map(|fall| fall.amount).unwrap_or_default(),
            fraction: of_fraction.as_ref().and_then(|fall| fall.fraction),
            peak: of_dollars.as_ref().map(|fall| fall.peak),
            start: of_dollars.as_ref().and_then(|fall| fall.start.clone()),
            trough: of_dollars.as_ref().and_then(|fall| fall.trough.clone()),
            recovery: of_dollars.as_ref().and_then(|fall| fall.recovery.clone()),
            days_under_water: of_dollars.and_then(|fall| fall.days_under_water),
            deepest: of_fraction.filter(|fall| fall.fraction.is_some()),
            daily_fraction: daily.deepest.fraction(),
        }
    }
}

/// A fall of equity by days.
#[derive(Clone, Copy, Debug, Default)]
struct DayFall {
    amount: Usd,
    peak: Usd,
    start: Option<i64>,
    trough: Option<i64>,
    recovered: Option<i64>,
}

impl DayFall {
    /// Returns a fall on ticks. If it does not say when it was, it is the one that day closes have `reported`, or ends
    /// with the series.
    fn of(ticks: &Fall, reported: DayFall, series: &[Day]) -> DayFall {
        let trough = ticks.trough.map(Timestamp::day);
        let noted = reported.trough.filter(|_| reported.amount == ticks.amount);
        DayFall {
            amount: ticks.amount,
            peak: ticks.peak,
            start: ticks.start.map(Timestamp::day),
            trough: trough.or(noted).or(series.last().map(|last| last.day)),
            recovered: ticks.recovered.map(Timestamp::day),
        }
    }

    fn is_deeper_than(&self, other: &DayFall) -> bool {
        let fall = |fall: &DayFall| Fall { amount: fall.amount, peak: fall.peak, ..Fall::default() };
        fall(self).is_deeper_than(&fall(other))
    }

    /// Returns the fall as a part of its peak.
    fn fraction(&self) -> Option<f64> {
        let fell = self.amount > Usd::ZERO && self.peak > Usd::ZERO;
        ratio(self.amount.as_dollars(), self.peak.as_dollars()).filter(|_| fell)
    }

    fn figures(&self, series: &[Day]) -> Option<FallFigures> {
        if self.amount <= Usd::ZERO {
            return None;
        }
        let trough = self.trough;
        let start = self.start.or_else(|| highest_before(series, trough?));
        let back = || series.iter().find(|day| Some(day.day) > trough && day.equity >= self.peak).map(|day| day.day);
        let recovered = self.recovered.or_else(back);
        let last = series.last().map(|last| last.day);
        Some(FallFigures {
            amount: Money(self.amount),
            fraction: self.fraction(),
            peak: Money(self.peak),
            start: start.map(date),
            trough: trough.map(date),
            recovery: recovered.map(date),
            days_under_water: start.zip(recovered.or(last)).map(|(from, to)| u64::try_from(to - from).unwrap_or(0)),
        })
    }
}

/// The largest falls of equity at the ends of days.
#[derive(Clone, Copy, Debug, Default)]
struct DailyFalls {
    /// In dollars.
    largest: DayFall,
    /// As a part of its peak.
    deepest: DayFall,
}

fn daily_falls(start: Usd, series: &[Day]) -> DailyFalls {
    let mut falls = DailyFalls::default();
    let mut peak = (series.first().map(|first| first.day), start);
    for &Day { day, equity, .. } in series {
        if equity >= peak.1 {
            peak = (Some(day), equity);
        }
        let (amount, start) = (peak.1 - equity, peak.0);
        let fall = DayFall { amount, peak: peak.1, start, trough: Some(day), recovered: None };
        if fall.amount > falls.largest.amount {
            falls.largest = fall;
        }
        if fall.is_deeper_than(&falls.deepest) {
            falls.deepest = fall;
        }
    }
    falls
}

/// Returns the last day of highest equity before `trough`, or the first day if there is none.
fn highest_before(series: &[Day], trough: i64) -> Option<i64> {
    let before = series.iter().filter(|day| day.day < trough).max_by_key(|day| day.equity);
    before.or(series.first()).map(|day| day.day)
}

/// Formats the day number `day` as `2026-01-31`.
pub(crate) fn date(day: i64) -> String {
    let (year, month, day) = civil_date(day);
    format!("{year:04}-{month:02}-{day:02}")
}
