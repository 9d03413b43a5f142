//! Tests of limits that hold for some hours or days.

use super::*;

/// Checks an order of `qty` contracts while the schedule is `in_force`; `expect` is the code and limit of a refusal.
fn check(setup: &mut Setup, qty: i64, in_force: Option<ScheduledLimits>, expect: Result<(), (&str, &str)>) {
    setup.risk.set_schedule(in_force);
    setup.order.qty = Qty::contracts(qty);
    setup.wait(Span::minutes(1));
    let usage = setup.risk.usage();
    let found = setup.check().map(drop).map_err(|refused| (refused.verdict.code, refused.verdict.limit));
    assert_eq!(found, expect.map_err(|(code, limit)| (code.to_owned(), limit.to_owned())));
    if expect.is_err() {
        assert_eq!(setup.risk.usage(), usage, "a refusal books nothing");
    }
}

#[test]
fn the_limits_of_a_schedule_hold_while_it_is_in_force_and_refusals_name_it() {
    let small = || Some(scheduled(|scheduled| scheduled.limits.max_order_size = Qty::contracts(5)));
    let wide = || {
        let change = |limits: &mut RiskLimits| {
            (limits.max_order_size, limits.max_order_value) = (Qty::contracts(60), Usd::dollars(20));
        };
        Some(scheduled(|scheduled| change(&mut scheduled.limits)))
    };
    let mut setup = Setup::new();
    check(&mut setup, 6, small(), Err(("max_order_size", "5 in schedule weekend")));
    check(&mut setup, 5, small(), Ok(()));
    // Twenty of one market are held or wanted now.
    check(&mut setup, 15, None, Ok(()));
    check(&mut setup, 51, None, Err(("max_order_size", "50")));
    // Usually another check would refuse it.
    check(&mut setup, 55, wide(), Err(("max_order_value", "20.00 in schedule weekend")));
    check(&mut setup, 61, wide(), Err(("max_order_size", "60 in schedule weekend")));
}

#[test]
fn a_refusal_that_the_usual_limits_make_too_names_no_schedule() {
    let loose = || Some(scheduled(|scheduled| scheduled.limits.max_open_positions = 3));
    let mut setup = Setup::new();
    check(&mut setup, 51, loose(), Err(("max_order_size", "50")));
}

#[test]
fn limits_that_are_not_usable_leave_the_usual_ones_in_force() {
    let none = || Some(scheduled(|scheduled| scheduled.limits.max_order_size = Qty::ZERO));
    let mut setup = Setup::new();
    check(&mut setup, 10, none(), Ok(()));
}

#[test]
fn a_new_stage_changes_the_usual_limits_and_not_those_of_the_schedule() {
    let mut setup = Setup::new();
    let small = scheduled(|scheduled| scheduled.limits.max_position_size = Qty::contracts(8));
    setup.risk.set_schedule(Some(small.clone()));
    setup.risk.set_limits(&RiskLimits::default().scaled(25));
    assert_eq!(setup.risk.limits().max_position_size, Qty::contracts(8));
    setup.risk.set_schedule(None);
    assert_eq!(setup.risk.limits().max_position_size, Qty::contracts(25));
}

#[test]
fn a_restart_goes_on_with_the_schedule() {
    let mut setup = Setup::new();
    let small = scheduled(|scheduled| scheduled.limits.max_order_size = Qty::contracts(5));
    setup.risk.set_schedule(Some(small.clone()));
    let kept = serde_json::to_string(&setup.risk.snapshot()).unwrap();
    let again = RiskManager::restore(RiskLimits::default(), serde_json::from_str(&kept).unwrap()).unwrap();
    assert_eq!((again.scheduled(), again.limits()), (Some(&small), &small.limits));
}

#[test]
fn a_part_of_what_may_be_held_leaves_losses_and_orders_as_they_are() {
    let slot = SlotLimits { max_exposure: Some(Usd::dollars(600)), ..SlotLimits::default() };
    let full = RiskLimits { slots: [("a".to_owned(), slot)].into(), ..RiskLimits::default() };
    let half = full.holding(Fraction(500_000));
    assert_eq!(half.max_position_size, Qty::contracts(50));
    assert_eq!(half.max_portfolio_exposure, Usd::dollars(1_000));
    assert_eq!(half.slots["a"].max_exposure, Some(Usd::dollars(300)));
    let others = |limits: &RiskLimits| {
        let of = limits.clone();
        (of.max_daily_loss, of.max_drawdown, of.max_order_size, of.max_order_value, of.max_open_positions)
    };
    assert_eq!(others(&half), others(&full));
    let narrow = RiskLimits { max_portfolio_exposure: Usd::dollars(100), ..full };
    assert!(narrow.validate().is_err());
    assert_eq!(narrow.with_slots_inside().validate(), Ok(()));
}
