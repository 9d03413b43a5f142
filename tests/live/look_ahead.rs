//! Live, a strategy is shown each poll when it comes: it has nothing later to look at, and needs no proof.

use crate::account::Account;
use crate::support::strategies::{build, environment, write_crate};

#[test]
fn a_batch_holds_nothing_later_than_the_poll_that_came() {
    let written = environment();
    let alone = build(write_crate(&written, "alone", include_str!("../support/sources/alone.rs")));
    // It does fail at polls that are shown together, which counts for nothing: then it is shown each when it comes.
    let checked = written.run(&format!("check {alone}"));
    assert!(checked.code == Some(5) && checked.stderr.contains("shown more than one poll"), "{checked}");
    written.run("data generate --markets 4 --for 2d --poll 10m --seed 3 --out tape").success();
    let proven = written.run(&format!("backtest --strategy {alone} --tape tape")).success();
    assert!(proven.contains("no look-ahead: 1,152 of 1,152 decisions the same"), "{proven}");
    let account = Account::open(&serde_json::json!({ "rules": [] }), 8, &[&alone], "");
    let outcome = account.trade("--for 2d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
}
