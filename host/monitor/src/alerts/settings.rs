//! The section `[alerts]` of the configuration.

use std::path::PathBuf;

use host_core::{Span, time::span_text};
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use super::address::address_fault;
use super::clock_time::{ClockTime, QuietHours, zone};
use super::grouping::Grouping;
use super::message::MessageKind;
use super::secret::Secret;

/// The people who are told of a live host, and the rules for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsSettings {
    pub mail: MailSettings,
    pub webhook: Vec<WebhookSettings>,
    /// Least time between two messages of warnings.
    #[serde(with = "span_text")]
    pub group: Span,
    /// Hours in which warnings wait, such as `22:00-07:00`; empty: none.
    pub quiet: String,
    /// Time of the daily summary, such as `07:00`; empty: none.
    pub summary: String,
    /// Zone of these times, by its name in the IANA database.
    pub timezone: String,
    /// Address that is called each minute while all is well; empty: none.
    pub heartbeat_url: Secret,
    /// Time after which a message that cannot be delivered is given up.
    #[serde(with = "span_text")]
    pub give_up: Span,
    /// Time that one try may take.
    #[serde(with = "span_text")]
    pub timeout: Span,
    /// The page that says for each code what to do.
    pub runbook: String,
}

/// Mail, by SMTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// Name of the server; empty: no mail.
    pub server: String,
    /// 0: 465 with TLS, else 587.
    pub port: u16,
    pub security: Security,
    pub user: String,
    pub password: Secret,
    pub password_file: PathBuf,
    /// Certificates (PEM) to trust beside those of the system; empty: none.
    pub ca_file: PathBuf,
    pub from: String,
    pub to: Vec<String>,
    pub min_severity: MinSeverity,
}

/// The encryption of the connection to the mail server. None is ever given up for a weaker one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS before anything else is said.
    Starttls,
    /// None; then no password may be sent.
    None,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    pub kind: WebhookKind,
    #[serde(default)]
    pub url: Secret,
    #[serde(default)]
    pub url_file: PathBuf,
    /// Sent as a bearer token, if it is set.
    #[serde(default)]
    pub token: Secret,
    #[serde(default)]
    pub token_file: PathBuf,
    /// Telegram: id of the chat.
    #[serde(default)]
    pub chat: String,
    #[serde(default)]
    pub min_severity: MinSeverity,
}

/// The service behind a webhook, which decides the shape of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookKind {
    Ntfy,
    Slack,
    Discord,
    Telegram,
    Json,
}

/// The least severity that a channel tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MinSeverity {
    /// All, the daily summary included.
    #[default]
    Warning,
    /// Only what is critical.
    Critical,
}

impl MinSeverity {
    /// Returns true if messages of `kind` are sent.
    pub fn admits(self, kind: MessageKind) -> bool {
        self == MinSeverity::Warning || matches!(kind, MessageKind::Critical | MessageKind::Test)
    }
}

impl Default for AlertsSettings {
    fn default() -> AlertsSettings {
        AlertsSettings {
            mail: MailSettings::default(),
            webhook: Vec::new(),
            group: Span::minutes(5),
            quiet: String::new(),
            summary: String::new(),
            timezone: "UTC".to_owned(),
            heartbeat_url: Secret::default(),
            give_up: Span::days(2),
            timeout: Span::seconds(10),
            runbook: "host/docs/RUNBOOK.md".to_owned(),
        }
    }
}

impl Default for MailSettings {
    fn default() -> MailSettings {
        MailSettings {
            server: String::new(),
            port: 0,
            security: Security::default(),
            user: String::new(),
            password: Secret::default(),
            password_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            from: String::new(),
            to: Vec::new(),
            min_severity: MinSeverity::default(),
        }
    }
}

impl AlertsSettings {
    /// Returns the paths in this section, for whoever knows what they are relative to. An empty one is not set.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let of_hooks = self.webhook.iter_mut().flat_map(|hook| [&mut hook.url_file, &mut hook.token_file]);
        [&mut self.mail.password_file, &mut self.mail.ca_file].into_iter().chain(of_hooks).collect()
    }

    /// Returns the paths of files that hold secrets, each with its key; webhooks are counted from 0.
    pub fn secret_files_mut(&mut self) -> Vec<(String, &mut PathBuf)> {
        let mut files = vec![("alerts.mail.password_file".to_owned(), &mut self.mail.password_file)];
        for (number, hook) in self.webhook.iter_mut().enumerate() {
            files.push((format!("alerts.webhook.{number}.url_file"), &mut hook.url_file));
            files.push((format!("alerts.webhook.{number}.token_file"), &mut hook.token_file));
        }
        files
    }

    /// Returns what is wrong beyond the bounds of single keys: the key to blame, and why.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found = self.mail.refusals();
        if let Some(why) = self.webhook.iter().find_map(WebhookSettings::fault) {
            found.push(("alerts.webhook".to_owned(), why));
        }
        if !self.heartbeat_url.is_empty()
            && let Some(why) = address_fault(self.heartbeat_url.expose())
        {
            found.push(("alerts.heartbeat_url".to_owned(), why));
        }
        let zone = match zone(&self.timezone) {
            Ok(zone) => zone,
            Err(why) => {
                found.push(("alerts.timezone".to_owned(), why));
                return found;
            }
        };
        if !self.quiet.is_empty()
            && let Err(why) = QuietHours::parse(&self.quiet, zone)
        {
            found.push(("alerts.quiet".to_owned(), why));
        }
        if !self.summary.is_empty()
            && let Err(why) = ClockTime::parse(&self.summary, zone)
        {
            found.push(("alerts.summary".to_owned(), why));
        }
        found
    }

    /// Returns the rules of grouping. Loading has refused times that cannot be read.
    pub(super) fn grouping(&self) -> Grouping {
        let quiet = zone(&self.timezone).and_then(|zone| QuietHours::parse(&self.quiet, zone)).ok();
        Grouping { warnings: self.group, quiet }
    }

    /// Returns the time of the daily summary, if there is one.
    pub(super) fn summary_time(&self) -> Option<ClockTime> {
        zone(&self.timezone).and_then(|zone| ClockTime::parse(&self.summary, zone)).ok()
    }
}

impl MailSettings {
    fn refusals(&self) -> Vec<(String, String)> {
        if self.server.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut blame = |key: &str, why: &str| found.push((format!("alerts.mail.{key}"), why.to_owned()));
        let has_password = !self.password.is_empty() || !self.password_file.as_os_str().is_empty();
        if self.security == Security::None && (has_password || !self.user.is_empty()) {
            blame("security", "`none` would send the password in clear: set it to `tls` or `starttls`");
        }
        if has_password == self.user.is_empty() {
            let why = match has_password {
                true => "a password is set, and no user: name the user",
                false => "a user is set, and no password: set password_file to the path of a file with the password",
            };
            blame("user", why);
        }
        if self.from.parse::<Mailbox>().is_err() {
            blame("from", "must be an address such as `host@example.com` or `Host <host@example.com>`");
        }
        if self.to.is_empty() || self.to.iter().any(|to| to.parse::<Mailbox>().is_err()) {
            blame("to", "must be a list of addresses such as [\"alex@example.com\"]");
        }
        found
    }
}

impl WebhookSettings {
    fn fault(&self) -> Option<String> {
        let has_file = !self.url_file.as_os_str().is_empty();
        if self.url.is_empty() != has_file {
            return Some("each needs `url`, or `url_file`: the path of a file with the address".to_owned());
        }
        if (self.kind == WebhookKind::Telegram) == self.chat.is_empty() {
            return Some("`chat`, the id of a chat, belongs to telegram, which needs it".to_owned());
        }
        if has_file { None } else { address_fault(self.url.expose()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut AlertsSettings)) -> Vec<String> {
        let mail = MailSettings {
            server: "mail.example.com".to_owned(),
            from: "Host <host@example.com>".to_owned(),
            to: vec!["alex@example.com".to_owned()],
            ..MailSettings::default()
        };
        let mut settings = AlertsSettings { mail, ..AlertsSettings::default() };
        change(&mut settings);
        settings.refusals().into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let check = |change: fn(&mut AlertsSettings), expect: &[&str]| assert_eq!(refused(change), expect);
        check(|_| (), &[]);
        check(|settings| *settings = AlertsSettings::default(), &[]);
        check(|settings| settings.mail.from = "host".to_owned(), &["alerts.mail.from"]);
        check(|settings| settings.mail.to = vec![], &["alerts.mail.to"]);
        check(|settings| settings.mail.user = "alex".to_owned(), &["alerts.mail.user"]);
        check(|settings| settings.mail.password = "x".into(), &["alerts.mail.user"]);
        check(|settings| settings.mail.security = Security::None, &[]);
        check(|settings| settings.timezone = "Mars".to_owned(), &["alerts.timezone"]);
        check(|settings| settings.quiet = "late".to_owned(), &["alerts.quiet"]);
        check(|settings| settings.summary = "noon".to_owned(), &["alerts.summary"]);
        check(|settings| settings.heartbeat_url = "http://example.com/x".into(), &["alerts.heartbeat_url"]);
    }

    #[test]
    fn no_password_goes_out_in_clear() {
        let clear = |settings: &mut AlertsSettings| {
            settings.mail.security = Security::None;
            settings.mail.user = "alex".to_owned();
            settings.mail.password_file = "password".into();
        };
        assert_eq!(refused(clear), ["alerts.mail.security"]);
    }

    #[test]
    fn a_webhook_needs_what_its_service_needs() {
        let check = |hook: serde_json::Value, good: bool| {
            let hook: WebhookSettings = serde_json::from_value(hook).unwrap();
            assert_eq!(hook.fault().is_none(), good, "{hook:?}");
        };
        check(serde_json::json!({"kind": "ntfy", "url": "https://ntfy.sh/mine"}), true);
        check(serde_json::json!({"kind": "ntfy", "url_file": "topic"}), true);
        check(serde_json::json!({"kind": "ntfy"}), false);
        check(serde_json::json!({"kind": "ntfy", "url": "https://ntfy.sh/mine", "url_file": "topic"}), false);
        check(serde_json::json!({"kind": "json", "url": "http://example.com"}), false);
        check(serde_json::json!({"kind": "json", "url": "http://127.0.0.1:8000/x"}), true);
        check(serde_json::json!({"kind": "telegram", "url": "https://api.telegram.org/x"}), false);
        check(serde_json::json!({"kind": "telegram", "url": "https://api.telegram.org/x", "chat": "1"}), true);
        check(serde_json::json!({"kind": "slack", "url": "https://hooks.slack.com/x", "chat": "1"}), false);
    }
}
