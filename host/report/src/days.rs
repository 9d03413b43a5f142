//! Figures by UTC day: equity at the end of each day, days without change included, and the day's activity.

use std::collections::BTreeMap;

use host_core::record::DayClose;
use host_core::time::civil_date;
use host_core::{Timestamp, Usd};

use crate::money::Money;
use crate::ratios::ratio;
use crate::report::{DayLine, DrawdownFigures};
use crate::run::WorstFall;

/// Fills, trades and fees of one day.
#[derive(Clone, Copy, Debug, Default)]
struct Activity {
    fills: u64,
    trades: u64,
    fees: Usd,
}

/// The days so far, by day number since 1970.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days {
    closes: BTreeMap<i64, Usd>,
    activity: BTreeMap<i64, Activity>,
    /// The largest fall that a day's close reported, its peak, and the first day that reported it.
    fall: Usd,
    fall_peak: Usd,
    fall_day: Option<i64>,
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
        self.closes.insert(close.day, close.equity);
        if close.max_drawdown > self.fall {
            self.fall = close.max_drawdown;
            self.fall_peak = close.max_drawdown_peak;
            self.fall_day = Some(close.day);
        }
    }

    /// Returns the equity at the end of each day of `run`. A day without a close keeps the equity of the day before:
    /// nothing was marked on it. The last day ends at the final equity.
    pub(crate) fn series(&self, run: &Window) -> Vec<(i64, Usd)> {
        let known = || self.closes.keys().chain(self.activity.keys()).copied();
        let first = run.start.map(Timestamp::day).into_iter().chain(known()).min();
        // A run that ends at midnight does not touch the day that begins then.
        let last_moment = run.end.map(|end| Timestamp(end.0.saturating_sub(1)).max(run.start.unwrap_or(end)));
        let last = last_moment.map(Timestamp::day).into_iter().chain(known()).max();
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        let mut equity = run.start_equity;
        let mut series: Vec<(i64, Usd)> = (first..=last)
            .map(|day| {
                equity = self.closes.get(&day).copied().unwrap_or(equity);
                (day, equity)
            })
            .collect();
        if let Some(last) = series.last_mut() {
            last.1 = run.final_equity;
        }
        series
    }

    pub(crate) fn lines(&self, start: Usd, series: &[(i64, Usd)]) -> Vec<DayLine> {
        let mut before = start;
        let line = |&(day, equity): &(i64, Usd)| {
            let Activity { fills, trades, fees } = self.activity.get(&day).copied().unwrap_or_default();
            let net_pnl = Money(equity - std::mem::replace(&mut before, equity));
            DayLine { date: date(day), net_pnl, equity: Money(equity), trades, fills, fees: Money(fees) }
        };
        series.iter().map(line).collect()
    }

    /// Returns the largest fall: on ticks if `ticks` or the day closes have it, else of daily equity.
    pub(crate) fn drawdown(&self, start: Usd, series: &[(i64, Usd)], ticks: &WorstFall) -> DrawdownFigures {
        let daily = daily_fall(start, series);
        let last = series.last().map(|&(day, _)| day);
        let reported = Fall { amount: self.fall, peak: self.fall_peak, trough: self.fall_day, start: None };
        let of_ticks = Fall {
            amount: ticks.amount,
            peak: ticks.peak,
            trough: ticks.trough.map(Timestamp::day).or(self.fall_day.filter(|_| self.fall == ticks.amount)).or(last),
            start: ticks.start.map(Timestamp::day),
        };
        // Ticks contain every fall of daily equity, so on equal amounts their times are the more precise.
        let worst = [reported, of_ticks].into_iter().fold(daily, |a, b| if b.amount >= a.amount { b } else { a });
        if worst.amount <= Usd::ZERO {
            return DrawdownFigures::default();
        }
        let trough = worst.trough;
        let begun = worst.start.or_else(|| highest_before(series, trough?));
        let back = || series.iter().find(|(day, equity)| Some(*day) > trough && *equity >= worst.peak).map(|day| day.0);
        let recovered = ticks.recovered.filter(|_| worst.amount == ticks.amount).map(Timestamp::day).or_else(back);
        DrawdownFigures {
            amount: Money(worst.amount),
            fraction: ratio(worst.amount.as_dollars(), worst.peak.as_dollars()).filter(|_| worst.peak > Usd::ZERO),
            peak: Some(Money(worst.peak)),
            start: begun.map(date),
            trough: trough.map(date),
            recovery: recovered.map(date),
            days_under_water: begun.zip(recovered.or(last)).map(|(from, to)| u64::try_from(to - from).unwrap_or(0)),
        }
    }
}

/// The bounds of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) start_equity: Usd,
    pub(crate) final_equity: Usd,
}

#[derive(Clone, Copy, Debug, Default)]
struct Fall {
    amount: Usd,
    peak: Usd,
    start: Option<i64>,
    trough: Option<i64>,
}

fn daily_fall(start: Usd, series: &[(i64, Usd)]) -> Fall {
    let mut worst = Fall::default();
    let mut peak = (series.first().map(|&(day, _)| day), start);
    for &(day, equity) in series {
        if equity >= peak.1 {
            peak = (Some(day), equity);
        }
        if peak.1 - equity > worst.amount {
            worst = Fall { amount: peak.1 - equity, peak: peak.1, start: peak.0, trough: Some(day) };
        }
    }
    worst
}

/// Returns the last day of highest equity before `trough`, or the first day if there is none.
fn highest_before(series: &[(i64, Usd)], trough: i64) -> Option<i64> {
    let before = series.iter().filter(|(day, _)| *day < trough).max_by_key(|(_, equity)| *equity);
    before.or(series.first()).map(|&(day, _)| day)
}

/// Formats the day number `day` as `2026-01-31`.
pub(crate) fn date(day: i64) -> String {
    let (year, month, day) = civil_date(day);
    format!("{year:04}-{month:02}-{day:02}")
}
