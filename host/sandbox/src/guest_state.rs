//! What the host keeps beside each instance: its memory account and its log. No strategy can reach it.

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{ResourceLimiter, StoreContextMut};

use crate::bindings::log::Level;
use crate::limits::SandboxLimits;
use crate::log::LogCapture;

/// Fuel that one log message costs, and each byte of it: host functions burn none by themselves.
const LOG_FUEL: u64 = 1_000;
const LOG_FUEL_PER_BYTE: u64 = 10;

/// The most core instances, memories and tables of one component. Tools for other languages make some dozens.
const MOST_PARTS: usize = 200;

/// The data of an instance's store.
#[derive(Debug)]
pub(crate) struct GuestState {
    pub log: LogCapture,
    /// Linear memory held, in bytes. It never shrinks, so this is the peak.
    pub memory_bytes: usize,
    table_elements: usize,
    most_memory_bytes: usize,
    most_table_elements: usize,
}

/// A refused growth, as the trap's cause.
#[derive(Debug, thiserror::Error)]
#[error("asked for {wanted} {unit}; the limit `{limit}` allows {most}")]
pub(crate) struct GrowthRefused {
    wanted: usize,
    most: usize,
    unit: &'static str,
    limit: &'static str,
}

impl GuestState {
    pub(crate) fn new(strategy: &str, limits: &SandboxLimits) -> GuestState {
        GuestState {
            log: LogCapture::new(strategy, limits),
            memory_bytes: 0,
            table_elements: 0,
            most_memory_bytes: limits.memory_bytes,
            most_table_elements: limits.table_elements,
        }
    }
}

impl ResourceLimiter for GuestState {
    /// A refusal traps instead of letting `memory.grow` return -1: one outcome, with its reason.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if wanted > self.most_memory_bytes {
            let most = self.most_memory_bytes;
            return Err(GrowthRefused { wanted, most, unit: "bytes of memory", limit: "memory_bytes" }.into());
        }
        self.memory_bytes = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.table_elements.saturating_add(desired.saturating_sub(current));
        if wanted > self.most_table_elements {
            let most = self.most_table_elements;
            return Err(GrowthRefused { wanted, most, unit: "table elements", limit: "table_elements" }.into());
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MOST_PARTS
    }

    fn tables(&self) -> usize {
        MOST_PARTS
    }

    fn memories(&self) -> usize {
        MOST_PARTS
    }
}

/// The one function that a strategy may call, `log.write`, charged to the call's fuel.
pub(crate) fn link_log(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    let write = |mut store: StoreContextMut<'_, GuestState>, (level, message): (Level, WasmStr)| {
        let message = message.to_str(&store)?.into_owned();
        let cost = LOG_FUEL + LOG_FUEL_PER_BYTE * message.len() as u64;
        let left = store.get_fuel()?;
        store.set_fuel(left.saturating_sub(cost))?;
        store.data_mut().log.write(level, &message);
        Ok(())
    };
    linker.instance("trading:strategy/log@1.0.0")?.func_wrap("write", write)
}
