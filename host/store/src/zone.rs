//! Time zones by their names in the IANA database.

use std::fmt;
use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::suggest::sentence_end;

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Returns the zone's rules.
    pub const fn tz(self) -> Tz {
        self.0
    }
}

impl Default for Zone {
    /// UTC.
    fn default() -> Zone {
        Zone(Tz::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name that is not a time zone, and the end of the sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone{1} Names are those of the IANA database, such as `America/New_York` or `UTC`")]
pub struct ZoneError(String, String);

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Zone, ZoneError> {
        let known = || TZ_VARIANTS.iter().map(|zone| zone.name());
        Tz::from_str(name).map(Zone).map_err(|_| ZoneError(name.to_owned(), sentence_end(name, known())))
    }
}
