//! The resource limits of a strategy. `host check` shows them to its author; a strategy can neither see nor set them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
        }
    }

    /// Returns the limits of these that go beyond `most`, each with its value here and its value there, as settings of
    /// the section `sandbox`.
    pub fn beyond(&self, most: &SandboxLimits) -> Vec<(String, u64, u64)> {
        let table = |limits: &SandboxLimits| match serde_json::to_value(limits) {
            Ok(Value::Object(table)) => table,
            _ => Map::new(),
        };
        let most = table(most);
        let pairs =
            table(self).into_iter().filter_map(|(key, asked)| Some((asked.as_u64()?, most.get(&key)?.as_u64()?, key)));
        pairs.filter(|(asked, most, _)| asked > most).map(|(asked, most, key)| (key, asked, most)).collect()
    }

    /// Returns the bytes that an `on-batch` call with `rows` quote rows and markets may return to the host.
    pub fn answer_bytes(&self, rows: usize) -> usize {
        self.answer_bytes_base.saturating_add(self.answer_bytes_per_row.saturating_mul(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_widened_and_each_that_asks_for_more_is_named() {
        let most = SandboxLimits::default();
        let Ok(Value::Object(table)) = serde_json::to_value(&most) else { panic!("limits are a table") };
        for (key, allowed) in &table {
            let asking = |value: u64| -> SandboxLimits {
                let mut table = table.clone();
                table.insert(key.clone(), value.into());
                serde_json::from_value(Value::Object(table)).unwrap()
            };
            let allowed = allowed.as_u64().unwrap();
            let more = asking(allowed + 1);
            assert_eq!(more.within(&most), most, "{key}");
            assert_eq!(more.beyond(&most), [(key.clone(), allowed + 1, allowed)]);
            let less = asking(allowed - 1);
            assert_eq!((less.within(&most), less.beyond(&most)), (less.clone(), Vec::new()), "{key}");
        }
        assert_eq!(table.len(), 12);
    }
}
