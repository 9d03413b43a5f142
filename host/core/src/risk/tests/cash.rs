//! The account's cash bounds entries, and money that comes in or is taken out is neither profit nor loss.

use super::*;

#[test]
fn the_first_order_of_the_case_study_passes() {
    // Day 1: bought 15 at 0.43 with a bid of 0.42 and an ask of 0.44; here at full capital.
    let mut setup = Setup::new().order(|order| order.qty = Qty::contracts(15));
    assert!(setup.check().is_ok());
    assert_eq!(setup.risk.usage().exposure, Usd::micros(6_450_000));
}

#[test]
fn an_exit_needs_no_cash() {
    let mut setup = Setup::new().after(|setup| setup.hold(0, 10, Usd::dollars(4)));
    setup.funds.available = Usd::dollars(-50);
    assert_eq!(setup.code(), "insufficient_cash");
    (setup.order.side, setup.order.intent) = (Side::Sell, Intent::Exit);
    assert_eq!(setup.code(), "");
}

#[test]
fn an_entry_shrinks_to_what_the_cash_pays_for() {
    let largest = |available: Usd| {
        let setup = Setup::new();
        let funds = Funds { available, ..setup.funds };
        let context = CheckContext { now: setup.now, market: &setup.markets[0], quote: &setup.quote, funds };
        setup.risk.max_entry_qty(SlotId(0), Side::Buy, Price(4_300), &context)
    };
    assert_eq!(largest(Usd::dollars(100)), Qty::contracts(50));
    assert_eq!(largest(Usd::dollars(10)), Qty::contracts(23));
    assert_eq!(largest(Usd::micros(429_999)), Qty::ZERO);
    assert_eq!(largest(Usd::dollars(-1)), Qty::ZERO);
}

#[test]
fn money_that_is_taken_out_is_no_loss_and_money_that_comes_in_no_profit() {
    let mut setup = Setup::new();
    assert_eq!(setup.risk.on_equity(NOON, CAPITAL - Usd::dollars(150)), None);
    let before = setup.risk.usage();
    assert_eq!(before.day_loss, Usd::dollars(150));
    for change in [Usd::dollars(-1_500), Usd::dollars(900)] {
        setup.risk.shift_equity(change);
        assert_eq!(setup.risk.usage(), before);
    }
    let left = CAPITAL - Usd::dollars(150 + 1_500) + Usd::dollars(900);
    assert_eq!(setup.risk.on_equity(NOON, left), None);
    assert_eq!(setup.risk.usage(), before);
    let latched = setup.risk.on_equity(NOON, left - Usd::dollars(50)).expect("the day's loss reaches 200");
    assert!(latched.reason.starts_with("max_daily_loss"), "{latched:?}");
}
