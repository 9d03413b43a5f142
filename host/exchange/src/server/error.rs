//! Errors in the venue's wire format.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::{AuthError, SIGNATURE_HEADER};
use crate::venue::VenueError;

/// The shape of an error's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorShape {
    /// `{"error": {"code", "message", "details"?, "service"?}}`.
    Nested,
    /// The same fields at the top level: of a body that does not decode.
    Flat,
    /// `{"msg"}`: of a query that is not valid.
    Bare,
}

/// A refusal, in one of the venue's three shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub status: StatusCode,
    /// Machine-readable code.
    pub code: &'static str,
    /// Human-readable message.
    pub message: String,
    pub details: Option<String>,
    /// Service that refuses, where the venue names it.
    pub service: Option<&'static str>,
    shape: ErrorShape,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, details: Option<String>) -> ApiError {
        ApiError { status, code, message: message.into(), details, service: None, shape: ErrorShape::Nested }
    }

    /// Returns the error for an invalid parameter.
    pub fn bad_request(details: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", "bad request", Some(details.into()))
    }

    /// Returns the error for a body that is not the expected JSON.
    pub fn unreadable(details: impl Into<String>) -> ApiError {
        ApiError { shape: ErrorShape::Flat, ..ApiError::bad_request(details) }
    }

    /// Returns the error for a query of `operation` that is not valid.
    pub fn invalid_query(operation: &str, why: &str) -> ApiError {
        let message = format!("Parameter validation failed for {operation}: {why}");
        ApiError {
            shape: ErrorShape::Bare,
            ..ApiError::new(StatusCode::BAD_REQUEST, "invalid_parameters", message, None)
        }
    }

    /// Returns the error for a request that is no upgrade to a WebSocket.
    pub fn bad_upgrade(status: StatusCode, details: String) -> ApiError {
        ApiError { status, ..ApiError::bad_request(details) }
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
        let message = "this endpoint is deprecated: use /portfolio/events/orders";
        ApiError::new(StatusCode::GONE, "deprecated_v1_order_endpoint", message, None)
    }

    /// Returns the error for a method that the path does not support.
    pub fn method_not_allowed() -> ApiError {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "method not allowed", None)
    }

    /// Returns the error for exceeded rate limits.
    pub fn too_many_requests() -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests", None)
    }

    /// Returns the error for a connection beyond those that the server takes.
    pub fn too_many_connections() -> ApiError {
        let details = Some("too many connections: close some, or try again later".to_owned());
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "service unavailable", details)
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
        if let Some(service) = self.service {
            body["service"] = service.into();
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
        ApiError { service: error.service(), ..ApiError::new(status, error.code(), message, error.details()) }
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> ApiError {
        let (code, message, details) = match error {
            AuthError::UnknownKey => ("authentication_error", "authentication_error", Some("NOT_FOUND".to_owned())),
            AuthError::Signature => {
                ("authentication_error", "authentication_error", Some("INCORRECT_API_KEY_SIGNATURE".to_owned()))
            }
            AuthError::Header(SIGNATURE_HEADER) => {
                ("signature_is_missing_from_headers", "signature is missing from headers", None)
            }
            AuthError::Skewed => ("header_timestamp_expired", "header timestamp expired", None),
            _ => ("unauthorized", "unauthorized", Some(error.to_string())),
        };
        ApiError::new(StatusCode::UNAUTHORIZED, code, message, details)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = match self.shape {
            ErrorShape::Nested => json!({ "error": self.body(false) }),
            ErrorShape::Flat => self.body(false),
            ErrorShape::Bare => json!({ "msg": self.message }),
        };
        (self.status, Json(body)).into_response()
    }
}
