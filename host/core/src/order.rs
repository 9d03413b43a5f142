//! Orders, their states, and fills. Sides and prices are always in terms of YES: selling YES at `p` is buying NO at
//! `1 - p`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::strategy::{FillView, SlotId};
use crate::time::Timestamp;

/// The number of an order within a run. Numbers count up and are never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// The side of an order or trade, in terms of YES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Buy YES.
    Buy,
    /// Sell YES (with no YES held: buy NO).
    Sell,
}

impl Side {
    /// Returns 1 for buy and -1 for sell.
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }

    /// Returns the opposite side.
    pub const fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// Returns `qty` with this side's sign.
    pub const fn signed(self, qty: Qty) -> Qty {
        Qty(qty.0 * self.sign())
    }

    /// Returns the amount that a trade worth `value` costs on this side: positive for a buy, negative for a sell.
    pub const fn paid(self, value: Usd) -> Usd {
        match self {
            Side::Buy => value,
            Side::Sell => Usd(value.0.saturating_neg()),
        }
    }

    /// Returns the worst-case loss of `qty` at `price`: per contract, the price for a buy and one dollar less the price
    /// for a sell.
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

/// The time for which an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Good till cancelled, and cancelled by the host (and the venue) at this time.
    GoodTill(Timestamp),
    /// The part that does not fill at once is cancelled.
    ImmediateOrCancel,
}

/// The purpose of an order. Exits reduce risk, so they skip the limits that exist to stop growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// Opens a position.
    Entry,
    /// Closes a position, and never goes beyond flat.
    Exit,
}

/// A limit order. It can leave the engine only as a [`crate::risk::Approved`] order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Number within the run.
    pub id: OrderId,
    /// The strategy slot that it belongs to; a hot swap of the strategy does not change it.
    pub slot: SlotId,
    /// The market.
    pub market: MarketId,
    /// The side.
    pub side: Side,
    /// Limit price, in terms of YES.
    pub price: Price,
    /// Number of contracts; positive.
    pub qty: Qty,
    /// The time for which it works.
    pub time_in_force: TimeInForce,
    /// The purpose.
    pub intent: Intent,
    /// Time at which the engine decided on it.
    pub created: Timestamp,
    /// Twice the mid price when it was decided, in 1/10,000 dollar: the reference for slippage.
    pub arrival_mid_doubled: i32,
}

impl Order {
    /// Returns true if an order on the other side at `price` would trade with this one.
    pub fn meets(&self, price: Price) -> bool {
        match self.side {
            Side::Buy => self.price >= price,
            Side::Sell => self.price <= price,
        }
    }
}

/// One execution of an order, in full or in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The order that was filled.
    pub order: OrderId,
    /// Time of the execution.
    pub time: Timestamp,
    /// Price, in terms of YES.
    pub price: Price,
    /// Number of contracts; positive. All fills of an order may add up to more than was ordered.
    pub qty: Qty,
    /// Value in terms of YES, exactly as the venue counts it; positive. It is what a buyer pays and a seller of YES
    /// receives. Mostly price times quantity; where the venue averages, the price is only for people.
    pub cost: Usd,
    /// Fee charged by the venue for this fill.
    pub fee: Usd,
    /// True if it took liquidity, false if it made it.
    pub taker: bool,
}

impl Fill {
    /// Creates a fill whose cost is exactly its price times its quantity.
    pub fn at_price(order: OrderId, time: Timestamp, price: Price, qty: Qty, fee: Usd, taker: bool) -> Fill {
        Fill { order, time, price, qty, cost: price * qty, fee, taker }
    }

    /// Returns it as a strategy sees it: the fill of an order on `side` in `market`.
    pub fn view(&self, market: MarketId, side: Side) -> FillView {
        let quantity = side.signed(self.qty).as_contracts();
        FillView { market, time: self.time, quantity, price: self.price.dollars() }
    }

    /// Returns the amount that its owner can lose by it, without the fee: the cost for a buy, and one dollar per
    /// contract less the cost for a sell.
    pub fn worst_loss(&self, side: Side) -> Usd {
        match side {
            Side::Buy => self.cost,
            Side::Sell => (Price::ONE * self.qty - self.cost).max(Usd::ZERO),
        }
    }

    /// Returns the fill split into its first `qty` contracts and the rest. Cost and fee are shared in proportion, the
    /// fee in whole micro-dollars.
    pub fn split(&self, qty: Qty) -> (Fill, Fill) {
        let cost = self.cost.share(qty, self.qty);
        let fee = if qty == self.qty { self.fee } else { self.fee.share(qty, self.qty).in_micros() };
        let rest = Fill { qty: self.qty - qty, cost: self.cost - cost, fee: self.fee - fee, ..*self };
        (Fill { qty, cost, fee, ..*self }, rest)
    }
}
