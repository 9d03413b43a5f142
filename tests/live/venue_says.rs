//! The venue's word about itself: while it takes no orders none is sent, people are told, and a word that cannot be
//! read disturbs nothing.

use serde_json::{Value, json};

use crate::account::{Account, restless};
use crate::support::rig::Rig;
use crate::support::wait::eventually;

const HOUR_NS: i64 = 3_600_000_000_000;
/// 2026-01-01, the start of the exchange in stepped time.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// Entries that the account of a run in stepped time sent between two hours.
fn entries(account: &Account, from: i64, to: i64) -> i64 {
    let (from, to) = (BEGIN_NS + from * HOUR_NS, BEGIN_NS + to * HOUR_NS);
    account.count(&format!(
        "SELECT count(*) FROM outbox WHERE body ->> 'intent' = 'entry' AND sent > {from} AND sent <= {to}"
    ))
}

#[test]
fn a_paused_venue_gets_no_order_until_it_takes_them_again() {
    let rig = Rig::quiet();
    rig.configure("order_expiry = \"10s\"", "order_expiry = \"3s\"");
    let mut host = rig.host();
    rig.wait_for_orders(2);
    let says = || rig.status()["host"]["status"]["venue_says"].clone();
    let is = |exchange: bool, trading: bool| {
        let says = says();
        says["exchange_active"] == exchange && says["trading_active"] == trading
    };
    eventually("the venue's word", || is(true, true).then_some(()));
    assert_eq!((&says()["announcements"], &says()["problem"]), (&json!([]), &Value::Null));
    let simulate = |what: &str, body: Value| {
        let (status, answer) = rig.exchange.post(&format!("/simulation/{what}"), &body);
        assert_eq!(status, 200, "{answer}");
    };
    simulate("announcement", json!({ "type": "warning", "message": "We look into\u{1b}[2J <b>delays</b>." }));
    simulate("status", json!({ "status": "paused" }));
    host.wait_for("the venue says that trading is paused: no order leaves until it takes them again");
    host.wait_for("kalshi announces (warning, 20");
    let paused = eventually("nothing at work", || {
        let status = rig.status()["host"]["status"].clone();
        (status["orders"] == json!([]) && rig.resting() == 0).then_some(status)
    });
    assert!(is(true, false) && paused["state"] == "halted", "{paused}");
    assert!(paused["reasons"][0].as_str().is_some_and(|reason| reason.starts_with("venue_paused: ")), "{paused}");
    let announced = &paused["venue_says"]["announcements"];
    assert_eq!((announced.as_array().map(Vec::len), &announced[0]["kind"]), (Some(1), &json!("warning")));
    assert_eq!(announced[0]["text"], "We look into\\u{1b}[2J <b>delays</b>.");
    assert!(paused["next_change"]["what"].is_string(), "{paused}");
    let table = rig.environment.run("status").success();
    for line in ["venue says", "trading is paused", "announced", "next change"] {
        assert!(table.contains(line), "no {line} in:\n{table}");
    }
    let sent = || rig.journal("SELECT state FROM outbox").len();
    let before = sent();
    rig.wait_for_polls(4);
    assert_eq!(sent(), before, "an order was sent into the pause");
    let before = rig.orders().len();
    // A person cannot end it, for nobody can make a venue take orders.
    rig.environment.run("resume --reason impatient").success();
    rig.wait_for_polls(2);
    assert_eq!((rig.orders().len(), &rig.status()["host"]["status"]["state"]), (before, &json!("halted")));
    simulate("status", json!({ "status": "active" }));
    host.wait_for("the venue says that it takes orders again");
    rig.wait_for_orders(before);
    assert_eq!(rig.status()["host"]["status"]["state"], "active");
    let said = host.said();
    for (words, times) in [("announces (warning", 1), ("is paused: no order leaves", 1), ("ALERT", 0)] {
        assert_eq!(said.matches(words).count(), times, "{words}: {said}");
    }
    host.signal("INT");
    assert_eq!(host.end().code(), Some(0), "{}", host.said());
}

/// The exchange closes for an hour, as it has planned: even cancels are refused then.
#[test]
fn maintenance_is_waited_for_and_trading_goes_on() {
    let account = Account::open(&json!({ "seed": 1, "rules": [] }), 60, &[&restless()], "");
    account.configure("poll = \"10m\"", "poll = \"5m\"");
    let window = json!({ "from_ns": BEGIN_NS + 3 * HOUR_NS, "until_ns": BEGIN_NS + 4 * HOUR_NS });
    account.simulate("maintenance", &window);
    let outcome = account.trade("--for 6h --param wishes=50 --set risk.max_daily_loss=4000");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let said = |words: &str| outcome.stderr.matches(words).count();
    let closed = "the venue says that the exchange is closed, and expects to be back at 2026-01-01T04:00:00.000Z";
    assert_eq!(said(&format!("{closed}: no order leaves")), 1, "{outcome}");
    assert_eq!(said("the venue says that it takes orders again"), 1, "{outcome}");
    assert!(entries(&account, 1, 3) > 0, "none before");
    assert_eq!(
        account.count(&format!(
            "SELECT count(*) FROM outbox WHERE sent > {} AND sent < {}",
            BEGIN_NS + 3 * HOUR_NS + HOUR_NS / 4,
            BEGIN_NS + 4 * HOUR_NS,
        )),
        0,
        "sent into the maintenance"
    );
    assert!(entries(&account, 4, 6) > 0, "none after");
    account.agree();
}

#[test]
fn a_word_that_cannot_be_read_disturbs_nothing() {
    let down = json!({ "kind": "status", "status": 500, "body": true });
    let rule = |path: &str| json!({ "endpoint": format!("GET /exchange/{path}"), "fault": down, "from": "2h" });
    let rules = ["status", "announcements", "schedule"].map(rule);
    let account = Account::open(&json!({ "seed": 1, "rules": rules }), 60, &[&restless()], "");
    let outcome = account.trade("--for 9h --param wishes=50 --set risk.max_daily_loss=4000");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    for words in ["ALERT", "venue does not answer", "repeated", "no order leaves"] {
        assert!(!outcome.stderr.contains(words), "{words}: {outcome}");
    }
    for hour in [1, 3, 5, 7] {
        assert!(entries(&account, hour, hour + 2) > 0, "none after {hour} h");
    }
    account.agree();
}
