//! `host kill` if no host runs: it latches, cancels at the venue itself, and trusts only the venue's own list of open
//! orders.

use serde_json::json;

use crate::account;
use crate::exchange::Exchange;
use crate::support::environment::Environment;

const KILLED: &str = "live/kalshi-alex/KILLED";

#[track_caller]
fn assert_verified(stdout: &str) {
    assert!(stdout.starts_with("verified: 0 open orders at kalshi 20") && stdout.ends_with("Z\n"), "{stdout}");
}

#[test]
fn kill_cancels_all_orders_verifies_and_latches_each_time() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(5, environment.path("key.pem"));

    assert_verified(&environment.run("kill --reason drill").success());
    assert_eq!(exchange.open_orders(), 0);
    let latch = environment.read(KILLED);
    assert!(latch.contains(r#""reason": "drill""#) && latch.contains("(host kill)"), "{latch}");

    assert_verified(&environment.run("kill --reason again").success());
    assert_eq!(environment.read(KILLED), latch, "who killed first stays to blame");
}

#[test]
fn kill_succeeds_while_30_percent_of_requests_fail() {
    for seed in 1..=3 {
        let exchange = Exchange::new();
        let environment = account(&exchange);
        exchange.place(12, environment.path("key.pem"));
        exchange.faults(&json!({ "preset": "all", "chance": 0.3, "seed": seed }));
        assert_verified(&environment.run("kill --set live.cancel_timeout=5m").success());
        assert_eq!(exchange.open_orders(), 0, "seed {seed}");
    }
}

#[test]
fn kill_cancels_one_by_one_if_cancel_all_fails() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(3, environment.path("key.pem"));
    let rule = json!({ "endpoint": "DELETE /portfolio/events/orders", "fault": { "kind": "status", "status": 500 } });
    exchange.faults(&json!({ "rules": [rule] }));
    assert_verified(&environment.run("kill --set live.cancel_timeout=5m").success());
    assert_eq!(exchange.open_orders(), 0);
}

#[test]
fn orders_that_cannot_be_cancelled_are_named_and_kill_exits_with_3() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(2, environment.path("key.pem"));
    let rule = json!({ "endpoint": "cancels", "fault": { "kind": "status", "status": 503 } });
    exchange.faults(&json!({ "rules": [rule] }));
    let said = environment.run("-q kill --set live.cancel_timeout=5s").failure(3);
    assert!(said.contains("open orders at kalshi are not verified to be 0"), "{said}");
    assert!(said.contains("2 open at the last look:") && said.contains("buy 1 M at 0.10"), "{said}");
    assert!(said.contains("`host kill` again") && said.contains("web site"), "{said}");
    assert_eq!(exchange.open_orders(), 2);
    assert!(environment.path(KILLED).exists(), "the latch does not wait for the venue");
}

#[test]
fn nothing_is_verified_without_the_list_of_open_orders() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    let rule = json!({ "endpoint": "GET /portfolio/orders", "fault": { "kind": "status", "status": 500 } });
    exchange.faults(&json!({ "rules": [rule] }));
    let said = environment.run("-q kill --set live.cancel_timeout=1s").failure(3);
    assert!(said.contains("no list of open orders was had"), "{said}");
}

#[test]
fn an_unreachable_venue_or_a_missing_key_latches_and_exits_with_3() {
    let check = |config: &str, words: &str| {
        let environment = Environment::new();
        environment.write("host.toml", format!("[live]\naccount = \"alex\"\ncancel_timeout = \"1s\"\n{config}"));
        let said = environment.run("-q kill").failure(3);
        assert!(said.contains(words), "{said}");
        assert!(environment.path(KILLED).exists());
    };
    check("", "orders at kalshi could not be cancelled");
    check("[venue]\nkey_id = \"k\"\nkey_file = \"nowhere.pem\"\n", "nowhere.pem");
    let exchange = Exchange::new();
    let away = account(&exchange);
    drop(exchange);
    let said = away.run("-q kill --set live.cancel_timeout=1s").failure(3);
    assert!(said.contains("not verified to be 0"), "{said}");
    assert!(away.path(KILLED).exists());
}

#[test]
fn a_latch_that_cannot_be_written_is_reported_and_the_orders_are_cancelled() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(1, environment.path("key.pem"));
    // A file in place of the folder, so that the latch cannot be written.
    environment.write("live", "");
    let said = environment.run("-q kill").failure(3);
    assert!(said.contains("a restart would trade again") && said.contains("verified: 0 open orders"), "{said}");
    assert_eq!(exchange.open_orders(), 0);
}

#[test]
fn an_account_must_be_named() {
    let environment = Environment::new();
    for command in ["kill", "status", "resume --reason x"] {
        let said = environment.run(command).failure(1);
        assert!(said.contains("live.account is not set"), "{said}");
        let said = environment.run(&format!("{command} --account ../alex")).failure(2);
        assert!(said.contains("`../alex` is not a valid account name"), "{said}");
    }
}
