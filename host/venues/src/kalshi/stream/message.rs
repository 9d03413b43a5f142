//! The stream's messages, decoded as strictly as the answers of the REST API.

use host_core::{Price, Qty, Side, Timestamp, Usd};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{StreamEvent, TickerRow};
use crate::kalshi::decode;
use crate::kalshi::error::{self, Nonsense};
use crate::kalshi::http::segment;
use crate::kalshi::wire::{VenueFill, VenueOrder, VenueOrderStatus};

/// What a message means to the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A subscription began.
    Subscribed,
    /// For the reader.
    Event(StreamEvent),
    /// Prices of this market that make no sense: the next ones may, and polling finds what is missed.
    Senseless {
        /// Which market; empty if not even that can be read.
        ticker: String,
        /// What is wrong.
        nonsense: Nonsense,
    },
    /// The venue refused a command or ends a channel.
    Refused(String),
    /// Nothing that matters here.
    Other,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Inside<T> {
    msg: T,
}

#[derive(Deserialize)]
struct Ticker {
    market_ticker: String,
    #[serde(default, rename = "yes_bid_dollars", deserialize_with = "decode::quote")]
    bid: Option<Price>,
    #[serde(default, rename = "yes_ask_dollars", deserialize_with = "decode::quote")]
    ask: Option<Price>,
    #[serde(default, rename = "yes_bid_size_fp", deserialize_with = "decode::optional_qty")]
    bid_size: Option<Qty>,
    #[serde(default, rename = "yes_ask_size_fp", deserialize_with = "decode::optional_qty")]
    ask_size: Option<Qty>,
    #[serde(default, rename = "price_dollars", deserialize_with = "decode::quote")]
    last: Option<Price>,
    #[serde(rename = "ts_ms", deserialize_with = "decode::millis")]
    time: Timestamp,
}

/// As much of a ticker as says whose it is.
#[derive(Deserialize)]
struct Named {
    market_ticker: String,
}

#[derive(Deserialize)]
struct Fill {
    trade_id: String,
    order_id: String,
    market_ticker: String,
    #[serde(rename = "book_side", deserialize_with = "decode::side")]
    side: Side,
    #[serde(rename = "yes_price_dollars", deserialize_with = "decode::price")]
    price: Price,
    #[serde(rename = "count_fp", deserialize_with = "decode::qty")]
    qty: Qty,
    #[serde(rename = "fee_cost", deserialize_with = "decode::usd")]
    fee: Usd,
    is_taker: bool,
    #[serde(rename = "ts_ms", deserialize_with = "decode::millis")]
    time: Timestamp,
}

#[derive(Deserialize)]
struct Order {
    order_id: String,
    client_order_id: String,
    ticker: String,
    /// The side that the order buys: YES is a bid, NO is an ask for YES.
    is_yes: bool,
    #[serde(rename = "yes_price_dollars", deserialize_with = "decode::price")]
    price: Price,
    #[serde(rename = "initial_count_fp", deserialize_with = "decode::qty")]
    initial: Qty,
    #[serde(rename = "fill_count_fp", deserialize_with = "decode::qty")]
    filled: Qty,
    #[serde(rename = "remaining_count_fp", deserialize_with = "decode::qty")]
    remaining: Qty,
    status: VenueOrderStatus,
    #[serde(default, rename = "created_time", deserialize_with = "decode::optional_time")]
    created: Option<Timestamp>,
    #[serde(default, rename = "expiration_time", deserialize_with = "decode::optional_time")]
    expiration: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    msg: String,
}

/// Decodes one message.
///
/// # Errors
/// It makes no sense, and what it said must not be missed. Prices may: see [`Message::Senseless`].
pub(super) fn decode(text: &str) -> Result<Message, Nonsense> {
    let Kind { kind } = error::decode(text.as_bytes(), "the stream")?;
    Ok(match kind.as_str() {
        "subscribed" => Message::Subscribed,
        "ticker" => match inside(text, &kind) {
            Ok(wire) => Message::Event(StreamEvent::Ticker(ticker(wire))),
            Err(nonsense) => {
                let named: Result<Named, Nonsense> = inside(text, &kind);
                Message::Senseless { ticker: named.map(|named| named.market_ticker).unwrap_or_default(), nonsense }
            }
        },
        "fill" => Message::Event(StreamEvent::Fill(fill(inside(text, &kind)?, text)?)),
        "user_order" => Message::Event(StreamEvent::Order(order(inside(text, &kind)?, text)?)),
        "error" => {
            let Refusal { code, msg } = inside(text, &kind)?;
            Message::Refused(format!("the venue ended it: {code} {}", error::printable(&msg)))
        }
        _ => Message::Other,
    })
}

fn inside<T: DeserializeOwned>(text: &str, kind: &str) -> Result<T, Nonsense> {
    error::decode::<Inside<T>>(text.as_bytes(), &format!("the stream, {kind}")).map(|inside| inside.msg)
}

fn ticker(wire: Ticker) -> TickerRow {
    let Ticker { market_ticker: ticker, bid, ask, bid_size, ask_size, last, time } = wire;
    let (bid_size, ask_size) = (bid_size.filter(|_| bid.is_some()), ask_size.filter(|_| ask.is_some()));
    TickerRow { ticker, bid, ask, bid_size, ask_size, last, time }
}

fn fill(wire: Fill, text: &str) -> Result<VenueFill, Nonsense> {
    let Fill { trade_id: id, order_id, market_ticker: ticker, side, price, qty, fee, is_taker: taker, time } = wire;
    if id.is_empty() || order_id.is_empty() || qty <= Qty::ZERO {
        return Err(senseless(format!("a fill of {qty} contracts, or without ids"), "fill", text));
    }
    Ok(VenueFill { id, order_id, ticker, side, price, qty, fee, taker, time })
}

fn senseless(what: String, kind: &str, text: &str) -> Nonsense {
    Nonsense { what, place: format!("the stream, {kind}"), excerpt: error::printable(text) }
}

fn order(wire: Order, text: &str) -> Result<VenueOrder, Nonsense> {
    // As where orders are polled: one that cannot be named cannot be cancelled.
    segment(&wire.order_id).map_err(|what| senseless(what, "user_order", text))?;
    let Order { order_id, client_order_id, ticker, is_yes, price, initial, filled, remaining, status, .. } = wire;
    let side = if is_yes { Side::Buy } else { Side::Sell };
    let Order { created, expiration, .. } = wire;
    Ok(VenueOrder {
        order_id,
        client_order_id,
        ticker,
        side,
        price,
        initial,
        filled,
        remaining,
        status,
        created,
        expiration,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the shape of a recorded message, with an empty side.
    const TICKER: &str = r#"{"type": "ticker", "sid": 1, "msg": {"market_ticker": "KX-1", "market_id": "m",
        "price_dollars": "0.0010", "yes_bid_dollars": "0.0000", "yes_bid_size_fp": "0.00", "yes_ask_dollars": "0.0020",
        "yes_ask_size_fp": "8.00", "volume_fp": "462242.90", "ts": 1778490000, "ts_ms": 1778490000216}}"#;

    const FILL: &str = r#"{"type": "fill", "sid": 2, "msg": {"trade_id": "t1", "order_id": "v1",
        "market_ticker": "KX-1", "is_taker": true, "book_side": "ask", "yes_price_dollars": "0.42",
        "count_fp": "2.00", "fee_cost": "0.034125",
        "ts": 1778490000, "ts_ms": 1778490000216}}"#;

    const ORDER: &str = r#"{"type": "user_order", "sid": 3, "msg": {"order_id": "v1", "client_order_id": "mine",
        "ticker": "KX-1", "is_yes": true, "yes_price_dollars": "0.42", "initial_count_fp": "10.00",
        "fill_count_fp": "2.00", "remaining_count_fp": "8.00", "status": "resting"}}"#;

    #[test]
    fn prices_that_make_no_sense_name_their_market() {
        let check = |text: &str, expect: &str| match decode(text) {
            Ok(Message::Senseless { ticker, .. }) => assert_eq!(ticker, expect, "{text}"),
            other => panic!("{other:?} of {text}"),
        };
        check(&TICKER.replace("0.0020", "2.0"), "KX-1");
        check(&TICKER.replace("8.00", "-8.00"), "KX-1");
        check(&TICKER.replace("8.00", "10000000000.01"), "KX-1");
        check(&TICKER.replace("ts_ms", "ts_us"), "KX-1");
        check(&TICKER.replace("market_ticker", "ticker"), "");
        check(r#"{"type": "ticker", "msg": null}"#, "");
    }

    #[test]
    fn a_ticker_s_empty_side_is_no_quote() {
        let Ok(Message::Event(StreamEvent::Ticker(row))) = decode(TICKER) else { panic!("{:?}", decode(TICKER)) };
        assert_eq!((row.bid, row.bid_size, row.ask, row.ask_size), (None, None, Some(Price(20)), Some(Qty(800))));
        assert_eq!((row.last, row.time), (Some(Price(10)), Timestamp(1_778_490_000_216_000_000)));
    }

    #[test]
    fn a_fill_reads_exactly() {
        let Ok(Message::Event(StreamEvent::Fill(fill))) = decode(FILL) else { panic!("{:?}", decode(FILL)) };
        assert_eq!((fill.id.as_str(), fill.side, fill.price, fill.qty), ("t1", Side::Sell, Price(4_200), Qty(200)));
        assert_eq!((fill.fee, fill.taker), (Usd(34_125), true));
    }

    #[test]
    fn what_makes_no_sense_is_an_error_and_what_is_new_is_ignored() {
        let check = |text: &str, expect: bool| assert_eq!(decode(text).is_ok(), expect, "{text}");
        check(r#"{"type": "subscribed", "id": 1, "msg": {"channel": "fill", "sid": 1}}"#, true);
        check(r#"{"type": "something_new", "msg": 3}"#, true);
        check(&FILL.replace("0.42", "1.42"), false);
        check(&FILL.replace("2.00", "0.00"), false);
        check(&FILL.replace("2.00", "-2.00"), false);
        check(&FILL.replace("\"ask\"", "\"no\""), false);
        check(&FILL.replace("ts_ms", "ts_us"), false);
        check(&FILL.replace("2.00", "10000000000.01"), false);
        check(ORDER, true);
        check(&ORDER.replace("v1", ""), false);
        check(&ORDER.replace("v1", "../v1"), false);
        check(&ORDER.replace("8.00", "-8.00"), false);
        check(&FILL[..FILL.len() / 2], false);
        for bad in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"type": 1}"#,
            r#"{"type": "fill"}"#,
            r#"{"type": "user_order", "msg": null}"#,
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn a_refusal_ends_the_session() {
        let text = r#"{"id": 1, "type": "error", "msg": {"code": 25, "msg": "buffer \u001b overflow"}}"#;
        assert_eq!(decode(text), Ok(Message::Refused("the venue ended it: 25 buffer . overflow".to_owned())));
    }
}
