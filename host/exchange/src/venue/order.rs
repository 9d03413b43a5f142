//! Orders as members send, change and see them. Sides and prices are always in YES terms.

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use uuid::Uuid;

use super::ids::AccountId;
use host_core::fees::FeeAccumulator;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeInForce {
    /// Fill in full at once, or not at all.
    FillOrKill,
    /// Cancel what does not fill at once.
    ImmediateOrCancel,
    /// Work until cancelled, or until this time.
    GoodTillCanceled(Option<Timestamp>),
}

/// Treatment of orders where a member would trade with themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTradePrevention {
    /// The incoming order ends there; what it filled before stands.
    TakerAtCross,
    /// The resting order is cancelled, and the incoming one continues.
    Maker,
}

/// A request for a new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Empty for none.
    pub client_order_id: String,
    /// Ticker of the market.
    pub ticker: String,
    /// Buy YES, or sell YES (which is buying NO at `1 - price`).
    pub side: Side,
    /// Limit, in YES terms.
    pub price: Price,
    /// Contracts; positive.
    pub count: Qty,
    pub time_in_force: TimeInForce,
    /// Refuse the order rather than take.
    pub post_only: bool,
    /// Reduce the order to what closes the position; only for immediate-or-cancel.
    pub reduce_only: bool,
    pub self_trade_prevention: SelfTradePrevention,
    /// Cancel the order when trading is paused.
    pub cancel_on_pause: bool,
    /// `0..=63`.
    pub subaccount: u8,
    /// Order group that it belongs to.
    pub group: Option<Uuid>,
}

impl NewOrder {
    /// Returns a good-till-cancelled limit order of the primary account, without a client order id.
    pub fn limit(ticker: &str, side: Side, price: Price, count: Qty) -> NewOrder {
        NewOrder {
            client_order_id: String::new(),
            ticker: ticker.to_owned(),
            side,
            price,
            count,
            time_in_force: TimeInForce::GoodTillCanceled(None),
            post_only: false,
            reduce_only: false,
            self_trade_prevention: SelfTradePrevention::TakerAtCross,
            cancel_on_pause: false,
            subaccount: 0,
            group: None,
        }
    }
}

/// Changes to a resting order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Must match the order's.
    pub ticker: String,
    /// Must match the order's.
    pub side: Side,
    /// New limit, in YES terms.
    pub price: Price,
    /// New total: filled and remaining contracts.
    pub count: Qty,
    /// Must match the order's, if given.
    pub client_order_id: Option<String>,
    /// New client order id, if given.
    pub updated_client_order_id: Option<String>,
    pub expiration: Expiration,
}

/// Change of an order's expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiration {
    Keep,
    /// Remove the expiry.
    Clear,
    /// Expire at this time.
    At(Timestamp),
}

/// Size by which an order is decreased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// By this many contracts, at most to zero.
    By(Qty),
    /// To this many remaining contracts.
    To(Qty),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStatus {
    /// On the book.
    Resting,
    /// Ended with a part unfilled.
    Canceled,
    /// Filled in full.
    Executed,
}

impl OrderStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Resting => "resting",
            OrderStatus::Canceled => "canceled",
            OrderStatus::Executed => "executed",
        }
    }
}

/// Reason of a cancellation. The venue does not report it; tests and logs need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// Requested by the member.
    Member,
    /// Decreased or amended to zero.
    Decreased,
    /// Immediate-or-cancel, and not filled in full.
    Unfilled,
    Expired,
    /// Would have matched the member's own order.
    SelfTrade,
    /// Its group hit the limit or was triggered.
    Group,
    Paused,
    Closed,
}

/// An order in the exchange's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookOrder {
    pub id: Uuid,
    pub account: AccountId,
    /// Empty for none.
    pub client_order_id: String,
    pub market: MarketId,
    pub side: Side,
    /// Limit, in YES terms.
    pub price: Price,
    pub status: OrderStatus,
    pub cancel_reason: Option<CancelReason>,
    /// Contracts at creation or the last amendment.
    pub initial: Qty,
    pub filled: Qty,
    /// Contracts that can still fill; zero once it has ended.
    pub remaining: Qty,
    /// Cost of taker fills without fees: the price paid to buy, or one dollar less the price to sell.
    pub taker_cost: Usd,
    /// Cost of maker fills, likewise.
    pub maker_cost: Usd,
    pub taker_fees: Usd,
    pub maker_fees: Usd,
    /// Value of all fills in YES terms: the sum of price × quantity.
    pub filled_value: Usd,
    pub time_in_force: TimeInForce,
    pub post_only: bool,
    pub self_trade_prevention: SelfTradePrevention,
    /// Cancel the order when trading is paused.
    pub cancel_on_pause: bool,
    pub group: Option<Uuid>,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Counts up across all orders.
    pub(super) number: u64,
    /// Time priority: lower is earlier. A new one is drawn when the order loses its priority.
    pub(super) priority: u64,
    pub(super) accumulator: FeeAccumulator,
}

impl BookOrder {
    /// Returns the order as a read shows it that misses the creates and cancels which were acknowledged after `then`;
    /// `None` if it was created since. Its fills are as they are.
    pub fn as_of(&self, then: Timestamp) -> Option<BookOrder> {
        if self.created > then {
            return None;
        }
        let was_cancelled = self.cancel_reason == Some(CancelReason::Member) && self.updated > then;
        let shown = self.clone();
        Some(if was_cancelled {
            let remaining = shown.initial - shown.filled;
            let updated = if shown.filled.is_zero() { shown.created } else { then };
            BookOrder { status: OrderStatus::Resting, cancel_reason: None, remaining, updated, ..shown }
        } else {
            shown
        })
    }

    /// Returns `new` as it enters a market; `number` is also its time priority.
    pub(super) fn new(
        new: &NewOrder,
        (id, number): (Uuid, u64),
        account: AccountId,
        market: MarketId,
        now: Timestamp,
    ) -> BookOrder {
        BookOrder {
            id,
            account,
            client_order_id: new.client_order_id.clone(),
            market,
            side: new.side,
            price: new.price,
            status: OrderStatus::Resting,
            cancel_reason: None,
            initial: new.count,
            filled: Qty::ZERO,
            remaining: new.count,
            taker_cost: Usd::ZERO,
            maker_cost: Usd::ZERO,
            taker_fees: Usd::ZERO,
            maker_fees: Usd::ZERO,
            filled_value: Usd::ZERO,
            time_in_force: new.time_in_force,
            post_only: new.post_only,
            self_trade_prevention: new.self_trade_prevention,
            cancel_on_pause: new.cancel_on_pause,
            group: new.group,
            created: now,
            updated: now,
            number,
            priority: number,
            accumulator: FeeAccumulator::default(),
        }
    }

    pub const fn expires(&self) -> Option<Timestamp> {
        match self.time_in_force {
            TimeInForce::GoodTillCanceled(expires) => expires,
            _ => None,
        }
    }

    /// Returns the order number, which counts up across all members and orders the lists.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the fees of all fills.
    pub fn fees(&self) -> Usd {
        self.taker_fees + self.maker_fees
    }
}

/// Result of creating or amending an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub order_id: Uuid,
    /// Empty for none.
    pub client_order_id: String,
    pub filled: Qty,
    /// Contracts that rest.
    pub remaining: Qty,
    /// Average price of all fills per contract, to the micro-dollar; `None` without a fill.
    pub average_price: Option<Usd>,
    /// Average fee of all fills per contract, to the micro-dollar; `None` without a fill.
    pub average_fee: Option<Usd>,
    pub time: Timestamp,
}

impl Placed {
    pub(super) fn of(order: &BookOrder, time: Timestamp) -> Placed {
        let each = |sum: Usd| (!order.filled.is_zero()).then(|| sum.share(Qty::ONE, order.filled).in_micros());
        Placed {
            order_id: order.id,
            client_order_id: order.client_order_id.clone(),
            filled: order.filled,
            remaining: order.remaining,
            average_price: each(order.filled_value),
            average_fee: each(order.fees()),
            time,
        }
    }
}

/// Result of cancelling or decreasing an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    pub order_id: Uuid,
    /// Empty for none.
    pub client_order_id: String,
    pub reduced_by: Qty,
    /// Contracts that still rest.
    pub remaining: Qty,
    pub time: Timestamp,
}
