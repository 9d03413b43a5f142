//! The server's settings, and the state that its handlers share.

use std::sync::Arc;

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
    /// accepted as well.
    pub signature_window: Span,
    /// Enforce rate limits.
    pub rate_limits: bool,
    /// Faults to inject from the start.
    pub faults: FaultPlan,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            simulation: false,
            signature_window: Span::seconds(5),
            rate_limits: true,
            faults: FaultPlan::default(),
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
