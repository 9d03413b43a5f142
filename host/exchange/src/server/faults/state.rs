//! The state of the active fault plan, shared by all requests.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use host_core::{Span, Timestamp};
use serde::Serialize;
use tokio::net::TcpListener;

use super::connection::{FaultyListener, Port};
use super::endpoint::ApiCall;
use super::history::ResponseHistory;
use super::injector::{FaultInjector, Injection, RequestFaults, RuleCount};
use super::late::{LateCount, LateRequests};
use super::plan::FaultPlan;
use crate::server::handle::ExchangeHandle;

/// Offset of the venue's clock for one request, positive if ahead; an extension of its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOffset(pub Span);

/// The time as of which a read of orders shows acknowledged creates and cancels; an extension of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAsOf(pub Timestamp);

impl Default for ReadAsOf {
    /// Shows all of them.
    fn default() -> ReadAsOf {
        ReadAsOf(Timestamp(i64::MAX))
    }
}

impl<S: Sync> FromRequestParts<S> for ReadAsOf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<ReadAsOf, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// A handle to the active fault plan; clones share it.
#[derive(Clone, Debug)]
pub struct Faults(Arc<FaultState>);

#[derive(Debug)]
struct FaultState {
    exchange: ExchangeHandle,
    port: Port,
    injector: Mutex<FaultInjector>,
    history: Mutex<ResponseHistory>,
    late: Mutex<LateRequests>,
}

/// The active plan and the faults injected so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultReport {
    pub plan: FaultPlan,
    /// Counts for each rule of the active plan.
    pub rules: Vec<RuleCount>,
    /// Faults by name, over all plans so far.
    pub injected: BTreeMap<&'static str, u64>,
    /// Requests that took effect late, and those still waiting.
    pub late: LateCount,
}

impl Faults {
    /// Starts `plan` on an exchange.
    pub fn new(exchange: ExchangeHandle, plan: FaultPlan) -> Faults {
        let injector = Mutex::new(FaultInjector::new(plan, exchange.clock().now()));
        let (port, history, late) = Default::default();
        Faults(Arc::new(FaultState { exchange, port, injector, history, late }))
    }

    /// Replaces the plan and resets its counts. Requests already waiting to take effect late still do.
    pub fn set(&self, plan: FaultPlan) {
        let now = self.now();
        self.injector().set(plan, now);
    }

    pub fn report(&self) -> FaultReport {
        let injector = self.injector();
        FaultReport {
            plan: injector.plan().clone(),
            rules: injector.counts(),
            injected: injector.totals().clone(),
            late: self.late().count(),
        }
    }

    /// Wraps a listener so that faults can cut its connections.
    ///
    /// Requests must have their connection's [`CutHandle`](super::CutHandle) as an extension. Without it, connections
    /// are never cut, and faults that need to cut them do not happen.
    ///
    /// # Errors
    /// If the listener has no address.
    pub fn listen(&self, listener: TcpListener) -> io::Result<FaultyListener> {
        FaultyListener::new(listener, self.0.port.clone())
    }

    pub(super) fn exchange(&self) -> &ExchangeHandle {
        &self.0.exchange
    }

    pub(super) fn port(&self) -> &Port {
        &self.0.port
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.exchange.clock().now()
    }

    /// Decides which faults hit `call`.
    pub(super) fn faults_for(&self, call: &ApiCall) -> RequestFaults {
        let now = self.now();
        self.injector().request(call, now)
    }

    /// Uncounts a fault that turned out to be impossible.
    pub(super) fn take_back(&self, injection: &Injection) {
        self.injector().take_back(injection);
    }

    pub(super) fn injector(&self) -> MutexGuard<'_, FaultInjector> {
        self.0.injector.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn history(&self) -> MutexGuard<'_, ResponseHistory> {
        self.0.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn late(&self) -> MutexGuard<'_, LateRequests> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
