//! A strategy as the engine sees it: quote rows in, signals out. A strategy cannot see, set or bypass any limit.
//!
//! There are two implementations: the sandboxed component (host-sandbox), and strategies compiled into the host
//! (benchmarks). These types mirror `wit/strategy.wit`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::market::{Market, MarketId};
use crate::quote::QuotesView;
use crate::time::{Span, Timestamp};

/// The number of a strategy's slot. Orders and positions belong to the slot, not to the strategy instance in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotId(pub u16);

/// Everything that happened since the last call.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Markets that were listed or changed.
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
    /// The market.
    pub market: MarketId,
    /// Contracts held; negative is short.
    pub quantity: f64,
    /// Average entry price in dollars.
    pub average_price: f64,
}

/// A fill as a strategy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillView {
    /// The market.
    pub market: MarketId,
    /// Time of the execution.
    pub time: Timestamp,
    /// Contracts; negative if sold.
    pub quantity: f64,
    /// Price in dollars.
    pub price: f64,
}

/// The action that a signal requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalAction {
    /// Open a long position.
    Buy,
    /// Open a short position.
    Sell,
    /// Close the position, long or short.
    Exit,
}

/// One signal of a strategy. The host sizes, prices, checks and executes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Index of the quote row in the batch that it responds to.
    pub row: u32,
    /// The requested action.
    pub action: SignalAction,
    /// Preferred limit price in dollars. The pricing policy `signal` uses it; any other leaves it aside.
    pub price: Option<f64>,
    /// Confidence, 0 to 1; scales the order size.
    pub confidence: f64,
    /// Named figures for the journal.
    pub metadata: Vec<(String, f64)>,
}

/// A strategy's response to a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Signals, in row order.
    pub signals: Vec<Signal>,
    /// Empty, or one score per row, NaN where there is none.
    pub scores: Vec<f64>,
}

/// The value of a parameter.
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

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterValue::Flag(flag) => flag.fmt(f),
            ParameterValue::Integer(whole) => whole.fmt(f),
            ParameterValue::Number(number) => number.fmt(f),
            ParameterValue::Text(text) => text.fmt(f),
        }
    }
}

/// A parameter that a strategy declares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Name, as in `--param name=value`.
    pub name: String,
    /// Description, in one sentence.
    pub doc: String,
    /// Default value.
    pub default: ParameterValue,
    /// Smallest allowed value.
    pub minimum: Option<f64>,
    /// Largest allowed value.
    pub maximum: Option<f64>,
}

/// A strategy's description of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Summary, in one sentence.
    pub summary: String,
    /// The parameters that can be set.
    pub parameters: Vec<Parameter>,
    /// History that must be replayed before the first decision counts.
    pub warm_up: Span,
    /// True if decisions depend on positions or fills. Without feedback, one batch may carry many polls.
    pub feedback: bool,
}

/// A failure of a strategy. It never stops the feed, the risk manager or another strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The kind of fault; metrics and journals use its name, such as `out_of_fuel`.
    pub kind: FaultKind,
    /// Description of the failure, with the strategy's own message if there is one.
    pub message: String,
    /// The strategy's last log lines, oldest first.
    pub log: Vec<String>,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It used more instructions than its budget.
    OutOfFuel,
    /// It ran longer than the wall-clock backstop.
    TimedOut,
    /// It requested more memory or larger tables than allowed.
    OutOfMemory,
    /// It recursed too deeply.
    StackOverflow,
    /// It panicked, or executed `unreachable`.
    Panicked,
    /// Another WebAssembly trap, such as an out-of-bounds access or a division by zero.
    Trapped,
    /// It returned an error.
    Refused,
    /// Its response breaks the contract: NaN, a row out of range, or too much data.
    InvalidAnswer,
}

/// The state that a strategy saves: for its next start, or for the version that replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedState {
    /// The strategy whose state it is.
    pub schema: String,
    /// Version of the payload's layout.
    pub version: u32,
    /// The state, in the strategy's own encoding.
    pub payload: Vec<u8>,
}

/// The version of a strategy, as journals name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyVersion {
    /// The strategy's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component, in hexadecimal; empty if it is compiled into the host.
    pub sha256: String,
}

impl StrategyVersion {
    /// Returns the version of `strategy`.
    pub fn of(strategy: &dyn Strategy) -> StrategyVersion {
        let Manifest { name, version, .. } = strategy.manifest();
        StrategyVersion { name: name.clone(), version: version.clone(), sha256: strategy.sha256().to_owned() }
    }
}

impl fmt::Display for StrategyVersion {
    /// Writes name, version and the first digits of the digest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StrategyVersion { name, version, sha256 } = self;
        write!(f, "{name} {version}")?;
        match sha256.get(..8) {
            Some(digits) => write!(f, " ({digits})"),
            None => Ok(()),
        }
    }
}

/// The resources that a strategy has used since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResourceUsage {
    /// Number of [`Strategy::on_batch`] calls.
    pub calls: u64,
    /// Quote rows in these calls.
    pub rows: u64,
    /// Fuel used by these calls: about one unit per instruction.
    pub fuel: u64,
    /// Fuel used by its initialisation.
    pub init_fuel: u64,
    /// Linear memory held, in bytes. It never shrinks.
    pub memory_bytes: usize,
}

/// A strategy in a slot. It may be prepared on one thread and trade on another.
pub trait Strategy: Send {
    /// Returns the manifest, which must never change.
    fn manifest(&self) -> &Manifest;

    /// Returns the SHA-256 of its component, in hexadecimal; empty if it is compiled into the host.
    fn sha256(&self) -> &str {
        ""
    }

    /// Returns the resources that it has used; nothing if it is compiled into the host.
    fn usage(&self) -> ResourceUsage {
        ResourceUsage::default()
    }

    /// Processes `batch` and appends the response to `decisions`, which the caller has cleared.
    ///
    /// # Errors
    /// On a [`Fault`] no signal of this batch counts, and the instance is not called again.
    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault>;

    /// Returns true if a fresh instance of it can be made.
    fn restarts(&self) -> bool {
        false
    }

    /// Returns a fresh instance of the same component, with the same parameters, as it was before its first batch;
    /// `None` if there can be none.
    ///
    /// # Errors
    /// It fails at its start.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        None
    }

    /// Returns true if the strategy can save its state and take it up again.
    fn has_state(&self) -> bool {
        false
    }

    /// Returns the strategy's state after the last batch.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has none or refuses, which leaves it running; otherwise the fault that ended it.
    fn save(&mut self) -> Result<SavedState, Fault> {
        Err(Fault::stateless())
    }

    /// Takes up a saved state, before the first batch.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it cannot take up this state, which leaves it running; otherwise the fault that ended
    /// it.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        let _ = saved;
        Err(Fault::stateless())
    }
}

/// Answers what the host asks about a strategy as the one in `$field` does: for the `impl Strategy` of a wrapper, which
/// must not hide what the strategy within it can do.
#[macro_export]
macro_rules! ask_wrapped {
    ($field:ident) => {
        fn sha256(&self) -> &str {
            self.$field.sha256()
        }

        fn usage(&self) -> $crate::strategy::ResourceUsage {
            self.$field.usage()
        }

        fn restarts(&self) -> bool {
            self.$field.restarts()
        }

        fn has_state(&self) -> bool {
            self.$field.has_state()
        }
    };
}

impl Fault {
    fn stateless() -> Fault {
        Fault { kind: FaultKind::Refused, message: "it has no `state` interface".to_owned(), log: Vec::new() }
    }
}

impl Decisions {
    /// Checks that this is a valid response to `rows` rows under the contract: rows in range and in order, confidence
    /// within 0 to 1, a price, if any, within 0 to 1, finite figures, and either no scores or one per row.
    ///
    /// # Errors
    /// [`FaultKind::InvalidAnswer`], naming the first violation.
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
