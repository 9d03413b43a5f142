//! Orders as members send, change and see them. Sides and prices are in YES terms throughout.

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use uuid::Uuid;

use super::ids::Account;
use crate::fees::FeeAccumulator;

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeInForce {
    /// In full at once, or not at all.
    FillOrKill,
    /// What does not fill at once is cancelled.
    ImmediateOrCancel,
    /// Until it is cancelled, or until this time.
    GoodTillCanceled(Option<Timestamp>),
}

/// What happens where a member would trade with himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTradePrevention {
    /// The incoming order ends there; what it has filled before stays.
    TakerAtCross,
    /// The resting order is cancelled, and the incoming one goes on.
    Maker,
}

/// An order to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Empty: none.
    pub client_order_id: String,
    /// The market's ticker.
    pub ticker: String,
    /// Buy YES, or sell YES (buy NO at `1 - price`).
    pub side: Side,
    /// The limit, in YES terms.
    pub price: Price,
    /// Contracts; positive.
    pub count: Qty,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Refused rather than take.
    pub post_only: bool,
    /// Cut down to what closes the position; only immediate-or-cancel.
    pub reduce_only: bool,
    /// What happens where it would meet the member's own orders.
    pub self_trade_prevention: SelfTradePrevention,
    /// Cancelled when trading is paused.
    pub cancel_on_pause: bool,
    /// `0..=63`.
    pub subaccount: u8,
    /// The order group that it counts against.
    pub group: Option<Uuid>,
}

impl NewOrder {
    /// A plain limit order of the primary account, good till cancelled, without a client order id.
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
    /// Must be the order's.
    pub ticker: String,
    /// Must be the order's.
    pub side: Side,
    /// The new limit, in YES terms.
    pub price: Price,
    /// The new total: filled and remaining.
    pub count: Qty,
    /// Must be the order's, if given.
    pub client_order_id: Option<String>,
    /// The order's client order id from now on, if given.
    pub updated_client_order_id: Option<String>,
    /// When it expires from now on.
    pub expiration: Expiration,
}

/// What an amendment does to the expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiration {
    /// Leaves it.
    Keep,
    /// The order expires no more.
    Clear,
    /// It expires then.
    At(Timestamp),
}

/// How an order is decreased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// By so many contracts, at most to none.
    By(Qty),
    /// To so many remaining contracts.
    To(Qty),
}

/// Where an order is in its life.
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
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Resting => "resting",
            OrderStatus::Canceled => "canceled",
            OrderStatus::Executed => "executed",
        }
    }
}

/// Why an order was cancelled. The venue does not say; tests and logs want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The member asked.
    Member,
    /// Decreased or amended to nothing.
    Decreased,
    /// Immediate or cancel, and not filled in full.
    Unfilled,
    /// Its time ran out.
    Expired,
    /// It would have met the member's own order.
    SelfTrade,
    /// Its group hit the limit or was triggered.
    Group,
    /// Trading was paused.
    Paused,
    /// The market closed.
    Closed,
}

/// An order as the exchange keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The venue's id.
    pub id: Uuid,
    /// Whose.
    pub account: Account,
    /// Empty: none.
    pub client_order_id: String,
    /// In which market.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// The limit, in YES terms.
    pub price: Price,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// Why it was cancelled, if it was.
    pub cancel_reason: Option<CancelReason>,
    /// Contracts that it was made, or last amended, for.
    pub initial: Qty,
    /// Contracts filled.
    pub filled: Qty,
    /// Contracts that can still fill; none once it has ended.
    pub remaining: Qty,
    /// What taker fills cost: price paid to buy, one dollar less it to sell; without fees.
    pub taker_cost: Usd,
    /// The same of maker fills.
    pub maker_cost: Usd,
    /// Fees on taker fills.
    pub taker_fees: Usd,
    /// Fees on maker fills.
    pub maker_fees: Usd,
    /// What all fills came to in YES terms: the sum of price × quantity.
    pub filled_value: Usd,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Whether it was post-only.
    pub post_only: bool,
    /// What happens where it would meet the member's own orders.
    pub self_trade_prevention: SelfTradePrevention,
    /// Cancelled when trading is paused.
    pub cancel_on_pause: bool,
    /// The group that it counts against.
    pub group: Option<Uuid>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Its number: counts up.
    pub(super) number: u64,
    /// Its place in time: lower is earlier. A new one is drawn when priority is lost.
    pub(super) priority: u64,
    pub(super) accumulator: FeeAccumulator,
}

impl Order {
    /// `new` as it enters a market; `number` is also its place in time.
    pub(super) fn new(
        new: &NewOrder,
        (id, number): (Uuid, u64),
        account: Account,
        market: MarketId,
        now: Timestamp,
    ) -> Order {
        Order {
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

    /// When it expires, if it does.
    pub const fn expires(&self) -> Option<Timestamp> {
        match self.time_in_force {
            TimeInForce::GoodTillCanceled(expires) => expires,
            _ => None,
        }
    }

    /// Its number: counts up over all members, and orders the lists.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// What all fills cost in fees.
    pub fn fees(&self) -> Usd {
        self.taker_fees + self.maker_fees
    }
}

/// The answer to a new or amended order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The venue's id.
    pub order_id: Uuid,
    /// Empty: none.
    pub client_order_id: String,
    /// Contracts filled so far.
    pub filled: Qty,
    /// Contracts that rest.
    pub remaining: Qty,
    /// Of all its fills, per contract, to the micro-dollar; `None` without a fill.
    pub average_price: Option<Usd>,
    /// Of all its fills, per contract, to the micro-dollar; `None` without a fill.
    pub average_fee: Option<Usd>,
    /// The exchange's time.
    pub time: Timestamp,
}

impl Placed {
    pub(super) fn of(order: &Order, time: Timestamp) -> Placed {
        let each = |sum: Usd| (!order.filled.is_zero()).then(|| Usd(sum.0 * Qty::ONE.0 / order.filled.0));
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

/// The answer to a cancel or a decrease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// The venue's id.
    pub order_id: Uuid,
    /// Empty: none.
    pub client_order_id: String,
    /// Contracts taken off.
    pub reduced_by: Qty,
    /// Contracts that still rest.
    pub remaining: Qty,
    /// The exchange's time.
    pub time: Timestamp,
}
