//! Several strategies in one market: the venue nets their positions, and limits count what can be lost there.

use super::*;

/// Positions of slots 1, 2, ... in market 0 (contracts, cost in dollars), and no taper.
fn shared(positions: &[(i64, i64)], limits: impl FnOnce(&mut RiskLimits)) -> Setup {
    let mut setup = Setup::with(|settings| {
        settings.size_taper = false;
        limits(settings);
    });
    for (slot, &(qty, cost)) in (1..).zip(positions) {
        let adopted = setup.risk.adopt_position(SlotId(slot), MarketId(0), Qty::contracts(qty), Usd::dollars(cost));
        assert!(adopted);
    }
    setup
}

/// Places an exit of `qty` contracts at 0.44 by `slot`, which sells.
fn leave(setup: &mut Setup, slot: u16, qty: i64) -> String {
    let entry = setup.order.clone();
    let order = &mut setup.order;
    (order.slot, order.side, order.intent) = (SlotId(slot), Side::Sell, Intent::Exit);
    (order.price, order.qty) = (Price(4_400), Qty::contracts(qty));
    let code = setup.code();
    setup.order = Order { id: setup.order.id, ..entry };
    code
}

/// Checks that an entry passes with a cap of `cents`, and not with a micro-dollar less.
fn least_cap(cents: i64, code: &str, mut setup: impl FnMut(Usd) -> Setup) {
    let codes = [0, 1].map(|less| setup(Usd::micros(cents * 10_000 - less)).code());
    assert_eq!(codes, ["", code], "{cents}");
}

#[test]
fn an_order_adds_to_its_category_only_what_makes_its_markets_worse_side_worse() {
    let setup = |positions: &'static [(i64, i64)], side: Side| {
        move |cap: Usd| {
            let mut setup = shared(positions, |limits| limits.max_category_exposure = cap);
            setup.hold(2, 60, Usd::dollars(30));
            setup.order(|order| order.side = side)
        }
    };
    // The short of another strategy can lose 10, and what the buy can lose is less: 30 + 10.
    least_cap(4_000, "max_category_exposure", setup(&[(-20, 10)], Side::Buy));
    // A sale of 10 at 0.43 can lose 5.70 on the same side: 30 + 10 + 5.70.
    least_cap(4_570, "max_category_exposure", setup(&[(-20, 10)], Side::Sell));
    least_cap(3_430, "max_category_exposure", setup(&[], Side::Buy));
}

#[test]
fn an_exclusive_event_counts_what_wins_where_the_order_loses() {
    let event = |cap: Usd, positions: &[(i64, i64)]| {
        shared(positions, |limits| {
            (limits.exclusive_events, limits.max_event_exposure) = (vec!["RAIN".to_owned()], cap);
        })
        .order(|order| order.side = Side::Sell)
    };
    // Two longs of 30 in two markets: all resolve NO, and 60 are lost. The sale loses where one of them wins.
    least_cap(6_000, "max_event_exposure", |cap| {
        let mut setup = event(cap, &[(60, 30)]);
        setup.hold(1, 60, Usd::dollars(30));
        setup
    });
    // The exit of another strategy may fill after the sale: then its 60 at 0.44 open a short that can lose 33.60.
    least_cap(3_930, "max_event_exposure", |cap| {
        let mut setup = event(cap, &[(60, 30)]);
        assert_eq!(leave(&mut setup, 1, 60), "");
        setup
    });
    // -60 and +20 are -40, at 0.50 each. The exit of the +20 opens 20 at 0.44 in any case: 20 + 11.20 + 5.70.
    least_cap(3_690, "max_event_exposure", |cap| {
        let mut setup = event(cap, &[(-60, 30), (20, 10)]);
        assert_eq!(leave(&mut setup, 2, 20), "");
        setup
    });
}

#[test]
fn an_exit_that_opens_risk_adds_to_what_exits_before_it_open() {
    // -60, +20 and +10 are -30 at the venue: both exits sell more there.
    let last = |limits: fn(&mut RiskLimits)| {
        let mut setup = shared(&[(-60, 30), (20, 10), (10, 5)], limits);
        assert_eq!(leave(&mut setup, 2, 20), "");
        leave(&mut setup, 3, 10)
    };
    assert_eq!(last(|limits| limits.max_position_size = Qty::contracts(60)), "");
    assert_eq!(last(|limits| limits.max_position_size = Qty::hundredths(5_999)), "max_position_size");
    // 30 at 0.50, and 30 at 0.56.
    assert_eq!(last(|limits| limits.max_position_value = Usd::micros(31_800_000)), "");
    assert_eq!(last(|limits| limits.max_position_value = Usd::micros(31_799_999)), "max_position_value");
}

#[test]
fn a_further_exit_can_take_what_orders_before_it_leave() {
    let mut setup = shared(&[(10, 4), (20, 8)], |_| {});
    let reducible = |setup: &Setup, side: Side| setup.risk.reducible(MarketId(0), side).0 / Qty::ONE.0;
    assert_eq!((reducible(&setup, Side::Sell), reducible(&setup, Side::Buy)), (30, 0));
    assert_eq!(leave(&mut setup, 2, 20), "");
    assert_eq!(reducible(&setup, Side::Sell), 10);
    (setup.order.side, setup.order.qty) = (Side::Sell, Qty::contracts(4));
    setup.order.price = Price(4_400);
    assert_eq!(setup.code(), "");
    assert_eq!(reducible(&setup, Side::Sell), 6);
}
