//! The distance of a run from its limits: the values that the risk manager measured, order by order.

use std::collections::BTreeMap;

use host_core::Timestamp;
use host_core::record::Verdict;
use host_core::risk::RefusalCode;

/// The nearest that approved orders came to a limit, and the orders that it refused.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitUse {
    pub code: RefusalCode,
    /// The highest value of an approved order, in the unit of the limit: dollars, contracts, a count or a fraction.
    pub highest: f64,
    /// The limit in force then.
    pub limit: f64,
    /// Time of that order.
    pub time: Timestamp,
}

impl LimitUse {
    /// Returns the used part of the limit; `None` for a limit of zero.
    pub fn share(&self) -> Option<f64> {
        (self.limit > 0.0).then(|| self.highest / self.limit)
    }
}

/// The use of each limit that has a measured value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitUses {
    uses: BTreeMap<RefusalCode, LimitUse>,
    /// Refused orders by code, as journaled.
    pub refused: BTreeMap<String, u64>,
}

impl LimitUses {
    /// Notes a check that an approved order has passed. Only upper bounds have a use.
    pub(super) fn passed(&mut self, time: Timestamp, verdict: &Verdict) {
        let Some(code) = code_of(&verdict.code).filter(|code| code.as_str().starts_with("max_")) else { return };
        let (Ok(value), Ok(limit)) = (verdict.value.parse::<f64>(), verdict.limit.parse::<f64>()) else { return };
        let found = LimitUse { code, highest: value, limit, time };
        let noted = self.uses.entry(code).or_insert_with(|| found.clone());
        if found.share() > noted.share() {
            *noted = found;
        }
    }

    pub(super) fn refused(&mut self, verdict: &Verdict) {
        *self.refused.entry(verdict.code.clone()).or_default() += 1;
    }

    /// Returns the uses, the fullest first.
    pub fn fullest_first(&self) -> Vec<&LimitUse> {
        let mut uses: Vec<&LimitUse> = self.uses.values().collect();
        let share = |one: &LimitUse| one.share().unwrap_or(0.0);
        uses.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.code.cmp(&b.code)));
        uses
    }
}

/// Returns the check that is called `code`; `None` if this host has no such check.
fn code_of(code: &str) -> Option<RefusalCode> {
    RefusalCode::ALL.iter().copied().find(|one| one.as_str() == code)
}
