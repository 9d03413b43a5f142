//! The status of a live host: published by the loop around the engine, read by whoever asks, at any time.
//!
//! Figures are for people and their programs, in dollars and contracts; nothing here is ever traded on. The loop may
//! hang: so a reader also learns how old the status is, and the kill switch is read directly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use host_core::TradingState;
use host_sandbox::trust::TradingMode;
use serde::{Deserialize, Serialize};

pub use super::ago::Ago;
use super::kill_switch::Killed;
use super::venue_says::{NextChange, VenueSays};
use crate::account_dir::reference;
use crate::disk_use::DiskUse;
use crate::notice::NoticeCount;
use crate::summary::SessionCounts;

/// The status as the loop last published it. Times are texts in UTC, by the host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The host's time when this was published.
    pub time: String,
    /// Which orders are let through.
    pub state: TradingState,
    /// The reasons why not all are.
    pub reasons: Vec<String>,
    /// The stage of the capital, in percent of the target.
    pub stage_percent: u32,
    /// The target capital, in dollars.
    pub capital_target: f64,
    /// Time between polls.
    pub poll_seconds: f64,
    /// Age above which a price is too old to trade on.
    pub max_quote_age_seconds: f64,
    /// Cash and positions at the mark, in dollars.
    pub equity: f64,
    /// The change of equity since the last equity of the day before, in dollars.
    pub day_profit: f64,
    pub positions: Vec<PositionLine>,
    /// The limits of the account with their use, the fullest first.
    pub limits: Vec<LimitLine>,
    /// The activity since midnight, or since this session began.
    pub today: Today,
    /// The positions that are to be closed and cannot be: one line each, with the cause.
    pub blocked_exits: Vec<String>,
    /// The orders that work, or may work.
    pub orders: Vec<OrderLine>,
    /// The number of orders whose outcome is not known.
    pub unknown_orders: usize,
    /// The time of the last poll.
    pub last_poll: Option<Ago>,
    /// `up`, or the reason why the venue does not answer.
    pub venue_link: String,
    /// The circuit breaker: `closed`, or what it waits for.
    pub breaker: String,
    /// The venue's word about itself.
    pub venue_says: VenueSays,
    /// The next thing that is scheduled.
    pub next_change: Option<NextChange>,
    /// The last comparison with the venue's books.
    pub reconciliation: Option<Reconciliation>,
    /// The space that the account's files take.
    pub disk: Option<DiskUse>,
    /// The strategies in the slots.
    pub slots: Vec<SlotLine>,
    /// Counts of this session.
    pub counts: SessionCounts,
    /// The number of signals that were refused in this session, by the code of the check.
    pub refusals: BTreeMap<String, u64>,
    /// The number of notices of this session, by code and severity.
    pub notices: Vec<NoticeCount>,
}

/// A slot and the strategy in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotLine {
    pub slot: String,
    /// The strategy's name; empty in a slot without one.
    pub strategy: String,
    pub version: String,
    /// SHA-256 of its component, in hexadecimal.
    pub sha256: String,
    /// The one who vouches for it, in words.
    pub signer: String,
    /// `trading`, `warming up`, `stopped`, `quarantined` or `vacant`.
    pub standing: String,
    /// The reasons why it is stopped or quarantined, one line each.
    pub reasons: Vec<String>,
    /// The time from which its signals count, if that is still to come. UTC.
    pub trades_from: Option<String>,
    /// Its own limits with their use, the fullest first; empty if it has none.
    pub limits: Vec<LimitLine>,
    /// Schema, version and size of its last state; absent if it has saved none in this session.
    pub state: Option<String>,
    /// Quote rows that it has been shown since it was started.
    pub rows: u64,
    /// Fuel that it has used for them: about one unit per instruction.
    pub fuel: u64,
    /// Memory held, in bytes.
    pub memory_bytes: u64,
    /// Number of faults since the account was opened.
    pub faults: u32,
    /// The version from before that comes back if this one fails, and until when.
    pub former: Option<String>,
    /// The version that waits to take over, and from when.
    pub coming: Option<String>,
    /// The version that decides in its shadow.
    pub shadow: Option<ShadowLine>,
}

/// A version that decides in the shadow of the one in its slot, beside that one since it began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShadowLine {
    pub strategy: String,
    pub version: String,
    /// SHA-256 of its component, in hexadecimal.
    pub sha256: String,
    /// UTC.
    pub since: String,
    /// Its figures on the pretend account.
    pub figures: Figures,
    /// Those of the version that trades, since then.
    pub trading: Figures,
    /// Cash and positions of the pretend account at the mark, in dollars.
    pub equity: f64,
    /// The capital that this account began with, in dollars.
    pub capital: f64,
    /// The fault that ended it.
    pub fault: Option<String>,
}

/// The figures of one slot over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    pub signals: u64,
    /// Orders that passed all checks.
    pub orders: u64,
    pub fills: u64,
    /// Orders that a check refused.
    pub refused: u64,
    /// Round trips that were closed.
    pub trades: u64,
    /// Those of them with a profit.
    pub won: u64,
    /// Profit of the trades after fees, in dollars.
    pub net: f64,
}

/// A position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PositionLine {
    /// The name of the slot that holds it.
    #[serde(default)]
    pub slot: String,
    /// The venue's ticker of the market.
    pub ticker: String,
    /// The market's title; its ticker if it has none.
    #[serde(default)]
    pub title: String,
    /// The time at which the market closes, if it is known. UTC.
    #[serde(default)]
    pub closes: Option<String>,
    /// The most that it can lose, in dollars.
    #[serde(default)]
    pub at_risk: f64,
    /// Contracts of YES; negative: of NO.
    pub contracts: f64,
    /// The cost, in dollars.
    pub cost: f64,
    /// The profit at the mark, in dollars, if it is known.
    pub unrealised: Option<f64>,
    /// The mark: the price at which it counts, in dollars.
    pub mark: f64,
    /// The book that the mark comes from; empty for the mid of a book with both sides.
    pub mark_basis: String,
}

/// A position in the price of its side, as people read it: 27 NO at 0.76.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Contracts; positive.
    pub contracts: f64,
    /// `YES` or `NO`.
    pub side: &'static str,
    /// Average price paid for a contract of the side, in dollars.
    pub entry: f64,
    /// The mark of a contract of the side, in dollars.
    pub mark: f64,
}

impl PositionLine {
    /// Returns the position in the price of its side.
    pub fn held(&self) -> Held {
        let contracts = self.contracts.abs();
        let average = if contracts > 0.0 { self.cost.abs() / contracts } else { 0.0 };
        match self.contracts < 0.0 {
            // What a short position received for YES is what NO did not cost.
            true => Held { contracts, side: "NO", entry: 1.0 - average, mark: 1.0 - self.mark },
            false => Held { contracts, side: "YES", entry: average, mark: self.mark },
        }
    }
}

/// An order that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The name of the slot that it belongs to.
    #[serde(default)]
    pub slot: String,
    /// The host's number of the order.
    pub order: u64,
    /// The venue's ticker of the market.
    pub ticker: String,
    /// The market's title; its ticker if it has none.
    #[serde(default)]
    pub title: String,
    /// Time since it was decided.
    #[serde(default)]
    pub age_seconds: f64,
    /// Time until it expires; absent for one that trades at once or not at all.
    #[serde(default)]
    pub left_seconds: Option<f64>,
    /// True if it reduces a position.
    #[serde(default)]
    pub is_exit: bool,
    /// `buy` or `sell`.
    pub side: String,
    /// The price of YES, in dollars.
    pub price: f64,
    /// Contracts ordered.
    pub contracts: f64,
    /// Contracts filled.
    pub filled: f64,
    /// The stage of its life: `sent`, `unknown`, `resting` or `cancelling`.
    pub standing: String,
}

/// A limit and its use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitLine {
    /// The limit's key in the section `[risk]`, which is also the code of its refusals.
    pub code: String,
    pub used: f64,
    /// The limit at the stage in force.
    pub limit: f64,
    /// `dollars`, `contracts`, `positions` or `trades`.
    pub unit: String,
    /// The market or category that is nearest to it; empty for limits on the whole account.
    pub about: String,
}

impl LimitLine {
    /// Returns the part of the limit that is in use.
    pub fn share(&self) -> f64 {
        if self.limit > 0.0 { self.used / self.limit } else { f64::from(u8::from(self.used > 0.0)) }
    }
}

/// The activity of a UTC day, as far as this session has seen it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Today {
    /// The time from which it is counted: midnight, or the start of the session. UTC.
    pub since: String,
    pub signals: u64,
    /// Orders that passed all checks.
    pub orders: u64,
    pub fills: u64,
    /// Round trips that were closed.
    pub trades: u64,
    /// Refusals by code, the most frequent first.
    pub refusals: Vec<RefusalLine>,
}

/// The refusals by one check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefusalLine {
    pub code: String,
    pub times: u64,
    /// The time of the last one. UTC.
    pub last: String,
}

/// The last comparison with the venue's books.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    pub at: Ago,
    /// The differences; empty if the books agree.
    pub mismatches: Vec<String>,
}

/// The process and the account that it trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// True if the account is pretend.
    #[serde(default)]
    pub paper: bool,
    pub venue: String,
    pub account: String,
    pub pid: u32,
    pub version: String,
}

impl Identity {
    /// Returns the account's name as people give it.
    pub fn reference(&self) -> String {
        reference(if self.paper { TradingMode::Paper } else { TradingMode::Live }, &self.account)
    }

    /// Returns the identity of this process, trading the real `account` at `venue`.
    pub fn of_this_process(venue: &str, account: &str) -> Identity {
        Identity {
            paper: false,
            venue: venue.to_owned(),
            account: account.to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The answer to a request for the status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusView {
    pub identity: Identity,
    pub uptime_seconds: f64,
    /// The engagement of the kill switch, if it is engaged.
    pub killed: Option<Killed>,
    /// The status that the loop last published, if it has begun.
    pub status: Option<Status>,
    /// Age of that status, in seconds.
    pub status_age_seconds: f64,
}

/// The place where the loop publishes its status; clones share it.
#[derive(Clone, Debug)]
pub struct StatusPublisher(Arc<Published>);

#[derive(Debug)]
struct Published {
    identity: Identity,
    started: Instant,
    status: Mutex<Option<(Status, Instant)>>,
}

impl StatusPublisher {
    /// Makes a publisher that has published nothing yet.
    pub fn new(identity: Identity) -> StatusPublisher {
        StatusPublisher(Arc::new(Published { identity, started: Instant::now(), status: Mutex::new(None) }))
    }

    /// Replaces the status that was published before.
    pub fn publish(&self, status: Status) {
        *self.lock() = Some((status, Instant::now()));
    }

    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Returns the answer to a request for the status, with what the kill switch says.
    pub fn view(&self, killed: Option<Killed>) -> StatusView {
        let said = self.lock().clone();
        StatusView {
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
