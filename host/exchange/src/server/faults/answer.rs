//! Answers that a broken venue, or what stands before it, gives.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

/// What a proxy shows instead of the venue.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>\n\
                    <body><h1>Checking your browser before you can continue.</h1></body></html>\n";

/// A failure, with the venue's error body or none.
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

/// A web page, as if that were an answer.
pub(super) fn html() -> Response {
    Html(PAGE).into_response()
}

/// What says that it is JSON, and is not.
pub(super) fn invalid_json() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], "{\"error\": NaN, }").into_response()
}

/// A JSON text of so many megabytes.
pub(super) fn large(megabytes: u32) -> Response {
    let padding = Bytes::from(vec![b' '; 1 << 20]);
    let pieces = std::iter::once(Bytes::from_static(b"{"))
        .chain(std::iter::repeat_n(padding, megabytes as usize))
        .chain(std::iter::once(Bytes::from_static(b"}")));
    let body = Body::from_stream(stream::iter(pieces.map(Ok::<_, io::Error>)));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The first half of an answer that says that it is whole; then the connection ends.
pub(super) async fn truncated(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    // The venue's own answers are in memory already.
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
