//! The kill switch of a host that trades.

use std::collections::BTreeSet;

use host_core::Span;
use serde_json::{Value, json};

use crate::rig::{Rig, eventually, now_ns};

/// The aim is 100 ms from the command to the last order that leaves; `cargo bench -p host --bench live` measures them.
/// Here is no stopwatch: this only tells "at once" from "some time later" on a machine that is busy with other tests.
const AT_ONCE: Span = Span::seconds(1);

/// Asserts that the venue accepted no order later than [`AT_ONCE`] after `command_ns`, not even some polls later.
#[track_caller]
fn assert_no_order_since(rig: &Rig, command_ns: i64) {
    std::thread::sleep(std::time::Duration::from_secs(3));
    let orders = rig.orders();
    let late = orders.iter().filter(|order| order.created_ns > command_ns + AT_ONCE.0).count();
    assert_eq!(late, 0, "of {} orders", orders.len());
    assert_eq!(orders.iter().filter(|order| order.status == "resting").count(), 0);
}

#[track_caller]
fn assert_verified(stdout: &str) {
    assert!(stdout.starts_with("verified: 0 open orders at kalshi 20") && stdout.ends_with("Z\n"), "{stdout}");
}

#[test]
fn a_kill_stops_orders_at_once_and_until_a_person_resumes_over_restarts() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(100);
    let command_ns = now_ns();
    assert_verified(&rig.environment.run("kill --reason drill").success());
    assert_no_order_since(&rig, command_ns);
    host.wait_for("ALERT HALTED: alex (host kill): drill");

    let accepted = rig.orders().len();
    host.signal("INT");
    assert!(host.end().success());
    let mut host = rig.host();
    host.wait_for("ALERT HALTED: alex (host kill): drill");
    let polled = |rig: &Rig| rig.status()["host"]["status"]["last_poll"]["time"].as_str().map(str::to_owned);
    let first = eventually("a poll", || polled(&rig));
    eventually("three polls more", || polled(&rig).filter(|time| *time > first));
    let status = rig.status();
    assert_eq!(status["host"]["killed"]["reason"], "drill");
    assert_eq!(status["host"]["status"]["state"], "halted");
    assert!(status["host"]["status"]["reasons"][0].as_str().is_some_and(|why| why.contains("drill")), "{status}");
    assert_eq!(rig.orders().len(), accepted);

    let said = rig.environment.command("resume").args(["--reason", " "]).output().expect("the binary runs");
    assert_eq!(said.status.code(), Some(2));
    assert_eq!(rig.orders().len(), accepted);
    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(accepted);

    let log = rig.journal("SELECT what || ' by ' || who || ': ' || reason FROM operator_log ORDER BY number");
    assert_eq!(log.first().map(String::as_str), Some("kill by alex (host kill): drill"), "{log:?}");
    assert_eq!(log.last().map(String::as_str), Some("resume by alex (host resume): explained"), "{log:?}");
    let commands = rig.journal("SELECT body FROM events WHERE kind = 'command' ORDER BY seq");
    let at = |words: &str| commands.iter().position(|command| command.contains(words));
    let (killed, resumed) = (at("alex (host kill): drill"), at("alex (host resume): explained"));
    assert!(killed.is_some() && killed < resumed, "{commands:?}");
}

#[test]
fn orders_from_before_a_kill_do_not_leave_after_a_resume() {
    let rig = Rig::running();
    let _host = rig.host();
    // Sixty wishes at once, and a rate limit of eight at first and then ten a second: most are still to go out.
    rig.wait_for_orders(0);
    let _ = rig.environment.run("kill").success();
    let before: i64 = rig.journal("SELECT CAST(max(order_id) AS TEXT) FROM outbox")[0].parse().expect("a number");
    let sent = rig.orders().len();
    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(sent + 20);
    let names = format!("SELECT client_order_id FROM outbox WHERE order_id <= {before}");
    let old: BTreeSet<String> = rig.journal(&names).into_iter().collect();
    let late = rig.orders()[sent..].iter().filter(|order| old.contains(&order.client_order_id)).count();
    assert_eq!(late, 0, "of {} orders from before the kill", old.len());
}

#[test]
fn a_kill_gets_through_while_three_in_ten_requests_fail() {
    let rig = Rig::running();
    let _host = rig.host();
    rig.wait_for_orders(100);
    rig.faults(&json!({ "preset": "all", "chance": 0.3, "seed": 3 }));
    let command_ns = now_ns();
    // Ten seconds are the default of `live.verify_flat`.
    let said = rig.environment.run("kill");
    assert_verified(&said.success());
    rig.faults(&json!({ "rules": [] }));
    assert_no_order_since(&rig, command_ns);
}

#[test]
fn a_signal_and_a_file_stop_a_host_that_trades() {
    let rig = Rig::running();
    let mut host = rig.host();
    let accepted = rig.wait_for_orders(50);
    let command_ns = now_ns();
    host.signal("USR1");
    assert_no_order_since(&rig, command_ns);
    host.wait_for("signal SIGUSR1");

    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(accepted + 50);
    let command_ns = now_ns();
    rig.environment.write("live/kalshi-alex/KILLED", "");
    assert_no_order_since(&rig, command_ns);
    host.wait_for("was made by hand");
}

#[test]
fn a_kill_does_not_wait_for_a_strategy_that_loops() {
    let rig = Rig::running();
    // Long enough that the kill comes in the middle of the loop; in the end it is stopped.
    let args = "--param loop_after=200 --set sandbox.call_ms=20000 --set sandbox.fuel_base=1000000000000";
    let mut host = rig.host_with(args);
    rig.wait_for_orders(50);
    let age = |rig: &Rig| rig.status()["host"]["status_age_seconds"].as_f64().unwrap_or_default();
    eventually("its loop hangs", || (age(&rig) > 2.5).then_some(()));
    let command_ns = now_ns();
    assert_verified(&rig.environment.run("kill --reason loop").success());
    assert!(age(&rig) > 2.0, "the loop was over before the kill was");
    assert_no_order_since(&rig, command_ns);
    assert_eq!(rig.status()["host"]["killed"]["reason"], "loop");
    host.wait_for("ALERT strategy 0 failed");
    assert_eq!(host.end().code(), Some(5), "{}", host.said());
    let log = rig.journal("SELECT reason FROM operator_log");
    assert_eq!(log, ["loop"], "the journal hears of the kill once the loop is over");
}

#[test]
fn a_kill_does_not_wait_for_a_store_that_is_locked() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(50);
    let mut other = rusqlite::Connection::open(rig.account("account.journal")).expect("the journal");
    let held = other.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).expect("a lock");
    let command_ns = now_ns();
    assert_verified(&rig.environment.run("kill --reason locked").success());
    assert_no_order_since(&rig, command_ns);
    // It waits some seconds for the lock, and then ends rather than go on without a journal.
    assert_eq!(host.end().code(), Some(1));
    let said = host.said();
    assert!(said.contains("nothing more is sent") && said.contains("locked"), "{said}");
    drop(held);

    let accepted = rig.orders().len();
    let mut host = rig.host();
    host.wait_for("ALERT HALTED: alex (host kill): locked");
    assert_eq!(rig.journal("SELECT reason FROM operator_log"), ["locked"]);
    assert_eq!(rig.orders().len(), accepted);
}

#[test]
fn a_kill_does_not_ask_for_a_configuration_without_fault() {
    let rig = Rig::running();
    let _host = rig.host();
    rig.wait_for_orders(20);
    rig.configure("max_daily_loss = 1000.0", "max_daily_loss = \"cats\"");
    let said = rig.environment.run("status").failure(1);
    assert!(said.contains("risk.max_daily_loss"), "{said}");
    let command_ns = now_ns();
    assert_verified(&rig.environment.run("kill").success());
    assert_no_order_since(&rig, command_ns);
    rig.configure("[live]", "[live");
    let said = rig.environment.run("kill").failure(1);
    assert!(said.contains("is no TOML") && said.contains("a file KILLED in the account's folder"), "{said}");
}

#[test]
fn a_kill_at_a_venue_that_answers_500_keeps_trying_and_ends_in_3() {
    let rig = Rig::running();
    let _host = rig.host();
    rig.wait_for_orders(50);
    rig.faults(&json!({ "rules": [{ "endpoint": "*", "fault": { "kind": "status", "status": 500 } }] }));
    let command_ns = now_ns();
    let said = rig.environment.run("kill --set live.verify_flat=2s").failure(3);
    assert!(said.contains("not verified to be 0") && said.contains("`host kill` again"), "{said}");
    rig.faults(&json!({ "rules": [] }));
    assert_verified(&rig.environment.run("kill").success());
    assert_no_order_since(&rig, command_ns);
    let killed: Value = serde_json::from_slice(&std::fs::read(rig.account("KILLED")).expect("a latch")).expect("JSON");
    assert_eq!(killed["by"], "alex (host kill)");
}
