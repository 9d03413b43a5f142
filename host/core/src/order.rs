//! Orders, their states, and fills. Sides are always in terms of YES: selling YES at `p` is buying NO at `1 - p`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// Number of an order within a run: counts up, never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// Which way a trade goes, in terms of YES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Buy YES.
    Buy,
    /// Sell YES (with no YES held: buy NO).
    Sell,
}

impl Side {
    /// `1` to buy, `-1` to sell.
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }

    /// The other way.
    pub const fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// `qty` with this side's sign.
    pub const fn signed(self, qty: Qty) -> Qty {
        Qty(qty.0 * self.sign())
    }

    /// What `qty` at `price` can lose at the worst: the price paid to buy, one dollar less it to sell.
    pub fn worst_loss(self, price: Price, qty: Qty) -> Usd {
        match self {
            Side::Buy => price * qty,
            Side::Sell => price.complement() * qty,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Side::Buy => "buy",
            Side::Sell => "sell",
        })
    }
}

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Good till cancelled, and cancelled by the host (and the venue) at this time.
    GoodTill(Timestamp),
    /// What does not fill at once is cancelled.
    ImmediateOrCancel,
}

/// Why an order is sent: growth is limited, reduction passes the limits that exist to stop growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// Opens a position.
    Entry,
    /// Closes one, never beyond flat.
    Exit,
}

/// A limit order. It can leave the engine only as [`crate::risk::Approved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// The strategy slot that it belongs to; survives a hot swap.
    pub slot: SlotId,
    /// Which market.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// The limit, in YES terms.
    pub price: Price,
    /// How many contracts; positive.
    pub qty: Qty,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Why.
    pub intent: Intent,
    /// When it was decided.
    pub created: Timestamp,
    /// Twice the mid when it was decided: what slippage is measured against.
    pub arrival_mid_doubled: i32,
}

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderState {
    /// Sent, or resting at the venue; possibly filled in part.
    Working,
    /// Filled in full.
    Filled,
    /// Cancelled by the host, the venue or a person.
    Cancelled,
    /// Its time ran out.
    Expired,
    /// The venue refused it.
    Rejected,
}

impl OrderState {
    /// Whether nothing more can happen to it.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, OrderState::Working)
    }
}

/// One execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Of which order.
    pub order: OrderId,
    /// When.
    pub time: Timestamp,
    /// At what price, in YES terms.
    pub price: Price,
    /// How many contracts; positive.
    pub qty: Qty,
    /// What the venue took for it.
    pub fee: Usd,
    /// Whether it took liquidity rather than made it.
    pub taker: bool,
}
