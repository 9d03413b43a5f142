//! `host doctor` with a venue that answers wrongly or not at all, and after a host was killed. All else that it finds
//! is broken in the tests beside its code.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::environment::{Environment, Outcome};
use crate::support::rig::Rig;
use crate::support::wait::eventually;

fn findings(outcome: &Outcome) -> Vec<Value> {
    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("no JSON: {outcome}"));
    printed["findings"].as_array().expect("findings").clone()
}

/// The finding with `code` that `host doctor` prints with `args`, which ends with `exit`.
#[track_caller]
fn finds(rig: &Rig, args: &str, exit: i32, code: &str) -> Value {
    let outcome = rig.environment.run(&format!("doctor --quick --format json {args}"));
    assert_eq!(outcome.code, Some(exit), "{args}: {outcome}");
    let found = findings(&outcome).into_iter().find(|found| found["code"] == code && found["severity"] != "ok");
    found.unwrap_or_else(|| panic!("no {code}: {outcome}"))
}

#[test]
fn a_venue_a_clock_and_a_key_that_are_wrong_are_found() {
    let rig = Rig::new("--markets 5");
    let outcome = rig.environment.run("doctor --format json");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let fine: Vec<Value> = findings(&outcome).into_iter().filter(|found| found["severity"] == "ok").collect();
    for group in ["configuration", "limits", "keys", "venue", "clock", "account", "disk", "dashboard", "time zones"] {
        assert!(fine.iter().any(|found| found["code"] == group), "{group}: {outcome}");
    }
    rig.environment.run("exchange keygen --account bert --kind ed25519 --out other").success();
    finds(&rig, "--set venue.key_file=other/bert.key.pem", 1, "account_refused");
    finds(&rig, "--set venue.series=[\"KXNOPE\"]", 1, "series_unknown");
    let rule = |fault: Value| json!({ "rules": [{ "endpoint": "*", "fault": fault }] });
    rig.faults(&rule(json!({ "kind": "clock_skew", "seconds": 20 })));
    let apart = finds(&rig, "", 1, "clock_apart");
    assert!(apart["cure"].as_str().is_some_and(|cure| cure.contains("timedatectl")), "{apart}");
    rig.faults(&rule(json!({ "kind": "status", "status": 503 })));
    finds(&rig, "", 1, "venue_silent");
    let unasked = rig.environment.run("doctor --offline --format json");
    assert_eq!(unasked.code, Some(0), "{unasked}");
    let unseen = |found: &Value| found["severity"] == "unseen" && found["code"] == "venue";
    assert!(findings(&unasked).iter().any(unseen), "{unasked}");
    finds(&rig, &format!("--set venue.base_url=http://{}/trade-api/v2", paused()), 1, "venue_closed");
}

/// The address of a venue that is open and does not trade, and says nothing else.
fn paused() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let body = "{\"exchange_active\":true,\"trading_active\":false}";
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ";
            let _ = stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
    address
}

#[test]
fn what_a_killed_host_left_and_what_was_opened_is_found_and_cured() {
    let rig = Rig::quiet();
    let host = rig.host();
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    let running = rig.environment.run("doctor --offline --format json");
    assert!(!running.stdout.contains("not_ended"), "a host that trades is not one that was killed: {running}");
    host.die();
    for code in ["not_ended", "orders_left", "socket_stale"] {
        finds(&rig, "--offline", 0, code);
    }
    let key = rig.environment.path("alex.key.pem");
    let mode = || std::fs::metadata(&key).expect("the key").permissions().mode() & 0o777;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("permissions");
    assert_eq!(finds(&rig, "--offline", 1, "key_open")["fix"], "offered");
    let planned = rig.environment.run("doctor --quick --offline --fix --dry-run");
    assert_eq!((planned.code, mode()), (Some(1), 0o644), "{planned}");
    assert!(planned.stdout.contains("would do: chmod go= [FOLDER]/alex.key.pem"), "{planned}");
    let fixed = rig.environment.run("doctor --quick --offline --fix");
    assert_eq!((fixed.code, mode()), (Some(0), 0o600), "{fixed}");
    assert!(fixed.stdout.contains("done: rm [FOLDER]/live/kalshi-alex/control.sock"), "{fixed}");
    let after = rig.environment.run("doctor --quick --offline").success();
    assert!(!after.contains("socket_stale") && !after.contains("key_open"), "{after}");
}

#[test]
fn what_the_process_is_given_is_looked_at() {
    let rig = Rig::new("--markets 5");
    let run = |set: &dyn Fn(&mut std::process::Command)| {
        let mut command = rig.environment.command("doctor --quick --offline --format json");
        set(&mut command);
        let output = command.output().expect("the binary runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let without = run(&|command| {
        command.env("PATH", "/nowhere");
    });
    assert!(without.contains("toolchain_missing") && without.contains("rustup target add wasm32-unknown-unknown"));
    let unread = run(&|command| {
        command.env("HOST_RISK_MAX_DAILY_LOSS", "5");
    });
    assert!(unread.contains("config_not_read") && unread.contains("HOST_RISK__MAX_DAILY_LOSS"), "{unread}");
    rig.configure("[feed]\n", "[feed\n");
    let broken = run(&|_| ());
    assert!(broken.contains("config_unreadable") && broken.contains("is not valid TOML"), "{broken}");
}

#[test]
fn without_account_network_or_settings_it_says_what_it_could_not_look_at() {
    let environment = Environment::new();
    let outcome = environment.run("doctor --offline --format json");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let found = findings(&outcome);
    for group in ["venue", "clock", "account", "store", "formats"] {
        let is_unseen = |found: &&Value| found["code"] == group && found["severity"] == "unseen";
        assert!(found.iter().any(|found| is_unseen(&found)), "{group}: {outcome}");
    }
    let left = std::fs::read_dir(environment.path("")).expect("the folder");
    let left: Vec<String> = left.flatten().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert!(left.iter().all(|name| name == "cache" || name == "home"), "it leaves {left:?}");
    let refused = environment.run("doctor ../alex").failure(2);
    assert!(refused.contains("`../alex` is not a valid account name"), "{refused}");
    environment.run("doctor --dry-run").failure(2);
}
