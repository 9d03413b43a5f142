//! Money comes to the account and leaves it while a host trades: it is told once, booked as the operator's, and stops
//! nothing.

use serde_json::json;

use crate::support::rig::Rig;
use crate::support::wait::eventually;

#[test]
fn interest_and_a_withdrawal_are_told_once_and_stop_nothing() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_orders(0);
    let equity = || rig.status()["host"]["status"]["equity"].as_f64().expect("a number");
    let before = equity();
    let moved = || {
        rig.journal(
            "SELECT CAST(body ->> 'amount' AS TEXT) FROM events \
             WHERE kind = 'command' AND body ->> 'command' = 'cash_moved'",
        )
    };
    for (micros, amount, told) in [
        (1_230_000, "12300000000", "$1.23 came to the account: interest or a deposit, booked as yours, no profit"),
        (-2_500_000, "-25000000000", "$2.50 left the account: a withdrawal or a charge, booked as yours, no loss"),
    ] {
        let (status, answer) = rig.exchange.post("/simulation/cash", &json!({ "member": "alex", "micros": micros }));
        assert_eq!(status, 200, "{answer}");
        host.wait_for(told);
        eventually("the event", || (moved().last().map(String::as_str) == Some(amount)).then_some(()));
        eventually("a clean comparison", || {
            (rig.journal("SELECT detail FROM reconciliations ORDER BY number DESC LIMIT 1") == ["clean"]).then_some(())
        });
        assert_eq!(rig.status()["host"]["status"]["state"], "active");
        assert!((equity() - before).abs() < 1e-9, "it is no profit and no loss: {} after {before}", equity());
    }
    let accepted = rig.host_orders();
    eventually("orders again", || (rig.host_orders() > accepted).then_some(()));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let said = host.said();
    assert_eq!(said.matches("to the account: interest").count(), 1, "{said}");
    assert_eq!(said.matches("left the account").count(), 1, "{said}");
    assert!(!said.contains("the books differ"), "{said}");
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.contains("identical"), "{replayed}");
}
