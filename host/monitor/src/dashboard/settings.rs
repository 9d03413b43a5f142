//! Settings of the dashboard, and those that would show it to strangers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The section `[dashboard]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DashboardSettings {
    /// True if a live host serves it itself, as long as it runs.
    pub enabled: bool,
    /// Address and port.
    pub listen: SocketAddr,
    /// The address under which browsers reach it, such as `https://host.example`; empty: where it listens.
    pub url: String,
    /// PEM files of a certificate with its chain, and of its key; empty: no TLS.
    pub certificate: PathBuf,
    pub certificate_key: PathBuf,
    /// True if a proxy that people trust adds TLS.
    pub behind_proxy: bool,
}

impl Default for DashboardSettings {
    fn default() -> DashboardSettings {
        DashboardSettings {
            enabled: false,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_787),
            url: String::new(),
            certificate: PathBuf::new(),
            certificate_key: PathBuf::new(),
            behind_proxy: false,
        }
    }
}

/// Settings that would let strangers read along, or that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The address is not this machine alone, and nothing encrypts.
    #[error(
        "dashboard.listen = \"{0}\" can be reached from other machines, and without TLS they could read along: set \
         dashboard.certificate and dashboard.certificate_key, or dashboard.behind_proxy = true if a proxy adds TLS, or \
         listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// Only one of certificate and key is set.
    #[error("dashboard.certificate and dashboard.certificate_key belong together: set both or none")]
    HalfCertificate,
    /// The address for browsers is none.
    #[error(
        "dashboard.url = \"{0}\" is no address: it begins with https:// (or http:// on this machine) and has no path"
    )]
    Url(String),
}

impl DashboardSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// Others could read along, or they contradict each other.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.certificate.as_os_str().is_empty() != self.certificate_key.as_os_str().is_empty() {
            return Err(SettingsError::HalfCertificate);
        }
        if !self.listen.ip().is_loopback() && !self.has_tls() && !self.behind_proxy {
            return Err(SettingsError::Open(self.listen));
        }
        let bare = self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://"));
        match bare {
            None if !self.url.is_empty() => Err(SettingsError::Url(self.url.clone())),
            Some(host) if host.is_empty() || host.trim_end_matches('/').contains(['/', '@', ' ', '?', '#']) => {
                Err(SettingsError::Url(self.url.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Returns true if the dashboard encrypts by itself.
    pub fn has_tls(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    /// Returns true if browsers reach it encrypted, so that cookies may ask for that.
    pub fn is_secure(&self) -> bool {
        self.has_tls() || self.behind_proxy
    }

    /// Returns the address for browsers.
    pub fn browser_url(&self) -> String {
        match self.url.as_str() {
            "" => format!("{}://{}", if self.has_tls() { "https" } else { "http" }, self.listen),
            url => url.trim_end_matches('/').to_owned(),
        }
    }

    /// Returns true if a request for `host` is meant for this dashboard. Another name that leads here is that of a page
    /// which wants to borrow the browser of somebody who is signed in (DNS rebinding).
    pub fn is_own_host(&self, host: &str) -> bool {
        let url = self.browser_url();
        let own = url.split("://").nth(1).unwrap_or_default();
        let port = self.listen.port();
        let local = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
        host.eq_ignore_ascii_case(own)
            || host == self.listen.to_string()
            || (self.listen.ip().is_loopback() && local.iter().any(|name| name == host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str) -> DashboardSettings {
        DashboardSettings { listen: listen.parse().unwrap(), ..DashboardSettings::default() }
    }

    #[test]
    fn an_open_address_needs_encryption() {
        let open = "0.0.0.0:8787";
        assert_eq!(DashboardSettings::default().check(), Ok(()));
        assert_eq!(settings("[::1]:1").check(), Ok(()));
        assert_eq!(settings(open).check(), Err(SettingsError::Open(open.parse().unwrap())));
        assert_eq!(settings("192.168.1.7:80").check(), Err(SettingsError::Open("192.168.1.7:80".parse().unwrap())));
        assert_eq!(DashboardSettings { behind_proxy: true, ..settings(open) }.check(), Ok(()));
        let (certificate, certificate_key) = ("c.pem".into(), "k.pem".into());
        assert_eq!(DashboardSettings { certificate, certificate_key, ..settings(open) }.check(), Ok(()));
        let half = DashboardSettings { certificate: "c.pem".into(), ..settings(open) };
        assert_eq!(half.check(), Err(SettingsError::HalfCertificate));
    }

    #[test]
    fn addresses_for_browsers_have_no_path() {
        let check = |url: &str, good: bool| {
            let found = DashboardSettings { url: url.to_owned(), ..DashboardSettings::default() }.check();
            assert_eq!(found.is_ok(), good, "{url}: {found:?}");
        };
        check("https://host.example", true);
        check("https://host.example:8443/", true);
        check("http://localhost:8787", true);
        check("host.example", false);
        check("https://", false);
        check("https://host.example/path", false);
        check("https://alex:secret@host.example", false);
    }

    #[test]
    fn requests_for_other_names_are_not_its_own() {
        let local = settings("127.0.0.1:8787");
        for host in ["127.0.0.1:8787", "localhost:8787", "[::1]:8787"] {
            assert!(local.is_own_host(host), "{host}");
        }
        for host in ["evil.example:8787", "127.0.0.1", "localhost:80", ""] {
            assert!(!local.is_own_host(host), "{host}");
        }
        let named =
            DashboardSettings { url: "https://host.example".to_owned(), behind_proxy: true, ..settings("0.0.0.0:1") };
        assert!(named.is_own_host("host.example") && named.is_own_host("HOST.example"));
        assert!(!named.is_own_host("localhost:1") && !named.is_own_host("host.example.evil.com"));
    }
}
