//! The review of a period: profit, execution, refusals, health, signals, and what follows from them.

mod execution;
mod facts;
mod health;
mod model;
mod next_steps;
mod profit;
mod refusals;
mod signals;
mod venue;

use host_core::{Span, Timestamp};
use host_report::{Money, OrderFills, Report, Window, review_definitions};

pub use execution::{Execution, ExecutionPeriod, Trend};
pub use facts::NearMiss;
pub use health::{Gap, Health, Note};
pub use model::{Review, Summary};
pub use profit::{DaysProfit, MarketProfit, Profit};
pub use refusals::{FollowUp, RefusalLine};
pub use signals::{Accuracy, Signals, SignalsAgainst};
pub use venue::{Outage, VenueHealth};

use self::execution::ExecutionReader;
use self::facts::Facts;
use crate::run::equity::{equity_at, falls};
use crate::run::{CAPITAL_CHANGED, RunSource, WantedRows};

/// Most periods before the reviewed one that execution is compared with.
const PERIODS_BEFORE: i64 = 8;

/// A run that another one is measured by, and the fill rate that its fill model was set to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baseline<'a> {
    pub run: Option<&'a RunSource>,
    /// The share of orders that the fill model is set to fill, if it is one of chance.
    pub fill_rate: Option<f64>,
}

/// Reviews `source` over the part of `asked` that it has traded, against `baseline`.
pub fn review(source: &RunSource, asked: Window, baseline: Baseline<'_>) -> Review {
    let own = source.period().unwrap_or(asked);
    let window = Window::new(asked.from().max(own.from()), asked.until().min(own.until())).unwrap_or(asked);
    let periods = periods(source, asked, window);
    let first = periods.first().map_or(window.from(), Window::from);
    let facts = Facts::read(source, window, first);
    let mut notes: Vec<String> = source.notes.iter().chain(&facts.notes).cloned().collect();
    let whole = source.period().and_then(|own| Window::new(own.from().min(window.from()), window.until()));
    let holding = refusals::holding(source.report.as_ref().and_then(|report| report.average_holding_seconds));
    let mut rows = WantedRows::default();
    facts.mids.iter().for_each(|(market, time, span)| rows.want(*market, *time, *span));
    refusals::want(&facts, holding, &mut rows);
    if let Err(error) = rows.read(source) {
        notes.push(format!("markouts, shortfall and refusals lack later prices: {error}"));
    }
    let all: Vec<Window> = periods.iter().copied().chain([whole.unwrap_or(window)]).collect();
    let mut reports = ExecutionReader::new(source, &all, &rows).read(source);
    let report = reports.pop().map(|(_, report)| report).unwrap_or_default();
    let health = health::of(source, &facts, window, &mut notes);
    let people = health::people(source, window, &mut notes);
    let latest = reports.last().map(|(_, report)| report.clone()).unwrap_or_default();
    let markets = source.info().map(|info| info.markets.as_slice()).unwrap_or_default();
    let mut signals = Signals::of(&facts, window, &report);
    signals.against = baseline.run.map(|other| against(&facts, other, window, &mut notes));
    if source.capital_changed(window) {
        notes.push(CAPITAL_CHANGED.to_owned());
    }
    let profit = Profit::of(&facts, markets, &source.equity, window);
    let mut review = Review {
        summary: summary(source, window, &profit, &latest, &health),
        name: source.name.clone(),
        mode: source.info().map_or_else(|| "result".to_owned(), |info| info.mode.to_string()),
        data: source.info().map(|info| info.data.clone()).unwrap_or_default(),
        from: window.from().to_string(),
        until: window.until().to_string(),
        complete: window == asked,
        profit,
        execution: Execution::of(&reports),
        refusals: refusals::followed_up(&facts, holding, &rows),
        holding_seconds: holding.as_seconds(),
        health,
        signals,
        people,
        next_steps: Vec::new(),
        notes,
        definitions: review_definitions().map(|(name, sentence)| format!("{name}: {sentence}")).collect(),
    };
    review.next_steps = next_steps::of(&review, baseline.fill_rate);
    review
}

fn summary(source: &RunSource, window: Window, profit: &Profit, report: &Report, health: &Health) -> Summary {
    let start = equity_at(&source.equity, window.from()).or(source.equity.first().map(|point| point.first));
    let OrderFills { fully, partly, none, .. } = report.order_fills;
    Summary {
        trades: profit.trades,
        wins: profit.wins,
        win_rate: report.win_rate,
        total_pnl: profit.total,
        max_drawdown: start.map(|start| Money(falls(&source.equity, window, start).0.amount)),
        orders_filled: fully + partly,
        orders_ended: fully + partly + none,
        fill_rate: report.fill_rate,
        average_slippage: report.average_slippage,
        fees: report.fees,
        uptime: health.uptime,
        interventions: health.interventions,
    }
}

/// Returns the part `window` of the period `asked` with the periods before it that the run has traded, in order: each
/// as long as the one that was asked for.
fn periods(source: &RunSource, asked: Window, window: Window) -> Vec<Window> {
    let start = source.period().map_or(asked.from(), |own| own.from());
    let length = asked.length();
    let before = (1..=PERIODS_BEFORE).rev().filter_map(|back| {
        let from = Timestamp(asked.from().0 - back * length.0);
        let until = from + length;
        // A part of a period would be compared with whole ones.
        Window::new(from, until).filter(|_| from + Span(length.0 / 2) >= start)
    });
    before.chain([window]).collect()
}

fn against(own: &Facts, other: &RunSource, window: Window, notes: &mut Vec<String>) -> SignalsAgainst {
    let same = other.period().is_some_and(|period| period.from() < window.until() && window.from() < period.until());
    let compared = match other.period() {
        Some(period) if !same => {
            notes.push(format!("{} traded another time: its signals of all its time are compared", other.name));
            period
        }
        _ => window,
    };
    let facts = Facts::read(other, compared, compared.from());
    let reports = ExecutionReader::new(other, &[compared], &WantedRows::default()).read(other);
    let report = reports.into_iter().next().map(|(_, report)| report).unwrap_or_default();
    SignalsAgainst::of(&other.name, own, &facts, compared, &report)
}
