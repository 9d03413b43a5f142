//! A run that ends while the venue fails.

use serde_json::json;

use crate::account::{Account, restless};

/// The last orders are answered with an error, and look-ups fail until long after the stop: the host waits until it
/// knows that the orders were never placed.
#[test]
fn a_stop_waits_until_the_outcome_of_every_order_is_known() {
    let down = json!({ "kind": "status", "status": 500, "body": true });
    let account = Account::open(
        &json!({ "seed": 1, "rules": [
            { "endpoint": "orders", "fault": down, "from": "150m" },
            { "endpoint": "portfolio", "fault": down, "from": "150m", "until": "9160s" },
        ] }),
        60,
        &[&restless()],
        "",
    );
    // The stop comes ten seconds after the poll at 150 minutes, which brings orders at this rate of signals; the
    // daily loss limit does not refuse them yet.
    let outcome = account.trade("--for 9010s --param wishes=50");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    let never = books.orders.values().filter(|order| order.state == "not_placed").count();
    assert!(never > 0 && never < books.orders.len(), "{outcome}");
}
