//! The trait that a strategy implements, and what it answers.

use crate::market::{Batch, Fill, Market, Position};
use crate::parameters::{Parameter, Parameters, Value};
use crate::quotes::Row;
use crate::snapshot::Snapshot;
use crate::time::Duration;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a long position.
    Buy,
    /// Open a short position.
    Sell,
    /// Close the position, whichever way it is.
    Exit,
}

/// One wish; the host sizes, prices, risk-checks and executes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The quote row of the batch that it answers, [`Row::index`]. Signals go in row order.
    pub row: u32,
    /// What it asks for.
    pub action: Action,
    /// Preferred limit price in dollars; the host's pricing policy decides.
    pub price: Option<f64>,
    /// `0..=1`; scales the order size.
    pub confidence: f64,
    /// Named finite figures for the journal, such as the signal value.
    pub metadata: Vec<(String, f64)>,
}

impl Signal {
    /// A signal with full confidence, no preferred price and no metadata, answering `row`.
    pub fn new(row: &Row, action: Action) -> Signal {
        Signal { row: row.index, action, price: None, confidence: 1.0, metadata: Vec::new() }
    }
}

/// The answer to a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// In row order; none is fine.
    pub signals: Vec<Signal>,
    /// Empty, or one signal value per quote row (NaN = none): the host watches its distribution.
    pub scores: Vec<f64>,
}

/// Name, version and one sentence: see [`crate::about!`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The strategy's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One sentence.
    pub summary: &'static str,
}

/// An [`About`] with the name, version and description of the `Cargo.toml` of the crate that calls it.
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

/// What a strategy says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// History to replay before the first decision counts, in nanoseconds.
    pub warm_up: Duration,
    /// Whether decisions depend on positions or fills.
    pub feedback: bool,
}

/// What the host starts a strategy with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Parameters by name; what is not named keeps its default.
    pub parameters: Vec<(String, Value)>,
    /// Time between two polls, in nanoseconds; positive.
    pub poll_interval: Duration,
}

/// A strategy: a pure function of what it is shown.
///
/// Implement [`Strategy::on_row`] for the simple case, or [`Strategy::on_batch`] for full control over a batch.
/// Rows must be decided as if each came alone: how rows are split into batches may not change any decision
/// ([`crate::harness::check_splits`] tests that).
pub trait Strategy: Sized {
    /// What can be set, declared with [`crate::parameters!`].
    type Parameters: Parameters;

    /// Name, version, summary; usually [`crate::about!`].
    const ABOUT: About;

    /// Whether decisions depend on positions or fills. Without it the host may put many polls into one batch.
    const FEEDBACK: bool = false;

    /// History to replay before the first decision counts, at default parameters, in nanoseconds.
    fn warm_up() -> Duration {
        0
    }

    /// Starts it. `poll_interval` is the time between two polls, in nanoseconds; positive.
    ///
    /// # Errors
    /// A message for the person who set the parameters, where two of them do not go together.
    fn new(parameters: Self::Parameters, poll_interval: Duration) -> Result<Self, String>;

    /// A market was listed, or changed.
    fn on_market(&mut self, market: &Market) {
        let _ = market;
    }

    /// The host's position in a market, if [`Strategy::FEEDBACK`].
    fn on_position(&mut self, position: &Position) {
        let _ = position;
    }

    /// An execution, if [`Strategy::FEEDBACK`].
    fn on_fill(&mut self, fill: &Fill) {
        let _ = fill;
    }

    /// One market's quote. Returns its score, NaN for none; pushes signals to `signals`.
    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let _ = (row, signals);
        f64::NAN
    }

    /// The hot call: reads `batch` and adds to the empty `decisions`.
    ///
    /// # Errors
    /// A message: no signal of this batch counts then, and the host counts a fault.
    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        batch.markets.iter().for_each(|market| self.on_market(market));
        batch.positions.iter().for_each(|position| self.on_position(position));
        batch.fills.iter().for_each(|fill| self.on_fill(fill));
        let Decisions { signals, scores } = decisions;
        scores.extend(batch.quotes.rows().map(|row| self.on_row(&row, signals)));
        Ok(())
    }

    /// The manifest, from the constants above.
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
    /// What [`Parameters::parse`] or [`Strategy::new`] refuses, or a poll interval that is not positive.
    fn init(settings: &Settings) -> Result<Self, String> {
        if settings.poll_interval <= 0 {
            return Err(format!("the poll interval is {} ns: it must be positive", settings.poll_interval));
        }
        Self::new(Self::Parameters::parse(&settings.parameters)?, settings.poll_interval)
    }
}

/// A strategy whose state a newer version can take over, so that a hot swap needs no warm-up.
pub trait Stateful: Strategy {
    /// Version of the layout that [`Stateful::save`] writes. Raise it when the layout changes.
    const STATE_VERSION: u32;

    /// Writes the state. Parameters are not part of it: the newer version has its own.
    ///
    /// # Errors
    /// A message; the host then warms the newer version up by replaying history.
    fn save(&self) -> Result<Vec<u8>, String>;

    /// Takes over what `save` of this or an older version wrote, with layout `version`.
    ///
    /// # Errors
    /// A message that says why not; the host then keeps the old version running.
    fn restore(&mut self, version: u32, payload: &[u8]) -> Result<(), String>;

    /// The state under the strategy's name and layout version.
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
    /// As [`Stateful::restore`]; and what another strategy or a newer layout wrote is refused.
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
