//! A run that ends while the venue fails.

use serde_json::json;

use std::time::{Duration, Instant};

use crate::account::{Account, restless};
use crate::support::rig::Rig;
use crate::support::wait::eventually;

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

/// Neither cancels nor reads of the account work: the stop ends within a minute, says which orders are left, and fails.
#[test]
fn a_stop_that_cannot_finish_says_which_orders_are_left() {
    let rig = Rig::quiet();
    rig.configure("order_expiry = \"10s\"", "order_expiry = \"10m\"");
    let mut host = rig.host();
    rig.wait_for_orders(0);
    eventually("a resting order", || (rig.resting() > 0).then_some(()));
    let down = json!({ "kind": "status", "status": 500, "body": true });
    let rule = |endpoint: &str| json!({ "endpoint": endpoint, "fault": down });
    rig.faults(&json!({ "rules": [rule("cancels"), rule("portfolio")] }));
    let begun = Instant::now();
    host.signal("TERM");
    let ended = host.end();
    let (took, said) = (begun.elapsed(), host.said());
    assert_eq!(ended.code(), Some(3), "{said}");
    // With what a busy machine adds to the 50 s that the host waits.
    assert!(took < Duration::from_secs(75), "{took:?}");
    assert!(said.contains("ALERT orders are left open at the venue, or unknown: order "), "{said}");
    assert!(
        said.contains("error: the host has ended, and ") && said.contains("`host kill` cancels them now"),
        "{said}"
    );
    let left = rig.orders().into_iter().filter(|order| order.status == "resting").count();
    assert!(said.contains(&format!("{left} orders are left open")), "{left} rest:\n{said}");
    assert!(said.contains(", cancelling"), "{said}");
}
