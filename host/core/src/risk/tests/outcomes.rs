//! Worst outcomes and the taper, worked out by hand.

use super::*;

/// The event of markets 0 and 1, of which at most one resolves YES if it is `exclusive`; market 1 is held at a
/// worst-case loss of 30 dollars, long or short.
fn event(exclusive: bool, held: i64, cap: Usd) -> Setup {
    let limits = |limits: &mut RiskLimits| {
        limits.exclusive_events = if exclusive { vec!["RAIN".to_owned()] } else { Vec::new() };
        (limits.max_event_exposure, limits.size_taper) = (cap, false);
    };
    Setup::with(limits).after(|setup| setup.hold(1, held, Usd::dollars(30)))
}

#[test]
fn an_exclusive_event_loses_what_its_worst_outcome_loses() {
    // A buy of 10 at 0.43 loses 4.30 unless its market resolves YES, a sale 5.70 if it does.
    let check = |exclusive: bool, held: i64, side: Side, cents: i64| {
        let code = |cap: i64| {
            let mut setup = event(exclusive, held, Usd::micros(cap)).order(|order| order.side = side);
            setup.code()
        };
        let codes = (code(cents * 10_000), code(cents * 10_000 - 1));
        let expect = (String::new(), "max_event_exposure".to_owned());
        assert_eq!(codes, expect, "exclusive: {exclusive}, held {held}, {side}");
    };
    // The long loses with either order: neither resolves YES, or the market that is sold does.
    check(true, 60, Side::Buy, 3_430);
    check(true, 60, Side::Sell, 3_570);
    // The short loses if its market resolves YES; then the other does not, and the sale wins.
    check(true, -60, Side::Buy, 3_430);
    check(true, -60, Side::Sell, 3_000);
    for (held, side, cents) in
        [(60, Side::Buy, 3_430), (60, Side::Sell, 3_570), (-60, Side::Buy, 3_430), (-60, Side::Sell, 3_570)]
    {
        check(false, held, side, cents);
    }
}

#[test]
fn a_short_in_the_market_that_is_bought_wins_where_the_order_loses() {
    let setup = |cap: i64| {
        let mut setup = event(true, 0, Usd::dollars(cap));
        let (slot, qty) = (SlotId(1), -Qty::contracts(60));
        assert!(setup.risk.adopt_position(slot, MarketId(0), qty, Usd::dollars(30)));
        setup
    };
    assert_eq!(setup(30).code(), "");
    assert_eq!(setup(29).code(), "max_event_exposure");
}

#[test]
fn a_cap_that_is_reached_leaves_room_for_what_loses_elsewhere() {
    let largest = |side: Side, cap: i64| {
        let setup = event(true, -60, Usd::dollars(cap));
        let context = CheckContext { now: NOON, market: &setup.markets[0], quote: &setup.quote, funds: setup.funds };
        setup.risk.max_entry_qty(SlotId(0), side, Price(4_300), &context)
    };
    // The short of the other market loses 30. A sale of all of one order's 50 contracts loses 28.50 where that wins.
    assert_eq!(largest(Side::Sell, 30), Qty::contracts(50));
    assert_eq!(largest(Side::Buy, 30), Qty::ZERO);
    assert_eq!(largest(Side::Sell, 29), Qty::ZERO);
}

#[test]
fn orders_taper_from_70_percent_of_the_most_used_cap_to_nothing() {
    let check = |loss: i64, hundredths: i64| {
        let code = |more: i64| {
            let setup = Setup::new().after(|setup| drop(setup.risk.on_equity(NOON, CAPITAL - Usd::dollars(loss))));
            setup.order(|order| order.qty = Qty::hundredths(hundredths + more)).code()
        };
        let above = if hundredths == 5_000 { "max_order_size" } else { "size_taper" };
        assert_eq!((code(0).as_str(), code(1).as_str()), ("", above), "a loss of {loss} of 200");
    };
    check(0, 5_000);
    check(140, 5_000);
    check(155, 3_750);
    check(170, 2_500);
    check(185, 1_250);
    check(199, 83);
}

#[test]
fn a_locked_book_is_no_clean_quote() {
    let mut setup = Setup::new();
    setup.risk.on_quote(&Quote { bid: setup.quote.ask, ..setup.quote });
    assert_eq!(setup.code(), "price_jump");
    for code in ["price_jump", "price_jump", ""] {
        setup.risk.on_quote(&setup.quote);
        assert_eq!(setup.code(), code);
    }
}

#[test]
fn a_locked_book_is_no_level_to_measure_a_jump_from() {
    let mut setup = Setup::new();
    let see = |setup: &mut Setup, bid: i32, ask: i32| {
        (setup.quote.bid, setup.quote.ask) = (Some(Price(bid)), Some(Price(ask)));
        setup.order.price = Price(bid);
        setup.risk.on_quote(&setup.quote);
        setup.code()
    };
    assert_eq!(see(&mut setup, 6_200, 6_200), "crossed_book");
    // A fall of 0.17 from the last sound mid of 0.43.
    let codes = [(); 3].map(|()| see(&mut setup, 2_500, 2_700));
    assert_eq!(codes, ["price_jump", "price_jump", ""]);
}

#[test]
fn a_resume_forgets_rejections_and_losing_trades() {
    let limits = |limits: &mut RiskLimits| {
        (limits.error_window, limits.max_error_rate) = (4, Fraction(500_000));
        limits.max_consecutive_losses = 2;
    };
    let mut setup = Setup::with(limits);
    let reject = |setup: &mut Setup| {
        setup.check().unwrap();
        let order = setup.last();
        setup.wait(Span::seconds(10));
        setup.risk.on_closed(&order, setup.now, OrderState::Rejected)
    };
    for round in 0..2 {
        let changes = [(); 4].map(|()| reject(&mut setup).is_some());
        assert_eq!(changes, [false, false, false, true], "round {round}: a window anew");
        setup.risk.command(&resume());
        let changes = [(); 2].map(|()| setup.risk.on_trade(&trade(Usd::micros(-1))).0.is_some());
        assert_eq!(changes, [false, true], "round {round}: a run anew");
        setup.risk.command(&resume());
        assert_eq!(setup.code(), "");
        setup.wait(Span::seconds(10));
    }
}

#[test]
fn only_the_latest_orders_count_for_the_error_rate() {
    let limits = |limits: &mut RiskLimits| (limits.error_window, limits.max_error_rate) = (4, Fraction(750_000));
    let mut setup = Setup::with(limits);
    let end = |setup: &mut Setup, state: OrderState| {
        setup.check().unwrap();
        let order = setup.last();
        setup.wait(Span::seconds(10));
        setup.risk.on_closed(&order, setup.now, state).is_some()
    };
    // Every second one is rejected: two of the latest four, however many there were.
    for _ in 0..10 {
        assert!(!end(&mut setup, OrderState::Rejected) && !end(&mut setup, OrderState::Expired));
    }
    let last = [OrderState::Rejected, OrderState::Rejected].map(|state| end(&mut setup, state));
    assert_eq!(last, [false, true]);
    let reasons = setup.risk.reasons();
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].starts_with("max_error_rate: 0.75 (limit: 0.75) since 2024-10-04T12:03:40"), "{reasons:?}");
}

#[test]
fn a_price_of_nothing_and_the_quote_of_another_market_are_refused() {
    assert_eq!(Setup::new().order(|order| order.price = Price(0)).code(), "invalid_price");
    assert_eq!(Setup::new().order(|order| order.market = MarketId(1)).code(), "unknown_market");
}
