//! Parts of a client that no venue owns: the request budget, the circuit breaker, the waits between retries, the
//! comparison of clocks, the decoding of JSON and of text for people.

pub(crate) mod address;
pub(crate) mod breaker;
pub(crate) mod budget;
pub(crate) mod foreign_text;
pub(crate) mod healed;
pub(crate) mod json;
pub(crate) mod retry;
pub(crate) mod skew;
pub(crate) mod warn_once;

pub use budget::{AccountLimits, BucketLimit};
pub use healed::HealedReads;
pub use skew::{Agreement, VenueTime};
