//! Errors in the venue's wire format.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::AuthError;
use crate::venue::VenueError;

/// A refusal: `{"error": {"code", "message", "details"?}}`, or these fields at the top level if the body was
/// unreadable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub status: StatusCode,
    /// Machine-readable code.
    pub code: &'static str,
    /// Human-readable message.
    pub message: String,
    pub details: Option<String>,
    /// True if the request body could not be parsed at all; then nothing wraps the error's fields.
    pub is_unreadable: bool,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, details: Option<String>) -> ApiError {
        ApiError { status, code, message: message.into(), details, is_unreadable: false }
    }

    /// Returns the error for an invalid parameter.
    pub fn bad_request(details: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", "bad request", Some(details.into()))
    }

    /// Returns the error for a body that is not the expected JSON.
    pub fn unreadable(details: impl Into<String>) -> ApiError {
        ApiError { is_unreadable: true, ..ApiError::bad_request(details) }
    }

    /// Returns the error for a missing parameter.
    pub fn missing(name: &str) -> ApiError {
        let details = Some(format!("{name} is required"));
        ApiError::new(StatusCode::BAD_REQUEST, "missing_parameters", "missing parameters", details)
    }

    /// Returns the error for an order that breaks a rule.
    pub fn invalid_order(details: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_order", "invalid order", Some(details.into()))
    }

    pub fn not_found(what: &str) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("{what} not found"), None)
    }

    /// Returns the error for a removed endpoint.
    pub fn gone() -> ApiError {
        let message = "this endpoint was removed: use /portfolio/events/orders";
        ApiError::new(StatusCode::GONE, "endpoint_removed", message, None)
    }

    /// Returns the error for a method that the path does not support.
    pub fn method_not_allowed() -> ApiError {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "method not allowed", None)
    }

    /// Returns the error for exceeded rate limits.
    pub fn too_many_requests() -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests", None)
    }

    /// Returns the error for an internal failure, which leaves the client uncertain about the request's outcome.
    pub fn internal() -> ApiError {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "internal server error", None)
    }

    /// Returns the contents of `error`. Within a batch, `details` is always present.
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

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> ApiError {
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
