//! The cut-off of the tiers, candlesticks and public trades.
//!
//! The historical tier names a candlestick's fields without their units; the values are the same.

use host_core::{Price, Qty, Side, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::kalshi::decode;
use crate::past::{Candlestick, HistoryCutoff, VenueTrade};

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireCutoff {
    #[serde(deserialize_with = "decode::time")]
    market_settled_ts: Timestamp,
    #[serde(deserialize_with = "decode::time")]
    trades_created_ts: Timestamp,
}

impl From<WireCutoff> for HistoryCutoff {
    fn from(wire: WireCutoff) -> HistoryCutoff {
        HistoryCutoff { markets: wire.market_settled_ts, trades: wire.trades_created_ts }
    }
}

/// Candlesticks of one market. Each is decoded on its own, so that one that is malformed costs itself alone.
#[derive(Deserialize)]
pub(in crate::kalshi) struct WireCandlesOfOne {
    #[serde(alias = "market_ticker")]
    pub(in crate::kalshi) ticker: String,
    pub(in crate::kalshi) candlesticks: Vec<Value>,
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireCandlesOfMany {
    pub(in crate::kalshi) markets: Vec<WireCandlesOfOne>,
}

/// The last price of a side in a period: 0 for no bid, 1 for no ask.
#[derive(Deserialize)]
struct WireSidePrices {
    #[serde(alias = "close", deserialize_with = "decode::quote")]
    close_dollars: Option<Price>,
}

#[derive(Default, Deserialize)]
struct WireTradePrices {
    #[serde(default, alias = "close", deserialize_with = "decode::quote")]
    close_dollars: Option<Price>,
    #[serde(default, alias = "previous", deserialize_with = "decode::quote")]
    previous_dollars: Option<Price>,
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireCandle {
    end_period_ts: i64,
    yes_bid: WireSidePrices,
    yes_ask: WireSidePrices,
    #[serde(default)]
    price: Option<WireTradePrices>,
    #[serde(alias = "volume", deserialize_with = "decode::qty")]
    volume_fp: Qty,
}

impl WireCandle {
    /// Returns the state at the end of the period. Opens, highs and lows are left: nobody knew them at any one time.
    ///
    /// # Errors
    /// Its time is none that a clock shows.
    pub(in crate::kalshi) fn into_candle(self) -> Result<Candlestick, String> {
        let end = self.end_period_ts.checked_mul(1_000_000_000).filter(|end| *end > 0);
        let end = end.ok_or_else(|| format!("{} is no time in seconds", self.end_period_ts))?;
        let price = self.price.unwrap_or_default();
        Ok(Candlestick {
            end: Timestamp(end),
            bid: self.yes_bid.close_dollars,
            ask: self.yes_ask.close_dollars,
            last: price.close_dollars.or(price.previous_dollars),
            volume: self.volume_fp,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireOutcomeSide {
    Yes,
    No,
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireTrade {
    trade_id: String,
    ticker: String,
    #[serde(deserialize_with = "decode::qty")]
    count_fp: Qty,
    #[serde(deserialize_with = "decode::price")]
    yes_price_dollars: Price,
    #[serde(default)]
    taker_outcome_side: Option<WireOutcomeSide>,
    #[serde(default)]
    taker_side: Option<WireOutcomeSide>,
    #[serde(deserialize_with = "decode::time")]
    created_time: Timestamp,
    #[serde(default)]
    is_block_trade: bool,
}

impl From<WireTrade> for VenueTrade {
    fn from(wire: WireTrade) -> VenueTrade {
        VenueTrade {
            id: wire.trade_id,
            ticker: wire.ticker,
            time: wire.created_time,
            price: wire.yes_price_dollars,
            qty: wire.count_fp,
            taker: wire.taker_outcome_side.or(wire.taker_side).map(|side| match side {
                WireOutcomeSide::Yes => Side::Buy,
                WireOutcomeSide::No => Side::Sell,
            }),
            is_block: wire.is_block_trade,
        }
    }
}
