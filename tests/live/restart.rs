//! A run that is stopped in the middle and started again.

use std::time::Duration;

use serde_json::Value;

use crate::account::{Account, JOURNAL, restless};
use crate::faults;
use crate::support::process::signal;
use crate::support::wait::within;

const DAY_NS: i64 = 86_400_000_000_000;
/// 2026-01-01, the start of the exchange.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

#[test]
fn a_stopped_run_continues_with_its_orders_and_positions() {
    let account = Account::open(&faults::all("5d"), 60, &[&restless()], "");
    let mut begun = account.begin("--for 30d");
    // At any moment after three days and some hours at which the outcome of no order is unknown, and no outage is due.
    within(Duration::from_secs(600), "three days", || {
        begun.still_runs();
        let unknown = "SELECT count(*) FROM outbox WHERE state IN ('sent', 'unknown')";
        (account.last_event_ns() >= BEGIN_NS + 3 * DAY_NS + DAY_NS / 4 && account.count(unknown) == 0).then_some(())
    });
    signal(&begun.child, "TERM");
    // A poll may come between the look and the stop: an order that meets a fault then is left unknown, with a code of
    // its own, and the next start looks it up.
    let mut is_left = begun.ends_with_one_of(&[143, 3]) == 3;
    let mut sessions = 1;
    while is_left {
        // That start's own last orders may meet a fault as well.
        let outcome = account.trade("--for 1h");
        assert!(matches!(outcome.code, Some(0 | 3)) && sessions < 6, "{outcome}");
        (is_left, sessions) = (outcome.code == Some(3), sessions + 1);
    }
    let before = account.agree();
    assert!(before.orders.len() > 50 && !before.positions.is_empty(), "{} orders", before.orders.len());

    let outcome = account.trade("--for 3d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let after = account.agree();
    assert!(after.orders.len() > before.orders.len() + 50, "{} orders", after.orders.len());
    for (id, order) in &before.orders {
        assert_eq!(after.orders.get(id), Some(order), "what has ended stays as it was");
    }
    let [first, .., second] = &after.warm_ups[..] else { panic!("two sessions") };
    assert_eq!((*first, after.warm_ups.len()), (0, sessions + 1));
    // The warm-up is two hours of sixty markets, polled every ten minutes.
    assert!(*second > 6 * 60, "the strategy was shown {second} rows");
    // A poll every ten minutes; the first day was recorded long ago.
    assert!(account.recorded_polls() >= 144, "{} polls", account.recorded_polls());
    let outcome = account.trade("--for 6h --set journal.keep=1d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(account.first_event() > 1_000, "nothing was archived");
    let replayed = account.host(&format!("replay {JOURNAL}"));
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
    let info: Value =
        serde_json::from_str(&account.host("data info live/kalshi-alex/tape --format json")).expect("JSON");
    assert!(info["rows"].as_u64() > Some(30_000), "{info}");
}
