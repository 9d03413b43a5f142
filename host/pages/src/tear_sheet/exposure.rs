//! Exposure against limits: by day, and for each limit the nearest that an order came to it.

use host_core::risk::RefusalCode;
use host_core::{Price, Timestamp, Usd};
use host_report::{LimitUse, Money};

use super::headline::level;
use super::subject::Subject;
use crate::chart::{Plot, Scale, TimeAxis};
use crate::numbers::{cents, day, share, trimmed};

/// Height of the chart, in pixels.
const HEIGHT: f64 = 110.0;
/// A limit is drawn if it is at most so many times the highest exposure: else the bars could not be told apart.
const IN_SIGHT: f64 = 3.0;
/// The use from which a limit is marked.
const NEAR: f64 = 0.8;

/// A limit and the nearest that a run came to it.
pub(super) struct LimitRow {
    /// The bounded thing, in words.
    pub(super) words: &'static str,
    pub(super) code: &'static str,
    pub(super) highest: String,
    pub(super) limit: String,
    pub(super) share: String,
    /// Width of the bar, in percent.
    pub(super) width: String,
    /// Class of the bar.
    pub(super) class: &'static str,
}

/// Returns the chart; nothing if no entry was approved.
pub(super) fn chart(subject: &Subject<'_>) -> String {
    let (exposure, window) = (&subject.course.exposure, subject.course.window());
    let Some(highest) = exposure.values().max() else { return String::new() };
    let (highest, limit) = (highest.as_dollars(), subject.limits.max_portfolio_exposure);
    let in_sight = limit.as_dollars() <= highest * IN_SIGHT;
    let top = if in_sight { highest.max(limit.as_dollars()) } else { highest };
    let money = |value: f64| Usd::from_dollars(value).map_or_else(String::new, |value| level(Money(value)));
    let title = format!("Highest exposure of each day: at most {}, limit {}", money(highest), level(Money(limit)));
    let mut plot = Plot::new(&title, HEIGHT, Scale::new(0.0, top, 0.01)).grid(money);
    let axis = TimeAxis::new(
        Timestamp::start_of_day(window.from().day()),
        Timestamp::start_of_day(Timestamp(window.until().0.saturating_sub(1)).day() + 1),
    );
    let bars: Vec<((f64, f64), f64)> =
        exposure.iter().map(|(of, value)| (span(&axis, *of), value.as_dollars())).collect();
    plot.bars("used", &bars);
    if in_sight {
        plot.level("limit", limit.as_dollars(), &format!("limit {}", level(Money(limit))));
    }
    plot.times(&axis).finish()
}

/// Returns the place and the width of the bar of a day.
fn span(axis: &TimeAxis, of: i64) -> (f64, f64) {
    let [from, until] = [of, of + 1].map(|day| axis.place(Timestamp::start_of_day(day)));
    (from + (until - from) * 0.12, (until - from) * 0.76)
}

/// Returns the highest exposure in words.
pub(super) fn sentence(subject: &Subject<'_>) -> String {
    let limit = subject.limits.max_portfolio_exposure;
    match subject.course.exposure.iter().max_by_key(|(_, value)| **value) {
        None => "No entry was approved, so nothing was at risk.".to_owned(),
        Some((of, highest)) => format!(
            "At most {} at risk, on {}: {} of the limit of {}. Worst-case loss of all positions and orders together, \
             as the risk manager measured it at each entry.",
            level(Money(*highest)),
            day(*of),
            share(highest.as_dollars() / limit.as_dollars()),
            level(Money(limit))
        ),
    }
}

/// Returns the limits of what is held and lost, and those of a single order; each the fullest first.
pub(super) fn limits(subject: &Subject<'_>) -> (Vec<LimitRow>, Vec<LimitRow>) {
    let report = subject.report;
    let worst = report.by_day.iter().map(|day| Usd::ZERO - day.net_pnl.0).max().unwrap_or(Usd::ZERO);
    let time = subject.course.window().from();
    let of_report = [
        (RefusalCode::MaxDailyLoss, worst.max(Usd::ZERO), subject.limits.max_daily_loss),
        (RefusalCode::MaxDrawdown, report.max_drawdown.0, subject.limits.max_drawdown),
    ];
    let of_report = of_report.map(|(code, highest, limit)| LimitUse {
        code,
        highest: highest.as_dollars(),
        limit: limit.as_dollars(),
        time,
    });
    let measured = subject.course.limits.fullest_first();
    let mut uses: Vec<&LimitUse> = measured.into_iter().chain(&of_report).collect();
    uses.sort_by(|a, b| b.share().unwrap_or(0.0).total_cmp(&a.share().unwrap_or(0.0)));
    let (of_orders, of_account): (Vec<&LimitUse>, Vec<&LimitUse>) =
        uses.into_iter().partition(|used| of_order(used.code));
    let rows = |uses: Vec<&LimitUse>| uses.into_iter().filter_map(row).collect();
    (rows(of_account), rows(of_orders))
}

/// Returns true if a limit holds for each order by itself, so that it is no sign of danger to be at it.
fn of_order(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::MaxOrderSize
            | RefusalCode::MaxOrderValue
            | RefusalCode::MaxVolumeFraction
            | RefusalCode::MaxPriceDeviation
            | RefusalCode::MaxSpread
    )
}

fn row(used: &LimitUse) -> Option<LimitRow> {
    let (words, unit) = meaning(used.code)?;
    let part = used.share().unwrap_or(0.0);
    Some(LimitRow {
        words,
        code: used.code.as_str(),
        highest: unit.text(used.highest),
        limit: unit.text(used.limit),
        share: share(part),
        width: trimmed((part * 100.0).clamp(0.0, 100.0), 1),
        class: if part >= NEAR && !of_order(used.code) { "near" } else { "used" },
    })
}

/// The unit of a limit.
#[derive(Clone, Copy)]
enum Unit {
    Dollars,
    Cents,
    Count,
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Unit::Dollars => Usd::from_dollars(value).map_or_else(String::new, |value| level(Money(value))),
            Unit::Cents => Price::from_dollars(value).map_or_else(String::new, cents),
            Unit::Count => trimmed(value, 2),
        }
    }
}

/// Returns what a limit bounds, in words, and its unit; `None` for a check that is no limit.
fn meaning(code: RefusalCode) -> Option<(&'static str, Unit)> {
    Some(match code {
        RefusalCode::MaxOpenPositions => ("Open positions", Unit::Count),
        RefusalCode::MaxPortfolioExposure => ("At risk in all markets", Unit::Dollars),
        RefusalCode::MaxCategoryExposure => ("At risk in one category", Unit::Dollars),
        RefusalCode::MaxEventExposure => ("At risk in one event", Unit::Dollars),
        RefusalCode::MaxPositionValue => ("At risk in one market", Unit::Dollars),
        RefusalCode::MaxPositionSize => ("Contracts in one market", Unit::Count),
        RefusalCode::MaxOrderValue => ("At risk in one order", Unit::Dollars),
        RefusalCode::MaxOrderSize => ("Contracts in one order", Unit::Count),
        RefusalCode::MaxVolumeFraction => ("Contracts in one order, by the day's volume", Unit::Count),
        RefusalCode::MaxPriceDeviation => ("Distance of a price from the mid", Unit::Cents),
        RefusalCode::MaxSpread => ("Spread of a book at an entry", Unit::Cents),
        RefusalCode::MaxMessages => ("Orders and cancels in a minute", Unit::Count),
        RefusalCode::MaxDailyLoss => ("Loss of the worst day, at its end", Unit::Dollars),
        RefusalCode::MaxDrawdown => ("Fall from the highest equity", Unit::Dollars),
        _ => return None,
    })
}
