//! A channel: one way to reach people.

use std::time::Duration;

use super::error::{AlertError, SendError};
use super::mail::Mail;
use super::message::{Message, MessageKind};
use super::secret::Secret;
use super::settings::{AlertsSettings, MinSeverity};
use super::webhook::Webhook;

/// One way to reach people.
#[derive(Debug)]
pub struct Channel {
    /// Unique among the channels of a configuration, such as `mail`, `ntfy` or `slack-2`.
    pub name: String,
    least: MinSeverity,
    timeout: Duration,
    by: By,
}

#[derive(Debug)]
enum By {
    Mail(Box<Mail>),
    Webhook(Box<Webhook>),
}

impl Channel {
    /// Returns true if messages of `kind` go this way.
    pub fn takes(&self, kind: MessageKind) -> bool {
        self.least.admits(kind)
    }

    /// Sends `message`. `id` is the same at each try.
    ///
    /// # Errors
    /// It was not delivered, as far as can be said.
    pub async fn send(&self, message: &Message, id: &str) -> Result<(), SendError> {
        let sending = async {
            match &self.by {
                By::Mail(mail) => mail.send(message, id).await,
                By::Webhook(webhook) => webhook.send(message, id).await,
            }
        };
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::passing(format!("no answer within {} s", self.timeout.as_secs_f64()))),
        }
    }
}

/// Makes the channels that are configured, and reads their secrets.
///
/// # Errors
/// A file of a secret cannot be used, or an address in one is not valid.
pub fn channels(settings: &AlertsSettings) -> Result<Vec<Channel>, AlertError> {
    let timeout = timeout(settings);
    let mut channels = Vec::new();
    if !settings.mail.server.is_empty() {
        let password = settings.mail.password.or_in(&settings.mail.password_file)?;
        let by = By::Mail(Box::new(Mail::new(&settings.mail, &password, timeout)?));
        channels.push(Channel { name: "mail".to_owned(), least: settings.mail.min_severity, timeout, by });
    }
    for hook in &settings.webhook {
        let name = hook.kind.as_str();
        let before = settings.webhook.iter().take_while(|other| !std::ptr::eq(*other, hook));
        let name = match before.filter(|other| other.kind == hook.kind).count() {
            0 => name.to_owned(),
            others => format!("{name}-{}", others + 1),
        };
        let url: Secret = hook.url.or_in(&hook.url_file)?;
        let by = By::Webhook(Box::new(Webhook::new(hook, &url, &hook.token.or_in(&hook.token_file)?)?));
        channels.push(Channel { name, least: hook.min_severity, timeout, by });
    }
    Ok(channels)
}

/// Returns the time that one try may take.
pub fn timeout(settings: &AlertsSettings) -> Duration {
    // Loading refuses a span that is not positive.
    settings.timeout.as_duration()
}
