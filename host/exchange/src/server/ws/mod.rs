//! The venue's WebSocket: one connection, many subscriptions, everything in JSON.
//!
//! The upgrade has to be signed, also for what everyone may see. A client gets what is his and what is public, and must
//! never learn of another's orders. One who does not keep up is told so (error 25) and cut off: he must never hold up
//! the exchange or make it remember without bound.

mod allowance;
mod channel;
mod command;
mod desk;
mod message;
mod refusal;
mod session;
mod subscription;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};

use self::session::Session;
use super::App;
use super::error::ApiError;
use super::faults::{Faults, Messages};
use super::gate::Signed;

/// Where clients connect; part of what they sign.
pub const PATH: &str = "/trade-api/ws/v2";
/// Commands are short; a longer message ends the connection.
const LONGEST_MESSAGE: usize = 1 << 20;

/// The WebSocket's only route.
pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(connect))
}

async fn connect(
    State(app): State<App>,
    Signed(member): Signed,
    faults: Option<Extension<Faults>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade =
        upgrade.map_err(|error| ApiError { status: error.status(), ..ApiError::bad_request(error.body_text()) })?;
    let messages = Messages::new(faults.map(|faults| faults.0));
    let serve = move |socket| async move { Session::new(socket, app.shared, member, messages).run().await };
    Ok(upgrade.max_message_size(LONGEST_MESSAGE).on_upgrade(serve))
}
