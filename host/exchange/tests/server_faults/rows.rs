//! Faults in lists and quotes.

use serde_json::{Value, json};

use crate::{Exchange, quote, run};

fn ids(answer: &Value, list: &str, name: &str) -> Vec<String> {
    let rows = answer[list].as_array().expect("a list");
    rows.iter().map(|row| row[name].as_str().expect("an id").to_owned()).collect()
}

/// Returns an exchange on which ann has four fills.
async fn with_fills(fault: &str) -> Exchange {
    let exchange = Exchange::with(json!([{ "endpoint": "*", "fault": { "kind": fault } }])).await;
    for id in ["a", "b", "c", "d"] {
        assert_eq!(exchange.buy("ONE", id, 44).await.expect("an answer").status(), 201);
    }
    exchange
}

/// Returns all fills, in pages of two.
async fn paged(exchange: &Exchange) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = exchange.read(&format!("/portfolio/fills?limit=2&cursor={cursor}")).await;
        all.extend(ids(&page, "fills", "order_id"));
        cursor = page["cursor"].as_str().expect("a cursor").to_owned();
        if cursor.is_empty() {
            return all;
        }
    }
}

#[test]
fn fills_come_twice() {
    run(async {
        let exchange = with_fills("duplicated_fills").await;
        let seen = ids(&exchange.read("/portfolio/fills").await, "fills", "fill_id");
        let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (5, 4));
        assert_eq!(exchange.injected().await, json!({ "duplicated_fills": 1 }));
    });
}

#[test]
fn fills_are_reordered() {
    run(async {
        let exchange = with_fills("reordered_fills").await;
        let (mut shuffled, mut lists) = (0, Vec::new());
        for _ in 0..20 {
            let mut seen = ids(&exchange.read("/portfolio/fills").await, "fills", "order_id");
            lists.push(seen.clone());
            seen.sort();
            shuffled += u64::from(lists[0] != *lists.last().expect("one"));
            assert_eq!(seen.len(), 4);
        }
        assert!(shuffled > 0, "{lists:?}");
    });
}

#[test]
fn pages_repeat_and_skip_rows() {
    run(async {
        assert_eq!(paged(&with_fills("repeated_rows").await).await.len(), 5);
        assert_eq!(paged(&with_fills("skipped_rows").await).await.len(), 3);
    });
}

#[test]
fn quotes_are_stale() {
    run(async {
        let fault = json!({ "kind": "stale_quotes", "age": "30s" });
        let exchange = Exchange::with(json!([{ "endpoint": "market-data", "fault": fault }])).await;
        let mut seen = Vec::new();
        for (second, bid) in [(0, 4_000), (20, 3_000), (40, 2_000), (60, 1_000), (80, 500)] {
            exchange.advance(second).await;
            quote(&exchange.handle, bid, bid + 400);
            seen.push(exchange.read("/markets/ONE").await["market"]["yes_bid_dollars"].clone());
        }
        // A stale response is from 30 seconds before, or from the last request before that; without one, the response
        // is current.
        assert_eq!(seen, ["0.4000", "0.3000", "0.4000", "0.3000", "0.2000"]);
        assert_eq!(exchange.injected().await, json!({ "stale_quotes": 3 }));
    });
}

#[test]
fn books_are_crossed() {
    run(async {
        let fault = json!({ "kind": "crossed_books", "share": 0.5 });
        let exchange = Exchange::with(json!([{ "endpoint": "market-data", "fault": fault }])).await;
        let number = |value: &Value| value.as_str().expect("a price").parse::<f64>().expect("a number");
        let markets = exchange.read("/markets").await;
        let rows = markets["markets"].as_array().expect("a list").iter();
        let crossed = rows.filter(|row| number(&row["yes_bid_dollars"]) >= number(&row["yes_ask_dollars"])).count();
        assert_eq!(crossed, 2, "half of three, and at least one");
        let market = exchange.read("/markets/ONE").await["market"].clone();
        let prices =
            ["yes_bid_dollars", "yes_ask_dollars", "no_bid_dollars", "no_ask_dollars"].map(|name| &market[name]);
        assert_eq!(prices, ["0.4400", "0.4000", "0.6000", "0.5600"]);
        let book = exchange.read("/markets/ONE/orderbook").await["orderbook_fp"].clone();
        let best = |side: &str| book[side].as_array().and_then(|all| all.last()).map(|level| number(&level[0]));
        let (yes, no) = (best("yes_dollars").expect("bids"), best("no_dollars").expect("offers"));
        assert!((yes - 0.44).abs() < 1e-9 && (1.0 - no - 0.40).abs() < 1e-9, "{book}");
    });
}
