//! The answers to programs on this machine: metrics, and whether the host is well and ready.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use host_live::control::status::StatusView;

use super::app::App;
use crate::metrics::{is_healthy, is_ready, render};

/// A refusal, in words.
type Refused = (StatusCode, &'static str);

pub async fn metrics(app: State<Arc<App>>, peer: ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    match view(&app, peer.0, &headers) {
        Ok(view) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], render(&view)).into_response(),
        Err(refused) => refused.into_response(),
    }
}

pub async fn health(app: State<Arc<App>>, peer: ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    answer(view(&app, peer.0, &headers), is_healthy)
}

pub async fn ready(app: State<Arc<App>>, peer: ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    answer(view(&app, peer.0, &headers), is_ready)
}

fn answer(view: Result<StatusView, Refused>, check: fn(&StatusView) -> Result<(), String>) -> Response {
    match view.map(|view| check(&view)) {
        Ok(Ok(())) => "ok\n".into_response(),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// Returns the status if whoever asks is on this machine: a program that scrapes has signed in nowhere, and figures are
/// nobody else's. What a proxy passes on comes from elsewhere.
fn view(app: &App, peer: SocketAddr, headers: &HeaderMap) -> Result<StatusView, Refused> {
    let is_forwarded = ["forwarded", "x-forwarded-for", "via"].iter().any(|name| headers.contains_key(*name));
    if !peer.ip().is_loopback() || is_forwarded {
        return Err((StatusCode::FORBIDDEN, "this is for programs on the host's own machine\n"));
    }
    if app.source.account().is_none() {
        return Err((StatusCode::NOT_FOUND, "a paper run has no metrics\n"));
    }
    app.sight.borrow().view.clone().ok_or((StatusCode::SERVICE_UNAVAILABLE, "no host answers\n"))
}
