//! The outbox as a table: reading its rows. Rows are changed by [`super::transitions`] and [`super::commit`] only.

use host_core::{Order, OrderId, Qty, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::error::OperationError;
use super::store::parse;
use super::{LiveError, LiveStore, OutboxState};

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
/// The index holds open orders only; without it the planner may prefer to walk the table.
pub(super) const OPEN: &str = select!("INDEXED BY outbox_open WHERE ended IS NULL ORDER BY order_id");
pub(super) const FILL: &str = "SELECT 1 FROM executions WHERE venue_id = ?";

/// An order and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// As the engine made it.
    pub order: Order,
    /// The venue's name of its market.
    pub ticker: String,
    /// Its name at the venue.
    pub client_order_id: String,
    /// Where it is.
    pub state: OutboxState,
    /// The venue's id, once that is known.
    pub venue_order_id: Option<String>,
    /// How much of it was filled.
    pub filled: Qty,
    /// When it was about to be sent.
    pub sent: Option<Timestamp>,
    /// Since when its outcome was not known; stays when it becomes known.
    pub unknown_since: Option<Timestamp>,
    /// When it was first to be cancelled.
    pub cancel_wanted: Option<Timestamp>,
    /// When a cancel was last sent.
    pub cancel_sent: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Words about its state, if any.
    pub reason: String,
    /// When this row was last changed.
    pub updated: Timestamp,
}

impl LiveStore {
    /// An order, open or ended.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn order(&self, order: OrderId) -> Result<Option<OutboxRow>, LiveError> {
        self.read(|connection| one(connection, BY_ID, [order.0.cast_signed()]))
    }

    /// The order with this client order id, open or ended.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn order_by_client_id(&self, client_order_id: &str) -> Result<Option<OutboxRow>, LiveError> {
        self.read(|connection| one(connection, BY_CLIENT_ID, [client_order_id]))
    }

    /// The order that the venue calls `venue_order_id`, open or ended.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn order_by_venue_id(&self, venue_order_id: &str) -> Result<Option<OutboxRow>, LiveError> {
        self.read(|connection| by_venue_id(connection, venue_order_id))
    }

    /// All orders that have not ended, by number. Takes as long as there are open ones, however many have ended.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where they cannot be read.
    pub fn open_orders(&self) -> Result<Vec<OutboxRow>, LiveError> {
        self.read(|connection| all(connection, OPEN, []))
    }

    /// Whether the venue's fill was written down, for an order or aside.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn has_fill(&self, venue_id: &str) -> Result<bool, LiveError> {
        self.read(|connection| is_known_fill(connection, venue_id))
    }
}

pub(super) fn by_venue_id(connection: &Connection, venue_order_id: &str) -> Result<Option<OutboxRow>, OperationError> {
    one(connection, BY_VENUE_ID, [venue_order_id])
}

pub(super) fn is_known_fill(connection: &Connection, venue_id: &str) -> Result<bool, OperationError> {
    Ok(connection.prepare_cached(FILL)?.exists([venue_id])?)
}

/// The order that a move is about.
pub(super) fn find(connection: &Connection, order: OrderId) -> Result<OutboxRow, OperationError> {
    one(connection, BY_ID, [order.0.cast_signed()])?.ok_or(OperationError::Live(LiveError::NoOrder { order }))
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
        sent: time(7)?,
        unknown_since: time(8)?,
        cancel_wanted: time(9)?,
        cancel_sent: time(10)?,
        ended: time(11)?,
        reason: row.get(12)?,
        updated: Timestamp(row.get(13)?),
    })
}
