//! Times with their ages.

use serde::{Deserialize, Serialize};

/// A time and its age when the status was published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ago {
    /// UTC.
    pub time: String,
    /// Seconds before the time of the status.
    pub age_seconds: f64,
}
