//! All positions are closed at a person's word, and no entry leaves until they resume.

use std::time::Duration;

use serde_json::Value;

use crate::account::{Account, restless};
use crate::support::wait::within;

#[test]
fn positions_are_closed_and_no_entry_leaves_until_a_resume() {
    let account = Account::open(&serde_json::json!({ "rules": [] }), 20, &[&restless()], "");
    let mut begun = account.begin("--for 30d");
    let status = || -> Option<Value> {
        let said: Value = serde_json::from_str(&account.try_host("status --format json")?).ok()?;
        Some(said["host"]["status"].clone())
    };
    let count = |what: &str| status()?[what].as_array().map(Vec::len);
    within(Duration::from_secs(120), "some positions", || {
        begun.still_runs();
        count("positions").filter(|positions| *positions >= 3)
    });
    let held = status().expect("a status");
    let limit = |code: &str| {
        let lines = held["limits"].as_array().expect("limits").iter();
        lines.clone().find(|line| line["code"] == code).cloned().unwrap_or_else(|| panic!("no {code} in {held}"))
    };
    let open = limit("max_open_positions");
    assert!(open["used"].as_f64() >= Some(3.0) && open["limit"] == 30.0, "{open}");
    for code in ["max_portfolio_exposure", "max_category_exposure", "max_position_value"] {
        assert!(limit(code)["used"].as_f64() > Some(0.0), "{held}");
    }
    assert_eq!(account.try_host("close"), None, "a reason is needed");
    let said = account.host("close --reason enough");
    assert!(said.contains("positions are being closed; no entry leaves until `host resume`"), "{said}");
    within(Duration::from_secs(120), "no position", || {
        begun.still_runs();
        count("positions").filter(|positions| *positions == 0)
    });
    let state = status().expect("a status");
    assert_eq!((&state["state"], state["orders"].as_array().map(Vec::len)), (&"reduce".into(), Some(0)), "{state}");
    account.host("resume --reason again");
    within(Duration::from_secs(120), "positions again", || {
        begun.still_runs();
        count("positions").filter(|positions| *positions > 0)
    });
    account.host("kill --reason stop");
    let refused = account.try_host("close --reason late");
    assert_eq!(refused, None, "nothing leaves after a kill");
    begun.child.kill().expect("it runs");
    let _ = begun.child.wait();
}
