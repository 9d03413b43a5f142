//! Tells from an address which of the venue's environments it reaches. Each has its own money, positions and keys.

use std::fmt;

use super::error::SetupError;
use super::settings::KalshiSettings;
use crate::client::address::is_loopback;

/// Domains of the venue.
const DOMAINS: [&str; 2] = ["kalshi.com", "kalshi.co"];

/// One of the venue's environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Real money, through any of the venue's hosts.
    Production,
    /// The venue's play money.
    Demo,
    /// An exchange on this machine.
    Loopback,
    /// Another host, by its name.
    Other(String),
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Environment::Production => "production",
            Environment::Demo => "demo",
            Environment::Loopback => "loopback",
            Environment::Other(host) => host,
        })
    }
}

impl KalshiSettings {
    /// Returns the environment that [`KalshiSettings::base_url`] reaches.
    ///
    /// # Errors
    /// An address that cannot be a venue's.
    pub fn environment(&self) -> Result<Environment, SetupError> {
        let url = self.rest()?;
        if is_loopback(&url) {
            return Ok(Environment::Loopback);
        }
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_below =
            |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let is_demo = || host.split('.').any(|label| label == "demo" || label.starts_with("demo-"));
        Ok(match DOMAINS.iter().any(|domain| is_below(domain)) {
            true if is_demo() => Environment::Demo,
            true => Environment::Production,
            false => Environment::Other(host.to_owned()),
        })
    }

    /// Returns a text that is the same for all addresses that reach one database of accounts: the venue's many hosts
    /// share one, and any other host and port have their own.
    ///
    /// # Errors
    /// As [`KalshiSettings::environment`].
    pub fn place(&self) -> Result<String, SetupError> {
        let (environment, url) = (self.environment()?, self.rest()?);
        Ok(match environment {
            Environment::Production | Environment::Demo => environment.to_string(),
            Environment::Loopback | Environment::Other(_) => {
                let (host, port) =
                    (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
                format!("{host}:{port}")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reaches_one_environment() {
        let check = |base_url: &str, environment: &str, place: &str| {
            let settings = KalshiSettings { base_url: base_url.to_owned(), ..KalshiSettings::default() };
            let found = (settings.environment().unwrap().to_string(), settings.place().unwrap());
            assert_eq!(found, (environment.to_owned(), place.to_owned()), "{base_url}");
        };
        check(&KalshiSettings::default().base_url, "production", "production");
        check("https://API.elections.kalshi.com/trade-api/v2", "production", "production");
        check("https://trading-api.kalshi.co./trade-api/v2", "production", "production");
        check("https://external-api.demo.kalshi.co/trade-api/v2", "demo", "demo");
        check("https://demo-api.kalshi.co/trade-api/v2", "demo", "demo");
        check("http://127.0.0.1:8080/trade-api/v2", "loopback", "127.0.0.1:8080");
        check("http://[::1]:8080/trade-api/v2", "loopback", "[::1]:8080");
        check("https://notkalshi.com/trade-api/v2", "notkalshi.com", "notkalshi.com:443");
        check("https://kalshi.com.example.org/v2", "kalshi.com.example.org", "kalshi.com.example.org:443");
    }
}
