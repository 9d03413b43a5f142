//! Keys that were set under their old names.

use std::fmt;

use super::problem::Origin;

/// Keys that are still read under their old name for one release: old name, new name.
pub(super) const RENAMED: [(&str, &str); 1] = [("live.verify_flat", "live.cancel_timeout")];

/// A key that was set under its old name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedKey {
    pub old: &'static str,
    pub new: &'static str,
    /// The place where it was set.
    pub origin: Origin,
}

impl fmt::Display for RenamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RenamedKey { old, new, origin } = self;
        write!(f, "{origin}: `{old}` has been renamed to `{new}`; the next release will refuse the old name")
    }
}
