//! Exits pass the limits that exist to stop growth, and none of the others.

use super::*;

/// Long 10 of market 0, and an order that closes it.
fn exit() -> Desk {
    exit_with(|_| {})
}

fn exit_with(limits: impl FnOnce(&mut RiskLimits)) -> Desk {
    Desk::with(limits)
        .after(|desk| desk.hold(0, 10, Usd::dollars(4)))
        .order(|order| (order.side, order.intent) = (Side::Sell, Intent::Exit))
}

#[test]
fn an_exit_passes_every_limit_on_growth() {
    let tiny = |limits: &mut RiskLimits| {
        limits.max_position_size = Qty(1);
        limits.max_order_size = Qty(1);
        limits.max_open_positions = 1;
        for cap in [
            &mut limits.max_order_value,
            &mut limits.max_position_value,
            &mut limits.max_event_exposure,
            &mut limits.max_category_exposure,
            &mut limits.max_portfolio_exposure,
        ] {
            *cap = Usd(1);
        }
    };
    let mut desk = exit_with(tiny)
        .market(|market| market.closes = Some(NOON + Span::seconds(1)))
        .see(|quote| (quote.bid, quote.volume) = (Some(Price(3_000)), None))
        .after(|desk| {
            desk.hold(3, 10, Usd::dollars(4));
            desk.risk.on_equity(NOON, Usd::dollars(1));
            desk.risk.command(&Command::Reduce { time: NOON, reason: "weekend".to_owned() });
            (0..20).for_each(|_| drop(desk.risk.on_trade(&trade(Usd(-1)))));
        });
    assert_eq!(desk.code(), "");
}

#[test]
fn an_exit_is_refused_by_every_other_check() {
    let check = |mut desk: Desk, expect: &str| assert_eq!(desk.code(), expect);
    check(exit().after(|desk| drop(desk.risk.command(&kill()))), "halted");
    check(exit_with(|limits| limits.allowed_markets = vec!["SUN*".to_owned()]), "market_not_allowed");
    check(exit().market(|market| market.closes = Some(NOON)), "market_closed");
    check(exit().after(|desk| drop(desk.risk.command(&dispute(&[0])))), "position_disputed");
    check(exit().after(|desk| drop(desk.risk.command(&dispute(&[1])))), "");
    check(exit().order(|order| order.price = Price(4_350)), "off_tick");
    check(exit().see(|quote| quote.ask = None), "no_price");
    check(exit().after(|desk| desk.now = NOON + Span::seconds(91)), "stale_quote");
    check(exit().see(|quote| quote.bid = quote.ask), "crossed_book");
    check(exit().see(|quote| (quote.bid, quote.ask) = (Some(Price(8_000)), Some(Price(8_200)))), "price_jump");
    check(exit().order(|order| order.price = Price(3_200)), "max_price_deviation");
    check(exit().after(|desk| (0..90).for_each(|_| desk.risk.on_cancel(NOON))), "max_messages");
    let own_bid = |desk: &mut Desk| {
        (desk.order.slot, desk.order.side, desk.order.intent) = (SlotId(1), Side::Buy, Intent::Entry);
        desk.ask().unwrap();
        (desk.order.slot, desk.order.side, desk.order.intent) = (SlotId(0), Side::Sell, Intent::Exit);
    };
    check(exit().after(own_bid), "self_match");
}

#[test]
fn an_exit_reduces_the_own_position_and_never_goes_beyond_flat() {
    let check = |mut desk: Desk, limit: &str| {
        let Verdict { code, limit: found, .. } = desk.ask().unwrap_err().verdict;
        assert_eq!((code.as_str(), found.as_str()), ("exceeds_position", limit));
    };
    check(exit().order(|order| order.qty = Qty(1_001)), "10");
    check(exit().order(|order| order.side = Side::Buy), "0");
    check(exit().order(|order| order.slot = SlotId(1)), "0");
    // Another exit works: what it may fill is taken.
    let working = |desk: &mut Desk| {
        desk.order.qty = Qty::contracts(6);
        desk.ask().unwrap();
    };
    check(exit().after(working), "4");
    // A short is left by buying.
    let mut short =
        Desk::new().after(|desk| desk.hold(0, -10, Usd::dollars(6))).order(|order| order.intent = Intent::Exit);
    assert_eq!(short.code(), "");
}

#[test]
fn what_an_exit_took_comes_back_when_it_ends_unfilled() {
    let mut desk = exit();
    assert_eq!(desk.code(), "");
    assert_eq!(desk.code(), "exceeds_position");
    let first = Order { id: OrderId(100), ..desk.order.clone() };
    desk.risk.on_closed(&first, NOON, OrderState::Working);
    assert_eq!(desk.code(), "exceeds_position", "what is not terminal releases nothing");
    desk.risk.on_closed(&first, NOON, OrderState::Expired);
    assert_eq!(desk.code(), "");
}

#[test]
fn an_exit_counts_no_exposure_and_releases_it_as_it_fills() {
    let mut desk = exit();
    desk.ask().unwrap();
    assert_eq!(desk.risk.usage().exposure, Usd::dollars(4));
    let order = desk.last();
    desk.risk.on_fill(&order, &fill(&order, Price(4_300), Qty::contracts(5), NOON));
    assert_eq!(desk.risk.usage(), LimitUsage { exposure: Usd::dollars(2), open_positions: 1, ..LimitUsage::default() });
    desk.risk.on_fill(&order, &fill(&order, Price(4_300), Qty::contracts(5), NOON));
    assert_eq!(desk.risk.usage(), LimitUsage::default());
}
