//! Errors of the setup, and Kalshi's error bodies.

use serde_json::Value;
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
    /// Reads the body of a 4xx response, in any of the three shapes that the venue answers in: `{"error": {…}}`, or
    /// text in its place; the same fields at the top level; `{"msg"}` alone. What it does not state, or not
    /// readably, is empty.
    pub(super) fn read(status: u16, body: &[u8]) -> ApiRefusal {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let fields = if body["error"].is_object() { &body["error"] } else { &body };
        let text = |field: &str| match &fields[field] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let (code, details) = (text("code"), text("details"));
        let bare = body["error"].as_str().unwrap_or_default().to_owned();
        // Some bodies repeat the code as the message.
        let is_new = |message: &String| !message.is_empty() && (*message != code || details.is_empty());
        let message = [text("message"), text("msg"), bare].into_iter().find(is_new);
        let mut message = printable(&message.unwrap_or_default());
        if !details.is_empty() {
            let details = printable(&details);
            message = if message.is_empty() { details } else { format!("{message} ({details})") };
        }
        ApiRefusal { status, code: printable(&code), message }
    }

    /// Returns the error of the read that was refused.
    pub(super) fn of_read(self, request: String) -> ReadError {
        let ApiRefusal { status, code, message } = self;
        ReadError::Refused { request, status, code, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_in_all_three_shapes_as_recorded() {
        let check = |status: u16, body: &str, expect: &str| {
            assert_eq!(ApiRefusal::read(status, body.as_bytes()).to_string(), expect, "{body}");
        };
        // Nested, with and without details, and with the name of a service.
        check(
            401,
            r#"{"error": {"code": "authentication_error", "message": "authentication_error", "details": "NOT_FOUND"}}"#,
            "401 authentication_error NOT_FOUND",
        );
        check(
            409,
            r#"{"error": {"code": "order_already_exists", "message": "order already exists", "service": "exchange"}}"#,
            "409 order_already_exists order already exists",
        );
        check(429, r#"{"error": "too many requests"}"#, "429  too many requests");
        // Flat, of a body that does not decode.
        check(
            400,
            r#"{"code": "bad_request", "message": "bad request", "details": "json: cannot unmarshal number"}"#,
            "400 bad_request bad request (json: cannot unmarshal number)",
        );
        // Bare, of a query that is not valid.
        check(
            400,
            r#"{"msg": "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit'"}"#,
            "400  Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit'",
        );
        // Whatever else it may be, nothing of it is lost.
        check(400, r#"{"error": {"code": 17, "message": null, "details": {"a": [1]}}}"#, r#"400 17 {"a":[1]}"#);
        for body in ["", "<html>", "[]", "7", r#"{"error": []}"#, "{}"] {
            check(403, body, "403  ");
        }
    }
}
