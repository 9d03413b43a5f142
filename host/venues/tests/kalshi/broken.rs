//! Malformed responses become errors that say what is wrong and where, never a number that was not there.

use host_core::foreign::is_plain;
use host_core::{OrderState, Price, Qty, Ticks, Timestamp, Usd};
use host_exchange::server::accounts::KeyKind;
use host_venues::error::ReadError;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::{AccountRows, MarketFilter, MarketPhase, MarketResult};
use serde_json::{Value, json};

use crate::fake::{Fake, Keys, Reply};

/// Returns a market on the wire, without the fields that the client does not read.
fn market() -> Value {
    json!({
        "ticker": "KX-1", "event_ticker": "KX", "market_type": "binary", "title": null, "yes_sub_title": "Up",
        "status": "active", "result": "", "open_time": "2026-05-11T09:00:00Z", "close_time": "2026-05-12T09:00:00.5Z",
        "price_ranges": [{ "start": "0.0000", "end": "1.0000", "step": "0.0100" }],
        "yes_bid_dollars": "0.4200", "yes_bid_size_fp": "10.00", "yes_ask_dollars": "0.4400", "yes_ask_size_fp": "2.50",
        "last_price_dollars": "0.4300", "volume_24h_fp": "1000.00", "something_new": [1, { "x": null }],
    })
}

fn order() -> Value {
    json!({
        "order_id": "v1", "client_order_id": "mine", "ticker": "KX-1", "book_side": "ask", "outcome_side": "no",
        "yes_price_dollars": "0.4200", "initial_count_fp": "10.00", "fill_count_fp": "2.00",
        "remaining_count_fp": "8.00", "status": "resting", "created_time": "2026-05-11T09:00:00Z",
        "expiration_time": null,
    })
}

fn fill() -> Value {
    json!({
        "trade_id": "t1", "fill_id": "t1", "order_id": "v1", "ticker": "KX-1", "market_ticker": "KX-1",
        "book_side": "bid", "yes_price_dollars": "0.4200", "count_fp": "2.00", "fee_cost": "0.034125",
        "is_taker": true, "created_time": "2026-05-11T09:00:00.25Z",
    })
}

/// Returns a client that attempts a read once and gets this reply.
async fn client(reply: Reply) -> Kalshi {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start([reply]).await;
    let clock = host_venues::clock::Clock::stepped(&fake.url).await.unwrap();
    Kalshi::connect(&KalshiSettings { read_attempts: 1, ..fake.settings(&keys) }, clock).unwrap()
}

fn changed(mut row: Value, field: &str, value: Value) -> Value {
    if value == json!("(removed)") {
        row.as_object_mut().unwrap().remove(field);
    } else {
        row[field] = value;
    }
    row
}

fn page(list: &str, row: &Value) -> Reply {
    Reply::Http(200, json!({ list: [row], "cursor": "" }).to_string())
}

async fn quotes(reply: Reply) -> Result<Vec<host_venues::model::MarketRow>, ReadError> {
    client(reply).await.quotes(&MarketFilter::Open(vec![])).await
}

#[tokio::test]
async fn an_absent_price_is_no_quote() {
    for absent in [json!("(removed)"), json!(null), json!(""), json!("0.0000"), json!("1.0000"), json!("0"), json!("1")]
    {
        let row =
            quotes(page("markets", &changed(market(), "yes_bid_dollars", absent.clone()))).await.unwrap().remove(0);
        assert_eq!((row.bid, row.bid_size), (None, None), "{absent}");
        assert_eq!((row.ask, row.ask_size), (Some(Price(4_400)), Some(Qty::hundredths(250))), "{absent}");
    }
    // A crossed book is passed on: the risk manager deals with it.
    let row = quotes(page("markets", &changed(market(), "yes_bid_dollars", json!("0.99")))).await.unwrap().remove(0);
    assert_eq!((row.bid, row.ask), (Some(Price(9_900)), Some(Price(4_400))));
}

#[tokio::test]
async fn a_market_is_decoded_exactly() {
    let row = quotes(page("markets", &market())).await.unwrap().remove(0);
    assert_eq!((row.ticker.as_str(), row.event.as_str(), row.title.as_str()), ("KX-1", "KX", ""));
    assert_eq!((row.phase, row.result), (MarketPhase::Open, MarketResult::Open));
    assert_eq!((row.opens, row.closes), (Timestamp(1_778_490_000_000_000_000), Timestamp(1_778_576_400_500_000_000)));
    assert_eq!((row.last, row.volume), (Some(Price(4_300)), Some(Qty::hundredths(100_000))));
    assert_eq!(row.ticks, Ticks::CENT);
    // A status that the client does not know is not tradable, and an unknown result is no outcome.
    let row = quotes(page("markets", &changed(changed(market(), "status", json!("halted")), "result", json!("void"))));
    let row = row.await.unwrap().remove(0);
    assert_eq!((row.phase, row.result, row.result.outcome()), (MarketPhase::Unknown, MarketResult::Unclear, None));
}

#[tokio::test]
async fn a_malformed_market_has_no_quote_and_the_others_do() {
    let table = [
        ("yes_bid_dollars", json!("1.01")),
        ("yes_bid_dollars", json!("-0.01")),
        ("yes_bid_dollars", json!("0.42001")),
        ("yes_bid_dollars", json!("NaN")),
        ("yes_bid_dollars", json!(0.42)),
        ("yes_ask_dollars", json!("4.2e-1")),
        ("yes_bid_size_fp", json!("-1.00")),
        ("yes_bid_size_fp", json!("1.001")),
        ("yes_bid_size_fp", json!("10000000000.01")),
        ("volume_24h_fp", json!("10000000000.01")),
        ("volume_24h_fp", json!("99999999999999999999")),
        ("ticker", json!(17)),
        ("ticker", json!("(removed)")),
        ("status", json!("(removed)")),
        ("result", json!(null)),
        ("close_time", json!("tomorrow")),
        ("price_ranges", json!([])),
        ("price_ranges", json!([{ "start": "0", "end": "1", "step": "0" }])),
        (
            "price_ranges",
            json!([{ "start": "0", "end": "1", "step": "0.01" }, { "start": "0.5", "end": "1", "step": "0.01" }]),
        ),
    ];
    for (field, value) in table {
        let good = changed(market(), "ticker", json!("KX-2"));
        let bad = changed(market(), field, value.clone());
        for rows in [json!([bad, good]), json!([good, bad]), json!([bad, 3, null, good, bad])] {
            let body = json!({ "markets": rows, "cursor": "" }).to_string();
            let rows = quotes(Reply::Http(200, body)).await.unwrap();
            let tickers: Vec<_> = rows.iter().map(|row| row.ticker.as_str()).collect();
            assert_eq!(tickers, ["KX-2"], "{field} = {value}");
        }
        assert_eq!(quotes(page("markets", &bad)).await, Ok(vec![]), "{field} = {value}");
        // If several rows are malformed and none is right, the list is malformed.
        let body = json!({ "markets": [bad, bad], "cursor": "" }).to_string();
        let outcome = quotes(Reply::Http(200, body)).await;
        assert!(matches!(outcome, Err(ReadError::Malformed(_))), "{field} = {value}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_malformed_event_or_series_is_left_out() {
    let event = json!({ "event_ticker": "E-1", "series_ticker": "S", "title": "", "mutually_exclusive": true });
    let series = json!({ "ticker": "S-1", "title": "", "category": "Weather" });
    let rows = json!([event, changed(event.clone(), "series_ticker", json!(null))]);
    let body = json!({ "events": rows, "cursor": "" }).to_string();
    assert_eq!(client(Reply::Http(200, body)).await.events(&[]).await.unwrap().len(), 1);
    let rows = json!([changed(series.clone(), "category", json!(["a"])), series]);
    let body = json!({ "series": rows, "cursor": "" }).to_string();
    assert_eq!(client(Reply::Http(200, body)).await.series(&[]).await.unwrap()[0].ticker, "S-1");
}

#[tokio::test]
async fn the_status_of_an_order_is_never_guessed() {
    let read = async |row: Value| client(page("orders", &row)).await.open_orders().await;
    let order_row = read(order()).await.unwrap().rows.remove(0);
    assert_eq!((order_row.side, order_row.price), (host_core::Side::Sell, Price(4_200)));
    assert_eq!(
        (order_row.initial, order_row.filled, order_row.remaining),
        (Qty::hundredths(1_000), Qty::hundredths(200), Qty::hundredths(800))
    );
    assert_eq!((order_row.state, order_row.expiration), (OrderState::Working, None));
    let table = [
        ("status", json!("pending")),
        ("status", json!("")),
        ("book_side", json!("yes")),
        ("book_side", json!("(removed)")),
        ("order_id", json!(17)),
        ("order_id", json!("")),
        ("order_id", json!("..")),
        ("order_id", json!("v1/../v2")),
        ("order_id", json!("v 1")),
        ("initial_count_fp", json!("10000000000.01")),
        ("client_order_id", json!(null)),
        ("remaining_count_fp", json!("-8.00")),
        ("remaining_count_fp", json!(8)),
        ("yes_price_dollars", json!("")),
        ("yes_price_dollars", json!("1.5")),
        ("expiration_time", json!("never")),
    ];
    let good = changed(order(), "order_id", json!("v9"));
    for (field, value) in table {
        let bad = changed(order(), field, value.clone());
        for rows in [json!([bad]), json!([bad, good]), json!([good, bad]), json!([bad, 3, good, null])] {
            let body = json!({ "orders": rows, "cursor": "" }).to_string();
            let AccountRows { rows: read, unreadable } =
                client(Reply::Http(200, body)).await.open_orders().await.unwrap();
            assert_eq!(read.len() + unreadable.len(), rows.as_array().unwrap().len(), "{field} = {value}");
            assert!(read.iter().all(|order| order.order_id == "v9"), "{field} = {value}: {read:?}");
            // What can be read of it says which order it is.
            let row = unreadable.iter().find(|row| !row.id.is_empty() || !row.client_order_id.is_empty());
            let id = bad["order_id"].as_str().unwrap_or_default();
            let row = row.unwrap_or_else(|| panic!("{field} = {value}: {unreadable:?}"));
            assert_eq!((row.list, row.id.as_str()), ("orders", id));
            assert_eq!(row.client_order_id, bad["client_order_id"].as_str().unwrap_or_default());
        }
    }
}

#[tokio::test]
async fn a_row_that_is_there_twice_counts_once_and_not_at_all_if_it_differs() {
    let more = changed(changed(order(), "fill_count_fp", json!("3.00")), "remaining_count_fp", json!("7.00"));
    let other = changed(order(), "order_id", json!("v2"));
    let check = async |rows: Value, read: &[&str], unreadable: &[&str]| {
        let body = json!({ "orders": rows, "cursor": "" }).to_string();
        let list = client(Reply::Http(200, body)).await.open_orders().await.unwrap();
        let ids: Vec<&str> = list.rows.iter().map(|order| order.order_id.as_str()).collect();
        assert_eq!(ids, read, "{rows}");
        let ids: Vec<&str> = list.unreadable.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, unreadable, "{rows}");
        assert!(list.unreadable.iter().all(|row| row.reason.contains("it is there twice, and differs")), "{list:?}");
    };
    check(json!([order(), order(), other]), &["v1", "v2"], &[]).await;
    check(json!([order(), more, other]), &["v2"], &["v1"]).await;
    check(json!([other, order(), more, order()]), &["v2"], &["v1"]).await;
}

#[tokio::test]
async fn a_fill_is_complete_or_named_as_unreadable() {
    let read = async |row: Value| client(page("fills", &row)).await.fills_since(Timestamp(0)).await;
    let row = read(fill()).await.unwrap().rows.remove(0);
    assert_eq!(
        (row.id.as_str(), row.price, row.qty, row.fee),
        ("t1", Price(4_200), Qty::hundredths(200), Usd::micros(34_125))
    );
    let coarse = changed(changed(fill(), "created_time", json!(null)), "ts", json!(1_778_490_000));
    assert_eq!(read(coarse).await.unwrap().rows[0].time, Timestamp(1_778_490_000_000_000_000));
    let table = [
        ("count_fp", json!("0.00")),
        ("count_fp", json!("-2.00")),
        ("count_fp", json!("10000000000.01")),
        ("trade_id", json!("")),
        ("fee_cost", json!("0.0341255")),
        ("fee_cost", json!(null)),
        ("created_time", json!("(removed)")),
        ("is_taker", json!("yes")),
    ];
    for (field, value) in table {
        let outcome = read(changed(fill(), field, value.clone())).await.unwrap();
        assert_eq!((outcome.rows.len(), outcome.unreadable.len()), (0, 1), "{field} = {value}: {outcome:?}");
        assert_eq!(outcome.unreadable[0].list, "fills");
    }
}

#[tokio::test]
async fn a_malformed_response_is_an_error_that_can_be_shown() {
    let whole = json!({ "markets": [market()], "cursor": "" }).to_string();
    let text = |status: u16, body: &str| Reply::Http(status, body.to_owned());
    let html = "<html>\u{1b}[31m<body>Just a moment...\u{202e}</body></html>";
    let huge = format!("[{}]", "0,".repeat(11 * 1024 * 1024));
    let table = [
        (text(200, ""), "makes no sense"),
        (text(200, html), "makes no sense"),
        (text(200, &whole[..whole.len() / 2]), "makes no sense"),
        (text(200, "{}"), "missing field `markets`"),
        (text(200, r#"{"markets": null, "cursor": ""}"#), "makes no sense"),
        (text(200, r#"{"markets": {}, "cursor": ""}"#), "makes no sense"),
        (text(200, r#"[]"#), "makes no sense"),
        (text(200, &"[".repeat(100_000)), "makes no sense"),
        (text(200, &huge), "larger than"),
        (text(204, ""), "failed GET /markets with 204"),
        (text(302, ""), "failed GET /markets with 302"),
        (text(503, html), "failed GET /markets with 503"),
        (text(400, html), "refused GET /markets: 400"),
        (
            text(404, r#"{"code": "not_found", "message": "no", "details": "\u001b[2J"}"#),
            "404 not_found no (\\u{1b}[2J)",
        ),
        (Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".to_vec()), "could not be reached"),
        (Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "could not be reached"),
    ];
    for (reply, expect) in table {
        let shown = quotes(reply).await.unwrap_err().to_string();
        assert!(shown.contains(expect), "{shown}");
        assert!(shown.len() < 1_000 && shown.chars().all(is_plain), "{shown:?}");
    }
}

#[tokio::test]
async fn a_malformed_response_says_what_is_wrong_and_where() {
    let row = changed(order(), "yes_price_dollars", json!("1.01"));
    let list = client(page("orders", &row)).await.open_orders().await.unwrap();
    let reason = &list.unreadable[0].reason;
    assert!(reason.contains(r#""1.01" is no price between 0 and 1"#), "{reason}");
    assert!(reason.contains("the venue's answer to GET /portfolio/orders"), "{reason}");
    assert!(reason.contains(r#""yes_price_dollars":"1.01""#), "{reason}");
}
