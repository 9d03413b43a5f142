//! Backups of an account that a host trades: whole, verified byte by byte, and as good as the account itself.

use std::fs;

use serde_json::Value;

use crate::support::rig::{Rig, live};
use crate::support::wait::eventually;

/// Backs the account up into `name`; returns the manifest.
fn back_up(rig: &Rig, name: &str) -> Value {
    let printed = rig.environment.run(&format!("backup alex --out {name} --format json")).success();
    serde_json::from_str(&printed).expect("JSON")
}

#[test]
fn a_backup_of_a_trading_host_is_restored_replayed_and_traded_on() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(20);
    let mut events = 0;
    for round in 0..4 {
        rig.wait_for_polls(1);
        let name = format!("b{round}");
        let made = back_up(&rig, &name);
        assert_eq!((&made["account"], &made["venue"]), (&"alex".into(), &"kalshi".into()), "{made}");
        assert!(made["events"].as_u64() > Some(events), "{made}");
        events = made["events"].as_u64().expect("a number");
        let printed = rig.environment.run(&format!("backup --verify {name} --format json")).success();
        let verified: Value = serde_json::from_str(&printed).expect("JSON");
        assert_eq!((&verified["events"], &verified["files"]), (&made["events"], &made["files"]));
        rig.environment.run(&format!("backup --restore {name} --out restored{round}")).success();
        let replayed = rig.environment.run(&format!("replay restored{round}/account.journal --format json")).success();
        let replayed: Value = serde_json::from_str(&replayed).expect("JSON");
        assert_eq!((&replayed["identical"], &replayed["events"]), (&true.into(), &made["events"]), "{replayed}");
    }
    assert!(rig.orders().len() > 20, "it trades on meanwhile");
    let lows = rig.journal("SELECT printf('%.2f', lowest) FROM equity_points");
    assert!(!lows.is_empty() && lows.iter().all(|low| low.starts_with("1") || low.starts_with("2")), "{lows:?}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    is_exported(&rig);
    let refused = |out: &str, words: &str| {
        let said = rig.environment.run(&format!("backup --restore b3 --out {out}")).failure(1);
        assert!(said.contains(words), "{said}");
    };
    refused("live/kalshi-alex", "is not replaced: it holds alex at kalshi (loopback), ");
    refused("live/kalshi-bert", "is the folder of kalshi-bert, and the backup is of alex at kalshi (loopback)");
    assert!(!rig.account("../kalshi-bert").exists());
    // The restored account is one like any other: it is shown, and traded on.
    fs::remove_dir_all(rig.account("")).expect("a folder");
    let printed = rig.environment.run("backup --restore b3 --out live/kalshi-alex").success();
    assert!(printed.contains("restored") && printed.contains("alex at kalshi"), "{printed}");
    let status = rig.status();
    assert!(status["store"]["started"].is_string() && status["store"]["ended"].is_null(), "{status}");
    let mut host = rig.host();
    host.wait_for("trading eager");
    eventually("another session", || (rig.journal("SELECT count(*) || '' FROM sessions") == ["2"]).then_some(()));
}

/// The tables of an account begin as those of its backup, and the gains of its lots are what the trades brought.
fn is_exported(rig: &Rig) {
    let export = |what: &str, out: &str| rig.environment.run(&format!("backup export {what} --out {out}"));
    export("alex", "tables").success();
    export("b3", "tables3").success();
    for table in ["orders", "fills", "trades", "daily", "lots"] {
        assert!(rig.environment.path(&format!("tables/{table}.parquet")).exists(), "{table}");
        let [all, before] = ["tables", "tables3"].map(|out| rig.environment.read(&format!("{out}/{table}.csv")));
        let is_beginning = all.starts_with(&before) || table == "orders" || table == "daily";
        assert!(is_beginning, "{table}:\n{before}\nis no beginning of\n{all}");
    }
    let again = export("alex", "tables").failure(1);
    assert!(again.contains("tables exists already"), "{again}");
    assert!(export("nobody", "other").failure(1).contains("there is no run `nobody`"));
    assert!(!rig.environment.path("other").exists());
    let sum = |table: &str, column: &str| -> f64 {
        let text = rig.environment.read(&format!("tables/{table}.csv"));
        let place = text.lines().next().expect("names").split(',').position(|name| name == column);
        let place = place.expect("a column");
        text.lines().skip(1).filter_map(|row| row.split(',').nth(place)?.parse::<f64>().ok()).sum()
    };
    // Trades are what has become flat; a lot may be closed before.
    assert!(sum("lots", "contracts") >= sum("trades", "contracts"), "a trade closes lots");
}

#[test]
fn the_state_of_the_kill_switch_is_part_of_a_backup() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    rig.environment.run("kill --reason test").success();
    let made = back_up(&rig, "b");
    let files: Vec<&str> = made["files"].as_array().expect("files").iter().filter_map(|f| f["path"].as_str()).collect();
    for path in ["account.journal", "tape/tape.json", "tape/unfinished.segment", "KILLED"] {
        assert!(files.contains(&path), "{path} is not in {files:?}");
    }
    assert!(!files.iter().any(|path| path.contains("lock") || path.contains("-wal") || path.contains("sock")));
    host.signal("INT");
    host.end();
    rig.environment.run("backup --restore b --out restored").success();
    assert_eq!(
        fs::read(rig.account("KILLED")).expect("a note"),
        fs::read(rig.environment.path("restored/KILLED")).expect("a note")
    );
}

#[test]
fn a_damaged_byte_is_found_wherever_it_is() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    back_up(&rig, "b");
    let whole = fs::read(rig.environment.path("b")).expect("a backup");
    let last = whole.len() - 1;
    for at in (0..40).map(|part| last * part / 40).chain([last - 39, last - 33, last - 32, last]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        rig.environment.write("damaged", damaged);
        let said = rig.environment.run("backup --verify damaged").failure(1);
        assert!(said.contains("damaged"), "byte {at}: {said}");
        let said = rig.environment.run("backup --restore damaged --out restored").failure(1);
        assert!(said.contains("not restored"), "byte {at}: {said}");
        assert!(!rig.environment.path("restored").exists(), "byte {at}");
    }
    rig.environment.write("damaged", &whole[..whole.len() / 2]);
    let said = rig.environment.run("backup --verify damaged").failure(1);
    assert!(said.contains("is no backup of this host"), "{said}");
    let left: Vec<_> = fs::read_dir(rig.environment.path("")).expect("a folder").flatten().collect();
    assert!(!left.iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".host-")), "{left:?}");
}

#[test]
fn nothing_is_replaced_and_nothing_is_guessed() {
    let rig = Rig::quiet();
    let refused = |args: &str, code: i32, words: &str| {
        let said = rig.environment.run(args).failure(code);
        assert!(said.contains(words), "{args}: {said}");
    };
    refused("backup --out b", 1, "there is no live account in ");
    rig.environment.run(&format!("{} --for 2s", live())).success();
    rig.environment.write("b", "precious");
    refused("backup --out b", 1, "`b` exists already");
    refused("backup --verify b", 1, "`b` is no backup of this host");
    refused("backup --verify nowhere", 1, "cannot read `nowhere`");
    refused("backup", 2, "--out");
    refused("backup ../alex --out c", 2, "not a valid account name");
    back_up(&rig, "c");
    rig.environment.write("full/file", "precious");
    refused("backup --restore c --out full", 1, "`full` exists already");
    assert_eq!(rig.environment.read("b"), "precious");
}
