//! Transitions of single orders between their states, once they have left. Each is a commit of its own;
//! the transitions that belong to a step of the engine are part of that step's commit.

use host_core::OrderState;
use host_core::{Order, OrderId, Timestamp};
use rusqlite::{Connection, params};

use super::error::OperationError;
use super::outbox::{OutboxRow, by_venue_id, find, is_known_fill};
use super::{LiveStore, StoreError};

pub(super) const TRANSITION: &str = "UPDATE outbox SET state = ?2, updated = ?3, reason = ?4, \
    unknown_since = iif(?2 = 'unknown', ?3, unknown_since), \
    ended = iif(?5, ?3, NULL) WHERE order_id = ?1";
pub(super) const NAME: &str =
    "UPDATE outbox SET venue_order_id = ?2, state = 'working', updated = ?3 WHERE order_id = ?1";
pub(super) const WANT_CANCEL: &str =
    "UPDATE outbox SET cancel_wanted = coalesce(cancel_wanted, ?2), updated = ?2 WHERE order_id = ?1";
pub(super) const CANCEL_SENT: &str = "UPDATE outbox SET cancel_sent = ?2, updated = ?2 WHERE order_id = ?1";
pub(super) const SET_ASIDE: &str = "INSERT INTO executions (venue_id, time, reason, body) VALUES (?, ?, ?, ?)";

/// Proof that an order is on disk as sent, without which it cannot be sent. Only [`LiveStore::commit`] makes it, once
/// for each order, and it cannot be copied.
#[derive(Debug)]
#[must_use = "the order counts as sent from now on"]
pub struct Sent {
    order: Order,
    ticker: String,
    client_order_id: String,
}

impl Sent {
    pub(super) fn new(order: Order, ticker: String, client_order_id: String) -> Sent {
        Sent { order, ticker, client_order_id }
    }

    /// Returns the number of the order.
    pub fn order(&self) -> OrderId {
        self.order.id
    }

    /// Returns the order itself.
    pub fn body(&self) -> &Order {
        &self.order
    }

    pub fn ticker(&self) -> &str {
        &self.ticker
    }

    pub fn client_order_id(&self) -> &str {
        &self.client_order_id
    }
}

impl LiveStore {
    /// Records that the venue has the order under the id `venue_order_id`. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Transition`] unless the order is [`OrderState::Sent`] or [`OrderState::Unknown`];
    /// [`StoreError::Order`] if it has another id already, or another order has this one; [`StoreError::NoOrder`];
    /// those of [`LiveStore::commit`].
    pub fn acked(&mut self, order: OrderId, venue_order_id: &str, time: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let row = find(transaction, order)?;
            match row.venue_order_id.as_deref() {
                Some(known) if known == venue_order_id && row.state == OrderState::Working => return Ok(()),
                Some(known) if known != venue_order_id => {
                    let reason = format!("the venue calls it `{known}`, it cannot be `{venue_order_id}` as well");
                    return Err(StoreError::Order { order, reason }.into());
                }
                _ => check_transition(&row, OrderState::Working)?,
            }
            if let Some(other) = by_venue_id(transaction, venue_order_id)?.filter(|other| other.order.id != order) {
                let reason = format!("the venue's id `{venue_order_id}` is that of order {}", other.order.id.0);
                return Err(StoreError::Order { order, reason }.into());
            }
            let mut update = transaction.prepare_cached(NAME)?;
            update.execute(params![order.0.cast_signed(), venue_order_id, time.0])?;
            Ok(())
        })
    }

    /// Records that no response told the fate of the order, or that the venue shows it in a way that says nothing, so
    /// that it must be looked up.
    ///
    /// # Errors
    /// [`StoreError::Transition`] unless the order is [`OrderState::Sent`] or [`OrderState::Working`];
    /// [`StoreError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn unknown(&mut self, order: OrderId, reason: &str, time: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| transition(transaction, order, OrderState::Unknown, time, reason).map(drop))
    }

    /// Records that `orders` are to be cancelled, in one wait for the disk. The engine's own cancels are part of its
    /// commit. Repeating it keeps the first time.
    ///
    /// # Errors
    /// [`StoreError::Order`] if an order has ended; [`StoreError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn cancels_wanted(&mut self, orders: &[OrderId], time: Timestamp) -> Result<(), StoreError> {
        match orders {
            [] => Ok(()),
            _ => self.write(|transaction| orders.iter().try_for_each(|&order| want_cancel(transaction, order, time))),
        }
    }

    /// Records that the cancels of `orders` are about to be sent, in one wait for the disk. They may be sent again: a
    /// second cancel does no harm.
    ///
    /// # Errors
    /// [`StoreError::Order`] unless every order is open, and the venue's id of it is known; [`StoreError::NoOrder`];
    /// those of [`LiveStore::commit`].
    pub fn cancels_sent(&mut self, orders: &[OrderId], time: Timestamp) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            orders.iter().try_for_each(|&order| {
                let OutboxRow { state, venue_order_id, .. } = find(transaction, order)?;
                if state.is_terminal() || venue_order_id.is_none() {
                    let reason = format!("it is {state}, so there is nothing at the venue to cancel by its id");
                    return Err(StoreError::Order { order, reason }.into());
                }
                transaction.prepare_cached(CANCEL_SENT)?.execute([order.0.cast_signed(), time.0])?;
                Ok(())
            })
        })
    }

    /// Records a fill that belongs to no open order: one of an order that a person placed, or one after the end of an
    /// order of ours. `body` is the venue's fill as JSON. [`LiveStore::has_fill`] knows the fill from then on.
    ///
    /// # Errors
    /// [`StoreError::KnownFill`]; those of [`LiveStore::commit`].
    pub fn set_fill_aside(
        &mut self,
        venue_id: &str,
        reason: &str,
        body: &impl serde::Serialize,
        time: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            refuse_known(transaction, venue_id)?;
            let body = super::store::json(body)?;
            transaction.prepare_cached(SET_ASIDE)?.execute(params![venue_id, time.0, reason, body])?;
            Ok(())
        })
    }
}

/// Moves an order to the state `to`, and returns the order as it was before.
pub(super) fn transition(
    connection: &Connection,
    order: OrderId,
    to: OrderState,
    time: Timestamp,
    reason: &str,
) -> Result<OutboxRow, OperationError> {
    let row = find(connection, order)?;
    check_transition(&row, to)?;
    let mut update = connection.prepare_cached(TRANSITION)?;
    update.execute(params![order.0.cast_signed(), to.as_str(), time.0, reason, to.is_terminal()])?;
    Ok(row)
}

pub(super) fn want_cancel(connection: &Connection, order: OrderId, time: Timestamp) -> Result<(), OperationError> {
    let state = find(connection, order)?.state;
    if state.is_terminal() {
        let reason = format!("it is {state}, so it cannot be cancelled");
        return Err(StoreError::Order { order, reason }.into());
    }
    connection.prepare_cached(WANT_CANCEL)?.execute([order.0.cast_signed(), time.0])?;
    Ok(())
}

pub(super) fn refuse_known(connection: &Connection, venue_id: &str) -> Result<(), OperationError> {
    match is_known_fill(connection, venue_id)? {
        true => Err(StoreError::KnownFill { venue_id: venue_id.to_owned() }.into()),
        false => Ok(()),
    }
}

/// Returns an error unless `row` may become `to`. Only what has a name at the venue ends there as an order that worked.
pub(super) fn check_transition(row: &OutboxRow, to: OrderState) -> Result<(), OperationError> {
    let ends_at_venue = matches!(to, OrderState::Filled | OrderState::Cancelled | OrderState::Expired);
    match row.state.may_become(to) && (row.venue_order_id.is_some() || !ends_at_venue) {
        true => Ok(()),
        false => Err(StoreError::Transition { order: row.order.id, from: row.state, to }.into()),
    }
}
