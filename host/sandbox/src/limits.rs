//! The resource limits of a strategy. `host check` shows them to its author; a strategy can neither see nor set them.

use host_core::{Span, time::span_text};
use serde::{Deserialize, Serialize};

/// The limits of one strategy instance. Every limit has a default; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxLimits {
    /// Largest component file, in bytes.
    pub component_bytes: u64,
    /// Largest linear memory, in bytes. `host check` shows what a strategy uses per market.
    pub memory_bytes: usize,
    /// Largest number of table elements (function pointers), all tables together.
    pub table_elements: usize,
    /// Size of the call stack, in bytes. The depth reached depends on the compiler, so an overflow is a fault and never
    /// part of a decision.
    pub stack_bytes: usize,
    /// Fuel (about one unit per instruction) for each call of `describe`, `init`, `save` or `restore`, and for
    /// instantiation.
    pub fuel_start: u64,
    /// Fuel for each `on-batch` call, independent of its size.
    pub fuel_base: u64,
    /// Fuel for each quote row and each market of a batch, on top of `fuel_base`.
    pub fuel_per_row: u64,
    /// Bytes that one call may return to the host, independent of its size.
    pub answer_bytes_base: usize,
    /// Bytes that a call may return for each quote row and each market of its batch, on top of `answer_bytes_base`.
    pub answer_bytes_per_row: usize,
    /// Wall-clock backstop of one call, in milliseconds. Fuel runs out first unless the machine is badly overloaded.
    pub call_ms: u64,
    /// Log text kept from one call, in bytes; further messages are counted and dropped.
    pub log_bytes: usize,
    /// Log lines kept for the report of a fault.
    pub log_lines: usize,
    /// Fuel for the `on-batch` calls of a minute of market time, together.
    pub fuel_per_minute: u64,
    /// Bytes that these calls may return to the host.
    pub answer_bytes_per_minute: u64,
    /// Log lines of a minute of market time; further ones are counted and dropped.
    pub log_lines_per_minute: u64,
    /// Wall-clock backstop of all calls of a minute together, in milliseconds; in live trading alone.
    pub call_ms_per_minute: u64,
    /// Longest history that a strategy may ask for before it trades; one that asks for more is refused.
    #[serde(with = "span_text")]
    pub max_warm_up: Span,
}

impl Default for SandboxLimits {
    fn default() -> SandboxLimits {
        SandboxLimits {
            component_bytes: 64 << 20,
            memory_bytes: 256 << 20,
            table_elements: 100_000,
            stack_bytes: 512 << 10,
            fuel_start: 1_000_000_000,
            fuel_base: 50_000_000,
            fuel_per_row: 200_000,
            answer_bytes_base: 1 << 20,
            answer_bytes_per_row: 512,
            call_ms: 20_000,
            log_bytes: 16 << 10,
            log_lines: 20,
            fuel_per_minute: 10_000_000_000,
            answer_bytes_per_minute: 64 << 20,
            log_lines_per_minute: 600,
            call_ms_per_minute: 20_000,
            max_warm_up: Span::days(31),
        }
    }
}

impl SandboxLimits {
    /// Returns the fuel for an `on-batch` call with `rows` quote rows and markets.
    pub fn fuel(&self, rows: usize) -> u64 {
        self.fuel_base.saturating_add(self.fuel_per_row.saturating_mul(rows as u64))
    }

    /// Returns the bytes that an `on-batch` call with `rows` quote rows and markets may return to the host.
    pub fn answer_bytes(&self, rows: usize) -> usize {
        self.answer_bytes_base.saturating_add(self.answer_bytes_per_row.saturating_mul(rows))
    }
}
