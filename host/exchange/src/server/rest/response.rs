//! Result types of the handlers.

use axum::Json;
use axum::http::StatusCode;
use serde_json::Value;

use crate::server::error::ApiError;

/// A JSON body with status 200, or an error.
pub(super) type JsonResult = Result<Json<Value>, ApiError>;
/// A status and a JSON body, or an error.
pub(super) type StatusResult = Result<(StatusCode, Json<Value>), ApiError>;
