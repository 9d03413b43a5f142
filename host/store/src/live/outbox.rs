//! Reads the outbox. Only [`super::transitions`] and [`super::commit`] change it.

use host_core::OrderState;
use host_core::{Order, OrderId, Qty, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::error::OperationError;
use super::store::parse;
use super::{LiveStore, StoreError};

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT order_id, client_order_id, ticker, body, filled, state, venue_order_id, sent, unknown_since, \
             cancel_wanted, cancel_sent, ended, reason, updated FROM outbox ",
            $($rest),*
        )
    };
}

pub(super) const BY_ID: &str = select!("WHERE order_id = ?");
pub(super) const BY_CLIENT_ID: &str = select!("WHERE client_order_id = ?");
pub(super) const BY_VENUE_ID: &str = select!("WHERE venue_order_id = ?");
/// Names the index of open orders, because the query planner might otherwise scan the table.
pub(super) const OPEN: &str = select!("INDEXED BY outbox_open WHERE ended IS NULL ORDER BY order_id");
pub(super) const FILL: &str = "SELECT 1 FROM executions WHERE venue_id = ?";

/// An order with its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The order as the engine made it.
    pub order: Order,
    pub ticker: String,
    pub client_order_id: String,
    pub state: OrderState,
    /// The venue's id, once it is known.
    pub venue_order_id: Option<String>,
    /// Quantity filled.
    pub filled: Qty,
    /// Time just before it left.
    pub sent: Timestamp,
    /// Time at which its outcome became unknown; kept when the outcome is found.
    pub unknown_since: Option<Timestamp>,
    /// Time at which a cancel was first wanted.
    pub cancel_wanted: Option<Timestamp>,
    /// Time at which a cancel was last sent.
    pub cancel_sent: Option<Timestamp>,
    /// Time at which it ended.
    pub ended: Option<Timestamp>,
    /// Explanation of the state, if any.
    pub reason: String,
    /// Time of the last change.
    pub updated: Timestamp,
}

impl LiveStore {
    /// Returns an order, open or ended.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn order(&self, order: OrderId) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| one(connection, BY_ID, [order.0.cast_signed()]))
    }

    /// Returns the order with this client order id, open or ended.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn order_by_client_id(&self, client_order_id: &str) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| one(connection, BY_CLIENT_ID, [client_order_id]))
    }

    /// Returns the order with this id of the venue, open or ended.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn order_by_venue_id(&self, venue_order_id: &str) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| by_venue_id(connection, venue_order_id))
    }

    /// Returns the open orders by number. The time it takes grows with the open orders only, not with those that have
    /// ended.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn open_orders(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|connection| all(connection, OPEN, []))
    }

    /// Returns true if the venue's fill is recorded, for an order or set aside.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn has_fill(&self, venue_id: &str) -> Result<bool, StoreError> {
        self.read(|connection| is_known_fill(connection, venue_id))
    }
}

pub(super) fn by_venue_id(connection: &Connection, venue_order_id: &str) -> Result<Option<OutboxRow>, OperationError> {
    one(connection, BY_VENUE_ID, [venue_order_id])
}

pub(super) fn is_known_fill(connection: &Connection, venue_id: &str) -> Result<bool, OperationError> {
    Ok(connection.prepare_cached(FILL)?.exists([venue_id])?)
}

/// Returns an order, or an error if it does not exist.
pub(super) fn find(connection: &Connection, order: OrderId) -> Result<OutboxRow, OperationError> {
    one(connection, BY_ID, [order.0.cast_signed()])?.ok_or(OperationError::Live(StoreError::NoOrder { order }))
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<OutboxRow>, OperationError> {
    connection.prepare_cached(sql)?.query_row(params, |row| Ok(read(row))).optional()?.transpose()
}

fn all(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<OutboxRow>, OperationError> {
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map(params, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<OutboxRow, OperationError> {
    let id: i64 = row.get(0)?;
    let time = |column: usize| Ok::<_, OperationError>(row.get::<_, Option<i64>>(column)?.map(Timestamp));
    let order: Order = parse(&row.get::<_, String>(3)?, &format!("order {id}"))?;
    if order.id.0.cast_signed() != id {
        return Err(OperationError::Damaged(format!("order {id} says that it is order {}", order.id.0)));
    }
    let state = row.get::<_, String>(5)?.parse();
    Ok(OutboxRow {
        order,
        client_order_id: row.get(1)?,
        ticker: row.get(2)?,
        filled: Qty(row.get(4)?),
        state: state.map_err(|error| OperationError::Damaged(format!("order {id}: {error}")))?,
        venue_order_id: row.get(6)?,
        sent: Timestamp(row.get(7)?),
        unknown_since: time(8)?,
        cancel_wanted: time(9)?,
        cancel_sent: time(10)?,
        ended: time(11)?,
        reason: row.get(12)?,
        updated: Timestamp(row.get(13)?),
    })
}
