//! The server's settings, and the state that its handlers share.

use std::sync::Arc;
use std::time::Duration;

use host_core::Span;

use super::faults::FaultPlan;
use super::handle::ExchangeHandle;
use super::limits::Limits;

/// Settings of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerOptions {
    /// Serve `/simulation`.
    pub simulation: bool,
    /// Largest difference between a signature's time and the exchange's; on a running clock, the machine's time is
    /// accepted as well. By default between the 5 s that pass at the venue and the 30 s that do not (recorded).
    pub signature_window: Span,
    /// Serve the endpoints of orders that the venue has closed since June 2026; else they are answered 410.
    pub legacy_orders: bool,
    /// Enforce rate limits.
    pub rate_limits: bool,
    /// Faults to inject from the start.
    pub faults: FaultPlan,
    /// Most connections at a time, WebSockets included; further ones are answered 503 and closed.
    pub most_connections: usize,
    /// Time in which a connection must send the headers of its next request; then it is closed.
    pub header_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            simulation: false,
            signature_window: Span::seconds(10),
            legacy_orders: false,
            rate_limits: true,
            faults: FaultPlan::default(),
            // Half of the files that a process may open by default.
            most_connections: 512,
            header_timeout: Duration::from_secs(30),
        }
    }
}

/// State of all handlers.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) exchange: ExchangeHandle,
    pub(super) options: ServerOptions,
    pub(super) limits: Arc<Limits>,
}
