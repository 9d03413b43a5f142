//! One instance in a store of its own: calls that are metered, bounded, and explained when they fail.
//!
//! A store that a call failed in is poisoned: the instance must be dropped then, never called again.

use host_core::Fault;
use wasmtime::Store;
use wasmtime::component::InstancePre;

use crate::bindings::{guest, state};
use crate::engine::EPOCH_MS;
use crate::fault::{self, Budget};
use crate::guest_state::GuestState;
use crate::limits::SandboxLimits;

/// Where a component's exports are, found once when it is loaded.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub pre: InstancePre<GuestState>,
    pub guest: guest::GuestIndices,
    pub state: Option<state::GuestIndices>,
}

/// An instance's functions.
pub(crate) struct Exports {
    pub guest: guest::Guest,
    pub state: Option<state::Guest>,
}

pub(crate) struct Instance {
    store: Store<GuestState>,
    exports: Exports,
    limits: SandboxLimits,
}

/// Why there is no instance.
pub(crate) enum NotStarted {
    /// Its functions have other types than the contract's.
    Mismatch(String),
    Fault(Fault),
}

/// What a call cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub fuel: u64,
}

impl Instance {
    /// Instantiates `prepared` under `limits`; `name` is what its log lines go under.
    ///
    /// # Errors
    /// The fault of its start code, or of memory that it needs from the start; or another contract.
    pub(crate) fn start(prepared: &Prepared, name: &str, limits: &SandboxLimits) -> Result<Instance, NotStarted> {
        let mut store = Store::new(prepared.pre.engine(), GuestState::new(name, limits));
        store.limiter(|state| state);
        let budget = Budget::start(limits);
        let instance = begin_call(&mut store, limits, budget).and_then(|()| prepared.pre.instantiate(&mut store));
        let instance =
            instance.map_err(|error| NotStarted::Fault(fault::explain(&error, store.data(), budget, limits)))?;
        let mismatch = |error: wasmtime::Error| NotStarted::Mismatch(chain(&error));
        let guest = prepared.guest.load(&mut store, &instance).map_err(mismatch)?;
        let state = prepared.state.as_ref().map(|indices| indices.load(&mut store, &instance));
        let exports = Exports { guest, state: state.transpose().map_err(mismatch)? };
        Ok(Instance { store, exports, limits: limits.clone() })
    }

    /// Runs `call` within `budget`.
    ///
    /// # Errors
    /// Its failure, explained; the instance must be dropped then.
    pub(crate) fn call<T>(
        &mut self,
        budget: Budget,
        call: impl FnOnce(&Exports, &mut Store<GuestState>) -> wasmtime::Result<T>,
    ) -> Result<(T, Cost), Fault> {
        let Instance { store, exports, limits } = self;
        let answer = begin_call(store, limits, budget)
            .and_then(|()| call(exports, store))
            .and_then(|answer| Ok((answer, Cost { fuel: budget.fuel - store.get_fuel()?.min(budget.fuel) })));
        answer.map_err(|error| fault::explain(&error, store.data(), budget, limits))
    }

    /// Adds the kept log lines to a fault that the host found.
    pub(crate) fn with_log(&self, mut fault: Fault) -> Fault {
        fault.log = self.store.data().log.lines();
        fault
    }

    /// Linear memory held, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes
    }

    pub(crate) fn has_state(&self) -> bool {
        self.exports.state.is_some()
    }
}

fn begin_call(store: &mut Store<GuestState>, limits: &SandboxLimits, budget: Budget) -> wasmtime::Result<()> {
    store.set_fuel(budget.fuel)?;
    store.set_hostcall_fuel(budget.answer_bytes);
    // One more tick than the time needs: the present one may be nearly over.
    store.set_epoch_deadline(limits.call_ms.div_ceil(EPOCH_MS) + 1);
    store.data_mut().log.begin_call();
    Ok(())
}

/// An error with all its causes, on one line.
pub(crate) fn chain(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
