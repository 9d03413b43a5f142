//! The checks before a live host may send an order. Everything that is wrong is told at once, each with its fix.
//!
//! The checks only look: they change nothing, here or at the venue, and a check that cannot be made has failed.

mod settings;
mod venue;

pub use settings::{OWN_LIMITS, UnsetLimit, check as check_settings, check_key, check_limits};
pub use venue::{CLOCK_TOLERANCE, VenueLook, check as check_venue, look_at_venue, refuse_positions};

use crate::error::LiveError;
use crate::refusal::{Checked, Refusal};

/// Turns refusals into one error, if there are any.
///
/// # Errors
/// There are some.
pub fn require(checked: Checked, refusals: Vec<Refusal>) -> Result<(), LiveError> {
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(LiveError::Refused { checked, refusals }),
    }
}
