//! A host does not trade on what it does not see: an account that fails to be read, rows that cannot be read, and a
//! venue that takes no more orders.

use serde_json::{Value, json};

use crate::account::{Account, restless};
use crate::support::proxy::Proxy;
use crate::support::rig::{Rig, at};
use crate::support::wait::eventually;

const MINUTE_NS: i64 = 60_000_000_000;
/// 2026-01-01, the start of the exchange.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// The account cannot be read from the fourth hour to the sixth, while prices and orders work.
#[test]
fn no_entry_leaves_while_the_account_is_not_seen() {
    let down = json!({ "kind": "status", "status": 500, "body": true });
    let rule = json!({ "endpoint": "portfolio", "fault": down, "from": "4h", "until": "6h" });
    let account = Account::open(&json!({ "seed": 1, "rules": [rule] }), 60, &[&restless()], "");
    let outcome = account.trade("--for 9h --param wishes=50 --set live.max_unseen=10m --set risk.max_daily_loss=4000");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let said = |words: &str| outcome.stderr.matches(words).count();
    assert_eq!(said("ALERT the account: the venue does not answer"), 1, "{outcome}");
    assert_eq!(said("the account: the venue answers again"), 1, "{outcome}");
    assert_eq!(said("ALERT market data") + said("ALERT orders"), 0, "{outcome}");
    assert_eq!(said("only orders that reduce a position: orders and fills were not seen since 2026-01-01T0"), 1);
    assert_eq!(said("trading: the account is seen again"), 1, "{outcome}");
    let entries = |from: i64, to: i64| {
        let (from, to) = (BEGIN_NS + from * MINUTE_NS, BEGIN_NS + to * MINUTE_NS);
        account.count(&format!(
            "SELECT count(*) FROM outbox WHERE body ->> 'intent' = 'entry' AND sent > {from} AND sent <= {to}"
        ))
    };
    assert!(entries(120, 240) > 0, "none before");
    // The looks are five minutes apart, and may be ten minutes late.
    assert_eq!(entries(260, 360), 0, "entries left unseen");
    assert!(entries(365, 540) > 0, "none after");
    account.agree();
}

/// A rig whose host reaches the exchange through a proxy.
pub fn proxied() -> (Rig, Proxy) {
    let rig = Rig::quiet();
    let proxy = Proxy::to(&rig.exchange.address);
    let text = at(&rig.environment.read("host.toml"), &proxy.address);
    rig.environment.write("host.toml", text);
    (rig, proxy)
}

#[test]
fn a_row_that_cannot_be_read_costs_that_row_and_an_order_it_names_is_unknown() {
    let (rig, proxy) = proxied();
    let mut host = rig.host();
    rig.wait_for_orders(0);
    let order = eventually("a resting order", || rig.orders().into_iter().find(|order| order.status == "resting"));
    let strange = order.client_id.clone();
    proxy.change(move |request, status, mut body| {
        if request.starts_with("GET /trade-api/v2/portfolio/orders") {
            for row in body["orders"].as_array_mut().into_iter().flatten() {
                if row["client_order_id"] == strange.as_str() {
                    row["status"] = "pending_review".into();
                }
            }
        }
        (status, body)
    });
    host.wait_for("it cannot be read at the venue: ");
    let status = || rig.status()["host"]["status"].clone();
    eventually("an unknown order", || (status()["unknown_orders"] == 1).then_some(()));
    let orders = status()["orders"].clone();
    let unknown = |row: &&Value| row["standing"] == "unknown";
    assert_eq!(orders.as_array().expect("orders").iter().filter(unknown).count(), 1, "{orders}");
    assert_eq!(status()["venue_link"], "up");
    // The others go on: they expire, and new ones follow.
    rig.wait_for_orders(rig.orders().len() + 2);
    assert_eq!(rig.journal("SELECT state FROM outbox WHERE state = 'unknown'").len(), 1);
    proxy.leave_alone();
    eventually("no unknown order", || (status()["unknown_orders"] == 0).then_some(()));
    let said = host.said();
    assert_eq!(said.matches("it cannot be read at the venue: ").count(), 1, "{said}");
    host.signal("INT");
    assert_eq!(host.end().code(), Some(0), "{}", host.said());
}

#[test]
fn an_order_that_the_venue_has_no_time_for_is_no_rejection_and_its_limits_are_asked_for_again() {
    let (rig, proxy) = proxied();
    // One rejection would stop entries.
    rig.configure("[risk]\n", "[risk]\nerror_window = 1\nmax_error_rate = 0.5\n");
    let mut host = rig.host();
    rig.wait_for_orders(0);
    assert_eq!(proxy.count("GET /trade-api/v2/account/limits"), 1, "at the start");
    let fault = json!({ "kind": "status", "status": 429, "body": true });
    rig.faults(&json!({ "rules": [{ "endpoint": "POST /portfolio/events/orders", "fault": fault, "times": 3 }] }));
    host.wait_for("its limits are asked for again: 429 too_many_requests");
    eventually("the limits", || (proxy.count("GET /trade-api/v2/account/limits") == 2).then_some(()));
    eventually("orders that were not placed", || {
        (rig.journal("SELECT state FROM outbox WHERE state = 'not_placed'").len() == 3).then_some(())
    });
    rig.wait_for_orders(rig.orders().len());
    assert_eq!(rig.journal("SELECT state FROM outbox WHERE state = 'rejected'"), [""; 0]);
    assert_eq!(rig.status()["host"]["status"]["state"], "active");
}

#[test]
fn a_read_that_a_repetition_healed_is_one_warning() {
    let (rig, proxy) = proxied();
    let mut host = rig.host();
    rig.wait_for_orders(0);
    let mut left = 1;
    proxy.change(move |request, status, body| match request.starts_with("GET /trade-api/v2/markets?") && left > 0 {
        true => {
            left -= 1;
            (500, Value::Null)
        }
        false => (status, body),
    });
    host.wait_for("a request succeeded only when it was repeated: the venue failed GET /markets with 500");
    rig.wait_for_polls(3);
    let said = host.said();
    assert_eq!(said.matches("only when").count(), 1, "{said}");
    assert!(!said.contains("ALERT"), "{said}");
}

#[test]
fn a_market_with_an_order_that_the_venue_does_not_list_any_more_is_told_once() {
    let (rig, proxy) = proxied();
    rig.configure("order_expiry = \"10s\"", "order_expiry = \"10m\"");
    let mut host = rig.host();
    let in_market = || rig.orders().iter().any(|order| order.status == "resting" && order.ticker == "KXQUIET-1");
    eventually("an order there", || in_market().then_some(()));
    proxy.change(|request, status, mut body| {
        if request.starts_with("GET /trade-api/v2/markets?")
            && let Some(markets) = body["markets"].as_array_mut()
        {
            markets.retain(|market| market["ticker"] != "KXQUIET-1");
        }
        (status, body)
    });
    host.wait_for("ALERT the venue does not list KXQUIET-1 any more");
    rig.wait_for_polls(3);
    proxy.leave_alone();
    host.wait_for("KXQUIET-1 is listed at the venue again");
    assert_eq!(host.said().matches("does not list").count(), 1, "{}", host.said());
}
