//! A strategy as the engine sees it: rows in, signals out. It can see, set or pass no limit.
//!
//! Two implementations exist: the sandboxed component (host-sandbox) and the same strategy compiled into the
//! host (benchmarks). These types mirror `wit/strategy.wit`.

use serde::{Deserialize, Serialize};

use crate::market::{Market, MarketId};
use crate::quote::QuotesView;
use crate::time::{Span, Timestamp};

/// Number of a strategy's slot. Orders and positions belong to the slot, not to the instance in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotId(pub u16);

/// Everything since the last call.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Markets listed or changed.
    pub markets: &'a [Market],
    /// Quote rows in time order.
    pub quotes: QuotesView<'a>,
    /// The slot's open positions; empty unless the manifest asks for feedback.
    pub positions: &'a [PositionView],
    /// The slot's fills since the last call; empty unless the manifest asks for feedback.
    pub fills: &'a [FillView],
}

/// A position as a strategy sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionView {
    /// Which market.
    pub market: MarketId,
    /// Contracts; negative = short.
    pub quantity: f64,
    /// Average entry price in dollars.
    pub average_price: f64,
}

/// A fill as a strategy sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FillView {
    /// Which market.
    pub market: MarketId,
    /// When.
    pub time: Timestamp,
    /// Contracts; negative = sold.
    pub quantity: f64,
    /// In dollars.
    pub price: f64,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalAction {
    /// Open a long position.
    Buy,
    /// Open a short position.
    Sell,
    /// Close the position, whichever way it is.
    Exit,
}

/// One wish of a strategy; the host sizes, prices, checks and executes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The quote row of the batch that it answers.
    pub row: u32,
    /// What it asks for.
    pub action: SignalAction,
    /// Preferred limit price in dollars; the pricing policy decides.
    pub price: Option<f64>,
    /// 0..1; scales the order size.
    pub confidence: f64,
    /// Named figures for the journal.
    pub metadata: Vec<(String, f64)>,
}

/// What a strategy answers to a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// In row order.
    pub signals: Vec<Signal>,
    /// Empty, or one signal value per row (NaN = none).
    pub scores: Vec<f64>,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

/// A parameter that a strategy declares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name, as in `--param name=value`.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// What it is unless set.
    pub default: ParameterValue,
    /// Smallest allowed value.
    pub minimum: Option<f64>,
    /// Largest allowed value.
    pub maximum: Option<f64>,
}

/// What a strategy says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// History to replay before the first decision counts.
    pub warm_up: Span,
    /// Whether decisions depend on positions or fills. Without feedback many polls may travel in one batch.
    pub feedback: bool,
}

/// Why a strategy could not answer. Its fault never stops the feed, the risk manager or another strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind: the word that metrics and journals use, such as `out_of_fuel`.
    pub kind: FaultKind,
    /// What happened, with the strategy's own message where it left one.
    pub message: String,
    /// The strategy's last log lines, oldest first.
    pub log: Vec<String>,
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It used more instructions than its budget.
    OutOfFuel,
    /// It ran longer than the wall-clock backstop.
    TimedOut,
    /// It asked for more memory or tables than it may have.
    OutOfMemory,
    /// It recursed too deep.
    StackOverflow,
    /// It panicked, or hit `unreachable`.
    Panicked,
    /// Another WebAssembly trap: out of bounds, division by zero.
    Trapped,
    /// It returned an error of its own.
    Refused,
    /// What it returned breaks the contract: NaN, a row out of range, too much data.
    InvalidAnswer,
}

/// A strategy in a slot.
pub trait Strategy {
    /// What it says of itself; the same answer every time.
    fn manifest(&self) -> &Manifest;

    /// Shows it `batch` and appends its answer to the cleared `decisions`.
    ///
    /// # Errors
    /// A [`Fault`] yields no signals of this batch; the instance is not called again.
    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault>;
}

impl Decisions {
    /// Checks what the contract demands of an answer to `rows` rows: rows in range and in order, confidence in 0..1,
    /// a price in 0..1 if any, finite figures, and no or one score per row.
    ///
    /// # Errors
    /// [`FaultKind::InvalidAnswer`], naming the first offender.
    pub fn validate(&self, rows: usize) -> Result<(), Fault> {
        let invalid = |message: String| Err(Fault { kind: FaultKind::InvalidAnswer, message, log: Vec::new() });
        if !self.scores.is_empty() && self.scores.len() != rows {
            return invalid(format!(
                "returned {} scores for {rows} rows: return none, or one for each row",
                self.scores.len()
            ));
        }
        let mut previous = 0;
        for (index, signal) in self.signals.iter().enumerate() {
            if signal.row as usize >= rows {
                return invalid(format!("signal {index} answers row {}, but the batch has {rows} rows", signal.row));
            }
            if signal.row < previous {
                return invalid(format!(
                    "signal {index} answers row {} after row {previous}: signals go in row order",
                    signal.row
                ));
            }
            previous = signal.row;
            if !(0.0..=1.0).contains(&signal.confidence) {
                return invalid(format!("signal {index} has confidence {}, not within 0..1", signal.confidence));
            }
            if signal.price.is_some_and(|price| !(0.0..=1.0).contains(&price)) {
                return invalid(format!("signal {index} has price {:?}, not within 0..1", signal.price));
            }
            if let Some((name, value)) = signal.metadata.iter().find(|(_, value)| !value.is_finite()) {
                return invalid(format!("signal {index} has metadata `{name}` = {value}, not a finite number"));
            }
        }
        Ok(())
    }
}
