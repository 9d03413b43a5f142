//! The answers of handlers, and the place where they wait for files.

use std::fmt::Display;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use host_core::Timestamp;
use host_system::clock;
use tokio::task::spawn_blocking;

/// Runs `work`, which reads or writes files, where it holds up no other answer.
pub async fn waited<T: Send + 'static, E: Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Answers that something cannot be shown or done, with the reason.
pub fn failed(why: &str) -> Response {
    tracing::error!("dashboard: {why}");
    (StatusCode::INTERNAL_SERVER_ERROR, format!("this page cannot be shown: {why}\n")).into_response()
}

/// Answers with a page.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => failed(&error.to_string()),
    }
}

/// Returns the machine's time.
pub fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}
