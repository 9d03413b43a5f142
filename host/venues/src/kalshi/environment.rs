//! Which of the venue's worlds an address leads to. Money, positions and keys of one are not those of another.

use std::fmt;

use super::error::SetupError;
use super::settings::KalshiSettings;
use crate::client::address::is_loopback;

/// The domains of the venue.
const DOMAINS: [&str; 2] = ["kalshi.com", "kalshi.co"];

/// A world of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Real money, whichever of the venue's hosts it is reached by.
    Production,
    /// The venue's own play money.
    Demo,
    /// An exchange on this machine.
    Loopback,
    /// Some other host, by its name.
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
    /// Which world [`KalshiSettings::base_url`] leads to.
    ///
    /// # Errors
    /// It is no address of a venue.
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

    /// A text that is the same for all addresses of one account database: the venue has many hosts for one, others have a host
    /// and port of their own for each.
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
    fn an_address_is_of_one_world() {
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
