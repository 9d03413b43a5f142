//! Responses of a broken venue, or of a proxy in front of it.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

/// A proxy's page instead of the venue's response.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>\n\
                    <body><h1>Checking your browser before you can continue.</h1></body></html>\n";

/// Returns an error, with the venue's error body or an empty one.
pub(super) fn error(status: u16, has_body: bool, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (code, message) = match status.as_u16() {
        429 => ("too_many_requests", "too many requests"),
        503 => ("service_unavailable", "service unavailable"),
        500.. => ("internal_server_error", "internal server error"),
        _ => ("bad_request", "bad request"),
    };
    let body = Json(json!({ "error": { "code": code, "message": message } }));
    let mut response = if has_body { (status, body).into_response() } else { status.into_response() };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn html() -> Response {
    Html(PAGE).into_response()
}

/// Returns a response declared as JSON that is not valid JSON.
pub(super) fn invalid_json() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], "{\"error\": NaN, }").into_response()
}

/// Returns a JSON body of this many megabytes.
pub(super) fn large(megabytes: u32) -> Response {
    let padding = Bytes::from(vec![b' '; 1 << 20]);
    let pieces = std::iter::once(Bytes::from_static(b"{"))
        .chain(std::iter::repeat_n(padding, megabytes as usize))
        .chain(std::iter::once(Bytes::from_static(b"}")));
    let body = Body::from_stream(stream::iter(pieces.map(Ok::<_, io::Error>)));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Returns the first half of a response that claims to be whole; then the connection ends.
pub(super) async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // The venue's responses are in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return error(500, true, None) };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(1)));
    let half = body.slice(..body.len() / 2);
    let pieces = stream::unfold(Some(half), |half| async {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // Lets the first half go out.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
