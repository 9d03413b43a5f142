//! Errors of the setup, and Kalshi's error bodies.

use serde::Deserialize;
use thiserror::Error;

use super::credentials::CredentialsError;
use crate::client::json::printable;
use crate::error::{CancelError, PlaceError, ReadError};

/// A client that could not be made; nothing was sent.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A setting that cannot work.
    #[error("venue.{setting}: {reason}")]
    Setting {
        setting: &'static str,
        /// The reason, and what to do about it.
        reason: String,
    },
    #[error(transparent)]
    Key(#[from] CredentialsError),
    /// TLS or the resolver cannot be set up on this machine.
    #[error("the connection to the venue cannot be set up: {0}; check this machine's TLS certificates")]
    Connection(String),
}

/// A documented, definite refusal: the venue did nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{status} {code} {message}")]
pub(super) struct ApiRefusal {
    /// HTTP status: 400, 401, 403, 404, 409, 410 or 429.
    pub(super) status: u16,
    /// The venue's error code; empty if it gave none.
    pub(super) code: String,
    pub(super) message: String,
}

impl From<ApiRefusal> for PlaceError {
    fn from(ApiRefusal { status, code, message }: ApiRefusal) -> PlaceError {
        PlaceError::Rejected { status, code, message }
    }
}

impl From<ApiRefusal> for CancelError {
    fn from(ApiRefusal { status, code, message }: ApiRefusal) -> CancelError {
        CancelError::Rejected { status, code, message }
    }
}

impl ApiRefusal {
    /// Reads the body of a 4xx response; what it does not state, or not readably, is empty.
    pub(super) fn read(status: u16, body: &[u8]) -> ApiRefusal {
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        let fields = match body.error {
            Some(Inner::Fields(fields)) => fields,
            Some(Inner::Text(message)) => ErrorFields { message: Some(message), ..body.top },
            None => body.top,
        };
        // Some bodies repeat the code as the message.
        let message =
            fields.message.filter(|message| Some(message) != fields.code.as_ref() || fields.details.is_none());
        let mut message = printable(message.as_deref().unwrap_or_default());
        if let Some(details) = fields.details.filter(|details| !details.is_empty()) {
            let details = printable(&details);
            message = if message.is_empty() { details } else { format!("{message} ({details})") };
        }
        ApiRefusal { status, code: printable(fields.code.as_deref().unwrap_or_default()), message }
    }

    /// Returns the error of the read that was refused.
    pub(super) fn of_read(self, request: String) -> ReadError {
        let ApiRefusal { status, code, message } = self;
        ReadError::Refused { request, status, code, message }
    }
}

/// The venue's error body: `{"error": {...}}`, `{"error": "text"}`, or the fields at the top level.
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
