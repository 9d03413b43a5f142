//! Settings: the venue's addresses and the account.

use std::path::PathBuf;

use host_core::Span;
use host_core::time::span_text;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::error::SetupError;
use crate::client::address::is_loopback;

/// The venue's production address (<https://docs.kalshi.com/getting_started/api_environments>).
const PRODUCTION: &str = "https://external-api.kalshi.com/trade-api/v2";

/// Hosts of the venue whose WebSocket is on another host.
const WEBSOCKET_HOSTS: [(&str, &str); 2] = [
    ("external-api.kalshi.com", "external-api-ws.kalshi.com"),
    ("external-api.demo.kalshi.co", "external-api-ws.demo.kalshi.co"),
];

/// The clock that the host follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockKind {
    /// The machine's clock.
    #[default]
    Wall,
    /// The clock of an embedded exchange that is stepped; only on this machine.
    Stepped,
}

/// Access to the venue. Holds the path of the key file, never the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KalshiSettings {
    /// Address of the REST API, with its path.
    pub base_url: String,
    /// Address of the WebSocket; derived from `base_url` if unset.
    pub websocket_url: Option<String>,
    /// The key's id as the venue shows it; empty if unset.
    pub key_id: String,
    /// File of the private key (PEM, readable by its owner only); empty if unset.
    pub key_file: PathBuf,
    /// Listen to the WebSocket as well; polling goes on either way.
    pub websocket: bool,
    /// Series to poll; all series if empty.
    pub series: Vec<String>,
    /// Real time that one request may take.
    #[serde(with = "span_text")]
    pub request_timeout: Span,
    /// Attempts at a read before it fails.
    pub read_attempts: u32,
    pub clock: ClockKind,
}

impl Default for KalshiSettings {
    fn default() -> KalshiSettings {
        KalshiSettings {
            base_url: PRODUCTION.to_owned(),
            websocket_url: None,
            key_id: String::new(),
            key_file: PathBuf::new(),
            websocket: false,
            series: Vec::new(),
            request_timeout: Span::seconds(10),
            read_attempts: 4,
            clock: ClockKind::Wall,
        }
    }
}

impl KalshiSettings {
    /// Checks everything that can be checked without the network and the key file.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn validate(&self) -> Result<(), SetupError> {
        let base = self.rest()?;
        self.stream()?;
        // The message does not repeat the value: it is the key itself.
        if is_key_text(&self.key_file.to_string_lossy()) {
            let reason = "it holds the text of a key, where the path of its file belongs: write the key into a file \
                          that only you can read (chmod 600), set this to its path, and replace the key at the venue \
                          if others saw it";
            return Err(invalid("key_file", reason));
        }
        if self.clock == ClockKind::Stepped && !is_loopback(&base) {
            return Err(invalid("clock", "`stepped` works only with an exchange on this machine: set it to `wall`"));
        }
        if !(Span::millis(100)..=Span::minutes(2)).contains(&self.request_timeout) {
            return Err(invalid("request_timeout", "it must lie between 100ms and 2m"));
        }
        if !(1..=10).contains(&self.read_attempts) {
            return Err(invalid("read_attempts", "it must lie between 1 and 10"));
        }
        if self.series.iter().any(|series| series.is_empty() || !series.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(invalid("series", "a series ticker is empty or has spaces in it"));
        }
        Ok(())
    }

    /// Returns the checked REST address, without a slash at its end.
    pub(super) fn rest(&self) -> Result<Url, SetupError> {
        let mut url = address("base_url", &self.base_url, ["https", "http"])?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(url)
    }

    /// Returns the checked address of the WebSocket.
    pub(super) fn stream(&self) -> Result<Url, SetupError> {
        if let Some(text) = &self.websocket_url {
            return address("websocket_url", text, ["wss", "ws"]);
        }
        let rest = self.rest()?;
        let (scheme, tail) = match rest.as_str().split_once("://") {
            Some(("https", tail)) => ("wss", tail),
            Some((_, tail)) => ("ws", tail),
            None => return Err(invalid("base_url", "it has no scheme")),
        };
        let mut url = address("base_url", &format!("{scheme}://{tail}"), ["wss", "ws"])?;
        if let Some((_, host)) = WEBSOCKET_HOSTS.iter().find(|(host, _)| rest.host_str() == Some(host)) {
            url.set_host(Some(host)).map_err(|error| invalid("base_url", &error.to_string()))?;
        }
        url.set_path("/trade-api/ws/v2");
        Ok(url)
    }
}

/// Returns true if this is the text of a key (PEM) or part of one, which belongs in no setting and must not be shown.
pub fn is_key_text(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains(['\n', '\r'])
}

/// Parses an address. The second scheme, which has no TLS, may only reach this machine.
fn address(setting: &'static str, text: &str, [secure, plain]: [&str; 2]) -> Result<Url, SetupError> {
    let url = Url::parse(text).map_err(|error| invalid(setting, &format!("it is no address ({error})")))?;
    // The messages do not repeat the address: it might hold a password.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(setting, "it must hold no user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(setting, "it must end with its path: leave out `?` and `#`"));
    }
    match url.scheme() {
        scheme if scheme == secure && url.host().is_some() => Ok(url),
        scheme if scheme == plain && is_loopback(&url) => Ok(url),
        scheme if scheme == plain => {
            Err(invalid(setting, &format!("`{plain}` is not encrypted and reaches only this machine: use `{secure}`")))
        }
        other => Err(invalid(setting, &format!("`{other}` is not understood: use `{secure}`"))),
    }
}

fn invalid(setting: &'static str, reason: &str) -> SetupError {
    SetupError::Setting { setting, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_websocket_s_address_follows_from_the_rest_address() {
        let check = |base_url: &str, expect: &str| {
            let settings = KalshiSettings { base_url: base_url.to_owned(), ..KalshiSettings::default() };
            assert_eq!(settings.stream().unwrap().as_str(), expect);
        };
        check(PRODUCTION, "wss://external-api-ws.kalshi.com/trade-api/ws/v2");
        check("https://api.elections.kalshi.com/trade-api/v2", "wss://api.elections.kalshi.com/trade-api/ws/v2");
        check("http://127.0.0.1:8080/trade-api/v2/", "ws://127.0.0.1:8080/trade-api/ws/v2");
        check("http://[::1]:8080/trade-api/v2", "ws://[::1]:8080/trade-api/ws/v2");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let check = |change: fn(&mut KalshiSettings), expect: Option<&str>| {
            let mut settings = KalshiSettings::default();
            change(&mut settings);
            let error = settings.validate().err().map(|error| error.to_string());
            assert_eq!(error.as_deref().map(|error| error.split(':').next().unwrap_or_default()), expect);
        };
        check(|_| (), None);
        check(|settings| settings.clock = ClockKind::Stepped, Some("venue.clock"));
        check(|settings| settings.request_timeout = Span::ZERO, Some("venue.request_timeout"));
        check(|settings| settings.read_attempts = 0, Some("venue.read_attempts"));
        check(|settings| settings.series = vec!["KX A".to_owned()], Some("venue.series"));
        check(|settings| settings.websocket_url = Some("ws://example.com".to_owned()), Some("venue.websocket_url"));
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let read = |text: &str| serde_json::from_str::<KalshiSettings>(text);
        assert_eq!(read("{}").unwrap(), KalshiSettings::default());
        assert_eq!(read(r#"{"request_timeout": "3s"}"#).unwrap().request_timeout, Span::seconds(3));
        assert!(read(r#"{"key": "secret"}"#).is_err());
    }
}
