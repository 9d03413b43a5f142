//! The traits that a strategy implements, and the types of its answers.

use crate::market::{Batch, Fill, Market, Position};
use crate::parameters::{Parameter, Parameters, Value};
use crate::quotes::Row;
use crate::snapshot::Snapshot;
use crate::time::Duration;

/// The trade that a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a long position.
    Buy,
    /// Open a short position.
    Sell,
    /// Close the position, long or short.
    Exit,
}

/// A request to trade one market; the host sizes, prices, risk-checks and executes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The quote row of the batch that led to the signal, [`Row::index`]. Signals are in row order.
    pub row: u32,
    /// The trade asked for.
    pub action: Action,
    /// Preferred limit price in dollars; the host's pricing policy decides.
    pub price: Option<f64>,
    /// Confidence in `0..=1`; scales the order size.
    pub confidence: f64,
    /// Named finite figures for the journal, such as the signal value.
    pub metadata: Vec<(String, f64)>,
}

impl Signal {
    /// Returns a signal for `row` with full confidence, no preferred price and no metadata.
    pub fn new(row: &Row, action: Action) -> Signal {
        Signal { row: row.index, action, price: None, confidence: 1.0, metadata: Vec::new() }
    }
}

/// The answer to a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Signals in row order; often none.
    pub signals: Vec<Signal>,
    /// Empty, or one score (signal value) per quote row, NaN for none. The host monitors their distribution.
    pub scores: Vec<f64>,
}

/// The name, version and summary of a strategy: see [`crate::about!`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The strategy's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The strategy in one sentence.
    pub summary: &'static str,
}

/// Returns an [`About`] with the name, version and description in the `Cargo.toml` of the calling crate.
#[macro_export]
macro_rules! about {
    () => {
        $crate::About {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            summary: env!("CARGO_PKG_DESCRIPTION"),
        }
    };
}

/// A strategy's description of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The strategy's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The strategy in one sentence.
    pub summary: String,
    /// The parameters that a user can set.
    pub parameters: Vec<Parameter>,
    /// History to replay before the first decision counts, in nanoseconds.
    pub warm_up: Duration,
    /// True if decisions depend on positions or fills.
    pub feedback: bool,
}

/// The settings that the host starts a strategy with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Parameters by name; a parameter that is not named keeps its default.
    pub parameters: Vec<(String, Value)>,
    /// Time between two polls, in nanoseconds; positive.
    pub poll_interval: Duration,
}

/// A strategy: a pure function of what it is shown.
///
/// Implement [`Strategy::on_row`] for the simple case, or [`Strategy::on_batch`] for full control over a batch.
/// Each row must be decided as if it came alone: the way in which rows are split into batches must not change any
/// decision ([`crate::harness::check_splits`] tests that).
pub trait Strategy: Sized {
    /// The strategy's parameters, declared with [`crate::parameters!`]; `()` for none.
    type Parameters: Parameters;

    /// The strategy's name, version and summary, usually [`crate::about!`].
    const ABOUT: About;

    /// True if decisions depend on positions or fills. If false, the host may put many polls into one batch.
    const FEEDBACK: bool = false;

    /// Returns the history to replay before the first decision counts, at default parameters, in nanoseconds.
    fn warm_up() -> Duration {
        0
    }

    /// Starts the strategy. `poll_interval` is the time between two polls, in nanoseconds; it is positive.
    ///
    /// # Errors
    /// A message for the user who set the parameters, if they contradict each other.
    fn new(parameters: Self::Parameters, poll_interval: Duration) -> Result<Self, String>;

    /// Called when a market was listed or changed.
    fn on_market(&mut self, market: &Market) {
        let _ = market;
    }

    /// Called with the host's position in a market, if [`Strategy::FEEDBACK`] is true.
    fn on_position(&mut self, position: &Position) {
        let _ = position;
    }

    /// Called after an execution, if [`Strategy::FEEDBACK`] is true.
    fn on_fill(&mut self, fill: &Fill) {
        let _ = fill;
    }

    /// Called with each quote row. Returns its score, NaN for none, and pushes signals to `signals`.
    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let _ = (row, signals);
        f64::NAN
    }

    /// Reads `batch` and adds to `decisions`, which are empty. This is the hot call; by default it calls the methods
    /// above.
    ///
    /// # Errors
    /// A message. The host then ignores all signals of this batch and treats the error as a fault of the strategy.
    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        batch.markets.iter().for_each(|market| self.on_market(market));
        batch.positions.iter().for_each(|position| self.on_position(position));
        batch.fills.iter().for_each(|fill| self.on_fill(fill));
        let Decisions { signals, scores } = decisions;
        scores.extend(batch.quotes.rows().map(|row| self.on_row(&row, signals)));
        Ok(())
    }

    /// Returns the manifest, made from the items above.
    fn describe() -> Manifest {
        let About { name, version, summary } = Self::ABOUT;
        Manifest {
            name: name.into(),
            version: version.into(),
            summary: summary.into(),
            parameters: Self::Parameters::declare(),
            warm_up: Self::warm_up(),
            feedback: Self::FEEDBACK,
        }
    }

    /// Parses and checks `settings`, then starts the strategy with them.
    ///
    /// # Errors
    /// The error of [`Parameters::parse`] or [`Strategy::new`], or a poll interval that is not positive.
    fn init(settings: &Settings) -> Result<Self, String> {
        if settings.poll_interval <= 0 {
            return Err(format!("the poll interval is {} ns: it must be positive", settings.poll_interval));
        }
        Self::new(Self::Parameters::parse(&settings.parameters)?, settings.poll_interval)
    }
}

/// A strategy whose state a newer version can take over, so that replacing it needs no warm-up.
pub trait Stateful: Strategy {
    /// Version of the layout that [`Stateful::save`] writes. Raise it when the layout changes.
    const STATE_VERSION: u32;

    /// Writes the state. Parameters are not part of it: the newer version has its own.
    ///
    /// # Errors
    /// A message; the host then warms up the newer version by replaying history.
    fn save(&self) -> Result<Vec<u8>, String>;

    /// Takes over a state that [`Stateful::save`] of this or an older version wrote in the layout `version`.
    ///
    /// # Errors
    /// A message with the reason; the host then keeps the old version running.
    fn restore(&mut self, version: u32, payload: &[u8]) -> Result<(), String>;

    /// Returns the saved state with the strategy's name and layout version.
    ///
    /// # Errors
    /// As [`Stateful::save`].
    fn snapshot(&self) -> Result<Snapshot, String> {
        let schema = Self::ABOUT.name.to_owned();
        Ok(Snapshot { schema, version: Self::STATE_VERSION, payload: self.save()? })
    }

    /// Takes over `snapshot`.
    ///
    /// # Errors
    /// As [`Stateful::restore`]; also if another strategy saved it, or if its layout is newer.
    fn take_over(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let Snapshot { schema, version, payload } = snapshot;
        let (name, newest) = (Self::ABOUT.name, Self::STATE_VERSION);
        if schema != name {
            return Err(format!("this state was saved by `{schema}`, and I am `{name}`"));
        }
        if *version > newest {
            return Err(format!("this state has layout {version}, and I know layouts up to {newest}"));
        }
        self.restore(*version, payload)
    }
}
