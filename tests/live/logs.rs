//! The log files of a live account, and `host logs`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::Child;

use serde_json::{Value, json};

use crate::account::Account;
use crate::support::strategies::{build, environment, write_crate};
use crate::support::wait::eventually;

const LOGS: &str = "kalshi-alex/logs";

/// A strategy that writes a line about every hundredth row.
fn talker() -> String {
    build(write_crate(&environment(), "talker", include_str!("../support/sources/hostile.rs")))
}

fn account() -> Account {
    Account::open(&json!({ "rules": [] }), 20, &[&talker()], "")
}

/// The lines of `host logs` with `args`.
fn lines(account: &Account, args: &str) -> Vec<Value> {
    let printed = account.host(&format!("logs --format json {args}"));
    printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// The names of the log files.
fn files(account: &Account) -> BTreeSet<String> {
    let entries = fs::read_dir(account.folder().join(LOGS)).expect("a folder");
    entries.map(|entry| entry.expect("a file").file_name().into_string().expect("text")).collect()
}

/// `host logs --follow`, which ends with its test.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_a_live_run_tells_is_logged_read_and_followed() {
    let account = account();
    let followed = account.folder().with_file_name("followed.txt");
    let output = File::create(&followed).expect("a file");
    let follower = account.command("logs --follow --code stopped --code order_filled").stdout(output).spawn();
    let _follower = Follower(follower.expect("the binary runs"));
    let figures: Value = serde_json::from_str(&account.trade("--for 12h --format json").success()).expect("JSON");

    let all = lines(&account, "");
    let of = |code: &str| all.iter().filter(|line| line["code"] == code).collect::<Vec<_>>();
    assert_eq!(figures["fills"], of("order_filled").len(), "{figures}");
    assert_eq!(figures["orders"], of("order_placed").len(), "{figures}");
    assert!(figures["fills"].as_u64() > Some(0), "{figures}");
    for line in &all {
        assert_eq!((&line["account"], &line["venue"]), (&json!("alex"), &json!("kalshi")), "{line}");
        assert_eq!(line["run"], all[0]["run"], "{line}");
    }
    for line in of("order_filled") {
        assert!(line["market"].is_string() && line["order"].is_u64() && line["slot"] == "talker", "{line}");
        assert!(line["time"].as_str().expect("a time").starts_with("2026-01-0"), "the venue's time: {line}");
    }
    let followed = || fs::read_to_string(&followed).expect("text");
    let over = "stopped the time that it was given is over";
    eventually("the follower", || followed().contains(over).then_some(()));
    assert_eq!(followed().matches(" order_filled ").count(), of("order_filled").len(), "{}", followed());

    // The venue's time is not this machine's, and a span goes back by the clock of the lines.
    let (whole, part) = (lines(&account, "--since 13h"), lines(&account, "--since 6h"));
    assert_eq!(whole.len(), all.len());
    assert!(!part.is_empty() && part.len() < all.len() && all.ends_with(&part), "{} of {}", part.len(), all.len());
    let none = account.run("logs --since 2099-01-01");
    assert!(none.stderr.contains("no line of the log is asked for; it goes from 2026-01-0"), "{none}");

    let of_talker = lines(&account, "--strategy talker");
    let is_own = |line: &&Value| line["code"] == "strategy_log" && line["strategy"] == "talker";
    assert!(of_talker.iter().filter(is_own).any(|line| line["text"] == "row 100"), "{of_talker:?}");
    assert!(of_talker.iter().any(|line| line["code"] == "order_placed"), "{of_talker:?}");
    assert!(all.iter().all(|line| !is_own(&line)), "strategies have a file of their own");
    assert!(lines(&account, "--level warning").iter().all(|line| line["level"] != "info"));
    let csv = account.host("logs --code order_placed --format csv");
    assert_eq!(csv.lines().count(), 1 + of("order_placed").len(), "{csv}");
}

#[test]
fn old_files_are_compressed_removed_and_damage_is_counted() {
    let account = account();
    account.trade("--for 30m").success();
    let whole = json!({ "time": "2026-01-01T00:00:00.000Z", "level": "info", "code": "started", "text": "before" });
    let yesterday = "host-2026-11-01.jsonl";
    let write = |name: &str, text: String| fs::write(account.folder().join(LOGS).join(name), text).expect("a file");
    write(yesterday, format!("{whole}\nnot a line\n{whole}\n"));
    write("strategies-2020-01-01.jsonl.gz", "old".to_owned());
    account.trade("--for 30m --set logs.keep=36500d").success();
    assert!(files(&account).contains(&format!("{yesterday}.gz")) && !files(&account).contains(yesterday));
    let outcome = account.run("logs --code started");
    assert!(outcome.stderr.contains("warning: 1 damaged line was passed over"), "{outcome}");
    let printed = outcome.success();
    assert!(printed.starts_with("2026-01-01 00:00:00 started before\n2026-01-01"), "{printed}");
    assert_eq!(printed.lines().count(), 4, "two of before, and one of each run: {printed}");
    account.trade("--for 30m --set logs.keep=1d").success();
    let left = files(&account);
    assert!(!left.iter().any(|name| name.contains("2020") || name.contains("2026-11-01")), "{left:?}");

    let outcome = account.run("logs --code order_fillled");
    assert!(outcome.stderr.contains("did you mean `order_filled`?") && outcome.code == Some(2), "{outcome}");
    let missing = account.refused("logs nobody");
    assert!(missing.contains("there is no log in ") && missing.contains("logs.folder"), "{missing}");
}

#[test]
fn a_full_disk_costs_the_log_and_no_trade() {
    let account = account();
    let options = "--for 6h --format json --set logs.folder=full";
    let Some(output) = account.trade_on_small_disk("4k", "full", options) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let figures: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(figures["orders"].as_u64() > Some(0), "{figures}");
    assert!(said.contains("cannot be written, trading goes on without it and lines wait: No space left"), "{said}");
    assert!(said.contains(" lines of the log are lost: it could not be written to the end"), "{said}");
    assert!(said.matches("cannot be written").count() <= 4, "it is told once: {said}");
}
