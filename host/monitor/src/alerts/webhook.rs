//! Webhooks, each with the shape that its service reads.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde_json::{Value, json};

use super::address::address_fault;
use super::error::{AlertError, SendError};
use super::message::{Message, MessageKind, plain};
use super::secret::Secret;
use super::settings::{WebhookKind, WebhookSettings};

/// Most letters of a text that the service takes (<https://docs.discord.com/developers/resources/message>,
/// <https://core.telegram.org/bots/api#sendmessage>, <https://docs.ntfy.sh/publish/#limitations>).
const DISCORD: usize = 1_900;
const TELEGRAM: usize = 4_000;
const NTFY: usize = 3_500;
const SLACK: usize = 30_000;

/// Most of a server's answer that is read, in bytes.
const LONGEST_ANSWER: usize = 300;

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    kind: WebhookKind,
    url: Secret,
    token: Secret,
    chat: String,
    client: Client,
}

impl WebhookKind {
    /// Returns the name of the service, as it is configured.
    pub const fn as_str(self) -> &'static str {
        match self {
            WebhookKind::Ntfy => "ntfy",
            WebhookKind::Slack => "slack",
            WebhookKind::Discord => "discord",
            WebhookKind::Telegram => "telegram",
            WebhookKind::Json => "json",
        }
    }
}

impl Webhook {
    /// Prepares a webhook to `url`; nothing is connected yet.
    ///
    /// # Errors
    /// The address is not valid.
    pub fn new(settings: &WebhookSettings, url: &Secret, token: &Secret) -> Result<Webhook, AlertError> {
        if let Some(why) = address_fault(url.expose()) {
            return Err(AlertError::setting("alerts.webhook", why));
        }
        let WebhookSettings { kind, chat, .. } = settings;
        Ok(Webhook { kind: *kind, url: url.clone(), token: token.clone(), chat: chat.clone(), client: client()? })
    }

    /// Sends `message`.
    ///
    /// # Errors
    /// The service cannot be reached or does not take it.
    pub async fn send(&self, message: &Message, id: &str) -> Result<(), SendError> {
        let request = match self.kind {
            WebhookKind::Ntfy => self.ntfy(message),
            kind => self.request().json(&shape(kind, &self.chat, message, id)),
        };
        let request = if self.token.is_empty() { request } else { request.bearer_auth(self.token.expose()) };
        // The address may be the secret: it is left out of errors.
        let response = request.send().await.map_err(|error| SendError::passing(described(error)))?;
        if response.status().is_success() { Ok(()) } else { Err(self.refusal(response).await) }
    }

    fn request(&self) -> RequestBuilder {
        self.client.post(self.url.expose())
    }

    /// The title and the priority of ntfy stand in headers (<https://docs.ntfy.sh/publish/>).
    fn ntfy(&self, message: &Message) -> RequestBuilder {
        let (priority, tag) = match message.kind {
            MessageKind::Critical => ("5", "rotating_light"),
            MessageKind::Warning => ("3", "warning"),
            MessageKind::Summary | MessageKind::Test => ("2", "white_check_mark"),
        };
        let title: String = message.subject.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
        let request = self.request().header("Title", title).header("Priority", priority).header("Tags", tag);
        request.body(cut(&message.text, NTFY))
    }

    async fn refusal(&self, mut response: Response) -> SendError {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let mut body = Vec::new();
        while body.len() < LONGEST_ANSWER
            && let Ok(Some(part)) = response.chunk().await
        {
            body.extend_from_slice(&part);
        }
        let said = String::from_utf8_lossy(&body).into_owned();
        let said = [self.url.expose(), self.token.expose()]
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(said, |said, secret| said.replace(*secret, "…"));
        let said = plain(said.trim(), LONGEST_ANSWER);
        let text = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
        let passes = status.is_server_error()
            || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY);
        SendError { text, permanent: !passes, retry_after }
    }
}

/// Returns a client that follows no redirection: the message and the token are for this address.
pub fn client() -> Result<Client, AlertError> {
    let client = Client::builder().redirect(redirect::Policy::none()).user_agent("host");
    client.build().map_err(|error| AlertError::Connections(described(error)))
}

/// Returns an error and its causes, without the address.
pub fn described(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    plain(&text, LONGEST_ANSWER)
}

/// Returns the body for every service but ntfy.
fn shape(kind: WebhookKind, chat: &str, message: &Message, id: &str) -> Value {
    let whole = format!("{}\n\n{}", message.subject, message.text);
    match kind {
        // `&`, `<` and `>` are Slack's own (<https://docs.slack.dev/messaging/formatting-message-text>).
        WebhookKind::Slack => {
            json!({ "text": cut(&whole.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"), SLACK) })
        }
        // Nobody is pinged, whatever the text holds.
        WebhookKind::Discord => json!({ "content": cut(&whole, DISCORD), "allowed_mentions": { "parse": [] } }),
        WebhookKind::Telegram => {
            json!({ "chat_id": chat, "text": cut(&whole, TELEGRAM), "link_preview_options": { "is_disabled": true } })
        }
        WebhookKind::Json | WebhookKind::Ntfy => json!({
            "id": id,
            "account": message.account,
            "severity": message.kind,
            "subject": message.subject,
            "text": message.text,
            "notices": message.notices.iter().map(|told| json!({
                "time": told.time.to_string(),
                "code": told.code,
                "text": told.text,
                "times": told.times,
                "market": told.market,
                "order": told.order,
                "what_to_do": told.what_to_do,
                "command": told.command,
                "runbook": told.runbook,
            })).collect::<Vec<_>>(),
        }),
    }
}

/// Returns at most `most` characters of `text`.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns the pause that a server asks for, in seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    let now = DateTime::<Utc>::from_timestamp_nanos(host_system::clock::unix_nanos());
    (date.with_timezone(&Utc) - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_gets_its_shape() {
        let mut message = Message::test("alex");
        message.text = "a < b & @everyone".to_owned();
        let check = |kind: WebhookKind, pointer: &str, expect: &str| {
            let shape = shape(kind, "42", &message, "7");
            let found = shape.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {shape}"));
            assert_eq!(found.as_str().unwrap(), expect);
        };
        let subject = "[LIVE alex] TEST of the alerts";
        check(WebhookKind::Slack, "/text", &format!("{subject}\n\na &lt; b &amp; @everyone"));
        check(WebhookKind::Discord, "/content", &format!("{subject}\n\na < b & @everyone"));
        check(WebhookKind::Telegram, "/chat_id", "42");
        check(WebhookKind::Json, "/severity", "test");
        assert_eq!(shape(WebhookKind::Discord, "", &message, "7")["allowed_mentions"]["parse"], json!([]));
        message.text = "ä".repeat(100_000);
        for (kind, key, most) in [(WebhookKind::Discord, "content", 2_000), (WebhookKind::Telegram, "text", 4_096)] {
            let sent = shape(kind, "42", &message, "7")[key].as_str().unwrap().chars().count();
            assert!(sent <= most && sent > most / 2, "{kind:?} {sent}");
        }
    }

    #[test]
    fn a_pause_is_read_in_seconds_and_as_a_date() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(asked("30"), Some(Duration::from_secs(30)));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        let later = asked("Wed, 06 Nov 2199 08:49:37 GMT").unwrap();
        assert!(later > Duration::from_secs(3_600), "{later:?}");
    }
}
