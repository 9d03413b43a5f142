//! The result of a component's last check, kept in the cache under its digest, so that a run can show it.

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::CheckReport;
use crate::component::StrategyComponent;

/// The result of a component's last check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCheck {
    /// Time of the check.
    pub at: Timestamp,
    /// Number of properties that were checked.
    pub checks: usize,
    /// Those that the component does not have, each in a few words.
    pub failed: Vec<String>,
}

impl StrategyComponent {
    /// Keeps the result of a check of this component, made `now`, if its time was enough. That the cache cannot be
    /// written is only logged.
    pub fn keep_check(&self, report: &CheckReport, now: Timestamp) {
        if !report.complete {
            return;
        }
        let failed = report.findings.iter().filter(|finding| !finding.passed).map(|finding| finding.name.clone());
        let kept = KeptCheck { at: now, checks: report.findings.len(), failed: failed.collect() };
        if let Ok(text) = serde_json::to_vec(&kept) {
            self.cache.keep_measurement(&self.check_key(), &text);
        }
    }

    /// Returns the result of the last check of this component, if the cache has it.
    pub fn kept_check(&self) -> Option<KeptCheck> {
        serde_json::from_slice(&self.cache.kept_measurement(&self.check_key())?).ok()
    }

    fn check_key(&self) -> String {
        format!("check 1 {}", self.digest)
    }
}
