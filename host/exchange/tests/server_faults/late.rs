//! Orders that take effect after their sender was told that they had failed.

use reqwest::Method;
use serde_json::json;

use crate::{ANN, Exchange, ORDERS, START, run};
use host_core::Span;
use host_exchange::venue::OrderFilter;

#[test]
fn a_late_order_takes_effect_at_its_time_and_not_before() {
    run(async {
        let fault = json!({ "kind": "late_acceptance", "delay": "40s", "status": 503 });
        let exchange = Exchange::with(json!([{ "endpoint": "orders", "fault": fault, "at": [1] }])).await;
        let answer = exchange.buy("ONE", "late", 30).await.expect("an answer");
        assert_eq!(answer.status(), 503);
        exchange.advance(39).await;
        assert!(exchange.orders().is_empty());
        // Its signature is too old by now, which must not matter; nor must it matter that time advances in one step.
        exchange.advance(3_600).await;
        assert_eq!(exchange.orders(), ["late"]);
        let created = exchange.handle.with_venue(|venue, _| {
            venue.orders(ANN, &OrderFilter::default(), 1, None).items.first().map(|order| order.created)
        });
        assert_eq!(created, Some(START + Span::seconds(40)));
        let report = exchange.simulation(Method::GET, "faults", None).await.1;
        assert_eq!(report["late"], json!({ "accepted": 1, "refused": 0, "waiting": 0 }));
    });
}

#[test]
fn a_late_order_with_a_client_order_id_that_was_used_since_is_refused() {
    run(async {
        let fault = json!({ "kind": "late_acceptance", "delay": "40s", "hold_ms": 5 });
        let exchange = Exchange::with(json!([{ "endpoint": "orders", "fault": fault, "at": [1] }])).await;
        exchange.buy("ONE", "same", 30).await.expect_err("no answer");
        assert_eq!(exchange.buy("ONE", "same", 30).await.expect("an answer").status(), 201);
        exchange.advance(60).await;
        assert_eq!(exchange.orders(), ["same"]);
        let report = exchange.simulation(Method::GET, "faults", None).await.1;
        assert_eq!(report["late"], json!({ "accepted": 0, "refused": 1, "waiting": 0 }));
    });
}

#[test]
fn late_requests_keep_their_order() {
    run(async {
        let fault = |delay: &str| json!({ "kind": "late_acceptance", "delay": delay });
        let late = |delay: &str, at: u64| json!({ "endpoint": "orders", "fault": fault(delay), "at": [at] });
        let cancel = json!({ "endpoint": "cancels", "fault": fault("15s") });
        let exchange = Exchange::with(json!([late("20s", 1), late("10s", 2), cancel])).await;
        exchange.buy("ONE", "second", 30).await.expect("an answer");
        exchange.buy("ONE", "first", 30).await.expect("an answer");
        exchange.send(Method::DELETE, ORDERS, None).await.expect("an answer");
        exchange.advance(60).await;
        assert_eq!(exchange.orders(), ["first", "second"]);
        // The cancel of all orders came in between.
        let resting = exchange.read("/portfolio/orders?status=resting").await;
        assert_eq!(resting["orders"].as_array().map(Vec::len), Some(1));
        assert_eq!(resting["orders"][0]["client_order_id"], "second");
    });
}

#[test]
fn a_late_order_waits_until_time_advances() {
    run(async {
        let fault = json!({ "kind": "late_acceptance", "delay": "40s" });
        let exchange = Exchange::with(json!([{ "endpoint": "orders", "fault": fault, "at": [1] }])).await;
        exchange.buy("ONE", "late", 30).await.expect("an answer");
        let soon = (START + Span::hours(1)).0;
        let cases = [
            ("advance", json!({ "to_ns": i64::MAX }), 400),
            ("advance", json!({ "to_ns": -1 }), 400),
            ("advance", json!({ "to_ns": soon, "more": 1 }), 400),
            ("elsewhere/simulation/advance", json!({ "to_ns": soon }), 404),
        ];
        for (path, body, status) in cases {
            assert_eq!(exchange.simulation(Method::POST, path, Some(body.clone())).await.0, status, "{path} {body}");
            assert!(exchange.orders().is_empty(), "{path} {body}");
        }
        assert_eq!(exchange.handle.clock().now(), START);
        exchange.advance(40).await;
        assert_eq!(exchange.orders(), ["late"]);
    });
}
