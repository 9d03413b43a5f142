//! Exits skip the limits that exist to stop growth, and no others.

use super::*;

/// Sets up a long position of 10 in market 0 and an order that closes it.
fn exit() -> Setup {
    exit_with(|_| {})
}

fn exit_with(limits: impl FnOnce(&mut RiskLimits)) -> Setup {
    Setup::with(limits)
        .after(|setup| setup.hold(0, 10, Usd::dollars(4)))
        .order(|order| (order.side, order.intent) = (Side::Sell, Intent::Exit))
}

#[test]
fn an_exit_skips_every_limit_on_growth() {
    let tiny = |limits: &mut RiskLimits| {
        limits.max_position_size = Qty::hundredths(1);
        limits.max_order_size = Qty::hundredths(1);
        limits.max_open_positions = 1;
        for cap in [
            &mut limits.max_order_value,
            &mut limits.max_position_value,
            &mut limits.max_event_exposure,
            &mut limits.max_category_exposure,
            &mut limits.max_portfolio_exposure,
        ] {
            *cap = Usd::micros(1);
        }
    };
    let mut setup = exit_with(tiny)
        .market(|market| market.closes = Some(NOON + Span::seconds(1)))
        .see(|quote| (quote.bid, quote.volume) = (Some(Price(3_000)), None))
        .after(|setup| {
            setup.hold(3, 10, Usd::dollars(4));
            setup.risk.on_equity(NOON, Usd::dollars(1));
            setup.risk.command(&Command::Reduce { time: NOON, reason: "weekend".to_owned() });
            (0..20).for_each(|_| drop(setup.risk.on_trade(&trade(Usd::micros(-1)))));
        });
    assert_eq!(setup.code(), "");
}

#[test]
fn no_quality_of_the_book_and_no_error_of_entries_holds_an_exit() {
    let check = |mut setup: Setup| assert_eq!(setup.code(), "");
    check(exit_with(|limits| limits.allowed_markets = vec!["SUN*".to_owned()]));
    check(exit().see(|quote| quote.ask = None));
    check(exit().see(|quote| quote.bid = None));
    check(exit().see(|quote| quote.bid = quote.ask));
    check(exit().see(|quote| (quote.bid, quote.ask) = (Some(Price(4_405)), Some(Price(4_205)))));
    // A jump, and a wide book: every price within the book passes, and those within the collar around it.
    let wide = |quote: &mut Quote| (quote.bid, quote.ask) = (Some(Price(500)), Some(Price(9_500)));
    for price in [100, 500, 5_000, 9_500, 9_900] {
        check(exit().see(wide).order(|order| order.price = Price(price)));
    }
    check(exit().after(|setup| (0..119).for_each(|_| setup.risk.on_cancel(SlotId(0), NOON))));
    let rejected = |setup: &mut Setup| {
        for id in 1_000..1_020 {
            let order = Order { id: OrderId(id), intent: Intent::Entry, side: Side::Buy, ..setup.order.clone() };
            assert!(setup.risk.adopt_order(&order, order.qty));
            drop(setup.risk.on_closed(&order, NOON, OrderState::Rejected));
        }
        setup.order.id = OrderId(2_000);
        assert_eq!(setup.risk.state(), crate::TradingState::Reduce);
    };
    check(exit().after(rejected));
}

#[test]
fn an_exit_beyond_the_accounts_position_is_risk_and_must_pass_the_caps() {
    // +10 of this strategy and -10 of another are flat at the venue: to sell the 10 opens a short of 10 there.
    let pair = |setup: &mut Setup| {
        assert!(setup.risk.adopt_position(SlotId(1), MarketId(0), -Qty::contracts(10), Usd::dollars(6)));
        assert_eq!(setup.risk.usage().exposure, Usd::ZERO);
        assert_eq!(setup.risk.reducible(MarketId(0), Side::Sell), Qty::ZERO);
    };
    let check = |mut setup: Setup, expect: &str| assert_eq!(setup.code(), expect);
    check(exit().after(pair), "");
    check(exit_with(|limits| limits.max_position_size = Qty::contracts(9)).after(pair), "max_position_size");
    check(exit_with(|limits| limits.max_position_value = Usd::dollars(5)).after(pair), "max_position_value");
    let reduce = |setup: &mut Setup| {
        pair(setup);
        setup.risk.command(&Command::Reduce { time: NOON, reason: "weekend".to_owned() });
    };
    check(exit().after(reduce), "reduce_only");
    let uncertain = |setup: &mut Setup| {
        pair(setup);
        setup.risk.on_uncertain(vec![(SlotId(0), "KX-1 lacks a side".to_owned())]);
    };
    check(exit().after(uncertain), "equity_unknown");
    check(exit().after(|setup| setup.risk.on_uncertain(vec![(SlotId(0), "KX-1 lacks a side".to_owned())])), "");
}

#[test]
fn an_exit_is_refused_by_every_other_check() {
    let check = |mut setup: Setup, expect: &str| assert_eq!(setup.code(), expect);
    check(exit().after(|setup| drop(setup.risk.command(&kill()))), "halted");
    check(exit().market(|market| market.closes = Some(NOON)), "market_closed");
    check(exit().after(|setup| drop(setup.risk.command(&dispute(&[0])))), "position_disputed");
    check(exit().after(|setup| drop(setup.risk.command(&dispute(&[1])))), "");
    check(exit().order(|order| order.price = Price(4_350)), "off_tick");
    check(exit().see(|quote| (quote.bid, quote.ask) = (None, None)), "no_price");
    check(exit().after(|setup| setup.now = NOON + Span::seconds(91)), "stale_quote");
    check(exit().order(|order| order.price = Price(3_100)), "max_price_deviation");
    check(exit().order(|order| order.price = Price(5_500)), "max_price_deviation");
    check(exit().see(|quote| quote.bid = None).order(|order| order.price = Price(3_300)), "max_price_deviation");
    check(exit().after(|setup| (0..120).for_each(|_| setup.risk.on_cancel(SlotId(0), NOON))), "max_messages");
    let own_bid = |setup: &mut Setup| {
        (setup.order.slot, setup.order.side, setup.order.intent) = (SlotId(1), Side::Buy, Intent::Entry);
        setup.check().unwrap();
        (setup.order.slot, setup.order.side, setup.order.intent) = (SlotId(0), Side::Sell, Intent::Exit);
    };
    check(exit().after(own_bid), "self_match");
}

#[test]
fn an_exit_reduces_its_own_position_and_never_goes_beyond_flat() {
    let check = |mut setup: Setup, limit: &str| {
        let Verdict { code, limit: found, .. } = setup.check().unwrap_err().verdict;
        assert_eq!((code.as_str(), found.as_str()), ("exceeds_position", limit));
    };
    check(exit().order(|order| order.qty = Qty::hundredths(1_001)), "10");
    check(exit().order(|order| order.side = Side::Buy), "0");
    check(exit().order(|order| order.slot = SlotId(1)), "0");
    // The quantity of another working exit is no longer available.
    let working = |setup: &mut Setup| {
        setup.order.qty = Qty::contracts(6);
        setup.check().unwrap();
    };
    check(exit().after(working), "4");
    // A short position is closed by buying.
    let mut short =
        Setup::new().after(|setup| setup.hold(0, -10, Usd::dollars(6))).order(|order| order.intent = Intent::Exit);
    assert_eq!(short.code(), "");
}

#[test]
fn an_exit_that_ends_unfilled_releases_its_quantity() {
    let mut setup = exit();
    assert_eq!(setup.code(), "");
    assert_eq!(setup.code(), "exceeds_position");
    let first = Order { id: OrderId(100), ..setup.order.clone() };
    setup.risk.on_closed(&first, NOON, OrderState::Working);
    assert_eq!(setup.code(), "exceeds_position", "a state that is not terminal releases nothing");
    setup.risk.on_closed(&first, NOON, OrderState::Expired);
    assert_eq!(setup.code(), "");
}

#[test]
fn an_exit_adds_no_exposure_and_releases_it_as_it_fills() {
    let mut setup = exit();
    setup.check().unwrap();
    assert_eq!(setup.risk.usage().exposure, Usd::dollars(4));
    let order = setup.last();
    setup.risk.on_fill(&order, &fill(&order, Price(4_300), Qty::contracts(5), NOON));
    assert_eq!(
        setup.risk.usage(),
        LimitUsage { exposure: Usd::dollars(2), open_positions: 1, ..LimitUsage::default() }
    );
    setup.risk.on_fill(&order, &fill(&order, Price(4_300), Qty::contracts(5), NOON));
    assert_eq!(setup.risk.usage(), LimitUsage::default());
}

#[test]
fn growth_is_stopped_by_the_limits_on_entries_and_by_nothing_that_protects_exits_too() {
    let stops: Vec<&str> =
        RefusalCode::ALL.iter().map(|code| code.as_str()).filter(|code| RefusalCode::stops_growth(code)).collect();
    let all: Vec<&str> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
    let from = all.iter().position(|code| *code == "reduce_only").unwrap();
    assert_eq!(stops, all[from..]);
    for code in ["halted", "position_disputed", "stale_quote", "self_match", "exceeds_position", "no_such_code"] {
        assert!(!RefusalCode::stops_growth(code), "{code}");
    }
    for code in ["reduce_only", "max_error_rate", "max_position_size", "size_taper"] {
        assert!(RefusalCode::stops_growth(code), "{code}");
    }
}
