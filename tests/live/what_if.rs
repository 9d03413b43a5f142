//! `host replay --strategy` on the journal of a live run.

use serde_json::{Value, json};

use crate::account::{Account, JOURNAL, restless};
use crate::support::strategies::RANGE_BUYER;

#[test]
fn what_if_works_on_a_live_journal() {
    let account = Account::open(&json!({ "rules": [] }), 20, &[&restless()], "");
    assert_eq!(account.trade("--for 1d").code, Some(0));
    let compared = |strategy: &str| -> Value {
        let said = account.host(&format!("replay {JOURNAL} --strategy {strategy} --format json"));
        serde_json::from_str(&said).expect("JSON")
    };
    let same = compared(&restless());
    assert!(same["journaled_signals"].as_u64() > Some(10), "{same}");
    assert_eq!((&same["differing_rows"], &same["other_signals"]), (&json!(0), &same["journaled_signals"]), "{same}");
    let other = compared(RANGE_BUYER);
    assert!(other["other"].as_str().is_some_and(|name| name.starts_with("range-buyer ")), "{other}");
    assert!(other["differing_rows"].as_u64() > Some(0), "{other}");
}
