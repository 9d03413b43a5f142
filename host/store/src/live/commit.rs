//! Writes the steps of the engine with all their effects in one transaction.

use host_core::OrderState;
use host_core::{Fill, Market, Order, OrderId, Qty, Record, SlotId, Timestamp, Usd};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::error::OperationError;
use super::outbox::find;
use super::store::{LAST_MARKET, MARKET_BY_TICKER, TICKER, json, put_meta};
use super::transitions::{Sent, check_transition, refuse_known, transition, want_cancel};
use super::{LiveStore, StoreError, client_order_id};
use crate::journal::events::{EventRef, JournalStep};
use crate::journal::{EquityPoint, insert_equity, insert_markets, insert_step};

/// Number of snapshots kept: the latest, and some more in case it cannot be read.
const SNAPSHOTS: i64 = 3;

pub(super) const KNOWN: &str = "SELECT 1 FROM outbox WHERE order_id = ?";
pub(super) const SEND: &str = "INSERT INTO outbox (order_id, client_order_id, ticker, body, qty, state, sent, updated) \
    VALUES (?1, ?2, ?3, ?4, ?5, 'sent', ?6, ?6)";
pub(super) const EXECUTE: &str = "INSERT INTO executions (venue_id, order_id, time, body) VALUES (?, ?, ?, ?)";
pub(super) const FILLED: &str =
    "UPDATE outbox SET filled = ?2, state = ?3, updated = ?4, ended = iif(?5, ?4, NULL) WHERE order_id = ?1";
pub(super) const HOLD: &str = "INSERT OR REPLACE INTO positions (slot, ticker, qty, cost) VALUES (?, ?, ?, ?)";
pub(super) const DROP: &str = "DELETE FROM positions WHERE slot = ? AND ticker = ?";
pub(super) const SEAT: &str = "UPDATE slots SET sha256 = ?2 WHERE slot = ?1";
pub(super) const LAST_SNAPSHOT: &str = "SELECT coalesce(max(number), 0) FROM snapshots";
pub(super) const SNAPSHOT: &str =
    "INSERT INTO snapshots (number, version, event_seq, time, body) VALUES (?, ?, ?, ?, ?)";
pub(super) const FORGET_SNAPSHOTS: &str = "DELETE FROM snapshots WHERE number <= ?";

/// Changes that are written together: all or none.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The host's time.
    pub time: Timestamp,
    /// The engine's events with their effects, in order. New markets are listed under their numbers, and cancelled
    /// orders are marked.
    pub steps: &'a [JournalStep<'a>],
    /// Orders that the engine places. From the commit on each may be at the venue.
    pub orders: &'a [Order],
    /// Fills that the engine saw. A complete fill ends its order.
    pub fills: &'a [LiveFill],
    /// Orders that ended in any other way.
    pub endings: &'a [Ending],
    /// The equity after the steps.
    pub equity: &'a [EquityPoint],
    /// Positions that changed. One without contracts is removed.
    pub positions: &'a [PositionRow],
    /// The engine's state after the last step, as JSON, if it is to be stored.
    pub snapshot: Option<&'a str>,
    /// A small value to be kept across restarts, as JSON under its key.
    pub meta: Option<(&'a str, &'a str)>,
}

impl Commit<'_> {
    /// Returns a commit at `time` that changes nothing yet.
    pub const fn at(time: Timestamp) -> Commit<'static> {
        Commit {
            time,
            steps: &[],
            orders: &[],
            fills: &[],
            endings: &[],
            equity: &[],
            positions: &[],
            snapshot: None,
            meta: None,
        }
    }

    /// Returns the slots that another component took over, with its digest.
    fn swapped(&self) -> impl Iterator<Item = (SlotId, &str)> {
        let records = self.steps.iter().flat_map(|step| step.records);
        records.filter_map(|record| match record {
            Record::Swapped { slot, to, .. } => Some((*slot, to.sha256.as_str())),
            _ => None,
        })
    }

    /// Returns true if the commit has a fill or the end of `order`.
    fn is_about(&self, order: OrderId) -> bool {
        let mut fills = self.fills.iter().map(|fill| fill.fill.order);
        fills.any(|other| other == order) || self.endings.iter().any(|ending| ending.order == order)
    }
}

/// A fill with the venue's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFill {
    /// The venue's id of the fill. Two fills with the same id are the same fill.
    pub venue_id: String,
    pub fill: Fill,
}

/// The end of an order without a complete fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub order: OrderId,
    /// [`OrderState::Cancelled`], [`OrderState::Expired`], [`OrderState::Rejected`] or [`OrderState::NotPlaced`].
    pub state: OrderState,
    /// The venue's or the host's explanation, if any.
    pub reason: String,
}

/// The position of a slot in a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    pub slot: SlotId,
    pub ticker: String,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// Amount paid for the contracts; negative for a short position.
    pub cost: Usd,
}

impl LiveStore {
    /// Writes `commit` and waits for the disk, once. Returns the proof for each of its orders, in their order, that it
    /// may leave: a proof allows one attempt, and the order is never sent again, whatever happens. On any error nothing
    /// is written, and the store accepts nothing until
    /// it is opened again, because the engine would be ahead of it.
    ///
    /// # Errors
    /// Errors of the file: [`StoreError::Journal`] (full, locked, damaged), [`StoreError::Disk`],
    /// [`StoreError::NoAccess`], [`StoreError::Stopped`]. Bugs of the host: [`StoreError::Repeated`],
    /// [`StoreError::NoOrder`], [`StoreError::Transition`], [`StoreError::Order`], [`StoreError::KnownFill`],
    /// [`StoreError::Market`], [`StoreError::NoStrategy`].
    pub fn commit(&mut self, commit: &Commit<'_>) -> Result<Vec<Sent>, StoreError> {
        let (path, mut counters, state_version) = (self.path.clone(), self.counters, self.state_version);
        let (names, mut strategies) = ((self.deployment, self.nonce), self.strategies.clone());
        let written = self.write(|transaction| {
            for step in commit.steps {
                if let EventRef::Market(market) = step.event {
                    check_number(transaction, market)?;
                    insert_markets(&path, transaction, std::slice::from_ref(market))?;
                }
                insert_step(&path, transaction, &mut counters, step)?;
            }
            let mut sent = Vec::with_capacity(commit.orders.len());
            insert_equity(transaction, commit.equity)?;
            for (slot, sha256) in commit.swapped() {
                transaction.prepare_cached(SEAT)?.execute(params![slot.0, sha256])?;
                strategies.insert(slot, sha256.to_owned());
            }
            for order in commit.orders {
                let (order_id, slot) = (order.id, order.slot);
                let strategy = strategies.get(&slot).ok_or(StoreError::NoStrategy { order: order_id, slot })?;
                sent.push(send(transaction, names, strategy, order, commit.time)?);
            }
            for fill in commit.fills {
                execute(transaction, fill, commit.time)?;
            }
            for ending in commit.endings {
                end(transaction, ending, commit.time)?;
            }
            for order in commit.steps.iter().flat_map(|step| step.cancels) {
                // The engine may cancel all orders because of the very event that ends this one, which then needs no
                // cancel.
                if !(commit.is_about(*order) && find(transaction, *order)?.state.is_terminal()) {
                    want_cancel(transaction, *order, commit.time)?;
                }
            }
            for position in commit.positions {
                hold(transaction, position)?;
            }
            let keep = |body| keep(transaction, state_version, counters.event_seq, body, commit.time);
            commit.snapshot.map_or(Ok(()), keep)?;
            commit.meta.map_or(Ok(()), |(key, value)| put_meta(transaction, key, value))?;
            Ok(sent)
        });
        match &written {
            Ok(_) => (self.counters, self.strategies) = (counters, strategies),
            Err(error) if self.stopped.is_none() => self.stopped = Some(error.to_string()),
            Err(_) => {}
        }
        written
    }
}

/// Checks the market's number: numbers are dense, and a ticker keeps its number for ever.
fn check_number(connection: &Connection, market: &Market) -> Result<(), OperationError> {
    let id = market.id.0;
    let refused = |reason| Err(StoreError::Market { ticker: market.ticker.clone(), market: market.id, reason }.into());
    let number: Option<u32> =
        connection.prepare_cached(MARKET_BY_TICKER)?.query_row([&market.ticker], |row| row.get(0)).optional()?;
    match number {
        Some(known) if known == id => Ok(()),
        Some(known) => refused(format!("it has number {known} for ever")),
        None => {
            let last: Option<u32> = connection.prepare_cached(LAST_MARKET)?.query_row([], |row| row.get(0))?;
            let next = last.map_or(0, |last| last + 1);
            if id == next { Ok(()) } else { refused(format!("the next free one is {next}")) }
        }
    }
}

fn send(
    connection: &Connection,
    (deployment, nonce): (Uuid, Uuid),
    strategy: &str,
    order: &Order,
    time: Timestamp,
) -> Result<Sent, OperationError> {
    let id = order.id;
    let refused = |reason: &str| StoreError::Order { order: id, reason: reason.to_owned() };
    if order.qty <= Qty::ZERO {
        return Err(refused("it is for no contracts").into());
    }
    if connection.prepare_cached(KNOWN)?.exists([id.0.cast_signed()])? {
        return Err(StoreError::Repeated { order: id }.into());
    }
    let mut select = connection.prepare_cached(TICKER)?;
    let ticker: Option<String> = select.query_row([order.market.0], |row| row.get(0)).optional()?;
    let ticker = ticker.ok_or_else(|| refused("it is of a market that was never listed"))?;
    let client = client_order_id(deployment, nonce, strategy, &ticker, id);
    let row = params![id.0.cast_signed(), client, ticker, json(order)?, order.qty.0, time.0];
    connection.prepare_cached(SEND)?.execute(row)?;
    Ok(Sent::new(order.clone(), ticker, client))
}

fn execute(connection: &Connection, fill: &LiveFill, time: Timestamp) -> Result<(), OperationError> {
    let LiveFill { venue_id, fill } = fill;
    let order = fill.order;
    refuse_known(connection, venue_id)?;
    let row = find(connection, order)?;
    // A fill of more than was ordered is recorded all the same: the venue decides. Reconciliation reports the
    // difference.
    let (filled, full) = (row.filled + fill.qty, row.filled + fill.qty >= row.order.qty);
    if fill.qty <= Qty::ZERO {
        let reason = format!("the venue's fill `{venue_id}` is for {} contracts", fill.qty);
        return Err(StoreError::Order { order, reason }.into());
    }
    check_transition(&row, OrderState::Filled)?;
    let state = if full { OrderState::Filled } else { OrderState::Working };
    let id = order.0.cast_signed();
    connection.prepare_cached(EXECUTE)?.execute(params![venue_id, id, fill.time.0, json(fill)?])?;
    connection.prepare_cached(FILLED)?.execute(params![id, filled.0, state.as_str(), time.0, full])?;
    Ok(())
}

fn end(connection: &Connection, ending: &Ending, time: Timestamp) -> Result<(), OperationError> {
    let Ending { order, state, reason } = ending;
    if !state.is_terminal() || *state == OrderState::Filled {
        let reason = format!("it cannot end as {state}: only fills fill it");
        return Err(StoreError::Order { order: *order, reason }.into());
    }
    transition(connection, *order, *state, time, reason).map(drop)
}

fn hold(connection: &Connection, position: &PositionRow) -> Result<(), OperationError> {
    let PositionRow { slot, ticker, qty, cost } = position;
    match qty.is_zero() {
        true => connection.prepare_cached(DROP)?.execute(params![slot.0, ticker])?,
        false => connection.prepare_cached(HOLD)?.execute(params![slot.0, ticker, qty.0, cost.0])?,
    };
    Ok(())
}

pub(super) fn keep(
    connection: &Connection,
    version: i64,
    event_seq: i64,
    body: &str,
    time: Timestamp,
) -> Result<(), OperationError> {
    let last: i64 = connection.prepare_cached(LAST_SNAPSHOT)?.query_row([], |row| row.get(0))?;
    connection.prepare_cached(SNAPSHOT)?.execute(params![last + 1, version, event_seq, time.0, body])?;
    connection.prepare_cached(FORGET_SNAPSHOTS)?.execute([last + 1 - SNAPSHOTS])?;
    Ok(())
}
