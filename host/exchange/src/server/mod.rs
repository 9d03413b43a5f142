//! The venue core as a server in Kalshi's Trade API v2: HTTP, WebSocket, signatures, rate limits, faults on demand.
//!
//! A client must not notice that it is not the venue. What the venue does not have (stepping its clock, scripting its
//! faults, reading its ledger) lives under `/simulation` and is off unless asked for. It listens where it is told and
//! never connects anywhere.

pub mod access;
pub mod accounts;
pub mod clock;
pub mod cursor;
pub mod error;
pub mod faults;
pub mod keys;
pub mod limits;
pub mod shared;
pub mod wire;
pub mod world;
pub mod ws;

mod gate;
mod pulse;
mod rest;
mod simulation;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use host_core::Span;
use tokio::net::TcpListener;

use self::error::ApiError;
use self::faults::{Cut, FaultPlan, Faults};
use self::limits::Limits;
use self::shared::Shared;

/// Where the REST endpoints begin.
pub const REST_PREFIX: &str = "/trade-api/v2";

/// What can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Whether `/simulation` is there.
    pub simulation: bool,
    /// How far the time of a signature may be from the exchange's; on a clock that runs by itself, or from the machine's.
    pub signature_window: Span,
    /// Whether requests are counted.
    pub rate_limits: bool,
    /// What goes wrong.
    pub faults: FaultPlan,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            simulation: false,
            signature_window: Span::seconds(5),
            rate_limits: true,
            faults: FaultPlan::default(),
        }
    }
}

/// What handlers get.
#[derive(Clone, Debug)]
struct App {
    shared: Shared,
    options: Options,
    limits: Arc<Limits>,
}

/// The exchange as routes. It must not be nested: signatures are over whole paths.
pub fn router(shared: Shared, options: Options) -> Router {
    let faults = Faults::new(shared.clone(), options.faults.clone());
    routes(shared, options, &faults)
}

fn routes(shared: Shared, options: Options, faults: &Faults) -> Router {
    let simulation =
        if options.simulation { faults::routes(faults).merge(simulation::routes(faults)) } else { Router::new() };
    let app = App { shared, options, limits: Arc::default() };
    let venue = Router::new()
        .nest(REST_PREFIX, rest::routes())
        .merge(ws::routes())
        .fallback(async || ApiError::not_found("page"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(app.clone(), gate::admit));
    faults.around(venue.merge(simulation)).layer(from_fn_with_state(app.clone(), gate::answer)).with_state(app)
}

/// Answers whoever connects to `listener`, until `shutdown`; what is being answered then is answered still.
///
/// # Errors
/// If the listener breaks.
pub async fn serve(
    listener: TcpListener,
    shared: Shared,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let faults = Faults::new(shared.clone(), options.faults.clone());
    let pulse = tokio::spawn(pulse::keep_up(shared.clone()));
    let routes = routes(shared, options, &faults).into_make_service_with_connect_info::<Cut>();
    let served = axum::serve(faults.listen(listener)?, routes).with_graceful_shutdown(shutdown).await;
    pulse.abort();
    served
}
