//! A sandboxed component in the engine's terms: [`host_core::Strategy`], with its use of fuel and memory.
//!
//! The hot call. Per row nothing is done here: columns go in as bulk copies, and only signals, which are rare, are
//! turned into host types one by one.

use host_core::strategy::{Batch, FaultKind, ParameterValue};
use host_core::{Decisions, Fault, Manifest, Span, Strategy};
use serde::{Deserialize, Serialize};

use crate::bindings::{self, state, types};
use crate::fault::Budget;
use crate::instance::{Cost, Instance};
use crate::limits::SandboxLimits;

/// What an instance is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Parameters by name; text is read as the type that the manifest declares. What is not named keeps its default.
    pub parameters: Vec<(String, ParameterValue)>,
    /// Time between polls.
    pub poll_interval: Span,
}

/// What an instance has used since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// `on-batch` calls.
    pub calls: u64,
    /// Quote rows that they carried.
    pub rows: u64,
    /// Fuel that they used: about one for each instruction.
    pub fuel: u64,
    /// Fuel that `init` used.
    pub init_fuel: u64,
    /// Linear memory held, in bytes. It never shrinks.
    pub memory_bytes: usize,
}

/// A strategy's own state, for the version that comes after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the payload is.
    pub schema: String,
    /// Which version of that.
    pub version: u32,
    /// The strategy's own encoding.
    pub payload: Vec<u8>,
}

/// A running instance. Its first fault ends it: the store is dropped, and each later call returns that same fault.
pub struct SandboxedStrategy {
    manifest: Manifest,
    limits: SandboxLimits,
    instance: Result<Instance, Fault>,
    usage: Usage,
    positions: Vec<types::Position>,
    fills: Vec<types::Fill>,
}

impl std::fmt::Debug for SandboxedStrategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxedStrategy")
            .field("name", &self.manifest.name)
            .field("usage", &self.usage)
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}

impl SandboxedStrategy {
    pub(crate) fn new(instance: Instance, manifest: Manifest, limits: SandboxLimits, init: Cost) -> SandboxedStrategy {
        let usage = Usage { init_fuel: init.fuel, memory_bytes: instance.memory_bytes(), ..Usage::default() };
        SandboxedStrategy { manifest, limits, instance: Ok(instance), usage, positions: Vec::new(), fills: Vec::new() }
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The fault that ended it, if one did.
    pub fn fault(&self) -> Option<&Fault> {
        self.instance.as_ref().err()
    }

    /// Whether it can hand its state to a newer version.
    pub fn has_state(&self) -> bool {
        self.instance.as_ref().is_ok_and(Instance::has_state)
    }

    /// Its state, for [`SandboxedStrategy::restore`] of a newer version.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has no `state` interface or says no, which leaves it running; else its fault.
    pub fn save(&mut self) -> Result<Snapshot, Fault> {
        let answer = self.state_call(|state, store| state.call_save(store))?;
        let saved = answer.map_err(|reason| refused(&reason))?;
        Ok(Snapshot { schema: saved.schema, version: saved.version, payload: saved.payload })
    }

    /// Takes over where `snapshot` stopped.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has no `state` interface or cannot take this one over; else its fault.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        let Snapshot { schema, version, payload } = snapshot;
        let given = state::SnapshotParam { schema, version: *version, payload };
        self.state_call(|state, store| state.call_restore(store, given))?.map_err(|reason| refused(&reason))
    }

    fn state_call<T>(
        &mut self,
        call: impl FnOnce(&state::Guest, &mut wasmtime::Store<crate::guest_state::GuestState>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let budget = Budget { answer_bytes: self.limits.memory_bytes, ..Budget::start(&self.limits) };
        let instance = self.instance.as_mut().map_err(|fault| fault.clone())?;
        if !instance.has_state() {
            return Err(refused("it has no `state` interface"));
        }
        let answer = instance.call(budget, |exports, store| match &exports.state {
            Some(state) => call(state, store),
            None => Err(wasmtime::Error::msg("no `state` interface")),
        });
        self.usage.memory_bytes = instance.memory_bytes();
        answer.map(|(answer, _)| answer).map_err(|fault| self.end(fault))
    }

    /// Drops the store, so that it cannot be called again, and remembers why.
    fn end(&mut self, fault: Fault) -> Fault {
        self.instance = Err(fault.clone());
        fault
    }

    fn call(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let instance = self.instance.as_mut().map_err(|fault| fault.clone())?;
        let rows = batch.quotes.len();
        let budget = Budget::batch(&self.limits, rows + batch.markets.len());
        // Rarely any: borrowed records for the few markets listed or changed.
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
        let answer = instance.call(budget, |exports, store| exports.guest.call_on_batch(store, given));
        self.usage.calls += 1;
        self.usage.rows += rows as u64;
        self.usage.memory_bytes = instance.memory_bytes();
        let (answer, cost) = answer?;
        self.usage.fuel += cost.fuel;
        let answer = answer.map_err(|reason| instance.with_log(refused(&reason)))?;
        decisions.signals.extend(answer.signals.into_iter().map(bindings::signal));
        decisions.scores = answer.scores;
        decisions.validate(rows).map_err(|fault| instance.with_log(fault))
    }
}

impl Strategy for SandboxedStrategy {
    fn manifest(&self) -> &Manifest {
        &self.manifest
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
}

fn refused(reason: &str) -> Fault {
    Fault { kind: FaultKind::Refused, message: crate::log::escape(reason), log: Vec::new() }
}
