//! Alerts: whether there is anybody to tell, whether channels can be made, and whether the last messages arrived.

use host_core::Span;
use host_live::account_dir::reference;
use host_monitor::alerts::{Channel, LogEntry, Message, MessageState, channels, log};

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use crate::commands::notify::try_all;
use crate::terminal::error::Result;

const GROUP: &str = "alerts";
/// Failures before that are over.
const RECENT: Span = Span::days(7);
const TEST: &str = "correct [alerts] in host.toml, or what it points to, then `host notify test`";

/// Looks at the section `[alerts]`, and at what was sent; sends a test if `is_to_send`.
///
/// # Errors
/// The system gives no threads.
pub fn look(patient: &Patient, is_to_send: bool) -> Result<Vec<Diagnosis>> {
    let settings = &patient.config().alerts;
    let mut found = match channels(settings) {
        Err(error) => vec![Diagnosis::problem("alerts_unusable", error.to_string(), TEST)],
        Ok(channels) if channels.is_empty() => vec![Diagnosis::warning(
            "alerts_none",
            "nobody is told of anything: [alerts] names no channel",
            "set alerts.mail.server, or add [[alerts.webhook]], in host.toml, then `host notify test`",
        )],
        Ok(channels) if is_to_send => sent(&channels, patient)?,
        Ok(channels) => {
            let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
            vec![Diagnosis::ok(GROUP, format!("{}: nothing was sent; --notify sends a test", names.join(", ")))]
        }
    };
    found.extend(undelivered(patient));
    if settings.heartbeat_url.is_empty() {
        found.push(Diagnosis::warning(
            "heartbeat_none",
            "nobody notices if this machine is gone: alerts.heartbeat_url is not set",
            "make a check at healthchecks.io or alike, one call a minute, and set alerts.heartbeat_url to its address",
        ));
    }
    Ok(found)
}

/// Sends a test through every channel, and says how each went.
fn sent(channels: &[Channel], patient: &Patient) -> Result<Vec<Diagnosis>> {
    let account = reference(patient.mode, &patient.config().live.account);
    let outcomes = try_all(channels, &Message::test(&account))?;
    let said = channels.iter().zip(outcomes).map(|(channel, outcome)| match outcome {
        Ok(()) => Diagnosis::ok(GROUP, format!("{} took the test: see that it has arrived", channel.name)),
        Err(error) => Diagnosis::problem("alerts_failed", format!("{} does not deliver: {error}", channel.name), TEST),
    });
    Ok(said.collect())
}

/// Says of messages that failed lately, or wait after a failure.
fn undelivered(patient: &Patient) -> Option<Diagnosis> {
    let entries = match log(patient.begun()?) {
        Ok(entries) => entries,
        Err(error) => return Some(Diagnosis::problem("alerts_undelivered", error.to_string(), "check the disk")),
    };
    let since = (patient.now - RECENT).to_string();
    let is_left = |entry: &&LogEntry| match entry.state {
        MessageState::Sent => false,
        MessageState::Failed => entry.ended.as_ref().is_some_and(|ended| *ended >= since),
        MessageState::Waiting => entry.tries > 0,
    };
    let (left, last) = (entries.iter().filter(is_left).count(), entries.iter().rfind(is_left)?);
    let why = last.last_error.as_deref().unwrap_or("no reason is known");
    let finding = format!("{left} messages were not delivered; the last by {}: {why}", last.channel);
    Some(Diagnosis::warning("alerts_undelivered", finding, format!("{TEST}; `host notify log` lists them")))
}
