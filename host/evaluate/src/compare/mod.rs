//! Runs side by side over the period that they share, and their difference taken apart.

mod line;
mod matching;
mod same_data;
mod settings;
mod split;

use host_core::{Span, Timestamp, Usd};
use host_report::{LookAhead, Money, Proof, Report, RunKind, Window};
use host_store::journal::EQUITY_SPAN;
use serde::Serialize;

pub use line::{Asked, Line, Part};
pub use split::{Item, Sum, TripFacts};

use crate::run::{RunSource, RunView, is_whole};

/// Several runs, and the differences from the first to each other one.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The period that all share; `None` if they share none, or one has traded at no time.
    pub period: Option<Period>,
    pub columns: Vec<RunColumn>,
    pub differences: Vec<Difference>,
    /// Statements about all of it.
    pub notes: Vec<String>,
}

/// A period, ISO 8601: from its start on, and before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    pub from: String,
    pub until: String,
}

impl Period {
    fn of(window: Window) -> Period {
        Period { from: window.from().to_string(), until: window.until().to_string() }
    }
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct RunColumn {
    pub name: String,
    /// Back test, paper or live.
    pub mode: String,
    /// Source of its market data, as text for people.
    pub data: String,
    /// The period of its figures.
    pub period: Option<Period>,
    pub report: Report,
    /// Statements of what is missing or unusual.
    pub notes: Vec<String>,
}

/// The difference of two runs.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    pub first: String,
    pub second: String,
    /// The settings that differ.
    pub settings: Vec<String>,
    /// The reason why it is not taken apart, and how to make the two comparable.
    pub not_split: Option<String>,
    pub split: Option<Split>,
}

/// A difference of profits, taken apart.
#[derive(Clone, Debug, Serialize)]
pub struct Split {
    pub first_pnl: Money,
    pub second_pnl: Money,
    /// The second less the first: the sum of all lines.
    pub difference: Money,
    /// Number of trades that both have.
    pub trades_in_both: usize,
    /// All lines, in order.
    pub lines: Vec<SplitLine>,
    /// All trades that make a difference, each as often as it makes one.
    pub items: Vec<Item>,
}

/// A line of a difference.
#[derive(Clone, Debug, Serialize)]
pub struct SplitLine {
    pub line: Line,
    #[serde(flatten)]
    pub sum: Sum,
    /// Its parts; the codes of refusals apart.
    pub parts: Vec<SplitPart>,
}

/// A part of a line.
#[derive(Clone, Debug, Serialize)]
pub struct SplitPart {
    pub part: Part,
    /// Code of the refusal.
    pub code: Option<String>,
    #[serde(flatten)]
    pub sum: Sum,
}

impl Split {
    /// Returns the trades of a line or part.
    pub fn items_of(&self, asked: Asked) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| match asked {
            Asked::Line(line) => item.line == line,
            Asked::Part(part) => item.part == Some(part),
        })
    }

    /// Takes the difference of two views apart.
    pub fn of(first: &RunView, second: &RunView) -> Split {
        let split::TradeDifferences { mut items, both } = split::split(first, second);
        items.sort_by(|one, other| {
            (one.line, one.part, other.amount.0.abs()).cmp(&(other.line, other.part, one.amount.0.abs()))
        });
        let (first_pnl, second_pnl) = (first.report.net_pnl, second.report.net_pnl);
        let difference = second_pnl.0 - first_pnl.0;
        let explained: Usd = items.iter().map(|item| item.amount.0).sum();
        let by_line = split::sums(&items, |item| Some(item.line));
        let by_part = split::sums(&items, |item| Some((item.line, item.part?, item.code.clone())));
        let lines = Line::ALL.into_iter().map(|line| {
            let sum = match line {
                Line::NotExplained => Sum { amount: Money(difference - explained), trades: 0 },
                _ => by_line.get(&line).cloned().unwrap_or_default(),
            };
            let parts = by_part.iter().filter(|((own, ..), _)| *own == line);
            let parts =
                parts.map(|((_, part, code), sum)| SplitPart { part: *part, code: code.clone(), sum: sum.clone() });
            SplitLine { line, sum, parts: parts.collect() }
        });
        let lines = lines.collect();
        Split { first_pnl, second_pnl, difference: Money(difference), trades_in_both: both, lines, items }
    }
}

/// Compares `sources`, of which the first is what the others are compared with.
pub fn compare(sources: &[RunSource]) -> Comparison {
    let mut notes = Vec::new();
    let common = common_period(sources, &mut notes);
    let views: Vec<Option<RunView>> = sources
        .iter()
        .map(|source| {
            let window = match common {
                Some(common) if !is_whole(source, common) => Some(common),
                _ => source.period(),
            };
            window.map(|window| RunView::load(source, window))
        })
        .collect();
    let columns = sources.iter().zip(&views).map(|(source, view)| column(source, view.as_ref()));
    let pairs = sources.iter().zip(&views).skip(1);
    let differences = pairs.map(|(source, view)| {
        let first = sources.first().zip(views.first());
        difference(first.map(|(source, view)| (source, view.as_ref())), source, view.as_ref(), common)
    });
    let (columns, differences) = (columns.collect(), differences.collect());
    Comparison { period: common.map(Period::of), columns, differences, notes }
}

/// Returns the period that all sources share. Where that cuts one of them, its ends are those of points of equity.
fn common_period(sources: &[RunSource], notes: &mut Vec<String>) -> Option<Window> {
    let periods: Vec<Window> = sources.iter().filter_map(RunSource::period).collect();
    if periods.len() < sources.len() {
        let empty = sources.iter().filter(|source| source.period().is_none()).map(|source| source.name.as_str());
        let empty: Vec<&str> = empty.collect();
        notes.push(format!("nothing is compared with {}: it has traded at no time", empty.join(" and ")));
        return None;
    }
    let from = periods.iter().map(Window::from).max()?;
    let until = periods.iter().map(Window::until).min()?;
    let Some(common) = Window::new(from, until) else {
        notes.push("the periods have no time in common: each run has the figures of its own period".to_owned());
        return None;
    };
    if sources.iter().all(|source| is_whole(source, common)) {
        return Some(common);
    }
    let on_points = Window::new(ceil(from, EQUITY_SPAN), floor(until, EQUITY_SPAN));
    if on_points.is_some() {
        notes.push("the periods differ: the figures are of the time that all runs share".to_owned());
        notes.push("max drawdown of a run that was cut is measured on equity per five minutes".to_owned());
    } else {
        notes.push("the time that all runs share is too short: each has the figures of its own period".to_owned());
    }
    on_points
}

fn floor(time: Timestamp, span: Span) -> Timestamp {
    Timestamp(time.0 - time.0.rem_euclid(span.0))
}

fn ceil(time: Timestamp, span: Span) -> Timestamp {
    floor(Timestamp(time.0 + span.0 - 1), span)
}

fn column(source: &RunSource, view: Option<&RunView>) -> RunColumn {
    let info = source.info();
    let about = source.report.as_ref().and_then(|report| report.about.as_ref());
    let mode = info.map(|info| info.mode.to_string());
    let data = info.map(|info| info.data.clone()).or(about.map(|about| about.data.clone()));
    let report = view.map(|view| view.report.clone()).or_else(|| source.report.clone());
    let notes = source.notes.iter().chain(view.into_iter().flat_map(|view| &view.notes));
    RunColumn {
        name: source.name.clone(),
        mode: mode.unwrap_or_else(|| "result".to_owned()),
        data: data.unwrap_or_default(),
        period: view.map(|view| Period::of(view.window)),
        report: report.unwrap_or_default(),
        notes: notes.cloned().chain(not_proven(source)).collect(),
    }
}

/// Returns a note on a run that was shown rows ahead and did not prove that its decisions do without them.
fn not_proven(source: &RunSource) -> Option<String> {
    // A run without figures yet has nothing to prove.
    let report = source.report.as_ref()?;
    let is_live = report.about.as_ref().is_some_and(|about| about.kind == RunKind::Live)
        || source.info().is_some_and(|info| info.mode.is_account());
    // Live, no later row is there yet.
    if is_live {
        return None;
    }
    match report.proof {
        Some(Proof { look_ahead: LookAhead::None | LookAhead::Impossible, .. }) => None,
        Some(Proof { look_ahead: LookAhead::NotProven, .. }) => {
            Some("run with --no-proof: its decisions may depend on later rows".to_owned())
        }
        None => Some("nothing proves that its decisions do not depend on later rows".to_owned()),
    }
}

fn difference(
    first: Option<(&RunSource, Option<&RunView>)>,
    second: &RunSource,
    second_view: Option<&RunView>,
    common: Option<Window>,
) -> Difference {
    let name = first.map(|(source, _)| source.name.clone()).unwrap_or_default();
    let mut found = Difference {
        first: name,
        second: second.name.clone(),
        settings: first.map(|(first, _)| settings::differing(first, second)).unwrap_or_default(),
        not_split: None,
        split: None,
    };
    let views = first.and_then(|(source, view)| Some((source, view?, second_view?)));
    let Some((source, one, other)) = views else {
        found.not_split = Some("one of them has traded at no time".to_owned());
        return found;
    };
    let Some(window) = common else {
        found.not_split = Some(format!("they share no time; {}", remedy(source, second)));
        return found;
    };
    let why = same_data::other_data(source, second, window);
    match why {
        Some(why) => found.not_split = Some(format!("{why}; {}", remedy(source, second))),
        None => found.split = Some(Split::of(one, other)),
    }
    found
}

/// Returns the way to make two runs comparable.
fn remedy(first: &RunSource, second: &RunSource) -> String {
    let with_rows = [second, first].into_iter().find(|source| source.info().is_some());
    with_rows.map_or_else(
        || "compare runs with journals".to_owned(),
        |source| {
            format!("`host compare {} --with backtest` makes a back test of what {} saw", source.name, source.name)
        },
    )
}
