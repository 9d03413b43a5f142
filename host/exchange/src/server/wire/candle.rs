//! Candlesticks.

use serde_json::{Map, Value, json};

use super::decimal::{count, price, seconds};
use crate::venue::{Candle, Ohlc};

/// The names of a candlestick's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandleNames {
    /// Names that end in the unit: `close_dollars`, `volume_fp`.
    Live,
    /// Names without one.
    Historical,
}

impl CandleNames {
    fn dollars(self, name: &str) -> String {
        self.with(name, "_dollars")
    }

    fn with(self, name: &str, unit: &str) -> String {
        match self {
            CandleNames::Live => format!("{name}{unit}"),
            CandleNames::Historical => name.to_owned(),
        }
    }
}

/// Returns a candlestick. Prices of trades are missing if nothing traded, or null in the historical tier.
pub fn candle(candle: &Candle, names: CandleNames) -> Value {
    let prices = |ohlc: Ohlc| {
        let named = [("open", ohlc.open), ("high", ohlc.high), ("low", ohlc.low), ("close", ohlc.close)];
        Map::from_iter(named.map(|(name, at)| (names.dollars(name), json!(price(at)))))
    };
    let mut traded = candle.price.map(prices).unwrap_or_default();
    // Least and highest close of the markets meant, which is one.
    let close = candle.price.map(|traded| traded.close);
    for (name, value) in [("mean", candle.mean()), ("previous", candle.previous), ("min", close), ("max", close)] {
        traded.extend(value.map(|value| (names.dollars(name), json!(price(value)))));
    }
    if names == CandleNames::Historical {
        for name in ["open", "low", "high", "close", "mean", "previous"] {
            traded.entry(name).or_insert(Value::Null);
        }
    }
    json!({
        "end_period_ts": seconds(candle.end),
        "yes_bid": prices(candle.bid),
        "yes_ask": prices(candle.ask),
        "price": traded,
        (names.with("volume", "_fp")): count(candle.volume),
        (names.with("open_interest", "_fp")): count(candle.open_interest),
    })
}
