//! Runs one strategy over one tape.

use std::marker::PhantomData;
use std::ops::Range;

use super::tape::Tape;
use crate::market::Batch;
use crate::parameters::Value;
use crate::strategy::{Decisions, Settings, Signal, Strategy};

/// The answers of a strategy to a whole tape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// All signals; [`Signal::row`] is the row of the tape.
    pub signals: Vec<Signal>,
    /// Empty, or one score per row, NaN for none.
    pub scores: Vec<f64>,
}

/// The configuration of a run of strategy `S`: `Run::<S>::new(&tape).set("name", value).go()`.
#[derive(Clone, Debug)]
pub struct Run<'a, S> {
    tape: &'a Tape,
    parameters: Vec<(String, Value)>,
    batch_rows: usize,
    strategy: PhantomData<S>,
}

impl<'a, S: Strategy> Run<'a, S> {
    /// Starts with all parameters at their defaults and the whole tape in one batch.
    pub fn new(tape: &'a Tape) -> Run<'a, S> {
        Run { tape, parameters: Vec::new(), batch_rows: usize::MAX, strategy: PhantomData }
    }

    /// Sets a parameter.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Sets several parameters.
    pub fn with(mut self, parameters: &[(String, Value)]) -> Self {
        self.parameters.extend_from_slice(parameters);
        self
    }

    /// Sets the largest number of rows in a batch; 0 counts as 1.
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }

    /// Starts the strategy without showing it any rows.
    ///
    /// # Errors
    /// A wrong parameter, or parameters that contradict each other.
    pub fn start(&self) -> Result<S, String> {
        S::init(&Settings { parameters: self.parameters.clone(), poll_interval: self.tape.poll_interval() })
    }

    /// Runs the strategy over the whole tape.
    ///
    /// # Errors
    /// A wrong parameter, an unsorted tape, the strategy's own error, or an answer that the host would refuse.
    pub fn go(&self) -> Result<Outcome, String> {
        self.tape.validate()?;
        feed(&mut self.start()?, self.tape, 0..self.tape.len(), self.batch_rows)
    }
}

/// Shows `rows` of `tape` to a running strategy, the markets with the first batch, and collects its answers.
///
/// # Errors
/// The strategy's own error, or an answer that the host would refuse; the message names the rows.
pub fn feed<S: Strategy>(
    strategy: &mut S,
    tape: &Tape,
    rows: Range<usize>,
    batch_rows: usize,
) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let mut from = rows.start;
    while from < rows.end {
        let to = from.saturating_add(batch_rows.max(1)).min(rows.end);
        let markets = if from == rows.start { tape.markets() } else { &[] };
        let batch = Batch { markets, quotes: tape.quotes(from..to), ..Batch::default() };
        let mut decisions = Decisions::default();
        let placed = |problem| format!("rows {from}..{to}: {problem}");
        strategy.on_batch(&batch, &mut decisions).map_err(placed)?;
        decisions.validate(to - from).map_err(placed)?;
        let rebased = decisions.signals.into_iter().map(|signal| Signal { row: signal.row + from as u32, ..signal });
        outcome.signals.extend(rebased);
        outcome.scores.extend(decisions.scores);
        from = to;
    }
    match outcome.scores.len() {
        scores if scores == 0 || scores == rows.len() => Ok(outcome),
        scores => Err(format!("{scores} scores for {} rows: return none in any batch, or one per row", rows.len())),
    }
}

impl Decisions {
    /// Checks the rules that the host applies to the answer to a batch of `rows` rows.
    ///
    /// # Errors
    /// The first violation: a number of scores that is neither 0 nor `rows`, a row out of range or out of order,
    /// confidence or price outside `0..=1`, or a metadata figure that is not finite.
    pub fn validate(&self, rows: usize) -> Result<(), String> {
        let (scores, mut latest) = (self.scores.len(), 0);
        if scores != 0 && scores != rows {
            return Err(format!("{scores} scores for {rows} rows: return none, or one per row"));
        }
        for (number, signal) in self.signals.iter().enumerate() {
            let Signal { row, price, confidence, metadata, .. } = signal;
            let wrong = |problem: String| Err(format!("signal {number} {problem}"));
            if *row as usize >= rows {
                return wrong(format!("answers row {row} of {rows}"));
            }
            if *row < latest {
                return wrong(format!("answers row {row} after row {latest}: signals go in row order"));
            }
            if !(0.0..=1.0).contains(confidence) {
                return wrong(format!("has confidence {confidence}, outside 0 to 1"));
            }
            if price.is_some_and(|price| !(0.0..=1.0).contains(&price)) {
                return wrong(format!("has price {price:?}, outside 0 to 1"));
            }
            if let Some((name, figure)) = metadata.iter().find(|(_, figure)| !figure.is_finite()) {
                return wrong(format!("has metadata `{name}` = {figure}: it must be finite"));
            }
            latest = *row;
        }
        Ok(())
    }
}
