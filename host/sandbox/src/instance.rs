//! One instance in a store of its own. Its calls are metered and limited, and a failure is explained.
//!
//! A failed call leaves the store unusable: the instance must then be dropped and never called again.

use host_core::Fault;
use wasmtime::Store;
use wasmtime::component::InstancePre;

use crate::bindings::{chart, guest, state};
use crate::fault::{self, CallBudget};
use crate::guest_state::GuestState;
use crate::limits::SandboxLimits;

/// A component with its imports linked and its exports looked up, once, when it is loaded.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub pre: InstancePre<GuestState>,
    pub guest: guest::GuestIndices,
    pub state: Option<state::GuestIndices>,
    pub chart: Option<chart::GuestIndices>,
}

/// The exported functions of an instance.
pub(crate) struct Exports {
    pub guest: guest::Guest,
    pub state: Option<state::Guest>,
    pub chart: Option<chart::Guest>,
}

pub(crate) struct Instance {
    store: Store<GuestState>,
    exports: Exports,
    limits: SandboxLimits,
}

/// The reason why an instance could not be started.
pub(crate) enum NotStarted {
    /// Its functions do not have the contract's types.
    Mismatch(String),
    Fault(Fault),
}

/// The cost of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub fuel: u64,
}

impl Instance {
    /// Instantiates `prepared` under `limits`; its log lines are forwarded under `name`.
    ///
    /// # Errors
    /// A fault in its start code or in the memory that it needs from the start, or exports that do not match the
    /// contract.
    pub(crate) fn start(prepared: &Prepared, name: &str, limits: &SandboxLimits) -> Result<Instance, NotStarted> {
        let mut store = Store::new(prepared.pre.engine(), GuestState::new(name, limits));
        store.limiter(|state| state);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().time.look()));
        let budget = CallBudget::start(limits);
        let instance = begin_call(&mut store, budget).and_then(|()| prepared.pre.instantiate(&mut store));
        let instance =
            instance.map_err(|error| NotStarted::Fault(fault::explain_start(&error, store.data(), budget, limits)))?;
        let mismatch = |error: wasmtime::Error| NotStarted::Mismatch(chain(&error));
        let guest = prepared.guest.load(&mut store, &instance).map_err(mismatch)?;
        let state = prepared.state.as_ref().map(|indices| indices.load(&mut store, &instance));
        let chart = prepared.chart.as_ref().map(|indices| indices.load(&mut store, &instance));
        let (state, chart) = (state.transpose().map_err(mismatch)?, chart.transpose().map_err(mismatch)?);
        let exports = Exports { guest, state, chart };
        Ok(Instance { store, exports, limits: limits.clone() })
    }

    /// Runs `call` within `budget`.
    ///
    /// # Errors
    /// The explained fault; the instance must then be dropped.
    pub(crate) fn call<T>(
        &mut self,
        budget: CallBudget,
        call: impl FnOnce(&Exports, &mut Store<GuestState>) -> wasmtime::Result<T>,
    ) -> Result<(T, Cost), Fault> {
        let Instance { store, exports, limits } = self;
        let answer = begin_call(store, budget)
            .and_then(|()| call(exports, store))
            .and_then(|answer| Ok((answer, Cost { fuel: budget.fuel - store.get_fuel()?.min(budget.fuel) })));
        answer.map_err(|error| fault::explain(&error, store.data(), budget, limits))
    }

    /// Runs `call` as [`Instance::call`] does, with room in memory for a copy of the state.
    ///
    /// # Errors
    /// As [`Instance::call`].
    pub(crate) fn call_with_room<T>(
        &mut self,
        budget: CallBudget,
        call: impl FnOnce(&Exports, &mut Store<GuestState>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        self.store.data_mut().has_room = true;
        let answer = self.call(budget, call);
        self.store.data_mut().has_room = false;
        answer.map(|(answer, _)| answer)
    }

    /// Lets the budget of log lines fill up to the times of the rows that are shown next.
    pub(crate) fn pass_log_time(&mut self, from: i64, to: i64) {
        self.store.data_mut().log.pass(from, to);
    }

    /// Adds the kept log lines to a fault that was found outside of a call.
    pub(crate) fn with_log(&self, mut fault: Fault) -> Fault {
        fault.log = self.store.data().log.lines();
        fault
    }

    /// The linear memory held, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes
    }

    pub(crate) fn has_state(&self) -> bool {
        self.exports.state.is_some()
    }

    pub(crate) fn has_chart(&self) -> bool {
        self.exports.chart.is_some()
    }
}

fn begin_call(store: &mut Store<GuestState>, budget: CallBudget) -> wasmtime::Result<()> {
    store.set_fuel(budget.fuel)?;
    store.set_hostcall_fuel(budget.answer_bytes);
    let ticks = store.data_mut().time.begin(budget.processor_ms);
    store.set_epoch_deadline(ticks);
    store.data_mut().log.begin_call();
    Ok(())
}

/// Returns an error with all its causes on one line.
pub(crate) fn chain(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
