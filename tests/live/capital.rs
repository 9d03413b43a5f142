//! Capital is a limit: what the account has not, or what is not at work, buys nothing.

use crate::support::rig::Rig;
use crate::support::wait::eventually;

/// An account with 20 dollars, and a host that wants 40 contracts of each of two markets at 0.38.
fn with_20_dollars(capital: &str) -> Rig {
    let rig = Rig::quiet_with("--deposit 20");
    rig.configure("sizing = \"fixed 1\"", "sizing = \"fixed 40\"");
    rig.configure("[live]\n", &format!("[capital]\ntarget = {capital}\n\n[live]\n"));
    rig
}

fn equity(rig: &Rig) -> f64 {
    let status = eventually("a status", || rig.running_status().filter(|status| status["equity"].is_number()));
    status["equity"].as_f64().expect("a number")
}

/// Waits until both markets have an order of the host, and returns their sizes.
fn sizes(rig: &Rig) -> Vec<i64> {
    rig.wait_for_orders(1);
    let mut orders = rig.orders();
    orders.truncate(2);
    let mut sizes: Vec<i64> = orders.iter().map(|order| order.initial).collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn an_account_with_less_than_the_capital_is_told_and_buys_no_more_than_it_has() {
    let rig = with_20_dollars("2000.0");
    let mut host = rig.host();
    host.wait_for("the account has $20.00 of the capital of $2,000.00");
    // 40 x 0.38 are 15.20; of the rest, 10 with the highest fees.
    let contract = 1_000_000;
    assert_eq!(sizes(&rig), [10 * contract, 40 * contract]);
    rig.wait_for_polls(3);
    assert!((equity(&rig) - 20.0).abs() < 1e-9, "{}", equity(&rig));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert!(!host.said().contains("rejected"), "{}", host.said());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.contains("identical"), "{replayed}");
}

#[test]
fn a_later_stage_puts_more_of_the_account_to_work_and_the_books_still_agree() {
    let rig = with_20_dollars("10.0");
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    assert!((equity(&rig) - 10.0).abs() < 1e-9, "{}", equity(&rig));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());

    rig.configure("target = 10.0", "target = 15.0");
    let mut host = rig.host();
    host.wait_for("the capital at work is $15.00 from now on, it was $10.00");
    host.wait_for("trading: the venue agrees again");
    eventually("the capital of 15 dollars", || ((equity(&rig) - 15.0).abs() < 1e-9).then_some(()));
    rig.wait_for_polls(2);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert!(!host.said().contains("the books differ"), "{}", host.said());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.contains("identical"), "{replayed}");
}
