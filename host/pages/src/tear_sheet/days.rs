//! Profit and loss by UTC day: bars, and a calendar whose days add up, as shown, to their months and to the whole.

use host_core::time::{civil_date, day_of_date};
use host_core::{Timestamp, Usd};
use host_report::{DayLine, Money, Report};

use crate::chart::{Anchor, Plot, Scale, TimeAxis};
use crate::numbers::{adding_up, change, date, full_day, month_name, tone, whole_change};

/// Height of the bars, in pixels.
const HEIGHT: f64 = 110.0;
/// Most bars that have their value written on them.
const MOST_VALUES: usize = 5;
/// Most bars that say their value when pointed at; the calendar has it too.
const MOST_SAYING: usize = 62;
/// Amount from which a calendar is in whole dollars, so that a day fits a phone.
const WHOLE_FROM: Usd = Usd::dollars(100);
/// Number of tints.
const TINTS: i64 = 4;

/// A month of the calendar.
pub(super) struct Month {
    pub(super) name: String,
    pub(super) total: String,
    pub(super) tone: &'static str,
    /// Weeks from Monday to Sunday; a day outside of the run is none.
    pub(super) weeks: Vec<[Option<DayCell>; 7]>,
}

/// A day of the calendar.
#[derive(Clone, Debug)]
pub(super) struct DayCell {
    pub(super) number: i64,
    pub(super) value: String,
    /// The tint of the day: its sign, and how much of the largest day it is.
    pub(super) class: String,
}

/// Returns the days with amounts in cents that add up, as shown, to their sum.
pub(super) fn shown(report: &Report) -> Vec<DayLine> {
    let amounts: Vec<Usd> = report.by_day.iter().map(|day| day.net_pnl.0).collect();
    let days = report.by_day.iter().zip(adding_up(&amounts, Usd::CENT));
    days.map(|(day, net)| DayLine { net_pnl: Money(net), ..day.clone() }).collect()
}

/// Returns the bars; nothing for a run of no day.
pub(super) fn chart(report: &Report) -> String {
    let days = &shown(report);
    let values = || days.iter().map(|day| day.net_pnl.0.as_dollars());
    if days.is_empty() {
        return String::new();
    }
    let (low, high) = values().fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    // The values of bars below zero are written below them.
    let low = if low < 0.0 && days.len() <= MOST_VALUES { low - (high - low) * 0.14 } else { low };
    let plot = Plot::new(&sentence(report), HEIGHT, Scale::new(low, high, 0.01));
    let mut plot = plot.grid(|value| Usd::from_dollars(value).map_or_else(String::new, whole_change));
    draw_bars(&mut plot, days);
    match days.first().zip(days.last()).and_then(|(first, last)| Some((number(first)?, number(last)?))) {
        Some((first, last)) => {
            let [from, until] = [first, last + 1].map(Timestamp::start_of_day);
            plot.times(&TimeAxis::new(from, until)).finish()
        }
        None => plot.finish(),
    }
}

fn draw_bars(plot: &mut Plot, days: &[DayLine]) {
    let width = 1.0 / days.len() as f64;
    let span = |at: usize| (width * (at as f64 + 0.12), width * 0.76);
    if days.len() > MOST_SAYING {
        let bars = |is_wanted: fn(f64) -> bool| -> Vec<((f64, f64), f64)> {
            let values = days.iter().enumerate().map(|(at, day)| (span(at), day.net_pnl.0.as_dollars()));
            values.filter(|(_, value)| is_wanted(*value)).collect()
        };
        plot.bars("up", &bars(|value| value > 0.0));
        plot.bars("down", &bars(|value| value < 0.0));
        return;
    }
    for (at, day) in days.iter().enumerate() {
        let (value, shown) = (day.net_pnl.0.as_dollars(), change(day.net_pnl));
        let class = if value < 0.0 { "down" } else { "up" };
        plot.bar(class, span(at), value, &format!("{}: {shown}", date(&day.date)));
        if days.len() <= MOST_VALUES {
            let lower = if value < 0.0 { 13.0 } else { -4.0 };
            plot.say(width * (at as f64 + 0.5), value, lower, Anchor::Middle, &shown);
        }
    }
}

/// Returns the best and the worst day in words.
pub(super) fn sentence(report: &Report) -> String {
    let days = shown(report);
    let best = days.iter().max_by_key(|day| day.net_pnl);
    let worst = days.iter().min_by_key(|day| day.net_pnl);
    match best.zip(worst) {
        Some((best, worst)) if days.len() > 1 => format!(
            "Best day {} on {}, worst {} on {}.",
            change(best.net_pnl),
            date(&best.date),
            change(worst.net_pnl),
            date(&worst.date)
        ),
        Some((only, _)) => format!("One day: {} on {}.", change(only.net_pnl), date(&only.date)),
        None => "No day was traded.".to_owned(),
    }
}

/// Returns the calendar of the days, and the unit of its amounts.
pub(super) fn calendar(report: &Report) -> (Vec<Month>, &'static str) {
    let largest = report.by_day.iter().map(|day| day.net_pnl.0.abs()).max().unwrap_or(Usd::ZERO);
    let (unit, name) = if largest < WHOLE_FROM { (Usd::CENT, "dollars") } else { (Usd::dollars(1), "whole dollars") };
    let amounts: Vec<Usd> = report.by_day.iter().map(|day| day.net_pnl.0).collect();
    let dated = report.by_day.iter().filter_map(number).zip(adding_up(&amounts, unit));
    let dated: Vec<(i64, Usd)> = dated.collect();
    let month_of = |(day, _): &(i64, Usd)| {
        let (year, month, _) = civil_date(*day);
        (year, month)
    };
    let months = dated.chunk_by(|one, next| month_of(one) == month_of(next)).filter_map(|days| {
        let (year, number) = days.first().map(month_of)?;
        let total: Usd = days.iter().map(|(_, amount)| *amount).sum();
        let name = format!("{} {year}", month_name(number));
        Some(Month { name, total: change(Money(total)), tone: tone(total), weeks: weeks(days, largest, unit) })
    });
    (months.collect(), name)
}

fn weeks(days: &[(i64, Usd)], largest: Usd, unit: Usd) -> Vec<[Option<DayCell>; 7]> {
    let mut weeks: Vec<(i64, [Option<DayCell>; 7])> = Vec::new();
    for (day, amount) in days {
        // 1 January 1970 was a Thursday.
        let (week, weekday) = ((day + 3).div_euclid(7), (day + 3).rem_euclid(7) as usize);
        if weeks.last().is_none_or(|(last, _)| *last != week) {
            weeks.push((week, [const { None }; 7]));
        }
        let text = change(Money(*amount)).replace('$', "");
        let value = if unit == Usd::CENT { text } else { text.trim_end_matches(".00").to_owned() };
        let found = DayCell { number: civil_date(*day).2, value, class: tint(*amount, largest) };
        if let Some((_, days)) = weeks.last_mut() {
            days[weekday] = Some(found);
        }
    }
    weeks.into_iter().map(|(_, days)| days).collect()
}

/// Returns the class of a day: `g1` to `g4`, `l1` to `l4`, or nothing.
fn tint(amount: Usd, largest: Usd) -> String {
    let part = i128::from(amount.abs().0) * i128::from(TINTS) / i128::from(largest.0.max(1));
    let tint = (part + 1).min(TINTS.into());
    match tone(amount) {
        "gain" => format!("g{tint}"),
        "loss" => format!("l{tint}"),
        _ => String::new(),
    }
}

/// Returns the number of a day since 1970.
fn number(line: &DayLine) -> Option<i64> {
    let parts: Vec<i64> = line.date.splitn(3, '-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    Some(day_of_date(*year, *month, *day))
}

/// Returns the period in words: its first and its last day.
pub(super) fn period(report: &Report) -> String {
    match report
        .by_day
        .first()
        .zip(report.by_day.last())
        .and_then(|(first, last)| Some((number(first)?, number(last)?)))
    {
        Some((first, last)) if first == last => full_day(first),
        Some((first, last)) => format!("{} to {}", full_day(first), full_day(last)),
        None => "before its window".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(first: i64, micros: &[i64]) -> Report {
        let line = |(at, micros): (usize, &i64)| {
            let (year, month, day) = civil_date(first + at as i64);
            DayLine {
                date: format!("{year:04}-{month:02}-{day:02}"),
                net_pnl: Money(Usd::micros(*micros)),
                ..DayLine::default()
            }
        };
        Report { by_day: micros.iter().enumerate().map(line).collect(), ..Report::default() }
    }

    #[test]
    fn days_stand_on_their_weekdays_and_add_up_to_their_months() {
        // 29 January 2026 was a Thursday.
        let (months, unit) = calendar(&report(20_482, &[3_334_000, 3_334_000, 3_334_000, -1_000_000]));
        assert_eq!((months.len(), unit), (2, "dollars"));
        assert_eq!((months[0].name.as_str(), months[0].total.as_str()), ("Jan 2026", "+$10.00"));
        let values: Vec<(usize, &str, &str)> = months[0].weeks[0]
            .iter()
            .enumerate()
            .filter_map(|(weekday, day)| day.as_ref().map(|day| (weekday, day.value.as_str(), day.class.as_str())))
            .collect();
        assert_eq!(values, [(3, "+3.33", "g4"), (4, "+3.34", "g4"), (5, "+3.33", "g4")]);
        let sunday = months[1].weeks[0][6].as_ref().map(|day| (day.number, day.value.as_str(), day.class.as_str()));
        assert_eq!(sunday, Some((1, "−\u{2060}1.00", "l2")));
    }

    #[test]
    fn large_days_are_whole_dollars() {
        let (months, unit) = calendar(&report(20_482, &[12_345_678_900_000, 0]));
        assert_eq!((months[0].total.as_str(), unit), ("+$12,345,679.00", "whole dollars"));
        assert_eq!(months[0].weeks[0][3].as_ref().map(|day| day.value.as_str()), Some("+12,345,679"));
    }

    #[test]
    fn no_day_and_one_day_have_their_sentences() {
        assert_eq!(
            (sentence(&report(0, &[])), chart(&report(0, &[]))),
            ("No day was traded.".to_owned(), String::new())
        );
        assert_eq!(sentence(&report(20_482, &[-5_000_000])), "One day: −\u{2060}$5.00 on 29 Jan.");
    }
}
