//! Another version of a strategy takes over its slot while the host trades.

use std::time::Duration;

use serde_json::{Value, json};

use crate::account::{Account, JOURNAL};
use crate::faults;
use crate::support::strategies::{build, environment, write_version};
use crate::support::wait::within;

const DAY_NS: i64 = 86_400_000_000_000;
/// 2026-01-01, the start of the exchange.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// A version of the strategy whose state is a count, with parts of its source replaced.
fn counting(version: &str, replaced: &[(&str, &str)]) -> String {
    let mut source = include_str!("../support/sources/stateful.rs").to_owned();
    for (from, to) in replaced {
        assert!(source.contains(from), "{from}");
        source = source.replace(from, to);
    }
    build(write_version(&environment(), ("counting", version), &source))
}

/// Waits until the run has come to `day`, counted from 0.
#[track_caller]
fn wait_for_day(account: &Account, child: &mut std::process::Child, day: i64) {
    within(Duration::from_secs(600), &format!("day {day}"), || {
        assert!(child.try_wait().expect("a child").is_none(), "it ends by itself");
        (account.last_event_ns() >= BEGIN_NS + day * DAY_NS).then_some(())
    });
}

#[test]
fn three_weeks_with_faults_cross_five_swaps() {
    let first = counting("1.0.0", &[]);
    let account = Account::open(&faults::all("5d"), 40, &[&first], "");
    account.configure("poll = \"10m\"", "poll = \"2m\"");
    let mut child = account.begin("--for 21d");
    wait_for_day(&account, &mut child, 2);
    let said = account.host(&format!("swap counting {first} --reason same"));
    println!("{said}");
    wait_for_day(&account, &mut child, 4);
    let second = counting("1.1.0", &[]);
    let said = account.host(&format!("swap counting {second} --reason newer"));
    println!("{said}");
    println!("{}", account.host("slots"));
    wait_for_day(&account, &mut child, 6);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    account.agree();
    let _: Value = json!(null);
    let _ = JOURNAL;
}
