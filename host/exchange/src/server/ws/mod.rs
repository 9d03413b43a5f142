//! The venue's WebSocket: many subscriptions on one connection, with messages in JSON.
//!
//! The upgrade must be signed, even for public channels. A client receives its own and public data, and must never
//! learn of another's orders. A client that does not keep up is told so (error 25) and disconnected: it must never
//! hold up the exchange, or make it buffer without bound.

mod allowance;
mod channel;
mod command;
mod command_error;
mod message;
mod session;
mod subscription;
mod subscriptions;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};

use self::session::WsSession;
use super::app::App;
use super::auth_layer::Authenticated;
use super::error::ApiError;
use super::faults::{Faults, MessageFilter};
use super::paths::WEBSOCKET_PATH;

/// Commands are short; a longer message ends the connection.
const LONGEST_MESSAGE: usize = 1 << 20;

pub(super) fn routes() -> Router<App> {
    Router::new().route(WEBSOCKET_PATH, get(connect))
}

async fn connect(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    faults: Option<Extension<Faults>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|error| ApiError::bad_upgrade(error.status(), error.body_text()))?;
    let messages = MessageFilter::new(faults.map(|faults| faults.0));
    let serve = move |socket| async move { WsSession::new(socket, app.exchange, member, messages).run().await };
    Ok(upgrade.max_message_size(LONGEST_MESSAGE).on_upgrade(serve))
}
