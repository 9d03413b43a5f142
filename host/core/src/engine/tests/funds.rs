//! The account's money: what entries may still cost.

use super::*;
use crate::entry_cost::EntryCost;
use crate::fees::FeeModel;

fn available(harness: &Harness) -> String {
    harness.engine.available_cash().to_string()
}

#[test]
fn shorts_and_working_entries_lay_claim_to_cash() {
    let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let first = scripted(&[(30, 0, SignalAction::Buy), (30, 1, SignalAction::Sell), (90, 0, SignalAction::Exit)]);
    let second = scripted(&[(60, 1, SignalAction::Buy)]);
    let mut harness = Harness::new(vec![first, second], policy);
    harness.poll(0, 4_200, 4_400);
    assert_eq!(available(&harness), "2000.00");
    harness.poll(30, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 10 m0 @0.43, sell 10 m1 @0.43");
    // 4.30 for the long, and 5.70 for the short.
    assert_eq!(available(&harness), "1990.00");
    harness.fill(31, 1, 4_300, 4);
    assert_eq!(available(&harness), "1990.00");
    harness.fill(32, 1, 4_300, 6).fill(33, 2, 4_300, 10);
    assert_eq!(available(&harness), "1990.00");
    // 10 long of another strategy net the short: its dollar a contract is free, for what was paid.
    harness.poll(60, 4_200, 4_400);
    assert_eq!((harness.did().as_str(), available(&harness).as_str()), ("buy 10 m1 @0.43", "1985.70"));
    harness.fill(61, 3, 4_300, 10);
    assert_eq!(available(&harness), "1995.70");
    // An exit claims nothing.
    harness.poll(90, 4_200, 4_400);
    assert_eq!((harness.did().as_str(), available(&harness).as_str()), ("sell 10 m0 @0.44", "1995.70"));
}

#[test]
fn fees_and_slippage_of_working_entries_are_claimed_too() {
    let check = |cost: EntryCost, expect: &str| {
        let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
        let script = [(30, 0, SignalAction::Buy), (30, 1, SignalAction::Sell)];
        let mut harness = Harness::new(vec![scripted(&script)], policy);
        harness.engine.set_entry_cost(cost);
        harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
        assert_eq!(
            (harness.did().as_str(), available(&harness).as_str()),
            ("buy 10 m0 @0.43, sell 10 m1 @0.43", expect)
        );
    };
    check(EntryCost::NONE, "1990.00");
    check(EntryCost { slippage: Price(100), ..EntryCost::NONE }, "1989.80");
    // 0.07 x 10 x 0.43 x 0.57 for each, and rounding of ten fills to 1/10,000 dollar.
    check(EntryCost { fees: FeeModel::Kalshi.schedule(100), ..EntryCost::NONE }, "1989.65484");
}

#[test]
fn a_rejected_entry_waits_and_a_rejected_exit_holds_nothing_back() {
    let script = [
        (30, 0, SignalAction::Buy),
        (60, 0, SignalAction::Buy),
        (629, 0, SignalAction::Buy),
        (631, 0, SignalAction::Buy),
        (660, 0, SignalAction::Exit),
        (720, 0, SignalAction::Sell),
    ];
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).closed(31, 1, OrderState::Rejected).did();
    harness.poll(60, 4_200, 4_400).poll(629, 4_200, 4_400);
    assert_eq!(harness.did(), "");
    harness.poll(631, 4_200, 4_400).fill(632, 2, 4_300, 25).poll(660, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43, sell 25 m0 @0.44");
    harness.closed(661, 3, OrderState::Rejected).poll(690, 4_200, 4_400).fill(691, 4, 4_400, 25).did();
    harness.poll(720, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.43");
}

#[test]
fn each_short_market_is_covered_by_itself() {
    let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let script = [(30, 0, SignalAction::Sell), (30, 1, SignalAction::Sell)];
    let mut harness = Harness::new(vec![scripted(&script)], policy);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).fill(31, 1, 4_300, 10).fill(31, 2, 4_300, 10);
    // 5.70 each. A long in one market is no cover for a short in another.
    assert_eq!(available(&harness), "1988.60");
    let long = scripted(&[(60, 0, SignalAction::Buy), (60, 1, SignalAction::Sell)]);
    harness.engine.add_strategy("long", Box::new(long));
    harness.poll(60, 4_200, 4_400).fill(61, 3, 4_300, 10).fill(61, 4, 4_300, 10);
    assert_eq!(available(&harness), "1988.60");
}

#[test]
fn a_change_of_capital_is_neither_profit_nor_loss() {
    let check = |capital: i64| {
        let limit = |limits: &mut RiskLimits| limits.max_daily_loss = Usd::dollars(1);
        let mut harness = Harness::with(vec![scripted(&[])], OrderPolicy::default(), limit);
        harness.poll(0, 4_200, 4_400);
        let command = Command::Capital { time: Timestamp(1_000_000_000), capital: Usd::dollars(capital) };
        harness.engine.step(Event::Command(&command), &mut harness.effects);
        harness.poll(30, 4_200, 4_400);
        assert_eq!(harness.did(), "");
        let portfolio = harness.engine.portfolio();
        let expect = Usd::dollars(capital);
        assert_eq!((portfolio.start(), portfolio.equity(), portfolio.cash()), (expect, expect, expect));
        assert_eq!(portfolio.drawdown().max, Usd::ZERO);
    };
    check(500);
    check(5_000);
}
