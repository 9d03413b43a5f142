//! Orders that fill at once or not at all, on the exchange.

use serde_json::json;

use crate::account::{Account, restless};

#[test]
fn nothing_of_an_immediate_order_rests_at_the_venue() {
    let account = Account::open(&json!({ "rules": [] }), 30, &[&restless()], "");
    let execution = "--set execution.entry_time_in_force=immediate --set execution.exit_time_in_force=immediate \
                     --set execution.exit_pricing=join --set execution.exit_escalates_after=2";
    for pricing in ["cross", "join"] {
        let outcome = account.trade(&format!("--for 1d {execution} --set execution.entry_pricing={pricing}"));
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
    let books = account.agree();
    let count = |state: &str| books.orders.values().filter(|order| order.state == state).count();
    // Entries that cross fill, exits that join do not until they escalate.
    assert!(count("executed") > 10 && count("canceled") > 10, "{} orders", books.orders.len());
    assert_eq!(count("executed") + count("canceled"), books.orders.len());
    assert!(books.fills.values().all(|fill| fill.taker));
}
