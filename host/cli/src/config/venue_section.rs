//! The section `[venue]`: the venue's own settings, except that an unset WebSocket address is written as empty text,
//! because TOML has no null.

use host_venues::kalshi::{KalshiSettings, SetupError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};
use toml::{Table, Value};

const WEBSOCKET_URL: &str = "websocket_url";

/// Writes all keys, the unset ones included.
///
/// # Errors
/// The serializer fails.
pub fn serialize<S: Serializer>(settings: &KalshiSettings, serializer: S) -> Result<S::Ok, S::Error> {
    let mut table = Table::try_from(settings).map_err(S::Error::custom)?;
    table.entry(WEBSOCKET_URL).or_insert_with(|| Value::String(String::new()));
    table.serialize(serializer)
}

/// Reads the section; an empty address is unset.
///
/// # Errors
/// The section has an unknown key or a value of the wrong type.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KalshiSettings, D::Error> {
    let mut settings = KalshiSettings::deserialize(deserializer)?;
    settings.websocket_url = settings.websocket_url.filter(|address| !address.is_empty());
    Ok(settings)
}

/// Returns the first key that the venue's client refuses, with its reason.
pub fn refusal(settings: &KalshiSettings) -> Option<(String, String)> {
    match settings.validate().err()? {
        SetupError::Setting { setting, reason } => Some((format!("venue.{setting}"), reason)),
        other => Some(("venue.base_url".to_owned(), other.to_string())),
    }
}
