//! Messages of the stream, decoded as strictly as the responses of the REST API (channels `ticker`, `fill` and
//! `user_orders` of the venue's AsyncAPI document; field names are the venue's).

use host_core::{Price, Qty, Side, Timestamp, Usd};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::json::{self, printable};
use crate::error::MalformedResponse;
use crate::kalshi::decode;
use crate::kalshi::http::segment;
use crate::kalshi::wire::WireOrderStatus;
use crate::model::{QuoteUpdate, StreamEvent, VenueFill, VenueOrder};

/// A message's meaning to the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StreamMessage {
    /// A subscription began.
    Subscribed,
    /// An event for the reader.
    Event(StreamEvent),
    /// A malformed quote: the next one may be right, and polling finds what was missed.
    MalformedQuote {
        /// Market; empty if not even that can be decoded.
        ticker: String,
        malformed: MalformedResponse,
    },
    /// The venue refused a command or ended a channel.
    Refused(String),
    /// A message that does not matter here.
    Other,
}

#[derive(Deserialize)]
struct MessageType {
    #[serde(rename = "type")]
    name: String,
}

#[derive(Deserialize)]
struct Payload<T> {
    msg: T,
}

#[derive(Deserialize)]
struct WireTicker {
    #[serde(deserialize_with = "decode::name")]
    market_ticker: String,
    #[serde(default, deserialize_with = "decode::quote")]
    yes_bid_dollars: Option<Price>,
    #[serde(default, deserialize_with = "decode::quote")]
    yes_ask_dollars: Option<Price>,
    #[serde(default, deserialize_with = "decode::optional_qty")]
    yes_bid_size_fp: Option<Qty>,
    #[serde(default, deserialize_with = "decode::optional_qty")]
    yes_ask_size_fp: Option<Qty>,
    #[serde(default, deserialize_with = "decode::quote")]
    price_dollars: Option<Price>,
    #[serde(deserialize_with = "decode::millis")]
    ts_ms: Timestamp,
}

/// The part of a ticker message that names its market.
#[derive(Deserialize)]
struct TickerName {
    #[serde(deserialize_with = "decode::name")]
    market_ticker: String,
}

#[derive(Deserialize)]
struct StreamedFill {
    trade_id: String,
    order_id: String,
    #[serde(deserialize_with = "decode::name")]
    market_ticker: String,
    #[serde(deserialize_with = "decode::side")]
    book_side: Side,
    #[serde(deserialize_with = "decode::price")]
    yes_price_dollars: Price,
    #[serde(deserialize_with = "decode::qty")]
    count_fp: Qty,
    #[serde(deserialize_with = "decode::usd")]
    fee_cost: Usd,
    is_taker: bool,
    #[serde(deserialize_with = "decode::millis")]
    ts_ms: Timestamp,
}

#[derive(Deserialize)]
struct StreamedOrder {
    order_id: String,
    client_order_id: String,
    #[serde(deserialize_with = "decode::name")]
    ticker: String,
    /// True if the order buys YES (a bid); false if it buys NO (an ask for YES).
    is_yes: bool,
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

#[derive(Deserialize)]
struct StreamError {
    code: i64,
    msg: String,
}

/// Decodes one message.
///
/// # Errors
/// A malformed message that must not be missed; quotes may be, see [`StreamMessage::MalformedQuote`].
pub(super) fn decode(text: &str) -> Result<StreamMessage, MalformedResponse> {
    let MessageType { name } = json::decode(text.as_bytes(), "the stream")?;
    Ok(match name.as_str() {
        "subscribed" => StreamMessage::Subscribed,
        "ticker" => match payload(text, &name) {
            Ok(wire) => StreamMessage::Event(StreamEvent::Quote(quote(wire))),
            Err(malformed) => {
                let market: Result<TickerName, MalformedResponse> = payload(text, &name);
                let ticker = market.map(|market| market.market_ticker).unwrap_or_default();
                StreamMessage::MalformedQuote { ticker, malformed }
            }
        },
        "fill" => StreamMessage::Event(StreamEvent::Fill(fill(payload(text, &name)?, text)?)),
        "user_order" => StreamMessage::Event(StreamEvent::Order(order(payload(text, &name)?, text)?)),
        "error" => {
            let StreamError { code, msg } = payload(text, &name)?;
            StreamMessage::Refused(format!("the venue ended it: {code} {}", printable(&msg)))
        }
        _ => StreamMessage::Other,
    })
}

fn payload<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, MalformedResponse> {
    json::decode::<Payload<T>>(text.as_bytes(), &format!("the stream, {name}")).map(|payload| payload.msg)
}

fn quote(wire: WireTicker) -> QuoteUpdate {
    let (bid, ask) = (wire.yes_bid_dollars, wire.yes_ask_dollars);
    QuoteUpdate {
        ticker: wire.market_ticker,
        bid,
        ask,
        // A size without a price is that of an empty side.
        bid_size: wire.yes_bid_size_fp.filter(|_| bid.is_some()),
        ask_size: wire.yes_ask_size_fp.filter(|_| ask.is_some()),
        last: wire.price_dollars,
        time: wire.ts_ms,
    }
}

fn fill(wire: StreamedFill, text: &str) -> Result<VenueFill, MalformedResponse> {
    let qty = wire.count_fp;
    if wire.trade_id.is_empty() || wire.order_id.is_empty() || qty <= Qty::ZERO || qty > VenueFill::MOST {
        return Err(malformed(format!("a fill of {qty} contracts, or without ids"), "fill", text));
    }
    Ok(VenueFill {
        id: wire.trade_id,
        order_id: wire.order_id,
        ticker: wire.market_ticker,
        side: wire.book_side,
        price: wire.yes_price_dollars,
        qty,
        cost: wire.yes_price_dollars * qty,
        fee: wire.fee_cost,
        taker: wire.is_taker,
        time: wire.ts_ms,
    })
}

fn order(wire: StreamedOrder, text: &str) -> Result<VenueOrder, MalformedResponse> {
    // As in polled lists: an order whose id no request can hold cannot be cancelled.
    segment(&wire.order_id).map_err(|reason| malformed(reason, "user_order", text))?;
    Ok(VenueOrder {
        order_id: wire.order_id,
        client_order_id: wire.client_order_id,
        ticker: wire.ticker,
        side: if wire.is_yes { Side::Buy } else { Side::Sell },
        price: wire.yes_price_dollars,
        initial: wire.initial_count_fp,
        filled: wire.fill_count_fp,
        remaining: wire.remaining_count_fp,
        state: wire.status.into(),
        created: wire.created_time,
        expiration: wire.expiration_time,
    })
}

fn malformed(reason: String, name: &str, text: &str) -> MalformedResponse {
    MalformedResponse { reason, origin: format!("the stream, {name}"), excerpt: printable(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shaped like a recorded message, with an empty side.
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
    fn a_malformed_quote_names_its_market() {
        let check = |text: &str, expect: &str| match decode(text) {
            Ok(StreamMessage::MalformedQuote { ticker, .. }) => assert_eq!(ticker, expect, "{text}"),
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
    fn an_empty_side_is_no_quote() {
        let Ok(StreamMessage::Event(StreamEvent::Quote(row))) = decode(TICKER) else { panic!("{:?}", decode(TICKER)) };
        assert_eq!(
            (row.bid, row.bid_size, row.ask, row.ask_size),
            (None, None, Some(Price(20)), Some(Qty::hundredths(800)))
        );
        assert_eq!((row.last, row.time), (Some(Price(10)), Timestamp(1_778_490_000_216_000_000)));
    }

    #[test]
    fn a_fill_reads_exactly() {
        let Ok(StreamMessage::Event(StreamEvent::Fill(fill))) = decode(FILL) else { panic!("{:?}", decode(FILL)) };
        assert_eq!(
            (fill.id.as_str(), fill.side, fill.price, fill.qty),
            ("t1", Side::Sell, Price(4_200), Qty::hundredths(200))
        );
        assert_eq!((fill.fee, fill.taker), (Usd::micros(34_125), true));
    }

    #[test]
    fn a_malformed_message_is_an_error_and_an_unknown_one_is_ignored() {
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
        assert_eq!(
            decode(text),
            Ok(StreamMessage::Refused("the venue ended it: 25 buffer \\u{1b} overflow".to_owned()))
        );
    }
}
