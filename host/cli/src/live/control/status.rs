//! What a live host says of itself: filled by the loop around the engine, read by whoever asks, at any time.
//!
//! Figures are for people and their programs, in dollars and contracts; nothing here is ever traded on. The loop may hang: so
//! who reads also learns how old it all is, and the kill switch is asked itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use host_core::TradingState;
use serde::{Deserialize, Serialize};

use super::kill_switch::Killed;

/// What the loop knows. Times are texts in UTC, by the host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The host's time when this was written.
    pub time: String,
    /// What orders are let through.
    pub state: TradingState,
    /// Why not all, if not all.
    pub reasons: Vec<String>,
    /// Cash and positions at the mid, in dollars.
    pub equity: f64,
    /// Its change since the last equity of the day before, in dollars.
    pub day_profit: f64,
    /// What is held.
    pub positions: Vec<PositionLine>,
    /// What works, or may work.
    pub orders: Vec<OrderLine>,
    /// How many of these nobody knows the outcome of.
    pub unknown_orders: usize,
    /// When the market was last seen, and how long ago that was, in seconds.
    pub last_poll: Option<Ago>,
    /// Whether the venue answers: `up`, or why not.
    pub venue_link: String,
    /// The circuit breaker: `closed`, or what it waits for.
    pub breaker: String,
    /// The last comparison with the venue's books.
    pub reconciliation: Option<Reconciliation>,
}

/// A time and its age.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ago {
    /// UTC.
    pub time: String,
    /// Seconds before [`Status::time`].
    pub age_seconds: f64,
}

/// A position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PositionLine {
    /// The venue's name of the market.
    pub ticker: String,
    /// Contracts of YES; negative: of NO.
    pub contracts: f64,
    /// What it cost, in dollars.
    pub cost: f64,
    /// What it would bring at the mid beyond its cost, in dollars, if a mid is known.
    pub unrealised: Option<f64>,
}

/// An order that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The host's number of it.
    pub order: u64,
    /// The venue's name of the market.
    pub ticker: String,
    /// `buy` or `sell`.
    pub side: String,
    /// Of YES, in dollars.
    pub price: f64,
    /// Contracts ordered.
    pub contracts: f64,
    /// Contracts filled.
    pub filled: f64,
    /// Where it stands: `intended`, `sent`, `unknown`, `resting`, `cancelling`.
    pub standing: String,
}

/// A comparison with the venue's books.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// When.
    pub at: Ago,
    /// What did not match; empty if all did.
    pub mismatches: Vec<String>,
}

/// Who runs: does not change while he does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The venue's name.
    pub venue: String,
    /// The account's name.
    pub account: String,
    /// The process.
    pub pid: u32,
    /// The host's version.
    pub version: String,
}

impl Identity {
    /// This process, trading `account` at `venue`.
    pub fn of_this_process(venue: &str, account: &str) -> Identity {
        Identity {
            venue: venue.to_owned(),
            account: account.to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// All that a reader gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Who runs.
    pub identity: Identity,
    /// Since so many seconds.
    pub uptime_seconds: f64,
    /// Who killed and why, if it is killed.
    pub killed: Option<Killed>,
    /// What the loop last said, if it has begun.
    pub status: Option<Status>,
    /// How many seconds ago it said so.
    pub status_age_seconds: f64,
}

/// Where the loop leaves its status; clones are the same board.
#[derive(Clone, Debug)]
pub struct StatusBoard(Arc<Board>);

#[derive(Debug)]
struct Board {
    identity: Identity,
    started: Instant,
    status: Mutex<Option<(Status, Instant)>>,
}

impl StatusBoard {
    /// An empty board of who `identity` is.
    pub fn new(identity: Identity) -> StatusBoard {
        StatusBoard(Arc::new(Board { identity, started: Instant::now(), status: Mutex::new(None) }))
    }

    /// Replaces what was said before.
    pub fn set(&self, status: Status) {
        *self.lock() = Some((status, Instant::now()));
    }

    /// Who runs.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// All there is to say now, with what the kill switch says.
    pub fn view(&self, killed: Option<Killed>) -> View {
        let said = self.lock().clone();
        View {
            identity: self.0.identity.clone(),
            uptime_seconds: self.0.started.elapsed().as_secs_f64(),
            killed,
            status_age_seconds: said.as_ref().map_or(0.0, |(_, at)| at.elapsed().as_secs_f64()),
            status: said.map(|(status, _)| status),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Status, Instant)>> {
        // A status is set as a whole: what a panic left behind is whole.
        self.0.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
