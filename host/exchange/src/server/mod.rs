//! The venue behind Kalshi's Trade API v2: REST, WebSocket, signatures, rate limits, and faults on demand.
//!
//! A client must not be able to tell it from the real venue. What the real venue does not offer (stepping the clock,
//! scripting faults, reading the books) lives under `/simulation` and is off by default. The server listens where it is
//! told to, and never opens a connection itself.

pub mod accounts;
pub mod auth;
pub mod clock;
pub mod cursor;
pub mod error;
pub mod faults;
pub mod handle;
pub mod keys;
pub mod limits;
pub mod market_source;
pub mod wire;
pub mod ws;

mod app;
mod auth_layer;
mod background_tick;
mod connections;
mod paths;
mod rest;
mod simulation;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use self::app::App;
use self::connections::ConnectionLimits;
use self::error::ApiError;
use self::faults::Faults;
use self::handle::ExchangeHandle;

pub use self::app::ServerOptions;
pub use self::paths::{REST_PREFIX, WEBSOCKET_PATH};

/// Returns the exchange as routes. They must not be nested, because signatures cover whole paths.
pub fn router(exchange: ExchangeHandle, options: ServerOptions) -> Router {
    let faults = Faults::new(exchange.clone(), options.faults.clone());
    routes(exchange, options, &faults)
}

fn routes(exchange: ExchangeHandle, options: ServerOptions, faults: &Faults) -> Router {
    let simulation =
        if options.simulation { faults::routes(faults).merge(simulation::routes(faults)) } else { Router::new() };
    let app = App { exchange, options, limits: Arc::default() };
    let venue = Router::new()
        .nest(REST_PREFIX, rest::routes(app.options.legacy_orders))
        .merge(ws::routes())
        .fallback(async || ApiError::not_found("page"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(app.clone(), auth_layer::authenticate));
    faults.around(venue.merge(simulation)).layer(from_fn_with_state(app.clone(), auth_layer::respond)).with_state(app)
}

/// Serves the exchange on `listener` until `shutdown`, then finishes the requests in progress.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    exchange: ExchangeHandle,
    options: ServerOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let faults = Faults::new(exchange.clone(), options.faults.clone());
    let listener = faults.listen(listener)?;
    let tick = tokio::spawn(background_tick::run(exchange.clone()));
    let limits = ConnectionLimits { most: options.most_connections, header_timeout: options.header_timeout };
    connections::serve(listener, routes(exchange, options, &faults), limits, shutdown).await;
    tick.abort();
    Ok(())
}
