//! What a refusal looks like on the wire.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access::AccessError;
use crate::venue::VenueError;

/// A refusal: `{"error": {"code", "message", "details"?}}`, or all that at the top level if the body could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// What clients switch on.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// More of it.
    pub details: Option<String>,
    /// Whether the body could not be read at all: then nothing wraps the rest.
    pub is_unreadable: bool,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, details: Option<String>) -> ApiError {
        ApiError { status, code, message: message.into(), details, is_unreadable: false }
    }

    /// A parameter that is wrong.
    pub fn bad_request(details: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", "bad request", Some(details.into()))
    }

    /// A body that is not the JSON that it should be.
    pub fn unreadable(details: impl Into<String>) -> ApiError {
        ApiError { is_unreadable: true, ..ApiError::bad_request(details) }
    }

    /// Something that must be there is not.
    pub fn missing(name: &str) -> ApiError {
        let details = Some(format!("{name} is required"));
        ApiError::new(StatusCode::BAD_REQUEST, "missing_parameters", "missing parameters", details)
    }

    /// An order that breaks a rule.
    pub fn invalid_order(details: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_order", "invalid order", Some(details.into()))
    }

    /// No such thing.
    pub fn not_found(what: &str) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("{what} not found"), None)
    }

    /// The endpoint is there no more.
    pub fn gone() -> ApiError {
        let message = "this endpoint was removed: use /portfolio/events/orders";
        ApiError::new(StatusCode::GONE, "endpoint_removed", message, None)
    }

    /// The path takes other methods.
    pub fn method_not_allowed() -> ApiError {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "method not allowed", None)
    }

    /// The bucket is empty.
    pub fn too_many_requests() -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests", None)
    }

    /// We broke. What became of the request is not known to the client.
    pub fn internal() -> ApiError {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "internal server error", None)
    }

    /// The inside of `error`. Within a batch, `details` is always there.
    pub fn body(&self, in_batch: bool) -> Value {
        let mut body = json!({ "code": self.code, "message": self.message });
        let details = self.details.clone().or_else(|| in_batch.then(String::new));
        if let Some(details) = details {
            body["details"] = details.into();
        }
        body
    }
}

impl From<VenueError> for ApiError {
    fn from(error: VenueError) -> ApiError {
        let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = match error {
            VenueError::BadRequest(_) => "bad request".to_owned(),
            _ => error.to_string(),
        };
        ApiError::new(status, error.code(), message, error.details())
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", "unauthorized", Some(error.to_string()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = self.body(false);
        let body = if self.is_unreadable { body } else { json!({ "error": body }) };
        (self.status, Json(body)).into_response()
    }
}
