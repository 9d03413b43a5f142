//! One step of the engine with all that follows from it, in one transaction.

use host_core::{Fill, Market, Order, OrderId, Qty, SlotId, Timestamp, Usd};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::error::OperationError;
use super::outbox::find;
use super::store::{MARKET_BY_TICKER, json};
use super::transitions::{check_transition, refuse_known, transition, want_cancel};
use super::{LiveError, LiveStore, OutboxState, client_order_id};
use crate::journal::events::{EventRef, JournalStep};
use crate::journal::{insert_markets, insert_step};

/// How many snapshots are kept: the latest, and some in case that it cannot be read.
const SNAPSHOTS: i64 = 3;

pub(super) const TICKER: &str = "SELECT ticker FROM markets WHERE id = ?";
pub(super) const LAST_MARKET: &str = "SELECT max(id) FROM markets";
pub(super) const KNOWN: &str = "SELECT 1 FROM outbox WHERE order_id = ?";
pub(super) const INTEND: &str = "INSERT INTO outbox (order_id, client_order_id, ticker, body, qty, state, updated) \
    VALUES (?, ?, ?, ?, ?, 'intended', ?)";
pub(super) const EXECUTE: &str = "INSERT INTO executions (venue_id, order_id, time, body) VALUES (?, ?, ?, ?)";
pub(super) const FILLED: &str =
    "UPDATE outbox SET filled = ?2, state = ?3, updated = ?4, ended = iif(?5, ?4, NULL) WHERE order_id = ?1";
pub(super) const HOLD: &str = "INSERT OR REPLACE INTO positions (slot, ticker, qty, cost) VALUES (?, ?, ?, ?)";
pub(super) const DROP: &str = "DELETE FROM positions WHERE slot = ? AND ticker = ?";
pub(super) const LAST_SNAPSHOT: &str = "SELECT coalesce(max(number), 0) FROM snapshots";
pub(super) const SNAPSHOT: &str =
    "INSERT INTO snapshots (number, version, event_seq, time, body) VALUES (?, ?, ?, ?, ?)";
pub(super) const FORGET_SNAPSHOTS: &str = "DELETE FROM snapshots WHERE number <= ?";

/// What is written down together: all of it or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The host's time.
    pub time: Timestamp,
    /// What the engine was told and what it wrote, in order. Markets that it was told of are listed with their numbers; orders
    /// that it cancelled are marked so.
    pub steps: &'a [JournalStep<'a>],
    /// Orders that it wants, none of which has been sent.
    pub intents: &'a [Order],
    /// Fills that it was told of. An order that is filled in full ends by that.
    pub fills: &'a [LiveFill],
    /// Orders that ended otherwise.
    pub endings: &'a [Ending],
    /// Positions that have changed; without contracts they are removed.
    pub positions: &'a [PositionRow],
    /// The engine's state after the last step, as JSON, if it is to be kept.
    pub snapshot: Option<&'a str>,
}

impl Commit<'_> {
    /// Whether it has a fill or the end of `order`.
    fn is_about(&self, order: OrderId) -> bool {
        let mut fills = self.fills.iter().map(|fill| fill.fill.order);
        fills.any(|other| other == order) || self.endings.iter().any(|ending| ending.order == order)
    }
}

/// A fill under the venue's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFill {
    /// The venue's id of it: of two fills with the same one the second is a repetition.
    pub venue_id: String,
    /// As the engine is told.
    pub fill: Fill,
}

/// The end of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub order: OrderId,
    /// How: [`OutboxState::Cancelled`], [`OutboxState::Expired`], [`OutboxState::Rejected`] or [`OutboxState::NotPlaced`].
    pub state: OutboxState,
    /// The venue's or the host's words, if any.
    pub reason: String,
}

/// What a slot holds of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    /// Whose.
    pub slot: SlotId,
    /// The venue's name of the market.
    pub ticker: String,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// What was paid for them; negative for a short.
    pub cost: Usd,
}

impl LiveStore {
    /// Writes down what the engine did and waits for the disk. Whatever fails, nothing of it is written, and the store takes
    /// nothing more until it is opened again: the engine would be ahead of it.
    ///
    /// # Errors
    /// The file's: [`LiveError::Journal`] (full, locked, damaged), [`LiveError::Disk`], [`LiveError::Stopped`]. The host's own
    /// mistakes: [`LiveError::Repeated`], [`LiveError::NoOrder`], [`LiveError::Transition`], [`LiveError::Order`],
    /// [`LiveError::KnownFill`], [`LiveError::Market`], [`LiveError::NoStrategy`].
    pub fn commit(&mut self, commit: &Commit<'_>) -> Result<(), LiveError> {
        let (path, mut counters, state_version) = (self.path.clone(), self.counters, self.state_version);
        let (names, strategies) = ((self.deployment, self.nonce), self.strategies.clone());
        let written = self.write(|transaction| {
            for step in commit.steps {
                if let EventRef::Market(market) = step.event {
                    check_number(transaction, market)?;
                    insert_markets(&path, transaction, std::slice::from_ref(market))?;
                }
                insert_step(&path, transaction, &mut counters, step)?;
            }
            for order in commit.intents {
                let (order_id, slot) = (order.id, order.slot);
                let strategy = strategies.get(&slot).ok_or(LiveError::NoStrategy { order: order_id, slot })?;
                intend(transaction, names, strategy, order, commit.time)?;
            }
            for fill in commit.fills {
                execute(transaction, fill, commit.time)?;
            }
            for ending in commit.endings {
                end(transaction, ending, commit.time)?;
            }
            for order in commit.steps.iter().flat_map(|step| step.cancels) {
                // The engine may cancel all because of the very event that ends this one: then there is nothing to cancel.
                if !(commit.is_about(*order) && find(transaction, *order)?.state.is_ended()) {
                    want_cancel(transaction, *order, commit.time)?;
                }
            }
            for position in commit.positions {
                hold(transaction, position)?;
            }
            let keep = |body| keep(transaction, state_version, counters.event_seq, body, commit.time);
            commit.snapshot.map_or(Ok(()), keep)
        });
        match &written {
            Ok(()) => self.counters = counters,
            Err(error) if self.stopped.is_none() => self.stopped = Some(error.to_string()),
            Err(_) => {}
        }
        written
    }
}

/// Numbers are dense, and a ticker keeps its own for ever.
fn check_number(connection: &Connection, market: &Market) -> Result<(), OperationError> {
    let id = market.id.0;
    let refused = |reason| Err(LiveError::Market { ticker: market.ticker.clone(), market: market.id, reason }.into());
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

fn intend(
    connection: &Connection,
    (deployment, nonce): (Uuid, Uuid),
    strategy: &str,
    order: &Order,
    time: Timestamp,
) -> Result<(), OperationError> {
    let id = order.id;
    let refused = |reason: &str| LiveError::Order { order: id, reason: reason.to_owned() };
    if order.qty <= Qty::ZERO {
        return Err(refused("it is for no contracts").into());
    }
    if connection.prepare_cached(KNOWN)?.exists([id.0.cast_signed()])? {
        return Err(LiveError::Repeated { order: id }.into());
    }
    let mut select = connection.prepare_cached(TICKER)?;
    let ticker: Option<String> = select.query_row([order.market.0], |row| row.get(0)).optional()?;
    let ticker = ticker.ok_or_else(|| refused("it is of a market that was never listed"))?;
    let client = client_order_id(deployment, nonce, strategy, &ticker, id);
    let row = params![id.0.cast_signed(), client, ticker, json(order)?, order.qty.0, time.0];
    connection.prepare_cached(INTEND)?.execute(row)?;
    Ok(())
}

fn execute(connection: &Connection, fill: &LiveFill, time: Timestamp) -> Result<(), OperationError> {
    let LiveFill { venue_id, fill } = fill;
    let order = fill.order;
    refuse_known(connection, venue_id)?;
    let row = find(connection, order)?;
    // More than was ordered is the venue's word all the same; the shell compares and raises the alarm.
    let (filled, full) = (row.filled + fill.qty, row.filled + fill.qty >= row.order.qty);
    if fill.qty <= Qty::ZERO {
        let reason = format!("the venue's fill `{venue_id}` is for {} contracts", fill.qty);
        return Err(LiveError::Order { order, reason }.into());
    }
    check_transition(&row, OutboxState::Filled)?;
    let state = if full { OutboxState::Filled } else { OutboxState::Working };
    let id = order.0.cast_signed();
    connection.prepare_cached(EXECUTE)?.execute(params![venue_id, id, fill.time.0, json(fill)?])?;
    connection.prepare_cached(FILLED)?.execute(params![id, filled.0, state.as_str(), time.0, full])?;
    Ok(())
}

fn end(connection: &Connection, ending: &Ending, time: Timestamp) -> Result<(), OperationError> {
    let Ending { order, state, reason } = ending;
    if !state.is_ended() || *state == OutboxState::Filled {
        let reason = format!("it cannot end as {state}: only fills fill it");
        return Err(LiveError::Order { order: *order, reason }.into());
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

fn keep(
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
