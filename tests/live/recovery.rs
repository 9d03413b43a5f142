//! After a `kill -9`: the next host continues with the account as it is, and orders that nobody watches expire at the
//! venue.

use std::collections::BTreeSet;
use std::time::Duration;

use host_core::Span;
use serde_json::json;

use crate::support::history::grow;
use crate::support::process::Host;
use crate::support::rig::{Rig, eager, live};
use crate::support::strategies::{confirm, mean_reversion};
use crate::support::wait::{eventually, now_ns};

/// `execution.order_expiry` in `rig.toml`.
const ORDER_EXPIRY: Span = Span::seconds(10);

#[track_caller]
fn assert_no_order_twice(rig: &Rig) {
    let orders = rig.orders();
    let names: BTreeSet<&str> = orders.iter().map(|order| order.client_id.as_str()).collect();
    assert_eq!(names.len(), orders.len());
    let kept = rig.journal("SELECT client_order_id FROM outbox").into_iter().collect::<BTreeSet<_>>();
    let foreign = names.iter().filter(|name| !kept.contains(**name)).count();
    assert_eq!(foreign, 0, "the venue has orders that the journal has not");
}

/// Waits until the orders that a dead host had on the wire have arrived; returns the numbers of resting orders and of
/// all orders.
fn arrived(rig: &Rig) -> (usize, usize) {
    let mut last = None;
    eventually("all has arrived", || {
        let found = Some((rig.resting(), rig.orders().len()));
        let same = last == found;
        last = found;
        std::thread::sleep(Duration::from_millis(200));
        found.filter(|_| same)
    })
}

#[test]
fn a_long_history_does_not_prevent_a_restart() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(40);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    grow(&rig.account("account.journal"), 100_000);

    let host = rig.host();
    // In the middle of orders: with so many signals, one is always on its way.
    rig.wait_for_orders(rig.orders().len() + 20);
    host.die();
    let open = rig.journal("SELECT state FROM outbox WHERE ended IS NULL");
    assert!(open.len() > 10, "{open:?}");
    let before = rig.orders().len();
    let mut host = rig.host();
    host.wait_for("orders of the last run are looked up");
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_orders(before + 10);
    assert_no_order_twice(&rig);
    assert_eq!(rig.journal("SELECT CAST(count(*) AS TEXT) FROM sessions"), ["3"]);
    let status = rig.status();
    assert_eq!(status["host"]["status"]["state"], "active", "{status}");
}

#[test]
fn orders_of_a_dead_host_expire_at_the_venue() {
    let rig = Rig::stepped();
    let host = rig.host();
    rig.wait_for_orders(20);
    eventually("orders that rest", || (rig.resting() > 5).then_some(()));
    host.die();
    let (resting, accepted) = arrived(&rig);
    assert!(resting > 0, "nothing was left working");
    let now = rig.exchange.now_ns();
    rig.exchange.post("/simulation/advance", &json!({ "to_ns": now + ORDER_EXPIRY.0 }));
    let orders = rig.orders();
    assert_eq!(orders.iter().filter(|order| order.status == "resting").count(), 0);
    let by_itself = orders.iter().filter(|order| order.updated_ns > now).collect::<Vec<_>>();
    assert_eq!(by_itself.len(), resting);
    for order in by_itself {
        assert!(order.expires_ns.is_some_and(|expires| expires <= order.created_ns + ORDER_EXPIRY.0), "{order:?}");
        assert!(order.cancel_reason.contains("Expired"), "{order:?}");
    }

    // The next host finds out, and continues.
    let mut host = rig.host();
    host.wait_for("orders of the last run are looked up");
    rig.wait_for_orders(accepted);
    assert_no_order_twice(&rig);
}

#[test]
fn a_wall_clock_run_is_replayed_across_restarts() {
    const POLL: Span = Span::seconds(10);
    let rig = Rig::running();
    rig.configure("[feed]\npoll = \"1s\"\n", "[feed]\npoll = \"10s\"\n");
    // A strategy that needs a warm-up.
    confirm(&rig.environment, mean_reversion());
    let args = format!("{} --param min_history_hours=20", live().replace(eager(), mean_reversion()));
    let mut last = String::new();
    for _ in 0..2 {
        let mut host = Host::start(&rig.environment, &args);
        let polled = || rig.running_status()?["last_poll"]["time"].as_str().map(str::to_owned);
        last = eventually("a poll", || polled().filter(|time| *time > last));
        host.signal("INT");
        assert!(host.end().success(), "{}", host.said());
        let said = rig.environment.run("replay live/kalshi-alex/account.journal").success();
        assert!(said.ends_with(" records: identical\n"), "{said}");
        // Times of polls are multiples of the interval, so the first poll of the next start may carry a time before
        // that start.
        let this = now_ns() / POLL.0;
        eventually("the next interval", || (now_ns() / POLL.0 > this).then_some(()));
    }
    // With another parameter its state is not its own. What is lost of the recording comes back from the journal, and
    // signals are ignored until the strategy has seen enough rows.
    std::fs::rename(rig.account("tape"), rig.environment.path("old-tape")).expect("moved");
    let mut host = Host::start(&rig.environment, &args.replace("min_history_hours=20", "min_history_hours=21"));
    host.wait_for("was warmed up instead: its parameters or the poll interval have changed");
    host.wait_for("trading mean-reversion at");
    host.die();
    let waits = "SELECT CAST(body ->> '$.from.restored.snapshot.trade_from' AS TEXT) FROM events WHERE kind = 'start' \
                 AND body ->> '$.from.restored' IS NOT NULL ORDER BY seq";
    let waits = rig.journal(waits);
    assert!(waits.len() == 2 && waits[0] <= waits[1], "{waits:?}");

    let warm_ups = rig.journal("SELECT CAST(body ->> 'rows' AS TEXT) FROM events WHERE kind = 'warm_up' ORDER BY seq");
    assert!(warm_ups.len() == 3 && warm_ups[0] == "0" && warm_ups[1..].iter().all(|rows| rows != "0"), "{warm_ups:?}");
}
