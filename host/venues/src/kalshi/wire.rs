//! What the venue tells, one type a row, decoded strictly (OpenAPI 3.34.0).
//!
//! Fields that are not named here are ignored. A missing field that is needed, a price outside of 0..1 and a negative
//! size are errors; an absent price is no quote.

use host_core::{Outcome, Price, Qty, Side, Ticks, Timestamp, Usd};
use serde::Deserialize;

use super::decode;

/// Whether the exchange works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ExchangeStatus {
    /// Whether it answers at all but for maintenance.
    pub exchange_active: bool,
    /// Whether orders are taken.
    pub trading_active: bool,
    /// When it expects to be back.
    #[serde(default, rename = "exchange_estimated_resume_time", deserialize_with = "decode::optional_time")]
    pub resumes: Option<Timestamp>,
}

/// One bucket of the account's request budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct BucketLimit {
    /// Tokens a second.
    pub refill_rate: u32,
    /// Tokens at most.
    pub bucket_capacity: u32,
}

/// The account's request budget.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountLimits {
    /// The venue's name for it.
    pub usage_tier: String,
    /// For reads.
    pub read: BucketLimit,
    /// For orders and cancels.
    pub write: BucketLimit,
}

/// Where a market is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the venue's words")]
pub enum MarketStatus {
    Initialized,
    Inactive,
    Active,
    Closed,
    Determined,
    Disputed,
    Amended,
    Finalized,
    /// A word that this client does not know: not to be traded.
    #[serde(other)]
    Other,
}

/// How a market resolved, as the venue says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the venue's words")]
pub enum MarketResult {
    /// Not yet.
    #[serde(rename = "")]
    Open,
    Yes,
    No,
    /// Something between; a person must look.
    Scalar,
    /// A word that this client does not know; a person must look.
    #[serde(other)]
    Other,
}

impl MarketResult {
    /// The outcome, if it is one of the two that a binary contract has.
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            MarketResult::Yes => Some(Outcome::Yes),
            MarketResult::No => Some(Outcome::No),
            MarketResult::Open | MarketResult::Scalar | MarketResult::Other => None,
        }
    }
}

/// A market with its top of book.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MarketRow {
    /// Its name.
    pub ticker: String,
    /// Markets of one event resolve together.
    #[serde(rename = "event_ticker")]
    pub event: String,
    /// For people; empty if the venue gives none.
    #[serde(default, deserialize_with = "decode::optional_text")]
    pub title: String,
    /// For people: what YES means.
    pub yes_sub_title: String,
    /// Where it is in its life.
    pub status: MarketStatus,
    /// How it resolved.
    pub result: MarketResult,
    /// When trading opens.
    #[serde(rename = "open_time", deserialize_with = "decode::time")]
    pub opens: Timestamp,
    /// When trading closes.
    #[serde(rename = "close_time", deserialize_with = "decode::time")]
    pub closes: Timestamp,
    /// When the underlying event happens, if the venue says so.
    #[serde(default, rename = "occurrence_datetime", deserialize_with = "decode::optional_time")]
    pub occurs: Option<Timestamp>,
    /// When it is expected to resolve.
    #[serde(default, rename = "expected_expiration_time", deserialize_with = "decode::optional_time")]
    pub expected_expiration: Option<Timestamp>,
    /// When it paid.
    #[serde(default, rename = "settlement_ts", deserialize_with = "decode::optional_time")]
    pub settled: Option<Timestamp>,
    /// What a YES contract paid.
    #[serde(default, rename = "settlement_value_dollars", deserialize_with = "decode::optional_price")]
    pub settlement_value: Option<Price>,
    /// The grid of its prices.
    #[serde(rename = "price_ranges", deserialize_with = "decode::ticks")]
    pub ticks: Ticks,
    /// Best bid for YES.
    #[serde(default, rename = "yes_bid_dollars", deserialize_with = "decode::quote")]
    pub bid: Option<Price>,
    /// Best ask for YES.
    #[serde(default, rename = "yes_ask_dollars", deserialize_with = "decode::quote")]
    pub ask: Option<Price>,
    /// Contracts at the bid; none without a bid.
    #[serde(default, rename = "yes_bid_size_fp", deserialize_with = "decode::optional_qty")]
    pub bid_size: Option<Qty>,
    /// Contracts at the ask; none without an ask.
    #[serde(default, rename = "yes_ask_size_fp", deserialize_with = "decode::optional_qty")]
    pub ask_size: Option<Qty>,
    /// Price of the last trade.
    #[serde(default, rename = "last_price_dollars", deserialize_with = "decode::quote")]
    pub last: Option<Price>,
    /// Contracts traded in the last 24 hours.
    #[serde(default, rename = "volume_24h_fp", deserialize_with = "decode::optional_qty")]
    pub volume: Option<Qty>,
}

/// An event: the markets of one question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EventRow {
    /// Its name.
    #[serde(rename = "event_ticker")]
    pub ticker: String,
    /// The series that it belongs to.
    #[serde(rename = "series_ticker")]
    pub series: String,
    /// For people.
    pub title: String,
    /// The venue's category; empty if it gives none here (the series has it).
    #[serde(default, deserialize_with = "decode::optional_text")]
    pub category: String,
    /// Whether at most one of its markets resolves to YES.
    pub mutually_exclusive: bool,
}

/// A series: events that recur.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SeriesRow {
    /// Its name.
    pub ticker: String,
    /// For people.
    pub title: String,
    /// The venue's category.
    pub category: String,
}

/// The account's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// To spend.
    #[serde(rename = "balance_dollars", deserialize_with = "decode::usd")]
    pub cash: Usd,
    /// What the positions are worth, to the cent.
    #[serde(rename = "portfolio_value", deserialize_with = "decode::cents")]
    pub portfolio: Usd,
}

/// Where an order is at the venue. A word that is not here is an error: states of orders are not guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VenueOrderStatus {
    /// It works.
    Resting,
    /// Cancelled, expired or withdrawn by the venue; possibly filled in part.
    Canceled,
    /// Filled.
    Executed,
}

/// An order as the venue sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VenueOrder {
    /// The venue's name for it.
    pub order_id: String,
    /// The host's; empty if it was placed by other means.
    pub client_order_id: String,
    /// Which market.
    pub ticker: String,
    /// Which way, in terms of YES.
    #[serde(rename = "book_side", deserialize_with = "decode::side")]
    pub side: Side,
    /// The limit, in YES terms.
    #[serde(rename = "yes_price_dollars", deserialize_with = "decode::price")]
    pub price: Price,
    /// How many contracts it was for.
    #[serde(rename = "initial_count_fp", deserialize_with = "decode::qty")]
    pub initial: Qty,
    /// How many are filled.
    #[serde(rename = "fill_count_fp", deserialize_with = "decode::qty")]
    pub filled: Qty,
    /// How many still work.
    #[serde(rename = "remaining_count_fp", deserialize_with = "decode::qty")]
    pub remaining: Qty,
    /// Where it is.
    pub status: VenueOrderStatus,
    /// When it was placed; the venue may leave it out.
    #[serde(default, rename = "created_time", deserialize_with = "decode::optional_time")]
    pub created: Option<Timestamp>,
    /// When it dies by itself.
    #[serde(default, rename = "expiration_time", deserialize_with = "decode::optional_time")]
    pub expiration: Option<Timestamp>,
}

/// One execution of an own order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WireFill")]
pub struct VenueFill {
    /// The venue's name for it, unique: what fills are told apart by.
    pub id: String,
    /// The venue's name of the order.
    pub order_id: String,
    /// Which market.
    pub ticker: String,
    /// Which way, in terms of YES.
    pub side: Side,
    /// At what price, in YES terms.
    pub price: Price,
    /// How many contracts; positive.
    pub qty: Qty,
    /// What the venue took; negative if it gave some back.
    pub fee: Usd,
    /// Whether it took liquidity.
    pub taker: bool,
    /// When.
    pub time: Timestamp,
}

/// A position as the venue sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VenuePosition {
    /// Which market.
    pub ticker: String,
    /// Contracts: positive is YES, negative is NO.
    #[serde(rename = "position_fp", deserialize_with = "decode::signed_qty")]
    pub position: Qty,
    /// What the position cost.
    #[serde(rename = "market_exposure_dollars", deserialize_with = "decode::usd")]
    pub exposure: Usd,
    /// Realised so far.
    #[serde(rename = "realized_pnl_dollars", deserialize_with = "decode::usd")]
    pub realised: Usd,
    /// Paid so far.
    #[serde(rename = "fees_paid_dollars", deserialize_with = "decode::usd")]
    pub fees: Usd,
}

/// What a market paid to the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VenueSettlement {
    /// Which market.
    pub ticker: String,
    /// How it resolved.
    #[serde(rename = "market_result")]
    pub result: MarketResult,
    /// YES contracts held.
    #[serde(rename = "yes_count_fp", deserialize_with = "decode::qty")]
    pub yes: Qty,
    /// NO contracts held.
    #[serde(rename = "no_count_fp", deserialize_with = "decode::qty")]
    pub no: Qty,
    /// What was paid, to the cent.
    #[serde(deserialize_with = "decode::cents")]
    pub revenue: Usd,
    /// What the venue took in all.
    #[serde(rename = "fee_cost", deserialize_with = "decode::usd")]
    pub fee: Usd,
    /// When.
    #[serde(rename = "settled_time", deserialize_with = "decode::time")]
    pub settled: Timestamp,
}

#[derive(Deserialize)]
struct WireFill {
    trade_id: String,
    order_id: String,
    ticker: String,
    #[serde(rename = "book_side", deserialize_with = "decode::side")]
    side: Side,
    #[serde(rename = "yes_price_dollars", deserialize_with = "decode::price")]
    price: Price,
    #[serde(rename = "count_fp", deserialize_with = "decode::qty")]
    qty: Qty,
    #[serde(rename = "fee_cost", deserialize_with = "decode::usd")]
    fee: Usd,
    #[serde(rename = "is_taker")]
    taker: bool,
    #[serde(default, rename = "created_time", deserialize_with = "decode::optional_time")]
    created: Option<Timestamp>,
    /// Seconds; the venue gives one of the two.
    ts: Option<i64>,
}

impl TryFrom<WireFill> for VenueFill {
    type Error = String;

    fn try_from(wire: WireFill) -> Result<VenueFill, String> {
        let coarse = || wire.ts?.checked_mul(1_000_000_000).map(Timestamp);
        let time = wire.created.or_else(coarse).ok_or("a fill has no time")?;
        if wire.trade_id.is_empty() || wire.order_id.is_empty() || wire.qty <= Qty::ZERO {
            return Err(format!("a fill of {} contracts, or without ids", wire.qty));
        }
        let WireFill { trade_id: id, order_id, ticker, side, price, qty, fee, taker, .. } = wire;
        Ok(VenueFill { id, order_id, ticker, side, price, qty, fee, taker, time })
    }
}
