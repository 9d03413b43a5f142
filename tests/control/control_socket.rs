//! Commands to a running host through its control socket, by a signal and by a file, even while its loop hangs.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::account;
use crate::exchange::Exchange;
use crate::socket_host;
use crate::support::environment::Environment;
use crate::support::wait;

fn status(environment: &Environment) -> Value {
    serde_json::from_str(&environment.run("status --format json").success()).expect("JSON")
}

/// Waits until `done` returns true.
#[track_caller]
fn eventually(what: &str, done: impl Fn() -> bool) {
    wait::eventually(what, || done().then_some(()));
}

#[test]
fn status_comes_from_the_running_host() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    let host = socket_host::start(&environment, &exchange, "hangs");
    let said = status(&environment);
    assert_eq!(said["running"], true);
    assert_eq!(said["host"]["identity"]["pid"], host.pid());
    assert_eq!(said["host"]["status"]["equity"], 500.0);
    let table = environment.run("status").success();
    assert!(table.starts_with("LIVE alex\n"), "{table}");
    let table = environment.run("--color always status").success();
    assert!(table.starts_with("\x1b[1;7mLIVE alex\x1b[0m\n"), "{table}");

    let socket = environment.path("live/kalshi-alex/control.sock");
    let mode = std::fs::metadata(socket).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_kill_works_while_the_loop_hangs_and_survives_the_host() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(4, environment.path("key.pem"));
    let host = socket_host::start(&environment, &exchange, "hangs");
    let said = environment.run("kill --reason drill");
    assert!(said.stderr.contains("no further order leaves"), "{said}");
    assert!(said.success().starts_with("verified: 0 open orders"));
    assert_eq!(exchange.open_orders(), 0);
    assert_eq!(status(&environment)["host"]["killed"]["reason"], "drill");

    // The socket of a dead host hinders neither commands nor the next host.
    host.die();
    assert_eq!(status(&environment)["running"], false);
    assert!(environment.run("kill").success().starts_with("verified: 0 open orders"));
    exchange.place(1, environment.path("key.pem"));
    let _host = socket_host::start(&environment, &exchange, "works");
    assert_eq!(status(&environment)["host"]["killed"]["reason"], "drill");
    // The next host cancels orders that a kill left open because the host died in the middle of it.
    eventually("the order is cancelled", || exchange.open_orders() == 0);
}

#[test]
fn a_kill_works_through_the_socket_while_requests_fail() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(8, environment.path("key.pem"));
    let _host = socket_host::start(&environment, &exchange, "hangs");
    exchange.faults(&json!({ "preset": "all", "chance": 0.3, "seed": 9 }));
    assert!(environment.run("kill").success().starts_with("verified: 0 open orders"));
    assert_eq!(exchange.open_orders(), 0);
}

#[test]
fn a_suspended_host_is_killed_without_its_help() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    exchange.place(2, environment.path("key.pem"));
    let host = socket_host::start(&environment, &exchange, "works");
    host.signal("STOP");
    let said = environment.run("status").failure(3);
    assert!(said.contains("does not answer"), "{said}");
    let said = environment.run("resume --reason over").failure(1);
    assert!(said.contains("does not answer"), "{said}");
    let said = environment.run("kill --reason drill");
    assert!(said.stderr.contains("does not answer (it is silent): cancelling at the venue directly"), "{said}");
    assert!(said.success().starts_with("verified: 0 open orders"));
    assert_eq!(exchange.open_orders(), 0);
    host.signal("CONT");
    eventually("it sees the latch", || status(&environment)["host"]["killed"]["reason"] == "drill");
}

#[test]
fn sigusr1_and_the_kill_file_work_while_the_loop_hangs() {
    let exchange = Exchange::new();
    let environment = account(&exchange);
    let host = socket_host::start(&environment, &exchange, "hangs");
    exchange.place(2, environment.path("key.pem"));
    host.signal("USR1");
    eventually("the orders are cancelled", || exchange.open_orders() == 0);
    let killed = status(&environment)["host"]["killed"]["by"].clone();
    assert_eq!(killed, "signal SIGUSR1");
    assert!(environment.path("live/kalshi-alex/KILLED").exists());
    drop(host);

    let exchange = Exchange::new();
    let environment = account(&exchange);
    let _host = socket_host::start(&environment, &exchange, "hangs");
    exchange.place(2, environment.path("key.pem"));
    environment.write("live/kalshi-alex/KILLED", "");
    eventually("the orders are cancelled", || exchange.open_orders() == 0);
    assert_ne!(status(&environment)["host"]["killed"], Value::Null);
}

#[test]
fn the_loop_decides_about_a_resume() {
    let exchange = Exchange::new();
    let check = |mood: &str, code: i32, killed: bool| {
        let environment = account(&exchange);
        let _host = socket_host::start(&environment, &exchange, mood);
        let _ = environment.run("kill").success();
        let said = environment.run("resume --reason over");
        assert_eq!(said.code, Some(code), "{mood}: {said}");
        assert_eq!(!status(&environment)["host"]["killed"].is_null(), killed, "{mood}");
        assert_eq!(environment.path("live/kalshi-alex/KILLED").exists(), killed, "{mood}");
    };
    check("works", 0, false);
    check("refuses", 4, true);
    check("hangs", 4, true);
}
