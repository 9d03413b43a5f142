//! Faults on demand: what a live venue does on a bad day, scripted or drawn from a seed, endpoint by endpoint.
//!
//! One layer around all routes decides for each request what goes wrong with it, if anything. The venue itself is never
//! corrupted: every fault lies between it and the client, except that a market can close early and trading can pause, as
//! at any venue. What
//! lives under `/simulation` never fails, though a port that is closed is closed for it as well.
//!
//! - [`FaultPlan`]: what goes wrong, as a file, as JSON over `/simulation/faults`, or one of the [`preset`]s.
//! - [`Faults`]: a plan at work, which counts what it injected.

mod answer;
mod connection;
mod control;
mod draw;
mod endpoint;
mod fault;
mod history;
mod inject;
mod late;
mod messages;
mod plan;
mod preset;
mod rows;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use host_core::{Span, Timestamp};
use serde::Serialize;
use tokio::net::TcpListener;

use self::connection::Port;
use self::draw::{Draws, Shot, Verdict};
use self::endpoint::Call;
use self::history::History;
use self::late::Late;
use super::shared::Shared;

pub use self::connection::{Cut, FaultyListener, FaultyStream};
pub use self::control::routes;
pub use self::draw::RuleCount;
pub use self::endpoint::{Endpoint, EndpointError, Group as EndpointGroup};
pub use self::fault::{ErrorStatus, Fault};
pub use self::messages::{Messages, Passed};
pub use self::plan::{Chance, FaultPlan, Rule, Trigger};
pub use self::preset::{PRESETS, preset};

/// By how much the venue's clock is ahead for a request: an extension of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew(pub Span);

/// A plan of faults at work; clones are the same.
#[derive(Clone, Debug)]
pub struct Faults(Arc<State>);

#[derive(Debug)]
struct State {
    shared: Shared,
    port: Port,
    draws: Mutex<Draws>,
    history: Mutex<History>,
    late: Mutex<Late>,
}

/// What faults did so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultReport {
    /// The plan at work.
    pub plan: FaultPlan,
    /// What it did, rule by rule.
    pub rules: Vec<RuleCount>,
    /// Faults by name, over all plans so far.
    pub injected: BTreeMap<&'static str, u64>,
    /// Requests that took effect late, and those that still will.
    pub late: LateCount,
}

/// Requests whose acceptance was late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LateCount {
    /// Were answered like a success, later.
    pub accepted: u64,
    /// Were refused, later.
    pub refused: u64,
    /// Are to come.
    pub waiting: u64,
}

impl Faults {
    /// Begins `plan` on an exchange.
    pub fn new(shared: Shared, plan: FaultPlan) -> Faults {
        let draws = Mutex::new(Draws::new(plan, shared.clock().now()));
        let (port, history, late) = Default::default();
        Faults(Arc::new(State { shared, port, draws, history, late }))
    }

    /// Begins another plan now, with its counts at nothing. Requests that wait to be accepted late still will be.
    pub fn set(&self, plan: FaultPlan) {
        let now = self.now();
        self.draws().set(plan, now);
    }

    /// The plan, and what it did.
    pub fn report(&self) -> FaultReport {
        let draws = self.draws();
        FaultReport {
            plan: draws.plan().clone(),
            rules: draws.counts(),
            injected: draws.totals().clone(),
            late: self.late().count(),
        }
    }

    /// `routes` with faults around them.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        routes.layer(from_fn_with_state(self.clone(), inject::inject))
    }

    /// A listener whose connections faults can cut. Its router must be served with [`Cut`] as connect info; elsewhere,
    /// connections are not cut, and the faults that need it do not happen.
    ///
    /// # Errors
    /// If the listener has no address.
    pub fn listen(&self, listener: TcpListener) -> io::Result<FaultyListener> {
        FaultyListener::new(listener, self.0.port.clone())
    }

    fn now(&self) -> Timestamp {
        self.0.shared.clock().now()
    }

    fn verdict(&self, call: &Call) -> Verdict {
        let now = self.now();
        self.draws().request(call, now)
    }

    fn take_back(&self, shot: &Shot) {
        self.draws().take_back(shot);
    }

    fn draws(&self) -> MutexGuard<'_, Draws> {
        self.0.draws.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.0.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn late(&self) -> MutexGuard<'_, Late> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
