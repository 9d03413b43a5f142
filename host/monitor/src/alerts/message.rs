//! The messages that people get: a subject line and a short text, the same on every channel.

use host_core::{Timestamp, foreign};
use host_live::account_dir::mark;
use host_live::notice::{Notice, Severity};
use serde::{Deserialize, Serialize};

use super::advice::{Advice, advice};

/// Most letters of a subject, and of one notice's text: venues write as much as they like.
const LONGEST_SUBJECT: usize = 140;
const LONGEST_TEXT: usize = 600;
/// Most notices that a message shows; the rest is counted.
const MOST_NOTICES: usize = 40;

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    Critical,
    Warning,
    /// The daily summary.
    Summary,
    /// Somebody tries the channel.
    Test,
}

impl MessageKind {
    /// Returns the kind as it stands in the queue and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageKind::Critical => "critical",
            MessageKind::Warning => "warning",
            MessageKind::Summary => "summary",
            MessageKind::Test => "test",
        }
    }

    /// Returns the kind of message that tells of notices of `severity`, if people are told of them.
    pub const fn of(severity: Severity) -> Option<MessageKind> {
        match severity {
            Severity::Info => None,
            Severity::Warning => Some(MessageKind::Warning),
            Severity::Alert => Some(MessageKind::Critical),
        }
    }
}

/// A notice as a message tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The host's time, by the clock that it trades by.
    pub time: Timestamp,
    pub code: String,
    pub text: String,
    pub times: u32,
    pub market: Option<String>,
    pub order: Option<u64>,
    pub what_to_do: String,
    /// The command to begin with; may be empty.
    pub command: String,
    /// The runbook's passage; may be empty.
    pub runbook: String,
}

impl Told {
    /// Takes what a message needs of `notice`; `runbook` is the page with a passage for each code.
    pub fn of(notice: &Notice, runbook: &str) -> Told {
        let Notice { time, code, ref market, order, times, ref text, .. } = *notice;
        let advice = advice(code);
        let Advice { text: what_to_do, command } = advice.unwrap_or(Advice { text: "", command: "" });
        Told {
            time,
            code: code.as_str().to_owned(),
            text: plain(text, LONGEST_TEXT),
            times,
            market: market.as_deref().map(|market| plain(market, foreign::CELL)),
            order: order.map(|order| order.0),
            what_to_do: what_to_do.to_owned(),
            command: command.to_owned(),
            runbook: if advice.is_some() { format!("{runbook}#{code}") } else { String::new() },
        }
    }

    /// Tells that messages do not arrive through `channel`.
    pub fn of_channel(time: Timestamp, channel: &str, error: &str) -> Told {
        Told {
            time,
            code: "alerts_undelivered".to_owned(),
            text: plain(&format!("{channel} does not deliver: {error}"), LONGEST_TEXT),
            times: 1,
            market: None,
            order: None,
            what_to_do: "Correct the section [alerts] of host.toml, or what it points to, and try it.".to_owned(),
            command: "host notify test".to_owned(),
            runbook: String::new(),
        }
    }

    fn line(&self) -> String {
        let times = if self.times > 1 { format!(" ({} times)", self.times) } else { String::new() };
        format!("{} {}: {}{times}", to_the_second(self.time), self.code, self.text)
    }
}

/// A message, as the queue keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub kind: MessageKind,
    pub account: String,
    /// One line.
    pub subject: String,
    pub text: String,
    /// The notices that it tells of.
    pub notices: Vec<Told>,
}

impl Message {
    /// Makes a message of notices, the oldest first; of one at least.
    pub fn of_notices(kind: MessageKind, account: &str, notices: Vec<Told>) -> Message {
        let (word, others) = (kind.as_str().to_uppercase(), notices.len().saturating_sub(1));
        let first = notices.first().map_or_else(String::new, |told| format!("{}: {}", told.code, told.text));
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        let room = LONGEST_SUBJECT.saturating_sub(more.len());
        let subject = plain(&format!("[{}] {word} {first}", mark(account)), room) + &more;
        let mut text: String = notices.iter().take(MOST_NOTICES).map(|told| told.line() + "\n").collect();
        if let Some(left_out) = notices.len().checked_sub(MOST_NOTICES).filter(|more| *more > 0) {
            text += &format!("and {left_out} more: `host logs` and the journal have them\n");
        }
        text += &to_do(&notices);
        Message { kind, account: account.to_owned(), subject, text: foreign::lines(&text), notices }
    }

    /// Makes a message without notices.
    pub fn plain(kind: MessageKind, account: &str, subject: &str, text: String) -> Message {
        let subject = plain(&format!("[{}] {subject}", mark(account)), LONGEST_SUBJECT);
        Message { kind, account: account.to_owned(), subject, text: foreign::lines(&text), notices: Vec::new() }
    }

    /// Makes the message that tries a channel.
    pub fn test(account: &str) -> Message {
        let text = "This channel works. What is critical comes within seconds, warnings in groups.\n".to_owned();
        Message::plain(MessageKind::Test, account, "TEST of the alerts", text)
    }
}

/// Returns what to do about notices, once for each code.
fn to_do(notices: &[Told]) -> String {
    let mut text = String::new();
    let mut seen = Vec::new();
    for told in notices.iter().filter(|told| !told.what_to_do.is_empty()) {
        if seen.contains(&told.code.as_str()) {
            continue;
        }
        seen.push(told.code.as_str());
        text += &format!("\nWhat to do ({}): {}\n", told.code, told.what_to_do);
        if !told.command.is_empty() {
            text += &format!("Command: {}\n", told.command);
        }
        if !told.runbook.is_empty() {
            text += &format!("Runbook: {}\n", told.runbook);
        }
    }
    text
}

/// Returns `text` on one line, escaped, and at most `most` letters of it: others wrote it.
pub fn plain(text: &str, most: usize) -> String {
    foreign::line(text, most)
}

/// Formats date and time without fractions of a second.
pub fn to_the_second(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{}Z", text.get(..19).unwrap_or(&text).replace('T', " "))
}

#[cfg(test)]
mod tests {
    use host_live::notice::NoticeCode;

    use super::*;

    fn told(severity: Severity, code: NoticeCode, text: &str) -> Told {
        Told::of(&Notice::new(severity, Timestamp(1_796_000_000_000_000_000), code, text), "docs/monitoring.md")
    }

    #[test]
    fn a_critical_message_says_what_and_what_to_do() {
        let notice = told(Severity::Alert, NoticeCode::Trading, "HALTED: max_daily_loss reached: 15.2 of 15");
        let message = Message::of_notices(MessageKind::Critical, "alex", vec![notice]);
        insta::assert_snapshot!(format!("{}\n\n{}", message.subject, message.text), @r"
        [LIVE alex] CRITICAL trading: HALTED: max_daily_loss reached: 15.2 of 15

        2026-11-30 00:53:20Z trading: HALTED: max_daily_loss reached: 15.2 of 15

        What to do (trading): The reason names value and limit. Entries are stopped, or all orders; positions stay. Find out why before you let the host trade on.
        Command: host resume --reason '...'
        Runbook: docs/monitoring.md#trading
        ");
    }

    #[test]
    fn many_notices_make_one_message_with_advice_once_for_each_code() {
        let one = told(Severity::Warning, NoticeCode::ReadsRepeated, "a request succeeded only when repeated");
        let message = Message::of_notices(MessageKind::Warning, "alex", vec![one; 100]);
        assert!(message.subject.ends_with(" (and 99 more)"), "{}", message.subject);
        assert!(message.text.contains("and 60 more:"), "{}", message.text);
        assert_eq!(message.text.matches("What to do").count(), 1);
    }

    #[test]
    fn text_of_others_stays_on_one_line_and_short() {
        let text = format!("500: a\r\nBcc: eve@example.com\u{202e}{}", "x".repeat(10_000));
        let message = Message::of_notices(
            MessageKind::Critical,
            "alex",
            vec![told(Severity::Alert, NoticeCode::VenueDown, &text)],
        );
        assert!(!message.subject.contains(['\r', '\n', '\u{202e}']), "{}", message.subject);
        assert!(message.subject.chars().count() <= LONGEST_SUBJECT + 1 && message.text.len() < 1_500);
        assert!(!message.text.contains("\nBcc"), "{}", message.text);
    }
}
