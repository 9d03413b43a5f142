//! Updates: every change of state, in order; the source of the WebSocket channels.
//!
//! House accounts cause no updates except for what is public: the book and trades.

use host_core::{MarketId, Price, Qty, Side, Timestamp};
use uuid::Uuid;

use super::account::{MemberFill, MemberPosition, SettlementRecord};
use super::ids::{AccountId, MemberId};
use super::order::BookOrder;
use super::trades::Trade;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Counts up without gaps.
    pub number: u64,
    /// The exchange's time.
    pub time: Timestamp,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The size at a price of a book changed.
    Book(BookDelta),
    Trade(Trade),
    Fill(MemberFill),
    /// A member's order was created, filled, changed or ended; contains its new state.
    Order(Box<BookOrder>),
    /// A member's position changed; contains its new state.
    Position(MemberPosition),
    /// A member received a payout.
    Settlement(SettlementRecord),
    /// A market entered a new stage of its life.
    Market(MarketId, Lifecycle),
    Group {
        account: AccountId,
        group: Uuid,
        event: GroupEvent,
    },
    /// The exchange opened, paused or closed.
    Exchange(ExchangeStatus),
}

/// A change of the size at a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookDelta {
    pub market: MarketId,
    /// `Buy` is the YES side; `Sell` is the NO side, at `1 - price`.
    pub side: Side,
    /// In YES terms.
    pub price: Price,
    /// Contracts added; negative for contracts removed.
    pub delta: Qty,
    /// Owner of the order that caused the change, who alone is told its client order id.
    pub member: MemberId,
    /// Empty for none.
    pub client_order_id: String,
}

/// A step in a market's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    Created,
    /// Trading started or resumed.
    Activated,
    /// Trading was halted, or is over.
    Deactivated,
    /// The close time changed.
    CloseDateUpdated,
    /// The result is known.
    Determined,
    /// Paid out.
    Settled,
}

impl Lifecycle {
    /// Returns the name on the wire.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupEvent {
    /// Created with this limit.
    Created(Qty),
    /// Reached its limit or was triggered: its orders are cancelled, and new ones refused until it is reset.
    Triggered,
    /// Accepts orders again.
    Reset,
    Deleted,
    /// Has this new limit.
    LimitUpdated(Qty),
}

impl GroupEvent {
    /// Returns the name on the wire.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeStatus {
    /// Everything is possible.
    Active,
    /// No new or amended orders.
    Paused,
    /// Read-only.
    Closed,
}

impl ExchangeStatus {
    /// Returns true if state can change at all.
    pub const fn exchange_active(self) -> bool {
        !matches!(self, ExchangeStatus::Closed)
    }

    /// Returns true if orders can be created.
    pub const fn trading_active(self) -> bool {
        matches!(self, ExchangeStatus::Active)
    }
}
