//! The resource limits of a strategy. `host check` shows them to its author; a strategy can neither see nor set them.

use serde::{Deserialize, Serialize};

/// The limits of one strategy instance. Every limit has a default; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxLimits {
    /// Largest component file, in bytes.
    pub component_bytes: u64,
    /// Most bytes of code, of all modules together.
    pub code_bytes: u64,
    /// Most functions, of all modules together.
    pub functions: u64,
    /// Most bytes of code of one function.
    pub function_bytes: u64,
    /// Most locals times blocks of one function: the compiler's time and memory grow with it.
    pub locals_by_blocks: u64,
    /// Most targets of branch tables, of all functions together.
    pub branch_targets: u64,
    /// Deepest nesting of components.
    pub nesting: u64,
    /// Most instances of modules and components: what is instantiated twice counts twice, with all that is in it.
    pub instances: u64,
    /// Processor time in which a component must be validated and compiled, in seconds.
    pub compile_seconds: u64,
    /// Memory in which a component must be validated and compiled, in bytes.
    pub compile_bytes: u64,
    /// The same time for a component that a trusted key has signed.
    pub signed_compile_seconds: u64,
    /// The same memory for a component that a trusted key has signed.
    pub signed_compile_bytes: u64,
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
}

impl Default for SandboxLimits {
    fn default() -> SandboxLimits {
        SandboxLimits {
            component_bytes: 64 << 20,
            code_bytes: 32 << 20,
            functions: 200_000,
            function_bytes: 1 << 20,
            locals_by_blocks: 50_000_000,
            branch_targets: 500_000,
            nesting: 16,
            instances: 1_000,
            compile_seconds: 10,
            compile_bytes: 512 << 20,
            signed_compile_seconds: 120,
            signed_compile_bytes: 2 << 30,
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
    /// Returns these limits with the budget of signed components for all.
    #[must_use]
    pub fn of_signed(&self) -> SandboxLimits {
        let (compile_seconds, compile_bytes) = (self.signed_compile_seconds, self.signed_compile_bytes);
        SandboxLimits { compile_seconds, compile_bytes, ..self.clone() }
    }

    /// Returns the fuel for an `on-batch` call with `rows` quote rows and markets.
    pub fn fuel(&self, rows: usize) -> u64 {
        self.fuel_base.saturating_add(self.fuel_per_row.saturating_mul(rows as u64))
    }

    /// Returns the bytes that an `on-batch` call with `rows` quote rows and markets may return to the host.
    pub fn answer_bytes(&self, rows: usize) -> usize {
        self.answer_bytes_base.saturating_add(self.answer_bytes_per_row.saturating_mul(rows))
    }
}
