//! Writes have one attempt and three outcomes.

use host_core::{Price, Qty, Side, Span, TimeInForce};
use host_exchange::server::accounts::KeyKind;
use host_venues::clock::Clock;
use host_venues::error::{CancelError, PlaceError};
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::NewOrder;

use crate::fake::{Fake, Keys, Reply, START};

fn order() -> NewOrder {
    NewOrder {
        client_order_id: "mine".to_owned(),
        ticker: "KX-1".to_owned(),
        side: Side::Sell,
        price: Price(4_250),
        qty: Qty::hundredths(1_050),
        time_in_force: TimeInForce::GoodTill(START + Span::millis(90_999)),
        reduce_only: false,
    }
}

/// Returns the name of an order's outcome.
fn order_outcome<T>(outcome: &Result<T, PlaceError>) -> &'static str {
    match outcome {
        Ok(_) => "accepted",
        Err(PlaceError::NotPlaced(_) | PlaceError::Unreachable(_)) => "not placed",
        Err(PlaceError::Throttled(_)) => "throttled",
        Err(PlaceError::Rejected { .. }) => "rejected",
        Err(PlaceError::OutcomeUnknown(_)) => "unknown",
    }
}

fn cancel_outcome<T>(outcome: &Result<T, CancelError>) -> &'static str {
    match outcome {
        Ok(_) => "cancelled",
        Err(CancelError::Gone) => "gone",
        Err(CancelError::Rejected { .. }) => "rejected",
        Err(CancelError::OutcomeUnknown(_)) => "unknown",
    }
}

fn http(status: u16, body: &str) -> Reply {
    Reply::Http(status, body.to_owned())
}

fn raw(text: &str) -> Reply {
    Reply::Raw(text.as_bytes().to_vec())
}

const TAKEN: &str = r#"{"order_id": "v1", "client_order_id": "mine", "fill_count": "2.00", "remaining_count": "8.50"}"#;
const CUT: &str = "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"order_id\": \"v1\"";

#[tokio::test]
async fn every_response_to_a_create_has_one_of_three_outcomes() {
    let keys = Keys::new(KeyKind::Ed25519);
    let mut table = vec![
        (http(201, TAKEN), "accepted"),
        (http(409, r#"{"error": {"code": "order_already_exists"}}"#), "unknown"),
        (http(409, r#"{"code": "order_already_exists"}"#), "unknown"),
        (http(409, "<html>"), "unknown"),
        (http(409, r#"{"error": {"code": "fill_or_kill_insufficient_resting_volume"}}"#), "rejected"),
        (http(409, r#"{"error": {"code": "something_new"}}"#), "rejected"),
        (http(429, r#"{"error": "too many requests"}"#), "throttled"),
        (http(429, r#"{"error": {"code": "too_many_requests", "message": "too many requests"}}"#), "throttled"),
        (http(429, ""), "throttled"),
        (http(403, "<html>forbidden</html>"), "rejected"),
        (http(201, &TAKEN.replace("mine", "other")), "unknown"),
        (http(201, &TAKEN.replace("8.50", "9.00")), "unknown"),
        (http(201, &TAKEN.replace("8.50", "-1.00")), "unknown"),
        (http(201, &TAKEN.replace("8.50", "92233720368547758.00")), "unknown"),
        (http(201, &TAKEN.replace("v1", "")), "unknown"),
        // Ids by which the order could not be cancelled.
        (http(201, &TAKEN.replace("v1", "..")), "unknown"),
        (http(201, &TAKEN.replace("v1", "v1/decrease")), "unknown"),
        (http(201, &TAKEN.replace("v1", "v 1")), "unknown"),
        (http(201, "<html>"), "unknown"),
        (http(201, "{}"), "unknown"),
        (http(204, ""), "unknown"),
        (raw(""), "unknown"),
        (raw("nonsense\r\n\r\n"), "unknown"),
        (raw(CUT), "unknown"),
        (Reply::Silence, "unknown"),
    ];
    table
        .extend([400, 401, 403, 404, 410].map(|status| (http(status, r#"{"code": "x", "message": "y"}"#), "rejected")));
    table.extend([202, 302, 405, 408, 418, 422, 425, 500, 502, 503, 504].map(|status| (http(status, "{}"), "unknown")));
    for (reply, expect) in table {
        let fake = Fake::start([reply.clone()]).await;
        let clock = Clock::stepped(&fake.url).await.unwrap();
        // Long enough for a busy machine, except where the time-out itself is tested.
        let request_timeout = if matches!(reply, Reply::Silence) { Span::seconds(2) } else { Span::seconds(10) };
        let settings = KalshiSettings { request_timeout, ..fake.settings(&keys) };
        let outcome = Kalshi::connect(&settings, clock).unwrap().create(&order()).await;
        assert_eq!(order_outcome(&outcome), expect, "{reply:?}: {outcome:?}");
        assert_eq!(fake.seen().len(), 1, "there is only one attempt: {reply:?}");
    }
}

#[tokio::test]
async fn every_response_to_a_cancel_says_whether_the_order_still_works() {
    let keys = Keys::new(KeyKind::Ed25519);
    let done = r#"{"order_id": "v1", "reduced_by": "8.50", "ts_ms": 1}"#;
    let mut table = vec![
        (http(200, done), "cancelled"),
        (http(404, r#"{"error": {"code": "not_found"}}"#), "gone"),
        (http(200, &done.replace("v1", "v2")), "unknown"),
        (http(200, "<html>"), "unknown"),
        (raw(""), "unknown"),
    ];
    table.extend([400, 401, 403, 409, 410, 429].map(|status| (http(status, "{}"), "rejected")));
    table.extend([408, 425, 500, 502, 503, 504].map(|status| (http(status, "{}"), "unknown")));
    for (reply, expect) in table {
        let fake = Fake::start([reply.clone()]).await;
        let outcome = fake.client(&keys).await.cancel("v1").await;
        assert_eq!(cancel_outcome(&outcome), expect, "{reply:?}: {outcome:?}");
        assert_eq!(fake.seen().len(), 1, "there is only one attempt: {reply:?}");
    }
    let fake = Fake::start([http(204, ""), http(503, "")]).await;
    let kalshi = fake.client(&keys).await;
    assert_eq!(cancel_outcome(&kalshi.cancel_all().await), "cancelled");
    assert_eq!(cancel_outcome(&kalshi.cancel_all().await), "unknown");
}

#[tokio::test]
async fn an_order_that_never_left_is_not_placed() {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start([]).await;
    let clock = Clock::stepped(&fake.url).await.unwrap();
    // A bound port without a listener refuses connections and cannot be taken by another process; a name that does not
    // resolve has no host; a server without TLS never sees the request.
    let plain = fake.url.replace("http:", "https:");
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = held.local_addr().unwrap();
    let refused = format!("http://{free}/trade-api/v2");
    let nowhere = "https://does-not-exist.invalid/trade-api/v2".to_owned();
    for (base_url, seconds) in [(refused, 10), (nowhere, 10), (plain, 1)] {
        let settings = KalshiSettings { base_url, request_timeout: Span::seconds(seconds), ..keys.settings() };
        let kalshi = Kalshi::connect(&settings, clock.clone()).unwrap();
        assert_eq!(order_outcome(&kalshi.create(&order()).await), "not placed");
        assert_eq!(cancel_outcome(&kalshi.cancel("v1").await), "unknown");
    }
    let kalshi = fake.client(&keys).await;
    let check = |change: fn(&mut NewOrder)| {
        let mut order = order();
        change(&mut order);
        let kalshi = kalshi.clone();
        async move { assert_eq!(order_outcome(&kalshi.create(&order).await), "not placed", "{order:?}") }
    };
    check(|order| order.price = Price::ZERO).await;
    check(|order| order.price = Price::ONE).await;
    check(|order| order.qty = Qty::ZERO).await;
    check(|order| order.qty = Qty::hundredths(-100)).await;
    check(|order| order.client_order_id.clear()).await;
    check(|order| order.reduce_only = true).await;
    assert!(fake.seen().is_empty(), "none of these was sent");
}

#[tokio::test]
async fn an_order_is_written_in_the_venue_s_format() {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start([http(201, TAKEN), http(200, "{}")]).await;
    let kalshi = fake.client(&keys).await;
    kalshi.create(&order()).await.unwrap();
    let _ = kalshi.cancel("v1").await;
    let seen = fake.seen();
    insta::assert_snapshot!(seen[0].body.replace(',', ",\n"), @r#"
    {"ticker":"KX-1",
    "client_order_id":"mine",
    "side":"ask",
    "count":"10.5",
    "price":"0.425",
    "time_in_force":"good_till_canceled",
    "expiration_time":1790000090,
    "self_trade_prevention_type":"taker_at_cross"}
    "#);
    let line = seen[1].head.lines().next().unwrap();
    insta::assert_snapshot!(line, @"DELETE /trade-api/v2/portfolio/events/orders/v1 HTTP/1.1");
}

#[tokio::test]
async fn no_id_can_cancel_anything_else() {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start([]).await;
    let kalshi = fake.client(&keys).await;
    for name in ["", ".", "..", "../orders", "v1/decrease", "v1?x", "v1#", "%2e%2e", " ", "v\u{e9}", "v1\r\nx: y"] {
        assert_eq!(cancel_outcome(&kalshi.cancel(name).await), "unknown", "{name:?}");
        assert!(kalshi.order(name).await.is_err(), "{name:?}");
    }
    assert!(fake.seen().is_empty(), "none of these was sent");
}

#[tokio::test]
async fn a_kill_reaches_an_order_that_waits_for_the_budget() {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start(std::iter::repeat_n(http(201, TAKEN), 20)).await;
    let kalshi = fake.client(&keys).await;
    // Eight are sent at once and the ninth waits; the kill comes as soon as time moves.
    let killed = || kalshi.clock().now() > START;
    for _ in 0..8 {
        kalshi.create_unless(&order(), killed).await.unwrap();
    }
    assert_eq!(order_outcome(&kalshi.create_unless(&order(), killed).await), "not placed");
    assert_eq!(fake.seen().len(), 8);
}

#[tokio::test]
async fn an_order_that_expires_before_its_turn_is_not_sent() {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start(std::iter::repeat_n(http(201, TAKEN), 20)).await;
    let kalshi = fake.client(&keys).await;
    for _ in 0..8 {
        kalshi.create(&order()).await.unwrap();
    }
    // The ninth waits for more than a millisecond.
    let soon = TimeInForce::GoodTill(kalshi.clock().now() + Span::millis(1));
    let late = NewOrder { time_in_force: soon, ..order() };
    assert_eq!(order_outcome(&kalshi.create(&late).await), "not placed");
    assert_eq!(fake.seen().len(), 8);
}

#[tokio::test]
async fn an_order_that_waited_too_long_is_not_sent_with_its_outdated_price() {
    let keys = Keys::new(KeyKind::Ed25519);
    // One order at once, then one every ten seconds.
    let limits = r#"{"usage_tier": "slow", "read": {"refill_rate": 200, "bucket_capacity": 200},
        "write": {"refill_rate": 1, "bucket_capacity": 20}}"#;
    for time_in_force in [TimeInForce::GoodTill(START + Span::hours(1)), TimeInForce::ImmediateOrCancel] {
        let fake = Fake::start([http(200, limits)].into_iter().chain(std::iter::repeat_n(http(201, TAKEN), 20))).await;
        let kalshi = fake.client(&keys).await;
        kalshi.limits().await.unwrap();
        let held = kalshi.clock().hold().await;
        let orders: Vec<_> = (0..10)
            .map(|_| {
                let (kalshi, order) = (kalshi.clone(), NewOrder { time_in_force, ..order() });
                tokio::spawn(async move { kalshi.create(&order).await })
            })
            .collect();
        // All have asked before time moves: the only thread comes back here only after them.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        drop(held);
        let mut outcomes = Vec::new();
        for order in orders {
            let outcome = order.await.unwrap();
            outcomes.push(order_outcome(&outcome));
            if let Err(error) = outcome {
                assert!(error.to_string().contains("its price was too old"), "{error}");
            }
        }
        let sent: Vec<Span> = fake.seen()[1..].iter().map(|seen| seen.time - START).collect();
        assert!(sent.iter().all(|after| *after <= Span::seconds(30)), "{sent:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == "accepted").count(), sent.len());
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == "not placed").count(), 10 - sent.len());
        assert!((2..=4).contains(&sent.len()), "{sent:?}");
    }
}

#[tokio::test]
async fn cancels_are_sent_while_the_breaker_is_open_and_the_write_budget_is_spent() {
    let keys = Keys::new(KeyKind::Ed25519);
    let failures = std::iter::repeat_n(http(500, ""), 5);
    let fake = Fake::start(failures.chain(std::iter::repeat_n(http(201, TAKEN), 8)).chain([http(204, "")])).await;
    let kalshi = fake.client(&keys).await;
    let _ = kalshi.balance().await;
    let _ = kalshi.balance().await;
    assert!(kalshi.balance().await.unwrap_err().to_string().contains("left alone"), "the breaker is open");
    for _ in 0..8 {
        kalshi.create(&order()).await.unwrap();
    }
    let before = kalshi.clock().now();
    kalshi.cancel_all().await.unwrap();
    assert_eq!(kalshi.clock().now(), before, "it did not wait for the budget");
}
