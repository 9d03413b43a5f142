//! Hot swap: another version of a strategy takes over its slot while the host trades.
//!
//! [`Preparer`] checks a version on the control thread, beside the loop: it loads it, brings it to the last poll, and
//! compares its decisions with those of the version in the slot. What passes is a [`SwapCandidate`]. The loop's
//! [`Swaps`] bring it to the last poll once more when its time has come, on a thread of its own, and the loop then lets
//! it take over between two polls. Nothing here may touch orders, positions or limits, and a version that cannot take
//! over must leave the one in the slot as it is.

mod by_restart;
mod candidate;
mod parameters;
mod prepare;
mod ready;
mod seats;
mod swapped_in;
mod swaps;
mod take_up;
mod trust_terms;

pub(crate) use by_restart::refuse_changed_meaning;
pub(crate) use candidate::SwapCandidate;
pub(crate) use prepare::PLANNED_SWAPS;
pub use prepare::Preparer;
pub(crate) use ready::Ready;
pub use seats::Seats;
pub(crate) use swapped_in::SWAPPED_IN;
pub use swapped_in::{SwappedIn, swapped_in};
pub(crate) use swaps::{Arrived, FAULTS, Swaps};
pub(crate) use take_up::take_up;
pub use trust_terms::TrustTerms;
