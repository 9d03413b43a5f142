//! The first lines of a tear sheet: what it is of, one sentence, how little that proves, and eight figures.

use host_core::Usd;
use host_report::{LookAhead, Money, Origin, Report, RunKind};

use super::days;
use super::subject::Subject;
use crate::numbers::{
    UNDEFINED, change, count, date, duration, fixed, money, or_undefined, share, share_in_column, tone,
};

/// The environment in which money is real.
const PRODUCTION: &str = "production";
/// Days below which figures prove nothing.
const FEW_DAYS: u64 = 90;

/// The mark of the mode, and that of the markets.
pub(super) struct Marks {
    pub(super) mode: &'static str,
    /// Class of the mode's mark.
    pub(super) class: &'static str,
    pub(super) markets: String,
}

/// One of the eight figures.
pub(super) struct KeyFigure {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) tone: &'static str,
    /// The limit, error or whole beside it.
    pub(super) beside: String,
}

pub(super) fn marks(subject: &Subject<'_>) -> Marks {
    let report = subject.report;
    let kind = report.about.as_ref().map(|about| about.kind);
    let (mode, class) = match kind {
        Some(RunKind::Live) => ("LIVE", "live"),
        Some(RunKind::Paper) => ("PAPER", "paper"),
        Some(RunKind::Backtest) => ("BACK TEST", "made"),
        None => ("RUN", "made"),
    };
    let markets = match report.about.as_ref().map(|about| (about.kind, about.origin)) {
        Some((RunKind::Live, _)) => match subject.origin.environment.as_deref() {
            Some(PRODUCTION) | None => String::new(),
            Some("loopback") => "EXCHANGE ON THIS MACHINE".to_owned(),
            Some(other) => other.to_uppercase(),
        },
        None => String::new(),
        Some((_, Origin::Synthetic)) => "SYNTHETIC MARKETS".to_owned(),
        Some((_, Origin::Recorded)) => "RECORDED MARKETS".to_owned(),
        Some((_, Origin::Imported)) => "IMPORTED MARKETS".to_owned(),
    };
    Marks { mode, class, markets }
}

/// Returns the result in one line.
pub(super) fn title(subject: &Subject<'_>) -> String {
    let report = subject.report;
    let names: Vec<&str> = subject.origin.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
    let who = match names.as_slice() {
        [] => "No strategy".to_owned(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        several => format!("{} strategies", several.len()),
    };
    let result = match tone(report.net_pnl.0) {
        "gain" => format!("made {}", change(report.net_pnl)),
        "loss" => format!("lost {}", money(Money(report.net_pnl.0.abs()))),
        _ => "made nothing".to_owned(),
    };
    format!("{who} {result} on {} in {}", level(report.start_equity), day_count(report.days))
}

/// Returns what the result is worth, in a few sentences.
pub(super) fn lead(subject: &Subject<'_>) -> String {
    let report = subject.report;
    let tones = report.by_day.iter().map(|day| tone(day.net_pnl.0));
    let (up, down) =
        tones.fold((0, 0), |(up, down), tone| (up + u64::from(tone == "gain"), down + u64::from(tone == "loss")));
    let mut sentences = vec![match report.max_drawdown.0 {
        Usd::ZERO => "Equity never fell below its peak.".to_owned(),
        _ => format!("Its deepest fall was {}.", money(report.max_drawdown)),
    }];
    sentences.push(format!("{} up, {} down.", day_count(up), count(down)));
    if let Some(lower) = &report.lower_estimate {
        let model = lower.about.as_ref().map_or("", |about| about.fill_model.as_str());
        sentences.push(format!(
            "Total P&L is the best estimate; the lower one, under {model}, is {}.",
            change(lower.net_pnl)
        ));
    }
    if let Some(cause) = report.stopped_by.filter(|_| !report.complete) {
        sentences.push(format!("It did not see its whole window: stopped by {}.", cause.text()));
    }
    if report.proof.is_some_and(|proof| proof.look_ahead == LookAhead::NotProven) {
        sentences.push("Nothing proves that its decisions do without later prices (--no-proof).".to_owned());
    }
    sentences.push(proof(subject));
    sentences.join(" ")
}

/// Returns how much a result proves.
fn proof(subject: &Subject<'_>) -> String {
    let report = subject.report;
    if subject.origin.environment.as_deref().is_some_and(|environment| environment != PRODUCTION) {
        return "What was traded was no real money, and proves nothing about a venue.".to_owned();
    }
    if report.about.as_ref().is_some_and(|about| about.origin == Origin::Synthetic) {
        return "Made-up markets prove nothing about a venue.".to_owned();
    }
    if report.days < FEW_DAYS {
        let verb = if report.days == 1 { "is" } else { "are" };
        return format!("{} {verb} too few to tell skill from luck.", day_count(report.days));
    }
    let verdict = match report.sharpe.zip(report.sharpe_standard_error) {
        Some((sharpe, error)) if sharpe > 2.0 * error => {
            "Its Sharpe ratio lies more than two standard errors above zero."
        }
        Some(_) => "Its Sharpe ratio lies within two standard errors of zero, or below: it may be luck.",
        None => "It has no Sharpe ratio to judge it by.",
    };
    verdict.to_owned()
}

pub(super) fn key_figures(subject: &Subject<'_>) -> [KeyFigure; 8] {
    let report = subject.report;
    let plain = |name, value, beside| KeyFigure { name, value, tone: "", beside };
    [
        total(report),
        deepest_fall(subject),
        worst_day(subject),
        plain("Trades", count(report.trades), {
            let held = or_undefined(report.average_holding_seconds, duration);
            format!("{} won; held {held}", or_undefined(report.win_rate, share_in_column))
        }),
        plain(
            "Average win, loss",
            format!("{}, {}", or_undefined(report.average_win, money), or_undefined(report.average_loss, money)),
            format!("profit factor {}", or_undefined(report.profit_factor, |factor| fixed(factor, 2))),
        ),
        plain("Fees", money(report.fees), fees(report)),
        plain("Fill rate", or_undefined(report.fill_rate, share_in_column), {
            let slippage = or_undefined(report.average_slippage, crate::numbers::cents_change);
            format!("slippage {slippage} a contract")
        }),
        sharpe(report),
    ]
}

fn total(report: &Report) -> KeyFigure {
    let share = or_undefined(report.total_return, share);
    let beside = format!("{share} of {}; {} of it open", level(report.start_equity), change(report.open_pnl));
    KeyFigure { name: "Total P&L", value: change(report.net_pnl), tone: tone(report.net_pnl.0), beside }
}

fn deepest_fall(subject: &Subject<'_>) -> KeyFigure {
    let fall = &subject.report.drawdown;
    let limit = level(Money(subject.limits.max_drawdown));
    let when = match (&fall.start, &fall.trough) {
        (Some(start), Some(trough)) if start == trough => date(start),
        (Some(start), Some(trough)) => format!("{} to {}", date(start), date(trough)),
        _ => "never fell".to_owned(),
    };
    let value = money(subject.report.max_drawdown);
    KeyFigure { name: "Deepest fall", value, tone: "", beside: format!("{when}; limit {limit}") }
}

fn worst_day(subject: &Subject<'_>) -> KeyFigure {
    let limit = level(Money(Usd::ZERO - subject.limits.max_daily_loss));
    let worst = days::shown(subject.report).into_iter().min_by_key(|day| day.net_pnl);
    let (value, tone, when) = worst.map_or_else(
        || (UNDEFINED.to_owned(), "", "no day".to_owned()),
        |day| (change(day.net_pnl), tone(day.net_pnl.0), date(&day.date)),
    );
    KeyFigure { name: "Worst day", value, tone, beside: format!("{when}; limit {limit}") }
}

fn fees(report: &Report) -> String {
    let before = report.net_pnl.0 + report.fees.0;
    match report.fees.0 {
        Usd::ZERO => "none were charged".to_owned(),
        fees if before > Usd::ZERO => {
            format!("{} of what was made before them", share(fees.as_dollars() / before.as_dollars()))
        }
        _ => "nothing was made before them".to_owned(),
    }
}

fn sharpe(report: &Report) -> KeyFigure {
    let figures = report.sharpe.zip(report.sharpe_standard_error);
    let value = or_undefined(figures, |(sharpe, error)| format!("{} \u{b1} {}", fixed(sharpe, 1), fixed(error, 1)));
    let few = if report.sharpe_days < FEW_DAYS { ": too few to lean on" } else { ", ± its standard error" };
    KeyFigure { name: "Sharpe, a year", value, tone: "", beside: format!("of {}{few}", day_count(report.sharpe_days)) }
}

/// Formats a round level of money without its zeros: `$2,000`.
pub(super) fn level(amount: Money) -> String {
    let text = money(amount);
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// Formats a number of days: `1 day`, `21 days`.
pub(super) fn day_count(number: u64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{} days", count(number)) }
}
