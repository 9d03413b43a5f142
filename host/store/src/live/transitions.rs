//! Moves of single orders between their states. Those that go with a step of the engine are in its commit; those here concern
//! the way to the venue and back, and are commits of their own.

use host_core::{Order, OrderId, Timestamp};
use rusqlite::{Connection, params};

use super::error::OperationError;
use super::outbox::{OutboxRow, by_venue_id, find, is_known_fill};
use super::{LiveError, LiveStore, OutboxState};

pub(super) const TRANSITION: &str = "UPDATE outbox SET state = ?2, updated = ?3, reason = ?4, \
    sent = iif(?2 = 'sent', ?3, sent), unknown_since = iif(?2 = 'unknown', ?3, unknown_since), ended = iif(?5, ?3, NULL) \
    WHERE order_id = ?1";
pub(super) const NAME: &str =
    "UPDATE outbox SET venue_order_id = ?2, state = 'working', updated = ?3 WHERE order_id = ?1";
pub(super) const WANT_CANCEL: &str =
    "UPDATE outbox SET cancel_wanted = coalesce(cancel_wanted, ?2), updated = ?2 WHERE order_id = ?1";
pub(super) const CANCEL_SENT: &str = "UPDATE outbox SET cancel_sent = ?2, updated = ?2 WHERE order_id = ?1";
pub(super) const SET_ASIDE: &str = "INSERT INTO executions (venue_id, time, reason, body) VALUES (?, ?, ?, ?)";

/// Proof that the disk says "sent": whoever sends an order must hold it. It exists once for each order, and cannot be made or
/// copied elsewhere.
#[derive(Debug)]
#[must_use = "the order counts as sent from now on"]
pub struct Sent {
    order: Order,
    ticker: String,
    client_order_id: String,
}

impl Sent {
    /// Number of the order that may be sent now.
    pub fn order(&self) -> OrderId {
        self.order.id
    }

    /// The order itself.
    pub fn body(&self) -> &Order {
        &self.order
    }

    /// The venue's name of its market.
    pub fn ticker(&self) -> &str {
        &self.ticker
    }

    /// Its name at the venue.
    pub fn client_order_id(&self) -> &str {
        &self.client_order_id
    }
}

impl LiveStore {
    /// Says on disk that an intended order may be at the venue from `time` on. It must be sent at most once with what this
    /// returns, and is not sent again after that, whatever happens.
    ///
    /// # Errors
    /// [`LiveError::Transition`] unless it is [`OutboxState::Intended`]; [`LiveError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn mark_sent(&mut self, order: OrderId, time: Timestamp) -> Result<Sent, LiveError> {
        self.write(|transaction| {
            let OutboxRow { order, ticker, client_order_id, .. } =
                transition(transaction, order, OutboxState::Sent, time, "")?;
            Ok(Sent { order, ticker, client_order_id })
        })
    }

    /// The venue has the order under the id `venue_order_id`. The same word twice changes nothing.
    ///
    /// # Errors
    /// [`LiveError::Transition`] unless it is [`OutboxState::Sent`] or [`OutboxState::Unknown`]; [`LiveError::Order`] where it, or
    /// another order, has another id; [`LiveError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn acked(&mut self, order: OrderId, venue_order_id: &str, time: Timestamp) -> Result<(), LiveError> {
        self.write(|transaction| {
            let row = find(transaction, order)?;
            match row.venue_order_id.as_deref() {
                Some(known) if known == venue_order_id && row.state == OutboxState::Working => return Ok(()),
                Some(known) if known != venue_order_id => {
                    let reason = format!("the venue calls it `{known}`, it cannot be `{venue_order_id}` as well");
                    return Err(LiveError::Order { order, reason }.into());
                }
                _ => check_transition(&row, OutboxState::Working)?,
            }
            if let Some(other) = by_venue_id(transaction, venue_order_id)? {
                let reason = format!("the venue's id `{venue_order_id}` is that of order {}", other.order.id.0);
                return Err(LiveError::Order { order, reason }.into());
            }
            let mut update = transaction.prepare_cached(NAME)?;
            update.execute(params![order.0.cast_signed(), venue_order_id, time.0])?;
            Ok(())
        })
    }

    /// No answer said what became of the order: it must be looked up.
    ///
    /// # Errors
    /// [`LiveError::Transition`] unless it is [`OutboxState::Sent`]; [`LiveError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn unknown(&mut self, order: OrderId, reason: &str, time: Timestamp) -> Result<(), LiveError> {
        self.write(|transaction| transition(transaction, order, OutboxState::Unknown, time, reason).map(drop))
    }

    /// Someone wants the order cancelled. The engine's cancels are noted by its commit. Twice is once.
    ///
    /// # Errors
    /// [`LiveError::Order`] if it has ended; [`LiveError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn cancel_wanted(&mut self, order: OrderId, time: Timestamp) -> Result<(), LiveError> {
        self.write(|transaction| want_cancel(transaction, order, time))
    }

    /// A cancel is about to be sent. It may be sent again: a second one does no harm.
    ///
    /// # Errors
    /// [`LiveError::Order`] unless it is [`OutboxState::Working`]; [`LiveError::NoOrder`]; those of [`LiveStore::commit`].
    pub fn cancel_sent(&mut self, order: OrderId, time: Timestamp) -> Result<(), LiveError> {
        self.write(|transaction| {
            let state = find(transaction, order)?.state;
            if state != OutboxState::Working {
                let reason = format!("it is {state}, so there is nothing at the venue to cancel by its id");
                return Err(LiveError::Order { order, reason }.into());
            }
            transaction.prepare_cached(CANCEL_SENT)?.execute([order.0.cast_signed(), time.0])?;
            Ok(())
        })
    }

    /// Writes down a fill that belongs to no open order: of a person's own order, or behind the end of one of ours. `body` is
    /// the venue's fill as JSON. [`LiveStore::has_fill`] knows it from then on.
    ///
    /// # Errors
    /// [`LiveError::KnownFill`]; those of [`LiveStore::commit`].
    pub fn set_fill_aside(
        &mut self,
        venue_id: &str,
        reason: &str,
        body: &impl serde::Serialize,
        time: Timestamp,
    ) -> Result<(), LiveError> {
        self.write(|transaction| {
            refuse_known(transaction, venue_id)?;
            let body = super::store::json(body)?;
            transaction.prepare_cached(SET_ASIDE)?.execute(params![venue_id, time.0, reason, body])?;
            Ok(())
        })
    }
}

/// Moves an order to `to`; returns it as it was.
pub(super) fn transition(
    connection: &Connection,
    order: OrderId,
    to: OutboxState,
    time: Timestamp,
    reason: &str,
) -> Result<OutboxRow, OperationError> {
    let row = find(connection, order)?;
    check_transition(&row, to)?;
    let mut update = connection.prepare_cached(TRANSITION)?;
    update.execute(params![order.0.cast_signed(), to.as_str(), time.0, reason, to.is_ended()])?;
    Ok(row)
}

pub(super) fn want_cancel(connection: &Connection, order: OrderId, time: Timestamp) -> Result<(), OperationError> {
    let state = find(connection, order)?.state;
    if state.is_ended() {
        let reason = format!("it is {state}, so it cannot be cancelled");
        return Err(LiveError::Order { order, reason }.into());
    }
    connection.prepare_cached(WANT_CANCEL)?.execute([order.0.cast_signed(), time.0])?;
    Ok(())
}

pub(super) fn refuse_known(connection: &Connection, venue_id: &str) -> Result<(), OperationError> {
    match is_known_fill(connection, venue_id)? {
        true => Err(LiveError::KnownFill { venue_id: venue_id.to_owned() }.into()),
        false => Ok(()),
    }
}

/// Whether `row` may become `to`.
pub(super) fn check_transition(row: &OutboxRow, to: OutboxState) -> Result<(), OperationError> {
    match row.state.may_become(to) {
        true => Ok(()),
        false => Err(LiveError::Transition { order: row.order.id, from: row.state, to }.into()),
    }
}
