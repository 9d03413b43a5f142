//! The markets that a download is about.

use std::collections::BTreeSet;

use glob::Pattern;
use serde::{Deserialize, Serialize};

use crate::error::DownloadError;

/// Names of series, which may have `*` and `?` in them, of events and of markets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    #[serde(default)]
    pub series: BTreeSet<String>,
    #[serde(default)]
    pub events: BTreeSet<String>,
    #[serde(default)]
    pub markets: BTreeSet<String>,
}

impl Selection {
    /// Returns true if nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty() && self.events.is_empty() && self.markets.is_empty()
    }

    /// Returns what this or `other` selects.
    pub(crate) fn and(&self, other: &Selection) -> Selection {
        Selection {
            series: &self.series | &other.series,
            events: &self.events | &other.events,
            markets: &self.markets | &other.markets,
        }
    }
}

/// Returns true if `name` is a pattern of several names.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Reads a pattern.
///
/// # Errors
/// It is none.
pub(crate) fn pattern(text: &str) -> Result<Pattern, DownloadError> {
    Pattern::new(text).map_err(|error| DownloadError::BadName { name: text.to_owned(), reason: error.msg.to_owned() })
}

/// Returns the name that looks most like `name`.
pub(crate) fn similar<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let score = |other: &str| strsim::jaro_winkler(&name.to_uppercase(), &other.to_uppercase());
    let scored = known.map(|other| (score(other), other)).filter(|(score, _)| *score > 0.85);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other.to_owned())
}
