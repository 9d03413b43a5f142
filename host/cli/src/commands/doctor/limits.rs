//! The limits: whether a person has decided on each.

use host_live::preflight::{OWN_LIMITS, check_limits};

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use crate::commands::unset_limits::unset_limits;

/// Looks at the limits that a live start asks for.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let found = match check_limits(&unset_limits(&patient.loaded)) {
        Some(refusal) => Diagnosis::before_live(patient.is_live(), "limits_undecided", refusal.what, refusal.fix),
        None => Diagnosis::ok("limits", format!("all {} limits of a live start are set by you", OWN_LIMITS.len())),
    };
    vec![found]
}
