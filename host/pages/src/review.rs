//! The review of a week: five questions, each with one sentence as its answer and the evidence under it, then a field
//! to conclude in.
//!
//! The page is laid out here; its sentences and cells are made by whoever has the figures, with [`crate::numbers`].

use askama::Template;

use crate::chart::{Anchor, Plot, Scale, WIDTH};
use crate::error::PageError;
use crate::numbers::share;

/// Height of the charts, in pixels.
const HEIGHT: f64 = 96.0;
/// Most characters that the values on all bars have together: more would touch each other on a phone.
const MOST_CHARACTERS: usize = 42;
/// Most labels below bars.
const MOST_LABELS: usize = 7;

/// A review as text and evidence.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// `backtest`, `paper` or `live`.
    pub mode: String,
    pub name: String,
    /// The source of the market data, in words.
    pub data: String,
    pub title: String,
    /// The week in a few sentences.
    pub lead: String,
    /// The time that the figures are of, in words.
    pub period: String,
    pub questions: Vec<Question>,
    pub by_hand: Vec<NoteRow>,
    /// The steps that follow by rule, beside changing nothing.
    pub next_steps: Vec<String>,
    /// The command that keeps a conclusion.
    pub keep: String,
    /// Statements of what cannot be computed.
    pub notes: Vec<String>,
    /// Words with their meaning.
    pub definitions: Vec<(String, String)>,
}

/// A question with its answer.
#[derive(Clone, Debug)]
pub struct Question {
    pub question: &'static str,
    pub answer: String,
    pub evidence: Vec<Evidence>,
}

/// The evidence for an answer.
#[derive(Clone, Debug)]
pub enum Evidence {
    Chart(Chart),
    Table(Table),
    /// A table that opens on demand, with the line that opens it.
    Folded(String, Table),
    Said(String),
}

/// An entry of the decision journal.
#[derive(Clone, Debug, Default)]
pub struct NoteRow {
    pub time: String,
    pub who: String,
    /// The action in one word.
    pub what: String,
    pub text: String,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The subject, with the result, for those who do not see it.
    pub title: String,
    pub caption: String,
    pub shape: Shape,
}

/// The shape of a chart.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Bars from zero: of profits and losses, or of levels.
    Bars { bars: Vec<Bar>, are_levels: bool },
    /// Shares of two kinds by equal steps from 0 to 1, over each other; the second may be empty.
    Outlines { own: Vec<f64>, other: Vec<f64> },
}

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    /// The value as it is printed.
    pub shown: String,
}

/// A table. The first column has the names of the rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub caption: String,
    pub headings: Vec<Heading>,
    pub rows: Vec<TableRow>,
    pub totals: Vec<TableRow>,
}

/// The heading of a column.
#[derive(Clone, Debug)]
pub struct Heading {
    pub text: String,
    pub class: &'static str,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct TableRow {
    pub name: String,
    /// A smaller line below the name.
    pub beside: String,
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    /// `gain`, `loss` or nothing.
    pub tone: &'static str,
}

impl Heading {
    /// Makes the heading of the names.
    pub fn names(text: &str) -> Heading {
        Heading { text: text.to_owned(), class: "" }
    }

    /// Makes the heading of a column of numbers.
    pub fn number(text: &str) -> Heading {
        Heading { text: text.to_owned(), class: "n" }
    }

    /// Makes the heading of a column of numbers that a phone has no room for.
    pub fn roomy(text: &str) -> Heading {
        Heading { text: text.to_owned(), class: "n roomy" }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, tone: "" }
    }
}

impl Table {
    fn cells<'a>(&'a self, row: &'a TableRow) -> impl Iterator<Item = (&'a Cell, &'static str)> {
        row.cells.iter().zip(self.headings.iter().skip(1).map(|heading| heading.class))
    }
}

/// Returns `review` as one HTML page that refers to nothing outside of itself.
///
/// # Errors
/// The template cannot be filled in; no case is known.
pub fn html(review: &Review) -> Result<String, PageError> {
    let (mode, mode_class) = match review.mode.as_str() {
        "live" => ("LIVE", "live"),
        "paper" | "paper-at-venue" => ("PAPER", "paper"),
        "backtest" => ("BACK TEST", "made"),
        _ => ("RUN", "made"),
    };
    ReviewPage { title: &review.title, mode, mode_class, review }.render().map_err(PageError)
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    title: &'a str,
    mode: &'static str,
    mode_class: &'static str,
    review: &'a Review,
}

impl Chart {
    fn drawn(&self) -> String {
        match &self.shape {
            Shape::Bars { bars, are_levels } => self.bars(bars, *are_levels),
            Shape::Outlines { own, other } => self.outlines(own, other),
        }
    }

    fn bars(&self, bars: &[Bar], are_levels: bool) -> String {
        let said = |bar: &Bar| bar.shown.replace(['$', '\u{2060}'], "");
        let longest = bars.iter().map(|bar| said(bar).chars().count()).max().unwrap_or(0);
        let says = longest * bars.len() <= MOST_CHARACTERS;
        let ends =
            bars.iter().fold((0.0, 0.0), |(low, high): (f64, f64), bar| (low.min(bar.value), high.max(bar.value)));
        // The values of bars below zero are written below them.
        let low = if ends.0 < 0.0 && says { ends.0 - (ends.1 - ends.0) * 0.2 } else { ends.0 };
        let mut plot = Plot::new(&self.title, HEIGHT, Scale::new(low, ends.1, 0.01)).flush().zero();
        let width = 1.0 / bars.len().max(1) as f64;
        let every = bars.len().div_ceil(MOST_LABELS).max(1);
        for (at, bar) in bars.iter().enumerate() {
            let class = match (are_levels, bar.value < 0.0) {
                (true, _) => "used",
                (false, true) => "down",
                (false, false) => "up",
            };
            let middle = width * (at as f64 + 0.5);
            plot.bar(
                class,
                (width * (at as f64 + 0.12), width * 0.76),
                bar.value,
                &format!("{}: {}", bar.label, bar.shown),
            );
            if says {
                plot.say(middle, bar.value, if bar.value < 0.0 { 13.0 } else { -4.0 }, Anchor::Middle, &said(bar));
            }
            if at.is_multiple_of(every) {
                plot.below(middle, Anchor::Middle, &bar.label);
            }
        }
        plot.finish()
    }

    fn outlines(&self, own: &[f64], other: &[f64]) -> String {
        let highest = own.iter().chain(other).copied().fold(0.0, f64::max);
        let mut plot = Plot::new(&self.title, HEIGHT, Scale::new(0.0, highest, 0.01)).grid(share);
        for (class, shares) in [("other", other), ("own", own)] {
            let path = outline(&plot, shares);
            plot.path(class, &path);
        }
        for (place, anchor) in [(0.0, Anchor::Start), (0.5, Anchor::Middle), (1.0, Anchor::End)] {
            plot.below(place, anchor, &place.to_string());
        }
        plot.finish()
    }
}

/// Returns the steps of shares over the whole width.
fn outline(plot: &Plot, shares: &[f64]) -> String {
    let width = WIDTH / shares.len().max(1) as f64;
    let step = |(at, share): (usize, &f64)| {
        let (x, y) = ((at as f64 * width).round(), (plot.inner_y(*share) * 10.0).round() / 10.0);
        let start = if at == 0 { format!("M0 {y}") } else { format!("V{y}") };
        format!("{start}H{}", x + width.round())
    };
    shares.iter().enumerate().map(step).collect()
}
