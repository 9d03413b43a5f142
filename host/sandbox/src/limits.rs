//! What a strategy may use. Every limit is shown to its author by `host check`; none can be seen or set by a strategy.

use serde::{Deserialize, Serialize};

/// Limits of one strategy instance. All have defaults; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxLimits {
    /// Largest component file, in bytes.
    pub component_bytes: u64,
    /// Linear memory, in bytes. Mean reversion uses about 90 KB for each market.
    pub memory_bytes: usize,
    /// Table elements (function pointers), all tables together.
    pub table_elements: usize,
    /// Call stack, in bytes. Its depth depends on the compiler: running out is a fault, never a decision.
    pub stack_bytes: usize,
    /// Fuel (about one for each instruction) for instantiation, `describe`, `init`, `save` or `restore`.
    pub fuel_start: u64,
    /// Fuel for each `on-batch` call, whatever its size.
    pub fuel_base: u64,
    /// Fuel for each quote row and each market of a batch, on top of `fuel_base`.
    pub fuel_per_row: u64,
    /// Bytes that one call may hand to the host, whatever its size.
    pub answer_bytes_base: usize,
    /// Bytes for each quote row of a batch, on top of `answer_bytes_base`.
    pub answer_bytes_per_row: usize,
    /// Wall-clock backstop for one call, in milliseconds. Fuel runs out first unless the machine is badly overloaded.
    pub call_ms: u64,
    /// Log text kept of one call, in bytes; further lines are counted and dropped.
    pub log_bytes: usize,
    /// Log lines kept for a fault's report.
    pub log_lines: usize,
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
        }
    }
}

impl SandboxLimits {
    /// Fuel for an `on-batch` call that carries `rows` rows and markets.
    pub fn fuel(&self, rows: usize) -> u64 {
        self.fuel_base.saturating_add(self.fuel_per_row.saturating_mul(rows as u64))
    }

    /// Bytes that an `on-batch` call with `rows` rows may hand to the host.
    pub fn answer_bytes(&self, rows: usize) -> usize {
        self.answer_bytes_base.saturating_add(self.answer_bytes_per_row.saturating_mul(rows))
    }
}
