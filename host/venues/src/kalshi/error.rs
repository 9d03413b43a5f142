//! What can go wrong: before the first request, with a read, with an order, with a cancel.
//!
//! Writes have three outcomes, never two: not done, refused, unknown.

use host_core::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::credentials::KeyError;
use super::http::Answer;

/// Why no client could be made; nothing was sent.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A setting cannot work.
    #[error("venue.{setting}: {reason}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// TLS or the resolver cannot be set up on this machine.
    #[error("the connection to the venue cannot be set up: {0}; check this machine's TLS certificates")]
    Connection(String),
}

/// An answer of the venue that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the venue's answer to {place} makes no sense: {what}; it reads `{excerpt}`")]
pub struct Nonsense {
    /// What is wrong.
    pub what: String,
    /// The method and path of the request, or the channel.
    pub place: String,
    /// The answer around the error: printable, short.
    pub excerpt: String,
}

/// Why a read brought nothing; it changed nothing at the venue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The venue refused it: a 4xx, which asking again does not change.
    #[error("the venue refused {what}: {status} {code} {message}{}", hint(*.status))]
    Refused {
        /// Method and path.
        what: String,
        /// HTTP status.
        status: u16,
        /// The venue's code; empty if it gave none.
        code: String,
        /// The venue's words.
        message: String,
    },
    /// The venue answered with an error of its own, to every attempt.
    #[error("the venue failed {what} with {status}, {attempts} times in a row")]
    Failing {
        /// Method and path.
        what: String,
        /// HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
    },
    /// No answer, to no attempt.
    #[error("the venue could not be reached for {what} ({reason}), {attempts} times in a row; check the network")]
    Unreachable {
        /// Method and path.
        what: String,
        /// What went wrong.
        reason: String,
        /// How often it was asked.
        attempts: u32,
    },
    /// It answered nonsense, to every attempt.
    #[error(transparent)]
    Nonsense(#[from] Nonsense),
    /// Too many failures in a row: the venue is left alone for a while.
    #[error("the venue failed too often and is left alone until {until}: {what} was not asked")]
    CircuitOpen {
        /// Method and path.
        what: String,
        /// When one request probes again.
        until: Timestamp,
    },
}

fn hint(status: u16) -> &'static str {
    match status {
        401 => "; check the key id, the key file and that this machine's clock is right",
        403 => "; the key may lack the scope for this",
        _ => "",
    }
}

/// A refusal of the venue: documented, definite, nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{status} {code} {message}")]
pub struct Refusal {
    /// HTTP status: 400, 401, 403, 404, 409, 410 or 429.
    pub status: u16,
    /// The venue's code; empty if it gave none.
    pub code: String,
    /// The venue's words.
    pub message: String,
}

/// Why an order was not accepted, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// It never left this machine.
    #[error("the order was not sent: {0}")]
    NotPlaced(String),
    /// The venue refused it.
    #[error("the venue refused the order: {status} {code} {message}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The venue's code; empty if it gave none.
        code: String,
        /// The venue's words.
        message: String,
    },
    /// It may have been placed: look it up by its client order id before anything else.
    #[error("it is unknown whether the order was placed: {0}")]
    OutcomeUnknown(String),
}

/// Why a cancel was not confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CancelError {
    /// The venue has no such working order: it was filled, cancelled or expired before.
    #[error("the venue has no such working order")]
    Gone,
    /// The venue refused it: the order still works.
    #[error("the venue refused the cancel: {status} {code} {message}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The venue's code; empty if it gave none.
        code: String,
        /// The venue's words.
        message: String,
    },
    /// It may or may not have arrived: cancel again, that does no harm.
    #[error("it is unknown whether the cancel arrived: {0}")]
    OutcomeUnknown(String),
}

impl From<Refusal> for PlaceError {
    fn from(Refusal { status, code, message }: Refusal) -> PlaceError {
        PlaceError::Rejected { status, code, message }
    }
}

impl From<Refusal> for CancelError {
    fn from(Refusal { status, code, message }: Refusal) -> CancelError {
        CancelError::Rejected { status, code, message }
    }
}

/// The venue's error body: `{"error": {...}}`, or the same at the top.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: Option<Inner>,
    #[serde(flatten)]
    top: ErrorFields,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Inner {
    Fields(ErrorFields),
    Text(String),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorFields {
    code: Option<String>,
    message: Option<String>,
    details: Option<String>,
}

/// What an answer of 4xx says; empty where it says nothing that can be read.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let fields = match body.error {
        Some(Inner::Fields(fields)) => fields,
        Some(Inner::Text(message)) => ErrorFields { message: Some(message), ..body.top },
        None => body.top,
    };
    // Some bodies have the code for a message.
    let message = fields.message.filter(|message| Some(message) != fields.code.as_ref() || fields.details.is_none());
    let mut message = printable(message.as_deref().unwrap_or_default());
    if let Some(details) = fields.details.filter(|details| !details.is_empty()) {
        let details = printable(&details);
        message = if message.is_empty() { details } else { format!("{message} ({details})") };
    }
    Refusal { status: answer.status, code: printable(fields.code.as_deref().unwrap_or_default()), message }
}

pub(super) fn refused(what: String, answer: &Answer) -> ReadError {
    let Refusal { status, code, message } = refusal(answer);
    ReadError::Refused { what, status, code, message }
}

/// Decodes a body, or says where and why it cannot be.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], place: &str) -> Result<T, Nonsense> {
    serde_json::from_slice(body).map_err(|error| {
        let at = position(body, error.line(), error.column());
        let near = &body[at.saturating_sub(EXCERPT / 2)..(at + EXCERPT / 2).min(body.len())];
        Nonsense {
            what: printable(&error.to_string()),
            place: place.to_owned(),
            excerpt: printable(&String::from_utf8_lossy(near)),
        }
    })
}

/// Offset of a line and a column, both from 1, within `body`.
fn position(body: &[u8], line: usize, column: usize) -> usize {
    let ends = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(ends).nth(line.saturating_sub(1)).unwrap_or(body.len());
    (start + column).min(body.len())
}

/// Bytes of an answer that a message shows.
const EXCERPT: usize = 120;

/// Foreign text for a message or a log: short, one line, nothing that a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '.' };
    let mut shown: String = text.chars().map(plain).take(2 * EXCERPT).collect();
    if text.chars().nth(2 * EXCERPT).is_some() {
        shown.push_str("...");
    }
    shown
}
