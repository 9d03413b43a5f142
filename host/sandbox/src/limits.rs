//! The resource limits of a strategy. `host check` shows them to its author; a strategy can neither see nor set them.

use host_core::{Span, time::span_text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// Processor time of one call, in milliseconds; ten times as much for one that saves or restores a state. Fuel runs
    /// out first, unless each instruction waits for memory.
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

/// A limit of a run that goes beyond the user's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitBeyond {
    /// Its key in the section `sandbox`.
    pub key: String,
    /// The run's value.
    pub asked: String,
    /// The user's, which holds.
    pub most: String,
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
            call_ms: 2_000,
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

    /// Returns these limits as far as `most` allows: of each the smaller one. A file that was written elsewhere, such
    /// as a journal, may ask for less than the user's limits, and never gets more.
    #[must_use]
    pub fn within(&self, most: &SandboxLimits) -> SandboxLimits {
        SandboxLimits {
            component_bytes: self.component_bytes.min(most.component_bytes),
            code_bytes: self.code_bytes.min(most.code_bytes),
            functions: self.functions.min(most.functions),
            function_bytes: self.function_bytes.min(most.function_bytes),
            locals_by_blocks: self.locals_by_blocks.min(most.locals_by_blocks),
            branch_targets: self.branch_targets.min(most.branch_targets),
            nesting: self.nesting.min(most.nesting),
            instances: self.instances.min(most.instances),
            compile_seconds: self.compile_seconds.min(most.compile_seconds),
            compile_bytes: self.compile_bytes.min(most.compile_bytes),
            signed_compile_seconds: self.signed_compile_seconds.min(most.signed_compile_seconds),
            signed_compile_bytes: self.signed_compile_bytes.min(most.signed_compile_bytes),
            memory_bytes: self.memory_bytes.min(most.memory_bytes),
            table_elements: self.table_elements.min(most.table_elements),
            stack_bytes: self.stack_bytes.min(most.stack_bytes),
            fuel_start: self.fuel_start.min(most.fuel_start),
            fuel_base: self.fuel_base.min(most.fuel_base),
            fuel_per_row: self.fuel_per_row.min(most.fuel_per_row),
            answer_bytes_base: self.answer_bytes_base.min(most.answer_bytes_base),
            answer_bytes_per_row: self.answer_bytes_per_row.min(most.answer_bytes_per_row),
            call_ms: self.call_ms.min(most.call_ms),
            log_bytes: self.log_bytes.min(most.log_bytes),
            log_lines: self.log_lines.min(most.log_lines),
            fuel_per_minute: self.fuel_per_minute.min(most.fuel_per_minute),
            answer_bytes_per_minute: self.answer_bytes_per_minute.min(most.answer_bytes_per_minute),
            log_lines_per_minute: self.log_lines_per_minute.min(most.log_lines_per_minute),
            call_ms_per_minute: self.call_ms_per_minute.min(most.call_ms_per_minute),
            max_warm_up: self.max_warm_up.min(most.max_warm_up),
        }
    }

    /// Returns the limits of these that go beyond `most`.
    pub fn beyond(&self, most: &SandboxLimits) -> Vec<LimitBeyond> {
        let table = |limits: &SandboxLimits| match serde_json::to_value(limits) {
            Ok(Value::Object(table)) => table,
            _ => Map::new(),
        };
        let kept = table(&self.within(most));
        let pairs = table(self).into_iter().filter_map(|(key, asked)| Some((asked, kept.get(&key)?, key)));
        let beyond = pairs.filter(|(asked, most, _)| asked != *most);
        beyond.map(|(asked, most, key)| LimitBeyond { key, asked: shown(&asked), most: shown(most) }).collect()
    }

    /// Returns the bytes that an `on-batch` call with `rows` quote rows and markets may return to the host.
    pub fn answer_bytes(&self, rows: usize) -> usize {
        self.answer_bytes_base.saturating_add(self.answer_bytes_per_row.saturating_mul(rows))
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_widened_and_each_that_asks_for_more_is_named() {
        let most = SandboxLimits::default();
        let Ok(Value::Object(table)) = serde_json::to_value(&most) else { panic!("limits are a table") };
        for (key, allowed) in &table {
            let asking = |value: Value| -> SandboxLimits {
                let mut table = table.clone();
                table.insert(key.clone(), value);
                serde_json::from_value(Value::Object(table)).unwrap()
            };
            let (more, less): (Value, Value) = match allowed.as_u64() {
                Some(allowed) => ((allowed + 1).into(), (allowed - 1).into()),
                // Spans of time are texts.
                None => ("32d".into(), "30d".into()),
            };
            let beyond = LimitBeyond { key: key.clone(), asked: shown(&more), most: shown(allowed) };
            let more = asking(more);
            assert_eq!(more.within(&most), most, "{key}");
            assert_eq!(more.beyond(&most), [beyond]);
            let less = asking(less);
            assert_eq!((less.within(&most), less.beyond(&most)), (less.clone(), Vec::new()), "{key}");
        }
        assert!(table.len() > 20);
    }
}
