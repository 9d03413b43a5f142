//! Public data: markets, books, trades, events, series.

use host_core::{Band, Price, Qty, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::decimal::{Decimal, Time, count, price, time};
use super::{book_side, outcome_side};
use crate::venue::{EventInfo, ListedMarket, MarketStatus, Series, Trade};
use host_core::fees::FeeModel;

/// A market. A struct instead of JSON values, for speed: clients poll lists of thousands.
#[derive(Debug, Serialize)]
pub struct MarketView {
    ticker: String,
    event_ticker: String,
    market_type: &'static str,
    title: String,
    yes_sub_title: String,
    no_sub_title: String,
    created_time: Time,
    updated_time: Time,
    open_time: Time,
    close_time: Time,
    expected_expiration_time: Time,
    expiration_time: Time,
    latest_expiration_time: Time,
    settlement_timer_seconds: i64,
    status: &'static str,
    yes_bid_dollars: Decimal,
    yes_bid_size_fp: Decimal,
    yes_ask_dollars: Decimal,
    yes_ask_size_fp: Decimal,
    no_bid_dollars: Decimal,
    no_ask_dollars: Decimal,
    last_price_dollars: Decimal,
    volume_fp: Decimal,
    volume_24h_fp: Decimal,
    open_interest_fp: Decimal,
    notional_value_dollars: Decimal,
    liquidity_dollars: Decimal,
    previous_yes_bid_dollars: Decimal,
    previous_yes_ask_dollars: Decimal,
    previous_price_dollars: Decimal,
    result: &'static str,
    can_close_early: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement_value_dollars: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement_ts: Option<Time>,
    settlement_bounds_type: &'static str,
    expiration_value: &'static str,
    rules_primary: String,
    rules_secondary: &'static str,
    strike_type: &'static str,
    response_price_units: &'static str,
    fractional_trading_enabled: bool,
    price_level_structure: &'static str,
    price_ranges: Vec<PriceRange>,
    exchange_index: i64,
}

/// A page of markets.
#[derive(Debug, Serialize)]
pub struct MarketPage {
    /// In the order of listing.
    pub markets: Vec<MarketView>,
    /// Cursor of the next page; empty on the last one.
    pub cursor: String,
}

#[derive(Debug, Serialize)]
struct PriceRange {
    start: Decimal,
    end: Decimal,
    step: Decimal,
}

impl From<&Band> for PriceRange {
    fn from(band: &Band) -> PriceRange {
        PriceRange { start: price(band.start), end: price(band.end), step: price(band.step) }
    }
}

impl MarketView {
    /// Returns `market` as it is at `now`. A missing bid shows as 0, a missing offer as 1, a missing trade as 0; before
    /// trading has begun, a missing offer shows as 0 as well.
    pub fn of(market: &ListedMarket, now: Timestamp) -> MarketView {
        let (listing, stats, top) = (&market.listing, &market.stats, market.top());
        let (bid, bid_size) = top.bid.unwrap_or((Price::ZERO, Qty::ZERO));
        let no_ask = if market.status == MarketStatus::Initialized { Price::ZERO } else { Price::ONE };
        let (ask, ask_size) = top.ask.unwrap_or((no_ask, Qty::ZERO));
        let previous = stats.previous(now);
        let result = market.resolution.map_or("", |resolution| resolution.as_str());
        MarketView {
            ticker: listing.ticker.clone(),
            event_ticker: listing.event.clone(),
            market_type: "binary",
            title: listing.title.clone(),
            yes_sub_title: listing.yes_sub_title.clone(),
            no_sub_title: listing.no_sub_title.clone(),
            created_time: time(market.created),
            updated_time: time(market.updated),
            open_time: time(listing.opens),
            close_time: time(listing.closes),
            expected_expiration_time: time(listing.latest_expiration),
            expiration_time: time(listing.latest_expiration),
            latest_expiration_time: time(listing.latest_expiration),
            settlement_timer_seconds: listing.settlement_timer.0 / 1_000_000_000,
            status: market.status.as_str(),
            yes_bid_dollars: price(bid),
            yes_bid_size_fp: count(bid_size),
            yes_ask_dollars: price(ask),
            yes_ask_size_fp: count(ask_size),
            no_bid_dollars: price(ask.complement()),
            no_ask_dollars: price(bid.complement()),
            last_price_dollars: price(stats.last.unwrap_or_default()),
            volume_fp: count(stats.volume),
            volume_24h_fp: count(stats.volume_24h(now)),
            open_interest_fp: count(stats.open_interest),
            notional_value_dollars: price(Price::ONE),
            // The venue has stopped computing it.
            liquidity_dollars: price(Price::ZERO),
            previous_yes_bid_dollars: price(previous.bid.unwrap_or_default()),
            previous_yes_ask_dollars: price(previous.ask.unwrap_or_default()),
            previous_price_dollars: price(previous.last.unwrap_or_default()),
            result,
            can_close_early: listing.can_close_early,
            settlement_value_dollars: market.resolution.map(|resolution| price(resolution.payout())),
            settlement_ts: market.settled.map(time),
            settlement_bounds_type: "default",
            // The underlying's value, which nothing here has.
            expiration_value: "",
            rules_primary: listing.rules.clone(),
            rules_secondary: "",
            strike_type: "custom",
            response_price_units: "usd_cent",
            fractional_trading_enabled: true,
            price_level_structure: listing.structure.as_str(),
            price_ranges: listing.structure.bands().iter().map(PriceRange::from).collect(),
            exchange_index: 0,
        }
    }
}

/// Returns the best `depth` bids of both sides, ascending: the best is last.
pub fn book(market: &ListedMarket, depth: usize) -> Value {
    let ascending = |levels: &mut dyn Iterator<Item = (Price, Qty)>| {
        let mut levels: Vec<_> = levels.take(depth).map(|(at, qty)| [price(at), count(qty)]).collect();
        levels.reverse();
        levels
    };
    json!({
        "yes_dollars": ascending(&mut market.bids()),
        "no_dollars": ascending(&mut market.asks().map(|(at, qty)| (at.complement(), qty))),
    })
}

/// Returns a trade of the market named `ticker`.
pub fn trade(trade: &Trade, ticker: &str) -> Value {
    json!({
        "trade_id": trade.id.to_string(),
        "ticker": ticker,
        "count_fp": count(trade.qty),
        "yes_price_dollars": price(trade.price),
        "no_price_dollars": price(trade.price.complement()),
        "taker_side": outcome_side(trade.taker_side),
        "taker_outcome_side": outcome_side(trade.taker_side),
        "taker_book_side": book_side(trade.taker_side),
        "created_time": time(trade.time),
        "is_block_trade": false,
    })
}

/// Returns an event, with its markets if given.
pub fn event(event: &EventInfo, category: &str, markets: Option<Vec<MarketView>>) -> Value {
    let mut view = json!({
        "event_ticker": event.ticker,
        "series_ticker": event.series,
        "sub_title": event.sub_title,
        "title": event.title,
        // Collateral is never returned across the markets of an event.
        "collateral_return_type": "",
        "mutually_exclusive": event.mutually_exclusive,
        "category": category,
        "settlement_sources": [],
        "available_on_brokers": false,
        "exchange_index": 0,
    });
    if let Some(markets) = markets {
        view["markets"] = json!(markets);
    }
    view
}

/// Returns a series. The venue has no fee type for "no fees", which is expressed as a multiplier of zero.
pub fn series(series: &Series) -> Value {
    let (fee_type, multiplier_percent) = match series.fees {
        FeeModel::None => ("quadratic", 0),
        FeeModel::Kalshi => ("quadratic", series.fee_multiplier_percent),
        FeeModel::KalshiWithMakerFees => ("quadratic_with_maker_fees", series.fee_multiplier_percent),
    };
    json!({
        "ticker": series.ticker,
        "frequency": series.frequency,
        "title": series.title,
        "category": series.category,
        "categories": [series.category],
        "tags": series.tags,
        "settlement_sources": [],
        "contract_url": "",
        "contract_terms_url": "",
        "fee_type": fee_type,
        "fee_multiplier": f64::from(multiplier_percent) / 100.0,
        "additional_prohibitions": [],
        "exchange_index": 0,
    })
}
