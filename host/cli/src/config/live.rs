//! The sections of live trading: how a live host works, and the venue's settings as a section.

use std::path::PathBuf;
use std::time::Duration;

use host_core::{Span, time::span_text};
use serde::{Deserialize, Serialize};

use crate::live::folder::fault_of_name;

/// How a live host works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Live {
    /// The person's name for the account; empty: unset.
    pub account: String,
    /// Where live accounts have their folders.
    pub folder: PathBuf,
    /// How often orders and fills are looked at.
    #[serde(with = "span_text")]
    pub sync: Span,
    /// How often the venue's books are compared with the host's.
    #[serde(with = "span_text")]
    pub reconcile: Span,
    /// How often the engine's state is kept, at least.
    #[serde(with = "span_text")]
    pub snapshot: Span,
    /// How long a kill keeps trying until the venue lists no open order.
    #[serde(with = "span_text")]
    pub verify_flat: Span,
}

impl Default for Live {
    /// The case study's intervals where it names one: state every 60 s, reconciliation every 5 minutes.
    fn default() -> Live {
        Live {
            account: String::new(),
            folder: PathBuf::from("live"),
            sync: Span::seconds(10),
            reconcile: Span::minutes(5),
            snapshot: Span::seconds(60),
            verify_flat: Span::seconds(10),
        }
    }
}

impl Live {
    /// How long a kill keeps trying, in real time.
    pub fn kill_patience(&self) -> Duration {
        // Loading refuses a span that is not positive.
        Duration::from_nanos(u64::try_from(self.verify_flat.0).unwrap_or(0))
    }

    /// What no bound of a single key describes.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(fault) = fault_of_name(&self.account) {
            found.push(("live.account".to_owned(), fault.to_owned()));
        }
        if self.folder.as_os_str().is_empty() {
            found.push(("live.folder".to_owned(), "must not be empty".to_owned()));
        }
        let second = Span::seconds(1);
        let range = second..=Span::hours(1);
        let spans = [("sync", self.sync), ("reconcile", self.reconcile), ("snapshot", self.snapshot)];
        for (name, span) in spans.into_iter().chain([("verify_flat", self.verify_flat)]) {
            if !range.contains(&span) {
                found.push((format!("live.{name}"), "must lie between 1s and 1h".to_owned()));
            }
        }
        found
    }
}

/// The venue's settings as a section: an address that is not set reads as empty text, because TOML has no word for it.
pub mod venue_section {
    use host_venues::kalshi::{KalshiSettings, SetupError};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};
    use toml::{Table, Value};

    const WEBSOCKET_URL: &str = "websocket_url";

    /// Writes all keys.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(settings: &KalshiSettings, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = Table::try_from(settings).map_err(S::Error::custom)?;
        table.entry(WEBSOCKET_URL).or_insert_with(|| Value::String(String::new()));
        table.serialize(serializer)
    }

    /// Reads them.
    ///
    /// # Errors
    /// Unknown keys and wrong types.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KalshiSettings, D::Error> {
        let mut settings = KalshiSettings::deserialize(deserializer)?;
        settings.websocket_url = settings.websocket_url.filter(|address| !address.is_empty());
        Ok(settings)
    }

    /// What the venue's client refuses: the key to blame, and why.
    pub fn refusal(settings: &KalshiSettings) -> Option<(String, String)> {
        match settings.validate().err()? {
            SetupError::Setting { setting, reason } => Some((format!("venue.{setting}"), reason)),
            other => Some(("venue.base_url".to_owned(), other.to_string())),
        }
    }
}
