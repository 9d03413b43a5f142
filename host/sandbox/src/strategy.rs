//! A running component as the engine sees it: a [`host_core::Strategy`] that also reports its use of fuel and memory.
//!
//! `on_batch` is the hot call. It does no work per row: columns are copied in bulk, and only signals, which are rare,
//! are converted to host types one by one.

use host_core::strategy::{Batch, FaultKind, ParameterValue, ResourceUsage, SavedState};
use host_core::{Decisions, Fault, Manifest, Span, Strategy};

use crate::bindings::{self, chart, state, types};
use crate::budget::MinuteBudget;
use crate::error::LoadError;
use crate::fault::CallBudget;
use crate::instance::{Cost, Instance};
use crate::limits::SandboxLimits;
use crate::wall_time::WallTime;

/// The settings that an instance is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Parameters by name. Text is parsed as the type that the manifest declares; a parameter that is not named keeps
    /// its default.
    pub parameters: Vec<(String, ParameterValue)>,
    /// Time between two polls.
    pub poll_interval: Span,
}

/// The origin of an instance.
pub(crate) struct StartedFrom {
    pub manifest: Manifest,
    /// Digest of the component.
    pub sha256: String,
    pub limits: SandboxLimits,
    /// True if its wall time is limited.
    pub is_timed: bool,
    /// Starts another instance of the same component with the same settings.
    pub again: Box<dyn Fn() -> Result<SandboxedStrategy, LoadError> + Send + Sync>,
}

/// A running instance. Its first fault ends it: the store is dropped, and every later call returns the same fault.
pub struct SandboxedStrategy {
    origin: StartedFrom,
    limits: SandboxLimits,
    fuel: MinuteBudget,
    answers: MinuteBudget,
    /// The wall time, if it is limited.
    wall: Option<WallTime>,
    instance: Result<Instance, Fault>,
    usage: ResourceUsage,
    positions: Vec<types::Position>,
    fills: Vec<types::Fill>,
}

impl std::fmt::Debug for SandboxedStrategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxedStrategy")
            .field("name", &self.origin.manifest.name)
            .field("usage", &self.usage)
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}

impl SandboxedStrategy {
    pub(crate) fn new(instance: Instance, origin: StartedFrom, init: Cost) -> SandboxedStrategy {
        let limits = origin.limits.clone();
        let fuel = MinuteBudget::new(limits.fuel_per_minute);
        let answers = MinuteBudget::new(limits.answer_bytes_per_minute);
        let wall = origin.is_timed.then(|| WallTime::new(limits.call_ms_per_minute));
        let usage =
            ResourceUsage { init_fuel: init.fuel, memory_bytes: instance.memory_bytes(), ..ResourceUsage::default() };
        let (positions, fills) = (Vec::new(), Vec::new());
        let instance = Ok(instance);
        SandboxedStrategy { origin, limits, fuel, answers, wall, instance, usage, positions, fills }
    }

    /// Returns the fault that ended the instance, if any.
    pub fn fault(&self) -> Option<&Fault> {
        self.instance.as_ref().err()
    }

    /// Returns true if the strategy can hand its state to a newer version.
    pub fn has_state(&self) -> bool {
        self.instance.as_ref().is_ok_and(Instance::has_state)
    }

    /// Returns the strategy's state, for [`SandboxedStrategy::restore`] of a newer version.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has no `state` interface or refuses to save, which leaves it running; otherwise the
    /// fault that ended it.
    pub fn save(&mut self) -> Result<SavedState, Fault> {
        let answer = self.state_call(|state, store| state.call_save(store))?;
        let saved = answer.map_err(|reason| refused(&reason))?;
        Ok(SavedState { schema: saved.schema, version: saved.version, payload: saved.payload })
    }

    /// Takes over the state that an older version saved.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has no `state` interface or cannot take over this state, which leaves it running;
    /// otherwise the fault that ended it.
    pub fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        let SavedState { schema, version, payload } = saved;
        let given = state::SnapshotParam { schema, version: *version, payload };
        self.state_call(|state, store| state.call_restore(store, given))?.map_err(|reason| refused(&reason))
    }

    fn state_call<T>(
        &mut self,
        call: impl FnOnce(&state::Guest, &mut wasmtime::Store<crate::guest_state::GuestState>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let budget = CallBudget::state(&self.limits);
        let instance = self.instance.as_mut().map_err(|fault| fault.clone())?;
        if !instance.has_state() {
            return Err(refused("it has no `state` interface"));
        }
        let answer = instance.call_with_room(budget, |exports, store| match &exports.state {
            Some(state) => call(state, store),
            None => Err(wasmtime::Error::msg("no `state` interface")),
        });
        self.usage.memory_bytes = instance.memory_bytes();
        answer.map_err(|fault| self.end(fault))
    }

    /// Returns true if the strategy draws lines.
    pub fn has_chart(&self) -> bool {
        self.instance.as_ref().is_ok_and(Instance::has_chart)
    }

    /// Calls the `chart` interface about `markets` markets. Its log lines stay with the instance.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if there is no such interface, which leaves it running; otherwise the fault that ended
    /// it.
    pub(crate) fn chart_call<T>(
        &mut self,
        markets: usize,
        call: impl FnOnce(&chart::Guest, &mut wasmtime::Store<crate::guest_state::GuestState>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let budget = CallBudget::batch(&self.limits, markets);
        let instance = self.instance.as_mut().map_err(|fault| fault.clone())?;
        if !instance.has_chart() {
            return Err(refused("it has no `chart` interface"));
        }
        let answer = instance.call(budget, |exports, store| match &exports.chart {
            Some(chart) => call(chart, store),
            None => Err(wasmtime::Error::msg("no `chart` interface")),
        });
        self.usage.memory_bytes = instance.memory_bytes();
        answer.map(|(answer, _)| answer).map_err(|fault| self.end(fault))
    }

    /// Drops the store, so that the instance cannot be called again, and keeps the fault for later calls.
    fn end(&mut self, fault: Fault) -> Fault {
        self.instance = Err(fault.clone());
        fault
    }

    fn call(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let instance = self.instance.as_mut().map_err(|fault| fault.clone())?;
        let rows = batch.quotes.len();
        let budget = CallBudget::batch(&self.limits, rows + batch.markets.len());
        let times = batch.quotes.time.first().zip(batch.quotes.time.last());
        if let Some((&from, &to)) = times {
            self.fuel.pass(from, to);
            self.answers.pass(from, to);
            instance.pass_log_time(from, to);
        }
        // Most batches list no market, so this rarely allocates.
        let markets: Vec<_> = batch.markets.iter().map(bindings::market).collect();
        self.positions.clear();
        self.positions.extend(batch.positions.iter().map(bindings::position));
        self.fills.clear();
        self.fills.extend(batch.fills.iter().map(bindings::fill));
        let given = types::Batch {
            markets: &markets,
            quotes: bindings::quotes(batch.quotes),
            positions: &self.positions,
            fills: &self.fills,
        };
        let begun = self.wall.as_ref().map(WallTime::now);
        let answer = instance.call(budget, |exports, store| exports.guest.call_on_batch(store, given));
        self.usage.calls += 1;
        self.usage.rows += rows as u64;
        self.usage.memory_bytes = instance.memory_bytes();
        let (answer, cost) = answer?;
        self.usage.fuel += cost.fuel;
        let answer = answer.map_err(|reason| instance.with_log(refused(&reason)))?;
        let over = [
            (FaultKind::OutOfFuel, self.fuel.take(cost.fuel), "fuel_per_minute", self.fuel.per_minute()),
            (
                FaultKind::InvalidAnswer,
                self.answers.take(bindings::answer_bytes(&answer)),
                "answer_bytes_per_minute",
                self.answers.per_minute(),
            ),
            (
                FaultKind::TimedOut,
                self.wall.as_mut().zip(begun).is_none_or(|(wall, begun)| wall.take_since(begun)),
                "call_ms_per_minute",
                self.limits.call_ms_per_minute,
            ),
        ];
        if let Some((kind, _, limit, most)) = over.into_iter().find(|(_, within, ..)| !within) {
            let message = format!("its calls of a minute used more than `{limit}` allows, {most}");
            return Err(instance.with_log(Fault { kind, message, log: Vec::new() }));
        }
        decisions.signals.extend(answer.signals.into_iter().map(bindings::signal));
        decisions.scores = answer.scores;
        decisions.validate(rows).map_err(|fault| instance.with_log(fault))
    }
}

impl Strategy for SandboxedStrategy {
    fn manifest(&self) -> &Manifest {
        &self.origin.manifest
    }

    fn sha256(&self) -> &str {
        &self.origin.sha256
    }

    fn usage(&self) -> ResourceUsage {
        self.usage
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        decisions.signals.clear();
        decisions.scores.clear();
        let answer = self.call(batch, decisions);
        answer.map_err(|fault| {
            decisions.signals.clear();
            decisions.scores.clear();
            self.end(fault)
        })
    }

    fn restarts(&self) -> bool {
        true
    }

    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let started = (self.origin.again)().map_err(|error| match error {
            LoadError::Fault { fault, .. } => fault,
            other => refused(&other.to_string()),
        });
        Some(started.map(|fresh| Box::new(fresh) as Box<dyn Strategy>))
    }

    fn has_state(&self) -> bool {
        SandboxedStrategy::has_state(self)
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        SandboxedStrategy::save(self)
    }

    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        SandboxedStrategy::restore(self, saved)
    }
}

fn refused(reason: &str) -> Fault {
    Fault { kind: FaultKind::Refused, message: reason.to_owned(), log: Vec::new() }
}
