//! The account: limits, money, orders, fills, positions and payouts.

use host_core::{OrderState, Price, Qty, Side, Timestamp, Usd};
use serde::Deserialize;

use super::market::WireResult;
use crate::client::budget::{AccountLimits, BucketLimit};
use crate::kalshi::decode;
use crate::kalshi::http::segment;
use crate::kalshi::list_page::ListRow;
use crate::model::{AccountBalance, VenueFill, VenueOrder, VenuePosition, VenueSettlement};

#[derive(Deserialize)]
struct WireBucket {
    refill_rate: u32,
    bucket_capacity: u32,
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireLimits {
    usage_tier: String,
    read: WireBucket,
    write: WireBucket,
}

impl From<WireLimits> for AccountLimits {
    fn from(WireLimits { usage_tier, read, write }: WireLimits) -> AccountLimits {
        let limit = |WireBucket { refill_rate, bucket_capacity }| BucketLimit { refill_rate, bucket_capacity };
        AccountLimits { usage_tier, read: limit(read), write: limit(write) }
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireBalance {
    #[serde(deserialize_with = "decode::usd")]
    balance_dollars: Usd,
    #[serde(deserialize_with = "decode::cents")]
    portfolio_value: Usd,
}

impl From<WireBalance> for AccountBalance {
    fn from(WireBalance { balance_dollars: cash, portfolio_value: portfolio }: WireBalance) -> AccountBalance {
        AccountBalance { cash, portfolio }
    }
}

/// `status` of an order.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::kalshi) enum WireOrderStatus {
    Resting,
    Canceled,
    Executed,
}

impl From<WireOrderStatus> for OrderState {
    fn from(wire: WireOrderStatus) -> OrderState {
        match wire {
            WireOrderStatus::Resting => OrderState::Working,
            WireOrderStatus::Canceled => OrderState::Cancelled,
            WireOrderStatus::Executed => OrderState::Filled,
        }
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireOrder {
    pub(in crate::kalshi) order_id: String,
    client_order_id: String,
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    #[serde(deserialize_with = "decode::side")]
    book_side: Side,
    #[serde(deserialize_with = "decode::price")]
    yes_price_dollars: Price,
    #[serde(deserialize_with = "decode::qty")]
    initial_count_fp: Qty,
    #[serde(deserialize_with = "decode::qty")]
    fill_count_fp: Qty,
    #[serde(deserialize_with = "decode::qty")]
    remaining_count_fp: Qty,
    status: WireOrderStatus,
    #[serde(default, deserialize_with = "decode::optional_time")]
    created_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::optional_time")]
    expiration_time: Option<Timestamp>,
}

impl From<WireOrder> for VenueOrder {
    fn from(wire: WireOrder) -> VenueOrder {
        VenueOrder {
            order_id: wire.order_id,
            client_order_id: wire.client_order_id,
            ticker: wire.ticker,
            side: wire.book_side,
            price: wire.yes_price_dollars,
            initial: wire.initial_count_fp,
            filled: wire.fill_count_fp,
            remaining: wire.remaining_count_fp,
            state: wire.status.into(),
            created: wire.created_time,
            expiration: wire.expiration_time,
        }
    }
}

impl ListRow for WireOrder {
    type Item = VenueOrder;

    const LIST: &'static str = "orders";
    const NAME: &'static str = "order_id";
    const IS_OF_ACCOUNT: bool = true;

    fn id(&self) -> String {
        self.order_id.clone()
    }

    fn client_order_id(&self) -> &str {
        &self.client_order_id
    }

    fn into_item(self) -> Result<VenueOrder, String> {
        // An id that no request can hold is one that cannot be cancelled.
        segment(&self.order_id)?;
        Ok(self.into())
    }
}

/// A fill as polling reports it, checked while it is decoded.
#[derive(Deserialize)]
#[serde(try_from = "UncheckedFill")]
pub(in crate::kalshi) struct WireFill(VenueFill);

#[derive(Deserialize)]
struct UncheckedFill {
    trade_id: String,
    order_id: String,
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    #[serde(deserialize_with = "decode::side")]
    book_side: Side,
    #[serde(deserialize_with = "decode::price")]
    yes_price_dollars: Price,
    #[serde(deserialize_with = "decode::qty")]
    count_fp: Qty,
    #[serde(deserialize_with = "decode::usd")]
    fee_cost: Usd,
    is_taker: bool,
    #[serde(default, deserialize_with = "decode::optional_time")]
    created_time: Option<Timestamp>,
    /// In seconds; the venue states one of the two times.
    ts: Option<i64>,
}

impl TryFrom<UncheckedFill> for WireFill {
    type Error = String;

    fn try_from(wire: UncheckedFill) -> Result<WireFill, String> {
        let coarse = || wire.ts?.checked_mul(1_000_000_000).map(Timestamp);
        let time = wire.created_time.or_else(coarse).ok_or("a fill has no time")?;
        let qty = wire.count_fp;
        if wire.trade_id.is_empty() || wire.order_id.is_empty() || qty <= Qty::ZERO || qty > VenueFill::MOST {
            return Err(format!("a fill of {qty} contracts, or without ids"));
        }
        Ok(WireFill(VenueFill {
            id: wire.trade_id,
            order_id: wire.order_id,
            ticker: wire.ticker,
            side: wire.book_side,
            price: wire.yes_price_dollars,
            qty,
            cost: wire.yes_price_dollars * qty,
            fee: wire.fee_cost,
            taker: wire.is_taker,
            time,
        }))
    }
}

impl ListRow for WireFill {
    type Item = VenueFill;

    const LIST: &'static str = "fills";
    const NAME: &'static str = "trade_id";
    const IS_OF_ACCOUNT: bool = true;

    fn id(&self) -> String {
        self.0.id.clone()
    }

    fn into_item(self) -> Result<VenueFill, String> {
        Ok(self.0)
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WirePosition {
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    #[serde(deserialize_with = "decode::signed_qty")]
    position_fp: Qty,
    #[serde(deserialize_with = "decode::usd")]
    market_exposure_dollars: Usd,
    #[serde(deserialize_with = "decode::usd")]
    realized_pnl_dollars: Usd,
    #[serde(deserialize_with = "decode::usd")]
    fees_paid_dollars: Usd,
}

impl ListRow for WirePosition {
    type Item = VenuePosition;

    const LIST: &'static str = "market_positions";
    const NAME: &'static str = "ticker";
    const IS_OF_ACCOUNT: bool = true;

    fn id(&self) -> String {
        self.ticker.clone()
    }

    fn into_item(self) -> Result<VenuePosition, String> {
        Ok(VenuePosition {
            ticker: self.ticker,
            position: self.position_fp,
            exposure: self.market_exposure_dollars,
            realised: self.realized_pnl_dollars,
            fees: self.fees_paid_dollars,
        })
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireSettlement {
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    market_result: WireResult,
    #[serde(deserialize_with = "decode::qty")]
    yes_count_fp: Qty,
    #[serde(deserialize_with = "decode::qty")]
    no_count_fp: Qty,
    /// In cents.
    #[serde(deserialize_with = "decode::cents")]
    revenue: Usd,
    #[serde(deserialize_with = "decode::usd")]
    fee_cost: Usd,
    #[serde(deserialize_with = "decode::time")]
    settled_time: Timestamp,
}

impl ListRow for WireSettlement {
    type Item = VenueSettlement;

    const LIST: &'static str = "settlements";
    const NAME: &'static str = "ticker";
    const IS_OF_ACCOUNT: bool = true;

    fn id(&self) -> String {
        self.ticker.clone()
    }

    fn into_item(self) -> Result<VenueSettlement, String> {
        if self.revenue < Usd::ZERO {
            return Err("it pays less than nothing".to_owned());
        }
        Ok(VenueSettlement {
            ticker: self.ticker,
            result: self.market_result.with_value(None),
            yes: self.yes_count_fp,
            no: self.no_count_fp,
            revenue: self.revenue,
            fee: self.fee_cost,
            settled: self.settled_time,
        })
    }
}
