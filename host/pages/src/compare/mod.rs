//! The comparison of runs: first the difference, split into lines that add up to the cent, then the runs side by side.

mod fall;
mod figures;
mod model;

use askama::Template;
use host_core::Usd;
use host_report::Money;

use self::fall::Fall;
use self::figures::FigureRow;
pub use self::model::{ProfitSplit, RunColumn, RunComparison, RunDifference, SplitLine, SplitPart};
use crate::error::PageError;
use crate::numbers::{change, moment};

/// Returns `comparison` as one HTML page that refers to nothing outside of itself.
///
/// # Errors
/// The template cannot be filled in; no case is known.
pub fn html(comparison: &RunComparison<'_>) -> Result<String, PageError> {
    ComparePage::of(comparison).render().map_err(PageError)
}

/// The texts of the page.
#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage<'a> {
    title: String,
    period: String,
    lead: String,
    differences: Vec<DifferenceView<'a>>,
    columns: Vec<ColumnView<'a>>,
    figures: Vec<FigureRow>,
    notes: &'a [String],
}

struct DifferenceView<'a> {
    heading: String,
    /// The labels of the two runs.
    between: String,
    fall: Option<Fall>,
    not_split: &'a str,
    settings: &'a [String],
}

struct ColumnView<'a> {
    label: String,
    name: &'a str,
    data: &'a str,
    period: String,
    notes: &'a [String],
}

impl<'a> ComparePage<'a> {
    fn of(comparison: &RunComparison<'a>) -> ComparePage<'a> {
        let labels = labels(&comparison.columns);
        let first = labels.first().cloned().unwrap_or_default();
        let others = labels.iter().skip(1).chain(std::iter::repeat(&first));
        let differences: Vec<DifferenceView<'a>> =
            comparison.differences.iter().zip(others).map(|(one, other)| one.view(&first, other)).collect();
        let fall = differences.iter().find_map(|difference| difference.fall.as_ref());
        let period = comparison.columns.first().map(|column| period(column.period)).unwrap_or_default();
        ComparePage {
            title: fall.map_or_else(|| format!("{} side by side", runs(labels.len())), Fall::sentence),
            lead: fall.map_or_else(|| "No difference can be split into its causes.".to_owned(), Fall::causes),
            period,
            differences,
            figures: figures::rows(&comparison.columns.iter().map(|column| column.report).collect::<Vec<_>>()),
            columns: comparison.columns.iter().zip(labels).map(|(column, label)| column.view(label)).collect(),
            notes: comparison.notes,
        }
    }
}

impl<'a> RunDifference<'a> {
    fn view(&self, first: &str, second: &str) -> DifferenceView<'a> {
        let fall = self.split.as_ref().ok().map(|split| Fall::of(split, first, second));
        let between = format!("{first} to {second}");
        let heading = match &fall {
            Some(fall) => match fall.difference {
                lost if lost < Usd::ZERO => format!("Where {} went, {between}", change(Money(lost))),
                more => format!("Where {} came from, {between}", change(Money(more))),
            },
            None => format!("{between}: not split"),
        };
        let not_split = self.split.as_ref().err().copied().unwrap_or_default();
        DifferenceView { heading, between, fall, not_split, settings: self.settings }
    }
}

impl<'a> RunColumn<'a> {
    fn view(&self, label: String) -> ColumnView<'a> {
        ColumnView { label, name: self.name, data: self.data, period: period(self.period), notes: self.notes }
    }
}

fn runs(count: usize) -> String {
    if count == 1 { "One run".to_owned() } else { format!("{count} runs") }
}

fn period(period: Option<(&str, &str)>) -> String {
    period.map_or_else(String::new, |(from, until)| format!("{} to {} UTC", moment(from), moment(until)))
}

/// Returns short names of the runs: their modes, with a letter where several have the same.
fn labels(columns: &[RunColumn<'_>]) -> Vec<String> {
    let word = |column: &RunColumn<'_>| match column.mode {
        "backtest" => "Back test",
        "paper" | "paper-at-venue" => "Paper",
        "live" => "Live",
        _ => "Result",
    };
    let label = |(place, column): (usize, &RunColumn<'_>)| {
        let same = columns.iter().filter(|other| word(other) == word(column)).count();
        let letter = u8::try_from(place).ok().filter(|place| *place < 26).map(|place| char::from(b'A' + place));
        match (same, letter) {
            (1, _) => word(column).to_owned(),
            (_, Some(letter)) => format!("{} {letter}", word(column)),
            (_, None) => format!("{} {}", word(column), place + 1),
        }
    };
    columns.iter().enumerate().map(label).collect()
}
