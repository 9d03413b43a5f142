//! Everything that a run is made of: capital, limits, policies and loaded strategies.

use std::collections::BTreeMap;

use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, WhenUnknown};
use host_core::strategy::ParameterValue;
use host_core::{Manifest, SlotId, Span, Strategy, Timestamp, Usd};
pub use host_report::{About, ComponentLine, Money, Origin, RunKind, StoppedBy, Window};
use host_report::{Recorder, RecorderSettings};
use host_sandbox::{SandboxLimits, Settings, StrategyComponent, memory_use, resolve_parameters};
use host_sim::fill::{ExchangeSettings, SimulatedExchange};

use crate::chart::Lines;
use crate::echo::Telling;
use crate::error::Result;
use crate::feed::Feed;
use crate::history::History;
use crate::memory::MemoryDemand;
use crate::proof::RunProof;
use crate::proof::seed::ProofSeed;
use crate::schedule::Schedule;
use crate::session::Session;
use crate::start::{Beginning, ENGINE_VERSION, NamedSlot, Start, Started};

/// A loaded strategy and what its instances are started with.
#[derive(Clone, Debug)]
pub struct LoadedStrategy {
    /// Name of its slot, which no other strategy has.
    pub slot: String,
    pub component: StrategyComponent,
    /// The component's file, kept in journals so that a replay needs nothing else.
    pub bytes: Vec<u8>,
    pub settings: Settings,
}

impl LoadedStrategy {
    /// Returns it for live trading, where its wall time is limited too.
    #[must_use]
    pub fn timed(self) -> LoadedStrategy {
        LoadedStrategy { component: self.component.timed(), ..self }
    }
}

/// Strategies and settings, ready to start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Money at work at the capital stage.
    pub capital: Usd,
    /// The policy by which signals become orders.
    pub execution: OrderPolicy,
    /// The limits in force, scaled to the capital stage.
    pub limits: RiskLimits,
    /// Changes of these limits by the hour, at the same stage.
    pub schedule: Schedule,
    pub exchange: ExchangeSettings,
    pub sandbox: SandboxLimits,
    /// Interval between polls that strategies are told.
    pub poll_interval: Span,
    /// The whole configuration as TOML, for the journal.
    pub config: String,
    /// The strategies, in the order of their slots' names.
    pub strategies: Vec<LoadedStrategy>,
    /// The seed of the proof that no decision looks ahead; `None` leaves it out.
    pub proof: Option<ProofSeed>,
}

/// The names of all slots of a run or an account, by number.
pub type SlotNames = BTreeMap<SlotId, String>;

impl Setup {
    /// Starts an instance of every strategy, in the order of their slots' names.
    ///
    /// # Errors
    /// A strategy refuses its parameters or fails to start.
    pub fn instances(&self) -> Result<Vec<Box<dyn Strategy>>> {
        let start = |strategy: &LoadedStrategy| -> Result<Box<dyn Strategy>> {
            Ok(Box::new(strategy.component.start(&strategy.settings)?))
        };
        self.strategies.iter().map(start).collect()
    }

    /// Starts an instance of every strategy as [`Setup::instances`] does, each with what proves its decisions.
    ///
    /// # Errors
    /// As [`Setup::instances`], or the system starts no thread.
    pub fn proven_instances(&self) -> Result<(Vec<Box<dyn Strategy>>, RunProof)> {
        let mut proof = RunProof::default();
        let instances = self.strategies.iter().zip(self.instances()?);
        let proven = instances.map(|(LoadedStrategy { slot, component, settings, .. }, trading)| {
            proof.follow(slot, (component, settings), trading, self.proof)
        });
        Ok((proven.collect::<Result<_>>()?, proof))
    }

    /// Returns this setup where polls come in `interval`, which its strategies are told.
    #[must_use]
    pub fn polled_every(mut self, interval: Span) -> Setup {
        self.poll_interval = interval;
        self.strategies.iter_mut().for_each(|strategy| strategy.settings.poll_interval = interval);
        self
    }

    /// Returns the slots of a new run: numbered by name.
    pub fn slots(&self) -> SlotNames {
        (0..).map(SlotId).zip(self.strategies.iter().map(|strategy| strategy.slot.clone())).collect()
    }

    /// Returns the strategies by slot, each with the digest of its component, for reports.
    pub fn components(&self) -> Vec<ComponentLine> {
        let line = |strategy: &LoadedStrategy| component_line(&strategy.slot, &strategy.component, &strategy.settings);
        self.strategies.iter().map(line).collect()
    }

    /// Returns the longest warm-up that any of the strategies asks for.
    pub fn warm_up(&self) -> Span {
        let warm_ups = self.strategies.iter().map(|strategy| strategy.component.manifest.warm_up);
        warm_ups.max().unwrap_or(Span::ZERO)
    }

    /// Measures the memory of the strategies. One that fails is left out: it fails in the run too, which reports it.
    pub fn memory_demand(&self) -> MemoryDemand {
        let measured = self.strategies.iter().filter_map(|strategy| {
            let memory = memory_use(&strategy.component, &strategy.settings).ok()?;
            Some((strategy.slot.clone(), memory))
        });
        MemoryDemand::new(measured.collect(), self.sandbox.clone())
    }

    /// Returns true if the limit on the share of the volume cannot be checked on `feed`, which has no volume at all.
    pub fn lacks_volume(&self, feed: &Feed) -> bool {
        !feed.has_volume() && self.limits.volume_unknown == WhenUnknown::Refuse
    }

    /// Returns the start of a run over `feed` in which signals before `trade_from` are warm-up. Where the feed has no
    /// volume, the limit on it is left out: it would refuse every order.
    pub fn beginning(&self, feed: &Feed, trade_from: Timestamp) -> Start {
        let mut start = self.start_of(Beginning::Fresh { capital: self.capital, trade_from }, &self.slots());
        if self.lacks_volume(feed) {
            start.limits.volume_unknown = WhenUnknown::Allow;
        }
        start
    }

    /// Returns the slot of `strategy` among `slots`, all slots of the account.
    pub fn seat(&self, strategy: &LoadedStrategy, slots: &SlotNames) -> NamedSlot {
        let number = slots.iter().find(|(_, name)| **name == strategy.slot).map(|(number, _)| *number);
        NamedSlot { number: number.unwrap_or_default(), name: strategy.slot.clone() }
    }

    /// Returns the start of a run whose engine begins with `from`. `slots` are all slots of the account, among them
    /// that of each strategy: where two have one name, the first is meant.
    pub fn start_of(&self, from: Beginning, slots: &SlotNames) -> Start {
        let mut vacant = slots.clone();
        let started = self.strategies.iter().map(|strategy| {
            let slot = self.seat(strategy, slots);
            vacant.remove(&slot.number);
            Started::of(slot, &strategy.component, &strategy.settings)
        });
        let strategies = started.collect();
        Start {
            engine_version: ENGINE_VERSION.to_owned(),
            from,
            execution: self.execution.clone(),
            limits: self.limits.clone(),
            sandbox: self.sandbox.clone(),
            poll_interval: self.poll_interval,
            entry_cost: self.exchange.entry_cost(),
            tape: None,
            strategies,
            vacant,
            waits: BTreeMap::new(),
        }
    }

    /// Makes a session of `start`: an engine with the strategies in its slots, trading on simulated fills over `feed`.
    /// Its figures are of `window`, and `telling` tells its decisions.
    ///
    /// # Errors
    /// A strategy does not start or cannot hold the feed's markets, or the limits contradict each other.
    pub fn session(&self, feed: &Feed, start: &Start, window: Window, telling: &mut Telling) -> Result<Session> {
        self.memory_demand().require(feed.markets().len(), feed.lives())?;
        let (instances, proof) = self.proven_instances()?;
        let told = instances.into_iter().map(|trading| telling.tap(trading)).collect();
        self.session_of((told, proof), feed, start, window)
    }

    /// Makes a session as [`Setup::session`] does, and returns the lines that its strategies draw in it, for a run that
    /// is kept.
    ///
    /// # Errors
    /// As [`Setup::session`].
    pub fn drawn_session(
        &self,
        feed: &Feed,
        start: &Start,
        window: Window,
        telling: &mut Telling,
    ) -> Result<(Session, Lines)> {
        self.memory_demand().require(feed.markets().len(), feed.lives())?;
        let mut lines = Lines::default();
        let (instances, proof) = self.proven_instances()?;
        let instances = self.strategies.iter().zip(instances);
        let followed = instances.map(|(LoadedStrategy { slot, component, settings, .. }, trading)| {
            telling.tap(lines.follow(slot, (component, settings), trading))
        });
        let followed = followed.collect();
        Ok((self.session_of((followed, proof), feed, start, window)?, lines))
    }

    /// Makes a session as [`Setup::session`] does, of instances that the caller has started and found to fit, and what
    /// proves their decisions.
    ///
    /// # Errors
    /// The limits contradict each other.
    pub fn session_of(
        &self,
        (instances, proof): (Vec<Box<dyn Strategy>>, RunProof),
        feed: &Feed,
        start: &Start,
        window: Window,
    ) -> Result<Session> {
        let mut engine = start.engine(&[])?;
        start.seat(&mut engine, instances);
        let recorder = Recorder::new(RecorderSettings { start_equity: engine.portfolio().start(), window });
        let history = History::of(self.strategies.iter().map(history_asked), feed);
        let exchange = SimulatedExchange::new(self.exchange.clone());
        let exchange = match feed.told_of_trades() {
            Some((from, until)) => exchange.told_of_trades(from, until),
            None => exchange,
        };
        Ok(Session::new(engine, exchange, recorder, feed)
            .with_schedule(self.schedule.clone())
            .with_history(history)
            .with_proof(proof))
    }
}

/// Returns the number of polls that it takes to cover `span`, one in each `interval`.
pub fn polls_in(span: Span, interval: Span) -> u64 {
    let interval = interval.0.max(1);
    (span.0.max(0) / interval + i64::from(span.0 % interval != 0)).cast_unsigned()
}

/// The parameter by which strategies say how much history they need, in hours. Without it, their warm-up counts.
const HISTORY_PARAMETER: &str = "min_history_hours";

/// Returns the history that a strategy asks of a market before it scores it.
fn history_asked(strategy: &LoadedStrategy) -> Span {
    let manifest = &strategy.component.manifest;
    let parameters = resolve_parameters(manifest, &strategy.settings.parameters).unwrap_or_default();
    let hours = parameters.into_iter().find_map(|(name, value)| match value {
        ParameterValue::Number(hours) if name == HISTORY_PARAMETER => Some(hours),
        ParameterValue::Integer(hours) if name == HISTORY_PARAMETER => Some(hours as f64),
        _ => None,
    });
    hours.map_or(manifest.warm_up, |hours| Span((hours * 3_600e9) as i64))
}

/// Returns the strategy in `slot`, started from `component` with `settings`, for reports.
pub fn component_line(slot: &str, component: &StrategyComponent, settings: &Settings) -> ComponentLine {
    ComponentLine {
        name: slot.to_owned(),
        version: component.manifest.version.clone(),
        sha256: component.digest.clone(),
        parameters: changed_parameters(&component.manifest, &settings.parameters),
    }
}

/// Returns the parameters of `given` that differ from their defaults, as text.
fn changed_parameters(manifest: &Manifest, given: &[(String, ParameterValue)]) -> BTreeMap<String, String> {
    // They were resolved once already, when they were read.
    let resolved = resolve_parameters(manifest, given).unwrap_or_default();
    let default = |name: &str| manifest.parameters.iter().find(|one| one.name == name).map(|one| &one.default);
    let changed = resolved.into_iter().filter(|(name, value)| default(name) != Some(value));
    changed.map(|(name, value)| (name, value.to_string())).collect()
}
