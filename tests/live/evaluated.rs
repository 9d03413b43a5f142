//! `host review` and `host compare` on a live account, by its name.

use serde_json::{Value, json};

use crate::account::{Account, restless};
use crate::faults;

#[test]
fn an_account_is_reviewed_and_compared_with_the_back_test_of_what_it_saw() {
    let account = Account::open(&json!({ "rules": [] }), 20, &[&restless()], "");
    assert_eq!(account.trade("--for 36h").code, Some(0));
    let read = |args: &str| -> Value { serde_json::from_str(&account.host(args)).expect("JSON") };
    let review = read("review alex --format json");
    assert_eq!((&review["mode"], &review["profit"]["not_explained"]), (&json!("live"), &json!("0.00")), "{review}");
    assert!(review["profit"]["by_market"].as_array().is_some_and(|markets| !markets.is_empty()), "{review}");
    let health = &review["health"];
    assert!(health["uptime"].as_f64() > Some(0.95) && health["comparisons"].as_u64() > Some(10), "{health}");
    assert_eq!((&health["differing"], &health["interventions"], &health["faults"]), (&json!(0), &json!(0), &json!(0)));
    let comparison = read("compare alex --with backtest --format json");
    let modes = [0, 1].map(|place| comparison["columns"][place]["mode"].as_str().unwrap_or_default().to_owned());
    assert_eq!(modes, ["backtest", "live"], "{comparison}");
    let difference = &comparison["differences"][0];
    let lines = difference["split"]["lines"].as_array().unwrap_or_else(|| panic!("not split: {difference}"));
    let rest = lines.last().expect("the remainder");
    assert_eq!((&rest["line"], &rest["amount"]), (&json!("not-explained"), &json!("0.00")), "{lines:?}");
}

#[test]
fn a_review_counts_what_failed_at_the_venue_over_a_restart() {
    let account = Account::open(&faults::all("1d"), 20, &[&restless()], "");
    let venue = || -> Value {
        assert_eq!(account.trade("--for 18h").code, Some(0));
        let review: Value = serde_json::from_str(&account.host("review alex --format json")).expect("JSON");
        review["health"]["venue"].clone()
    };
    let (first, both) = (venue(), venue());
    for what in ["repeated_reads", "unknown_orders"] {
        assert!(
            first[what].as_u64() > Some(0) && both[what].as_u64() >= first[what].as_u64(),
            "{what}: {first} {both}"
        );
    }
    let printed = account.host("review alex");
    assert!(printed.contains("\nthe venue: ") && printed.contains(" reads repeated, "), "{printed}");
}

#[test]
fn more_capital_is_no_profit() {
    let account = Account::open(&json!({ "rules": [] }), 20, &[&restless()], "");
    assert_eq!(account.trade("--for 12h").code, Some(0));
    assert_eq!(account.trade("--for 12h --set capital.target=6000.0").code, Some(0));
    let review: Value = serde_json::from_str(&account.host("review alex --format json")).expect("JSON");
    let total: f64 = review["profit"]["total"].as_str().and_then(|total| total.parse().ok()).expect("an amount");
    assert!(total != 0.0 && total.abs() < 500.0, "{total}");
    let notes = review["notes"].as_array().expect("notes");
    let said = |what: &str| notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains(what)));
    assert!(said("the capital at work was changed"), "{notes:?}");
    assert!(review["profit"]["by_hour"].as_array().is_some_and(|hours| hours.len() == 24), "{}", review["profit"]);
    let comparison: Value = serde_json::from_str(&account.host("compare alex alex --format json")).expect("JSON");
    let fall = &comparison["columns"][1]["report"]["max_drawdown"];
    let fall: f64 = fall.as_str().and_then(|fall| fall.parse().ok()).unwrap_or_else(|| panic!("{comparison}"));
    assert!(fall < 500.0, "{fall}");
    // The first start came before the period.
    let health = &review["health"];
    assert_eq!(health["venue"]["outages"], json!([]), "{health}");
    assert_eq!((&health["restarts"], &health["gaps"]), (&json!(1), &json!([])), "{health}");
}
