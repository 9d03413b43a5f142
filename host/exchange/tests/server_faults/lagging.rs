//! Reads that lag behind acknowledged writes, and cancels whose 404 says nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Exchange, ORDERS, run};

/// The client order ids and statuses of a list.
fn shown(list: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().expect("text").to_owned();
    let rows = list["orders"].as_array().expect("orders").iter();
    rows.map(|row| (text(row, "client_order_id"), text(row, "status"))).collect()
}

fn of(id: &str, status: &str) -> (String, String) {
    (id.to_owned(), status.to_owned())
}

#[test]
fn a_lagging_read_misses_what_was_acknowledged_within_the_lag_and_nothing_else() {
    run(async {
        let fault = json!({ "kind": "lagging_reads", "lag": "1s" });
        let exchange = Exchange::with(json!([{ "endpoint": "portfolio", "fault": fault }])).await;
        let first: Value = exchange.buy("ONE", "first", 30).await.expect("an answer").json().await.expect("JSON");
        let id = first["order_id"].as_str().expect("an id");
        let one = format!("/portfolio/orders/{id}");
        assert_eq!(exchange.get(&one).await.expect("an answer").status(), 404);
        assert_eq!(shown(&exchange.read("/portfolio/orders").await), []);
        exchange.advance(1).await;
        assert_eq!(shown(&exchange.read("/portfolio/orders").await), [of("first", "resting")]);
        exchange.buy("TWO", "second", 30).await.expect("an answer");
        let cancelled = exchange.send(Method::DELETE, &format!("{ORDERS}/{id}"), None).await.expect("an answer");
        assert_eq!(cancelled.status(), 200);
        // 1 s has not passed: the cancel and the second order are not shown, and the order looks as it did.
        assert_eq!(shown(&exchange.read("/portfolio/orders?status=resting").await), [of("first", "resting")]);
        assert_eq!(shown(&exchange.read("/portfolio/orders?status=canceled").await), []);
        let order = exchange.read(&one).await["order"].clone();
        assert_eq!((&order["status"], &order["remaining_count_fp"]), (&json!("resting"), &json!("1.00")));
        exchange.advance(2).await;
        let all = [of("second", "resting"), of("first", "canceled")];
        assert_eq!(shown(&exchange.read("/portfolio/orders").await), all);
        assert_eq!(exchange.read(&one).await["order"]["status"], "canceled");
        // An order that was executed at once, and one that the venue ended, are no writes that reads lag behind.
        let fills = exchange.read("/portfolio/fills").await;
        assert_eq!(fills["fills"].as_array().map(Vec::len), Some(0));
    });
}

#[test]
fn no_lag_is_longer_than_a_second() {
    for (lag, good) in [("1s", true), ("360ms", true), ("1001ms", false), ("0s", false), ("soon", false)] {
        let rule = json!({ "endpoint": "portfolio", "fault": { "kind": "lagging_reads", "lag": lag } });
        let plan = serde_json::from_value::<host_exchange::server::faults::FaultPlan>(json!({ "rules": [rule] }));
        assert_eq!(plan.is_ok(), good, "{lag}: {plan:?}");
    }
}

#[test]
fn a_cancel_that_is_not_found_was_done_and_says_what_an_unknown_order_gets() {
    run(async {
        let fault = json!({ "kind": "cancel_not_found" });
        let exchange = Exchange::with(json!([{ "endpoint": "cancels", "fault": fault }])).await;
        let order: Value = exchange.buy("ONE", "mine", 30).await.expect("an answer").json().await.expect("JSON");
        let id = order["order_id"].as_str().expect("an id");
        let cancel = async |id: &str| {
            let answer = exchange.send(Method::DELETE, &format!("{ORDERS}/{id}"), None).await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("text"))
        };
        let (done, again) = (cancel(id).await, cancel(id).await);
        let unknown = cancel("00000000-0000-0000-0000-000000000000").await;
        assert_eq!((done.0, &done), (404, &again));
        assert_eq!(done, unknown, "byte for byte the same");
        assert_eq!(shown(&exchange.read("/portfolio/orders").await), [of("mine", "canceled")]);
        assert_eq!(exchange.injected().await["cancel_not_found"], 3);
        // All at once has another answer.
        assert_eq!(exchange.send(Method::DELETE, ORDERS, None).await.expect("an answer").status(), 204);
    });
}
