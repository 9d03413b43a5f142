//! The section `[venue]`: the venue's own settings, except that an address which is not set reads as empty text, because
//! TOML has no word for it.

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

/// Returns what the venue's client refuses: the key to blame, and why.
pub fn refusal(settings: &KalshiSettings) -> Option<(String, String)> {
    match settings.validate().err()? {
        SetupError::Setting { setting, reason } => Some((format!("venue.{setting}"), reason)),
        other => Some(("venue.base_url".to_owned(), other.to_string())),
    }
}
