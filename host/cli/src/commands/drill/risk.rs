//! The drill of the risk manager: each configured limit is breached, and must refuse.

use host_evaluate::breach::breach_all;

use super::steps::Steps;
use crate::config::Config;

/// Breaches each limit of the configuration.
pub(super) fn hold(config: &Config, steps: &mut Steps) {
    for breach in breach_all(&config.risk) {
        steps.note(&format!("{} ({})", breach.limit, breach.code), breach.triggered, breach.found);
    }
}
