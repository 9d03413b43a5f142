//! Live, a strategy is shown each poll when it comes: it has nothing later to look at, and needs no proof.

use crate::account::Account;
use crate::support::strategies::{build, environment, write_crate};

#[test]
fn a_batch_holds_nothing_later_than_the_poll_that_came() {
    let written = environment();
    let alone = build(write_crate(&written, "alone", include_str!("../support/sources/alone.rs")));
    // It does fail where polls are shown ahead.
    written.run("data generate --markets 4 --for 2d --poll 10m --seed 3 --out tape").success();
    let ahead = written.run(&format!("backtest --strategy {alone} --tape tape"));
    assert!(ahead.stderr.contains("failed and was made again: shown more than one poll"), "{ahead}");
    let account = Account::open(&serde_json::json!({ "rules": [] }), 8, &[&alone], "");
    let outcome = account.trade("--for 2d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
}
