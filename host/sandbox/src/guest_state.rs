//! The host's data of each instance: its memory accounting and its log. A strategy cannot access it.

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{ResourceLimiter, StoreContextMut};

use crate::bindings::log::Level;
use crate::limits::SandboxLimits;
use crate::log::LogCapture;
use crate::processor_time::ProcessorTime;

/// Fuel for each log message and for each of its bytes: host functions use no fuel by themselves.
const LOG_FUEL: u64 = 1_000;
const LOG_FUEL_PER_BYTE: u64 = 10;

/// Largest number of memories and of tables in one component. Toolchains of other languages need a few dozen.
pub(crate) const MAX_PARTS: usize = 200;

/// The data of an instance's store.
#[derive(Debug)]
pub(crate) struct GuestState {
    pub log: LogCapture,
    /// The linear memory held, in bytes. It never shrinks, so this is also the peak.
    pub memory_bytes: usize,
    table_elements: usize,
    max_memory_bytes: usize,
    /// Room beyond that, which calls that save or restore a state may take. What they took stays the instance's.
    room_bytes: usize,
    /// True during such a call.
    pub has_room: bool,
    max_table_elements: usize,
    max_instances: usize,
    /// The processor time that the present call may use.
    pub time: ProcessorTime,
}

/// A growth that exceeds its limit. It traps and is the cause of that trap.
#[derive(Debug, thiserror::Error)]
#[error("asked for {wanted} {unit}; the limit `{limit}` allows {allowed}")]
pub(crate) struct GrowthRefused {
    wanted: usize,
    allowed: usize,
    unit: &'static str,
    limit: &'static str,
}

impl GuestState {
    pub(crate) fn new(strategy: &str, limits: &SandboxLimits) -> GuestState {
        GuestState {
            log: LogCapture::new(strategy, limits),
            memory_bytes: 0,
            table_elements: 0,
            max_memory_bytes: limits.memory_bytes,
            room_bytes: limits.memory_bytes,
            has_room: false,
            max_table_elements: limits.table_elements,
            max_instances: limits.instances as usize,
            time: ProcessorTime::default(),
        }
    }
}

impl ResourceLimiter for GuestState {
    /// Traps on a refusal instead of letting `memory.grow` return -1, so that there is one outcome and its reason is
    /// known.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let wanted = self.memory_bytes.saturating_add(more);
        if self.has_room && more <= self.room_bytes {
            // A strategy that is close to its limit must not be lost because its state was asked for.
            self.room_bytes -= more;
            self.max_memory_bytes += more;
        } else if wanted > self.max_memory_bytes {
            let allowed = self.max_memory_bytes;
            return Err(GrowthRefused { wanted, allowed, unit: "bytes of memory", limit: "memory_bytes" }.into());
        }
        self.memory_bytes = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.table_elements.saturating_add(desired.saturating_sub(current));
        if wanted > self.max_table_elements {
            let allowed = self.max_table_elements;
            return Err(GrowthRefused { wanted, allowed, unit: "table elements", limit: "table_elements" }.into());
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.max_instances
    }

    fn tables(&self) -> usize {
        MAX_PARTS
    }

    fn memories(&self) -> usize {
        MAX_PARTS
    }
}

/// Links `log.write`, the only function that a strategy may call. Its cost is charged to the fuel of the call.
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
