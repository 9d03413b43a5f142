//! `host status` if no host runs: it shows what is on disk.

use host_core::{Span, Timestamp};
use host_store::journal::Mode;
use host_store::live::{LiveInfo, LiveStore, OperatorEntry, Reconciliation};

use crate::support::environment::Environment;

#[test]
fn status_says_that_no_host_runs_and_what_remains() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    let said = environment.run("status").failure(1);
    assert!(said.contains("there is no live account in [FOLDER]/live/kalshi-alex"), "{said}");

    std::fs::create_dir_all(environment.path("live/kalshi-alex")).expect("a folder");
    let said = environment.run("status").success();
    assert!(
        said.starts_with("LIVE alex\n\naccount") && said.contains("not running") && said.contains("not engaged"),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&environment.run("status --format json").success()).expect("JSON");
    assert_eq!((&json["running"], &json["killed"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn status_shows_what_is_in_the_store() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    let time = |seconds: i64| Timestamp(1_764_547_200_000_000_000) + Span::seconds(seconds);
    let info = LiveInfo {
        mode: Mode::Live,
        venue: "kalshi".to_owned(),
        environment: "loopback".to_owned(),
        account: "alex".to_owned(),
        key_id: String::new(),
        state_version: 1,
        engine_version: "0.1.0".to_owned(),
        started: time(0),
        config: String::new(),
        strategies: Vec::new(),
    };
    let mut store = LiveStore::open(environment.path("live/kalshi-alex"), &info).expect("a store");
    let entry = |what: &str| OperatorEntry {
        time: time(1),
        who: "alex".to_owned(),
        what: what.to_owned(),
        reason: "drill".to_owned(),
    };
    store.log_operator(&entry("kill")).expect("written");
    store.log_operator(&entry("resume")).expect("written");
    let found = Reconciliation { time: time(2), clean: true, detail: "3 positions".to_owned() };
    store.note_reconciliation(&found).expect("written");
    // The session has no end, as after a power failure.
    drop(store);
    let said = environment.run("status").success();
    let (said, disk) = said.trim_end().rsplit_once('\n').expect("lines");
    // Sizes differ from machine to machine.
    assert!(disk.starts_with("disk            journal 0.") && disk.contains(" MB, recording 0.0 MB"), "{disk}");
    assert!(disk.contains(", archive 0.0 MB; ") && disk.contains(" free"), "{disk}");
    insta::assert_snapshot!(said, @"
    LIVE alex

    account         kalshi-alex
    host            not running: figures are as of its end
    folder          [FOLDER]/live/kalshi-alex
    kill switch     not engaged
    last host       started 2025-12-01T00:00:00.000Z, did not end in good order
    positions       0
    open orders     0, of which 0 not confirmed
    last command    resume by alex at 2025-12-01T00:00:01.000Z: drill
    reconciliation  2025-12-01T00:00:02.000Z: no differences: 3 positions
    ");
    let json: serde_json::Value =
        serde_json::from_str(&environment.run("status --format json").success()).expect("JSON");
    assert_eq!(json["store"]["started"], "2025-12-01T00:00:00.000Z");
    assert_eq!(json["store"]["ended"], serde_json::Value::Null);
    assert!(json["disk"]["journal_bytes"].as_u64() > Some(10_000), "{json}");
    assert!(json["disk"]["free_bytes"].as_u64() > Some(0), "{json}");

    LiveStore::open(environment.path("live/kalshi-alex"), &info).expect("a store").close(time(60)).expect("closed");
    let said = environment.run("status").success();
    assert!(said.contains("ended 2025-12-01T00:01:00.000Z"), "{said}");
}

#[test]
fn a_damaged_store_is_reported_and_does_not_prevent_a_kill() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    environment.write("live/kalshi-alex/account.journal", "no journal at all");
    let said = environment.run("status").failure(1);
    assert!(said.contains("cannot read [FOLDER]/live/kalshi-alex/account.journal"), "{said}");
    assert!(said.contains("`host kill` works without it"), "{said}");
    let _ = environment.run("kill").failure(3);
    assert!(environment.path("live/kalshi-alex/KILLED").exists());
}
