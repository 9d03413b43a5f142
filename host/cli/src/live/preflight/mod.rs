//! What must hold before `host run --live` may send an order. All that is wrong is told at once, each with its fix.
//!
//! The checks only look: they change nothing, here or at the venue, and a check that cannot be made has failed.

mod confirm;
mod mark;
mod settings;
mod venue;

pub use confirm::{Asking, confirm};
pub use mark::LiveMark;
pub use settings::check as check_settings;
pub use venue::{CLOCK_TOLERANCE, check as check_venue};

use crate::error::{Kind, Report};

/// Why a live host does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub what: String,
    /// What to do about it; may have several lines.
    pub fix: String,
}

impl Refusal {
    /// `what` is wrong, `fix` mends it.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Refusal {
        Refusal { what: what.into(), fix: fix.into() }
    }
}

/// All refusals as one failure of `kind`, or none.
///
/// # Errors
/// There are some.
pub fn verdict(kind: Kind, refusals: &[Refusal]) -> Result<(), Report> {
    if refusals.is_empty() {
        return Ok(());
    }
    let report = Report::new(kind, "not started: real money needs more than this");
    let report = refusals.iter().fold(report, |report, refusal| report.because(&refusal.what));
    Err(refusals.iter().fold(report, |report, refusal| report.hint(refusal.fix.replace('\n', "\n      "))))
}

#[cfg(test)]
mod tests;
