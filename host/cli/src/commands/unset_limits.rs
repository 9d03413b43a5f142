//! The limits that a person must choose before real money is traded.

use host_live::preflight::{OWN_LIMITS, UnsetLimit};

use crate::config::{Loaded, Origin};

/// Returns the limits that the operator must set but has left at their defaults.
pub fn unset_limits(loaded: &Loaded) -> Vec<UnsetLimit> {
    loaded
        .settings()
        .filter(|(key, _, origin)| OWN_LIMITS.contains(&key.name) && *origin == Origin::Default)
        .map(|(key, value, _)| UnsetLimit {
            key: key.name,
            default: value.map_or_else(String::new, ToString::to_string),
        })
        .collect()
}
