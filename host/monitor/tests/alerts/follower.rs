//! A stream of notices, and the alerts that follow it.

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::notice::{NoticeCode, Notices};
use host_monitor::alerts::settings::{MailSettings, Security, WebhookKind, WebhookSettings};
use host_monitor::alerts::{Alerts, AlertsSettings, LogEntry, MessageState, Prepared, log};

use crate::mail::{MailServer, PASSWORD};
use crate::wait::eventually;
use crate::webhook::WebServer;

/// The folder of an account, and what people are told of it.
pub struct Account {
    folder: tempfile::TempDir,
    settings: AlertsSettings,
}

/// A host, as far as alerts see it.
pub struct Follower {
    pub notices: Notices,
    alerts: Alerts,
}

/// Mail by `server`, with its password.
pub fn by_mail(server: &MailServer, security: Security) -> AlertsSettings {
    let has_user = security != Security::None;
    let mail = MailSettings {
        server: "localhost".to_owned(),
        port: server.port,
        security,
        user: if has_user { "alex".to_owned() } else { String::new() },
        password: if has_user { PASSWORD.into() } else { "".into() },
        ca_file: if has_user { server.ca_file() } else { Default::default() },
        from: "Host <host@example.com>".to_owned(),
        to: vec!["alex@example.com".to_owned()],
        ..MailSettings::default()
    };
    AlertsSettings { mail, ..AlertsSettings::default() }
}

/// A webhook of `kind` to `server`.
pub fn hook(kind: WebhookKind, server: &WebServer) -> WebhookSettings {
    WebhookSettings {
        kind,
        url: server.url("/secret-topic").as_str().into(),
        url_file: Default::default(),
        token: "".into(),
        token_file: Default::default(),
        chat: if kind == WebhookKind::Telegram { "42".to_owned() } else { String::new() },
        min_severity: Default::default(),
    }
}

/// Webhooks alone.
pub fn by_webhook(hooks: Vec<WebhookSettings>) -> AlertsSettings {
    AlertsSettings { webhook: hooks, ..AlertsSettings::default() }
}

impl Account {
    pub fn new(settings: AlertsSettings) -> Account {
        assert_eq!(settings.refusals(), []);
        Account { folder: tempfile::tempdir().expect("a temporary folder"), settings }
    }

    /// Begins to tell people.
    pub fn follow(&self) -> Follower {
        let mut notices = Notices::default();
        let reader = notices.subscribe();
        let prepared = Prepared::new(&self.settings).expect("channels").expect("somebody is told");
        Follower { notices, alerts: prepared.follow(reader, self.dir(), "alex").expect("a thread") }
    }

    /// The same account once its quiet hours are over.
    pub fn without_quiet_hours(mut self) -> Account {
        self.settings.quiet.clear();
        self
    }

    fn dir(&self) -> AccountDir {
        AccountDir::at(self.folder.path().to_owned())
    }

    pub fn log(&self) -> Vec<LogEntry> {
        log(&self.dir()).expect("a list")
    }

    /// Waits until a message is in `state`; returns it.
    #[track_caller]
    pub fn wait_for(&self, state: MessageState) -> LogEntry {
        eventually(&format!("{state:?}"), || self.log().into_iter().find(|entry| entry.state == state))
    }

    /// Waits until the first message has failed `tries` times; returns it.
    #[track_caller]
    pub fn wait_for_tries(&self, tries: u32) -> LogEntry {
        eventually("tries", || self.log().into_iter().next().filter(|entry| entry.tries >= tries))
    }
}

impl Follower {
    pub fn critical(&self, text: &str) {
        self.notices.alert(time(), NoticeCode::VenueDown, text);
    }

    pub fn warning(&self, text: &str) {
        self.notices.warn(time(), NoticeCode::ReadsRepeated, text);
    }

    /// Ends the host.
    pub fn end(self) {
        drop(self.notices);
        self.alerts.join();
    }
}

/// A host's time, which is not the machine's.
pub fn time() -> Timestamp {
    Timestamp(0) + Span::days(20_000)
}
