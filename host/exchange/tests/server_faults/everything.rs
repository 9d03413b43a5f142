//! The preset `all`: each of its faults hits a client that does a bit of everything, and no money is lost.

use std::collections::BTreeSet;

use futures_util::{SinkExt, StreamExt};
use host_exchange::server::faults::{Chance, preset};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::sockets::connect;
use crate::{ANN, Exchange, ORDERS, START, quote, run};
use host_core::Span;
use host_exchange::venue::{OrderFilter, Venue};

/// Rounds after which the client gives up.
const ROUNDS: i64 = 2_000;

/// Returns the preset's rules, with delays, sizes and frequencies that a test can afford.
fn affordable() -> Value {
    let mut plan = serde_json::to_value(preset("all", Chance::new(0.7))).expect("JSON");
    for rule in plan["rules"].as_array_mut().expect("rules") {
        for (name, value) in [("hold_ms", 1), ("megabytes", 1), ("delay_ms", 1)] {
            if rule["fault"].get(name).is_some_and(|set| *set != 0) {
                rule["fault"][name] = value.into();
            }
        }
        if ["lost_messages", "disconnect", "large_body"].iter().any(|kind| rule["fault"]["kind"] == *kind) {
            rule["chance"] = 0.1.into();
        }
    }
    plan["rules"].take()
}

/// Subscribes to fills, if the venue allows it, and reads messages until there are none for a moment.
async fn listen(exchange: &Exchange, id: &str) {
    let Ok(mut socket) = connect(exchange).await else { return };
    let subscribe = json!({ "id": 1, "cmd": "subscribe", "params": { "channels": ["fill"] } });
    if socket.send(Message::text(subscribe.to_string())).await.is_err() {
        return;
    }
    // Sent after the subscription, so that its response arrives before the fill.
    let _ = socket.next().await;
    let _ = exchange.buy("ONE", id, 44).await;
    let quiet = std::time::Duration::from_millis(2);
    while let Ok(Some(Ok(_))) = tokio::time::timeout(quiet, socket.next()).await {}
}

async fn round(exchange: &Exchange, number: i64) {
    let _ = exchange.simulation(Method::POST, "advance", Some(json!({ "to_ns": at(number) }))).await;
    quote(&exchange.handle, 4_000, 4_400);
    let _ = exchange.buy("TWO", &format!("rest-{number}"), 10).await;
    listen(exchange, &format!("take-{number}")).await;
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = exchange.get(&format!("/portfolio/fills?limit=2&cursor={cursor}")).await;
        let page = match page {
            Ok(page) => page.json::<Value>().await.unwrap_or_default(),
            Err(_) => Value::Null,
        };
        cursor = page["cursor"].as_str().unwrap_or_default().to_owned();
    }
    for path in ["/markets?limit=1&cursor=", "/markets", "/portfolio/orders"] {
        let _ = exchange.get(path).await;
    }
    let newest =
        |venue: &mut Venue, _| venue.orders(ANN, &OrderFilter::default(), 1, None).items.first().map(|order| order.id);
    if let Some(id) = exchange.handle.with_venue(newest) {
        let _ = exchange.send(Method::DELETE, &format!("{ORDERS}/{id}"), None).await;
    }
    let _ = exchange.send(Method::DELETE, ORDERS, None).await;
}

fn at(round: i64) -> i64 {
    (START + Span::seconds(30 * round)).0
}

#[test]
fn every_fault_of_the_preset_happens_and_no_money_is_lost() {
    run(async {
        let rules = affordable();
        let kinds =
            rules.as_array().expect("rules").iter().map(|rule| rule["fault"]["kind"].as_str().unwrap_or_default());
        let mut missing: BTreeSet<String> = kinds.map(str::to_owned).collect();
        let exchange = Exchange::seeded(rules, 11).await;
        for number in 1..=ROUNDS {
            round(&exchange, number).await;
            let injected = exchange.injected().await;
            missing.retain(|kind| injected[kind.as_str()].as_u64().unwrap_or(0) == 0);
            if missing.is_empty() {
                break;
            }
        }
        assert!(missing.is_empty(), "never happened: {missing:?}");
        let ledger = exchange.simulation(Method::GET, "ledger", None).await.1;
        let [deposits, cash, fees, escrow] = ["deposits", "cash", "fees", "escrow"]
            .map(|name| ledger["totals"][name].as_str().expect("text").parse::<i64>().expect("a number"));
        assert_eq!(deposits, cash + fees + escrow);
        // No order was created twice, however often its sender was told that it had failed.
        let orders = exchange.orders();
        let distinct: BTreeSet<&String> = orders.iter().collect();
        assert_eq!(distinct.len(), orders.len());
    });
}
