//! The subject of a comparison.

use host_core::Usd;
use host_report::Report;

/// Several runs, of which the first is what the others are compared with.
#[derive(Clone, Debug)]
pub struct RunComparison<'a> {
    pub columns: Vec<RunColumn<'a>>,
    /// From the first run to each other one, in their order.
    pub differences: Vec<RunDifference<'a>>,
    pub notes: &'a [String],
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct RunColumn<'a> {
    pub name: &'a str,
    /// `backtest`, `paper` or `live`; another word is a result without a journal.
    pub mode: &'a str,
    /// The source of the market data, in words.
    pub data: &'a str,
    /// Start and end of the period of the figures, ISO 8601.
    pub period: Option<(&'a str, &'a str)>,
    pub report: &'a Report,
    pub notes: &'a [String],
}

/// The difference of two runs.
#[derive(Clone, Debug)]
pub struct RunDifference<'a> {
    /// The settings in which they differ.
    pub settings: &'a [String],
    /// The lines, or the reason why there are none.
    pub split: Result<ProfitSplit<'a>, &'a str>,
}

/// A difference of profits, taken apart.
#[derive(Clone, Debug)]
pub struct ProfitSplit<'a> {
    pub first: Usd,
    pub second: Usd,
    pub trades_in_both: usize,
    /// They add up to the second less the first; what is not explained comes last.
    pub lines: Vec<SplitLine<'a>>,
}

/// A line of a difference.
#[derive(Clone, Debug)]
pub struct SplitLine<'a> {
    pub title: &'a str,
    pub amount: Usd,
    /// Number of trades in it.
    pub trades: usize,
    /// The rest that is known of them, in words.
    pub note: String,
    pub parts: Vec<SplitPart<'a>>,
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub struct SplitPart<'a> {
    pub title: &'a str,
    /// Code of the refusal; empty without one.
    pub code: &'a str,
    pub amount: Usd,
    pub trades: usize,
}
