//! What the exchange tells: every change of state, in order, for WebSocket channels to be fed from.
//!
//! House accounts are silent except for what everyone sees: the book and the trades.

use host_core::{MarketId, Price, Qty, Side, Timestamp};
use uuid::Uuid;

use super::account::{Fill, Position, SettlementRecord};
use super::ids::{Account, MemberId};
use super::lifecycle::ExchangeStatus;
use super::order::Order;
use super::trades::Trade;

/// One change of state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Counts up, without gaps.
    pub number: u64,
    /// The exchange's time.
    pub time: Timestamp,
    /// What changed.
    pub change: Change,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What stands at a price of a book.
    Book(BookDelta),
    /// Two orders met.
    Trade(Trade),
    /// A member's order was filled.
    Fill(Fill),
    /// A member's order was made, filled, changed or ended: as it is now.
    Order(Box<Order>),
    /// A member's position changed: as it is now.
    Position(Position),
    /// A member was paid.
    Settlement(SettlementRecord),
    /// A market went on in its life.
    Market(MarketId, Lifecycle),
    /// A member's order group changed.
    Group {
        /// Whose.
        account: Account,
        /// Which.
        group: Uuid,
        /// What happened.
        event: GroupEvent,
    },
    /// The exchange opened, paused or closed.
    Exchange(ExchangeStatus),
}

/// A change of what stands at a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookDelta {
    /// Which market.
    pub market: MarketId,
    /// `Buy`: the YES side. `Sell`: the NO side, at `1 - price`.
    pub side: Side,
    /// In YES terms.
    pub price: Price,
    /// Contracts added; negative: taken away.
    pub delta: Qty,
    /// Whose order made the difference: he alone is told his client order id.
    pub member: MemberId,
    /// Empty: none.
    pub client_order_id: String,
}

/// A step in a market's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It was listed.
    Created,
    /// Trading began, or goes on.
    Activated,
    /// Trading is halted, or over.
    Deactivated,
    /// It closes at another time.
    CloseDateUpdated,
    /// The result is known.
    Determined,
    /// It was paid.
    Settled,
}

impl Lifecycle {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Lifecycle::Created => "created",
            Lifecycle::Activated => "activated",
            Lifecycle::Deactivated => "deactivated",
            Lifecycle::CloseDateUpdated => "close_date_updated",
            Lifecycle::Determined => "determined",
            Lifecycle::Settled => "settled",
        }
    }
}

/// What happened to an order group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupEvent {
    /// It was made, with this limit.
    Created(Qty),
    /// It hit its limit or was triggered: its orders are cancelled, and new ones refused until it is reset.
    Triggered,
    /// It takes orders again.
    Reset,
    /// It is gone.
    Deleted,
    /// It has this limit from now on.
    LimitUpdated(Qty),
}

impl GroupEvent {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            GroupEvent::Created(_) => "created",
            GroupEvent::Triggered => "triggered",
            GroupEvent::Reset => "reset",
            GroupEvent::Deleted => "deleted",
            GroupEvent::LimitUpdated(_) => "limit_updated",
        }
    }
}
