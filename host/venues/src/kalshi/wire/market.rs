//! Markets, events and series.

use host_core::{Outcome, Price, Qty, Ticks, Timestamp};
use serde::Deserialize;

use crate::kalshi::decode;
use crate::kalshi::list_page::ListRow;
use crate::model::{EventDescription, MarketPhase, MarketResult, MarketRow, SeriesDescription};

/// `status` of a market.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireMarketStatus {
    Initialized,
    Inactive,
    Active,
    Closed,
    Determined,
    Disputed,
    Amended,
    Finalized,
    #[serde(other)]
    Other,
}

impl From<WireMarketStatus> for MarketPhase {
    fn from(wire: WireMarketStatus) -> MarketPhase {
        match wire {
            WireMarketStatus::Initialized => MarketPhase::Upcoming,
            WireMarketStatus::Inactive => MarketPhase::Paused,
            WireMarketStatus::Active => MarketPhase::Open,
            // A result may still be disputed and amended before it is paid.
            WireMarketStatus::Closed
            | WireMarketStatus::Determined
            | WireMarketStatus::Disputed
            | WireMarketStatus::Amended => MarketPhase::Closed,
            WireMarketStatus::Finalized => MarketPhase::Settled,
            WireMarketStatus::Other => MarketPhase::Unknown,
        }
    }
}

/// `result` of a market.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WireResult {
    #[serde(rename = "")]
    Open,
    Yes,
    No,
    /// A price between 0 and 1, which stands in `settlement_value_dollars`.
    Scalar,
    #[serde(other)]
    Other,
}

impl WireResult {
    /// Returns the result of a market that paid `value` per YES contract, if that is stated.
    pub(super) fn with_value(self, value: Option<Price>) -> MarketResult {
        match self {
            WireResult::Open => MarketResult::Open,
            WireResult::Yes => MarketResult::Resolved(Outcome::Yes),
            WireResult::No => MarketResult::Resolved(Outcome::No),
            WireResult::Scalar => {
                value.map_or(MarketResult::Unclear, |value| MarketResult::Resolved(Outcome::Value(value)))
            }
            WireResult::Other => MarketResult::Unclear,
        }
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireMarket {
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    #[serde(deserialize_with = "decode::name")]
    event_ticker: String,
    #[serde(default, deserialize_with = "decode::optional_text")]
    title: String,
    yes_sub_title: String,
    status: WireMarketStatus,
    result: WireResult,
    #[serde(deserialize_with = "decode::time")]
    open_time: Timestamp,
    #[serde(deserialize_with = "decode::time")]
    close_time: Timestamp,
    #[serde(default, deserialize_with = "decode::optional_time")]
    occurrence_datetime: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::optional_time")]
    expected_expiration_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::optional_time")]
    settlement_ts: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::optional_price")]
    settlement_value_dollars: Option<Price>,
    #[serde(deserialize_with = "decode::ticks")]
    price_ranges: Ticks,
    #[serde(default, deserialize_with = "decode::quote")]
    yes_bid_dollars: Option<Price>,
    #[serde(default, deserialize_with = "decode::quote")]
    yes_ask_dollars: Option<Price>,
    #[serde(default, deserialize_with = "decode::optional_qty")]
    yes_bid_size_fp: Option<Qty>,
    #[serde(default, deserialize_with = "decode::optional_qty")]
    yes_ask_size_fp: Option<Qty>,
    #[serde(default, deserialize_with = "decode::quote")]
    last_price_dollars: Option<Price>,
    #[serde(default, deserialize_with = "decode::optional_qty")]
    volume_24h_fp: Option<Qty>,
}

impl ListRow for WireMarket {
    type Item = MarketRow;

    const LIST: &'static str = "markets";
    const NAME: &'static str = "ticker";

    fn id(&self) -> String {
        self.ticker.clone()
    }

    fn into_item(self) -> Result<MarketRow, String> {
        let (bid, ask) = (self.yes_bid_dollars, self.yes_ask_dollars);
        Ok(MarketRow {
            ticker: self.ticker,
            event: self.event_ticker,
            title: self.title,
            yes_title: self.yes_sub_title,
            phase: self.status.into(),
            result: self.result.with_value(self.settlement_value_dollars),
            opens: self.open_time,
            closes: self.close_time,
            occurs: self.occurrence_datetime,
            expected_expiration: self.expected_expiration_time,
            settled: self.settlement_ts,
            settlement_value: self.settlement_value_dollars,
            ticks: self.price_ranges,
            bid,
            ask,
            // A size without a price is that of an empty side.
            bid_size: self.yes_bid_size_fp.filter(|_| bid.is_some()),
            ask_size: self.yes_ask_size_fp.filter(|_| ask.is_some()),
            last: self.last_price_dollars,
            volume: self.volume_24h_fp,
        })
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireEvent {
    #[serde(deserialize_with = "decode::name")]
    event_ticker: String,
    #[serde(deserialize_with = "decode::name")]
    series_ticker: String,
    title: String,
    #[serde(default, deserialize_with = "decode::category")]
    category: String,
    mutually_exclusive: bool,
}

impl ListRow for WireEvent {
    type Item = EventDescription;

    const LIST: &'static str = "events";
    const NAME: &'static str = "event_ticker";

    fn id(&self) -> String {
        self.event_ticker.clone()
    }

    fn into_item(self) -> Result<EventDescription, String> {
        let WireEvent { event_ticker: ticker, series_ticker: series, title, category, mutually_exclusive } = self;
        Ok(EventDescription { ticker, series, title, category, mutually_exclusive })
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireSeries {
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    title: String,
    #[serde(deserialize_with = "decode::category")]
    category: String,
}

impl From<WireSeries> for SeriesDescription {
    fn from(WireSeries { ticker, title, category }: WireSeries) -> SeriesDescription {
        SeriesDescription { ticker, title, category }
    }
}

impl ListRow for WireSeries {
    type Item = SeriesDescription;

    const LIST: &'static str = "series";
    const NAME: &'static str = "ticker";

    fn id(&self) -> String {
        self.ticker.clone()
    }

    fn into_item(self) -> Result<SeriesDescription, String> {
        Ok(self.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_resolves_to_an_outcome_or_to_nothing_that_is_certain() {
        let check = |word: &str, value: Option<Price>, expect: MarketResult| {
            let wire: WireResult = serde_json::from_value(word.into()).expect("any word decodes");
            assert_eq!(wire.with_value(value), expect, "{word} {value:?}");
        };
        let value = Some(Price(3_700));
        check("", value, MarketResult::Open);
        check("yes", value, MarketResult::Resolved(Outcome::Yes));
        check("no", None, MarketResult::Resolved(Outcome::No));
        check("scalar", value, MarketResult::Resolved(Outcome::Value(Price(3_700))));
        check("scalar", None, MarketResult::Unclear);
        check("void", value, MarketResult::Unclear);
    }

    #[test]
    fn only_an_active_market_is_open_and_only_a_finalized_one_is_settled() {
        let check = |word: &str, expect: MarketPhase| {
            let wire: WireMarketStatus = serde_json::from_value(word.into()).expect("any word decodes");
            assert_eq!(MarketPhase::from(wire), expect, "{word}");
        };
        check("initialized", MarketPhase::Upcoming);
        check("inactive", MarketPhase::Paused);
        check("active", MarketPhase::Open);
        for word in ["closed", "determined", "disputed", "amended"] {
            check(word, MarketPhase::Closed);
        }
        check("finalized", MarketPhase::Settled);
        check("halted", MarketPhase::Unknown);
    }
}
