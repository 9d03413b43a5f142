//! The limits: whether a person has decided on each, and whether slots have shares of their own.

use std::iter;

use host_live::preflight::{OWN_LIMITS, check_limits};

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use crate::commands::unset_limits::unset_limits;
use crate::strategies::shares;

/// Looks at the limits that a live start asks for.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let found = match check_limits(&unset_limits(&patient.loaded)) {
        Some(refusal) => Diagnosis::before_live(patient.is_live(), "limits_undecided", refusal.what, refusal.fix),
        None => Diagnosis::ok("limits", format!("all {} limits of a live start are set by you", OWN_LIMITS.len())),
    };
    iter::once(found).chain(shares(patient)).collect()
}

/// Looks at the slots that have limits of their own.
fn shares(patient: &Patient) -> Option<Diagnosis> {
    let limits = &patient.config().risk;
    let slots: Vec<&str> = limits.slots.keys().map(String::as_str).collect();
    let shared = shares::shared(limits, &slots)?;
    Some(Diagnosis::warning("slots_share_limits", shared, shares::CURE))
}
