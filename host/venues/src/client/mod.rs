//! Parts of a client that no venue owns: the request budget, the circuit breaker, the waits between retries, the
//! comparison of clocks, and the decoding of JSON.

pub(crate) mod address;
pub(crate) mod breaker;
pub(crate) mod budget;
pub(crate) mod healed;
pub(crate) mod json;
pub(crate) mod retry;
pub(crate) mod skew;
pub(crate) mod warn_once;

pub use budget::{AccountLimits, BucketLimit};
pub use healed::HealedReads;
pub use skew::{Agreement, VenueTime};
