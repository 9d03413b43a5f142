//! Hot swap: another version of a strategy takes over its slot while the host trades.
//!
//! [`Preparer`] checks a version on the control thread, beside the loop: it loads it, brings it to the last poll, and
//! compares its decisions with those of the version in the slot. What passes is a [`Candidate`]. The loop's [`SwapDesk`]
//! brings it to the last poll once more when its time has come, on a thread of its own, and the loop then lets it take
//! over between two polls. Nothing here may touch orders, positions or limits, and a version that cannot take over must
//! leave the one in the slot as it is.

mod by_restart;
mod candidate;
mod desk;
mod parameters;
mod prepare;
mod ready;
mod seats;
mod swapped_in;

pub(crate) use by_restart::refuse_changed_meaning;
pub(crate) use candidate::Candidate;
pub(crate) use desk::{Arrived, SwapDesk};
pub(crate) use prepare::{PLANNED_SWAPS, Preparer};
pub(crate) use ready::Ready;
pub(crate) use seats::Seats;
pub(crate) use swapped_in::SWAPPED_IN;
pub use swapped_in::{SwappedIn, swapped_in};
