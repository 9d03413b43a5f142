//! The touch model: when the market has reached an order.

use super::*;

/// Returns the events of `orders`, placed on `first` (the market at t=0), as `rows` arrive.
fn run(first: Quote, orders: &[Order], rows: &[Quote]) -> Vec<String> {
    let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
    orders.iter().for_each(|order| exchange.place(order, &first, &mut out));
    show(&mut exchange, rows, &mut out);
    describe(&out)
}

#[test]
fn a_marketable_order_takes_what_is_displayed_at_the_displayed_price() {
    let check = |market: Quote, order: Order, expect: &[&str]| assert_eq!(run(market, &[order], &[]), expect);
    let market = sized(0, 4_200, 4_400, 30, 10);
    check(market, order(1, Side::Buy, 4_400, 10, 0), &["1 filled 10 at 0.44 as taker, t=0"]);
    check(market, order(1, Side::Buy, 4_900, 4, 0), &["1 filled 4 at 0.44 as taker, t=0"]);
    check(market, order(1, Side::Sell, 4_200, 25, 0), &["1 filled 25 at 0.42 as taker, t=0"]);
    check(market, order(1, Side::Sell, 100, 25, 0), &["1 filled 25 at 0.42 as taker, t=0"]);
    // For more than is displayed, the rest works on, or is cancelled.
    check(market, order(1, Side::Buy, 4_400, 25, 0), &["1 filled 10 at 0.44 as taker, t=0"]);
    check(
        market,
        immediate(order(1, Side::Buy, 4_400, 25, 0)),
        &["1 filled 10 at 0.44 as taker, t=0", "1 cancelled: not filled at once, t=0"],
    );
    // Not marketable.
    check(market, order(1, Side::Buy, 4_399, 10, 0), &[]);
    check(market, order(1, Side::Sell, 4_201, 10, 0), &[]);
    check(market, immediate(order(1, Side::Buy, 4_300, 10, 0)), &["1 cancelled: not filled at once, t=0"]);
    // Without sizes on the tape, nothing caps the fill. An absent side is no market.
    check(quote(0, 4_200, 4_400), order(1, Side::Buy, 4_400, 500, 0), &["1 filled 500 at 0.44 as taker, t=0"]);
    check(Quote { ask: None, ..market }, order(1, Side::Buy, 9_900, 10, 0), &[]);
    check(sized(0, 4_200, 4_400, 0, 0), order(1, Side::Buy, 4_400, 10, 0), &[]);
}

#[test]
fn a_resting_order_fills_at_its_limit_when_the_other_side_reaches_it() {
    let market = quote(0, 4_200, 4_400);
    let check = |order: Order, rows: &[Quote], expect: &[&str]| assert_eq!(run(market, &[order], rows), expect);
    let buy = order(1, Side::Buy, 4_300, 10, 0);
    check(buy.clone(), &[quote(1, 4_200, 4_310), quote(2, 4_290, 4_301)], &[]);
    check(buy.clone(), &[quote(1, 4_200, 4_300)], &["1 filled 10 at 0.43 as maker, t=1"]);
    check(buy.clone(), &[quote(1, 3_900, 4_000)], &["1 filled 10 at 0.43 as maker, t=1"]);
    let sell = order(1, Side::Sell, 4_300, 10, 0);
    check(sell.clone(), &[quote(1, 4_290, 4_400)], &[]);
    check(sell.clone(), &[quote(1, 4_290, 4_400), quote(2, 4_500, 4_600)], &["1 filled 10 at 0.43 as maker, t=2"]);
    // Capped by the displayed size; the rest waits until the level changes.
    check(buy.clone(), &[sized(1, 4_200, 4_300, 1, 4)], &["1 filled 4 at 0.43 as maker, t=1"]);
    let same = [sized(1, 4_200, 4_300, 1, 4), sized(2, 4_200, 4_300, 9, 4), sized(3, 4_100, 4_300, 9, 4)];
    check(buy.clone(), &same, &["1 filled 4 at 0.43 as maker, t=1"]);
    check(
        buy,
        &[sized(1, 4_200, 4_300, 1, 4), sized(2, 4_200, 4_300, 1, 5), sized(3, 4_200, 4_200, 1, 5)],
        &["1 filled 4 at 0.43 as maker, t=1", "1 filled 5 at 0.43 as maker, t=2", "1 filled 1 at 0.43 as maker, t=3"],
    );
}

#[test]
fn displayed_size_never_fills_twice() {
    let market = sized(0, 4_200, 4_400, 30, 10);
    // Two takers share ten contracts, even if the first has ended before the second arrives.
    let takers = [immediate(order(1, Side::Buy, 4_400, 7, 0)), immediate(order(2, Side::Buy, 4_400, 7, 0))];
    assert_eq!(
        run(market, &takers, &[]),
        [
            "1 filled 7 at 0.44 as taker, t=0",
            "2 filled 3 at 0.44 as taker, t=0",
            "2 cancelled: not filled at once, t=0"
        ]
    );
    // The better price is served first, then the older order.
    let resting = [
        order(1, Side::Buy, 4_250, 5, 0),
        order(2, Side::Buy, 4_300, 5, 0),
        order(3, Side::Buy, 4_300, 5, 0),
        order(4, Side::Sell, 4_300, 5, 0),
    ];
    assert_eq!(
        run(market, &resting, &[sized(1, 4_000, 4_200, 1, 12)]),
        ["2 filled 5 at 0.43 as maker, t=1", "3 filled 5 at 0.43 as maker, t=1", "1 filled 2 at 0.425 as maker, t=1"]
    );
}

#[test]
fn taken_size_is_forgotten_when_the_level_changes() {
    let check = |between: &[Quote], last: Quote, expect: &[&str]| {
        let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
        exchange.place(&immediate(order(1, Side::Buy, 4_400, 10, 0)), &sized(0, 4_200, 4_400, 30, 10), &mut out);
        show(&mut exchange, between, &mut out);
        let id_2 = immediate(order(2, Side::Buy, 4_400, 6, last.time.0));
        exchange.place(&id_2, &last, &mut out);
        assert_eq!(describe(&out)[1..], *expect);
        assert_eq!(exchange.working(), 0);
    };
    let level = |time| sized(time, 4_200, 4_400, 30, 10);
    check(&[], level(1), &["2 cancelled: not filled at once, t=1"]);
    check(&[level(1)], level(1), &["2 cancelled: not filled at once, t=1"]);
    check(&[sized(1, 4_100, 4_400, 99, 10)], level(1), &["2 cancelled: not filled at once, t=1"]);
    check(&[sized(1, 4_200, 4_400, 30, 11), level(2)], level(2), &["2 filled 6 at 0.44 as taker, t=2"]);
    check(&[sized(1, 4_200, 4_500, 30, 10), level(2)], level(2), &["2 filled 6 at 0.44 as taker, t=2"]);
}

#[test]
fn a_trade_fills_an_order_that_it_reached() {
    let traded = |quote: Quote, last: i32, volume: Option<i64>| Quote {
        last: Some(Price(last)),
        volume: volume.map(Qty::contracts),
        ..quote
    };
    let market = traded(quote(0, 4_200, 4_400), 4_400, Some(1_000));
    let check = |side: Side, price: i32, row: Quote, expect: &[&str]| {
        assert_eq!(run(market, &[order(1, side, price, 10, 0)], &[row]), expect, "{side} {price} {row:?}");
    };
    let next = quote(1, 4_200, 4_400);
    // Beyond the limit, and at the limit while nobody else bids as much.
    check(Side::Buy, 4_300, traded(next, 4_250, Some(1_020)), &["1 filled 10 at 0.43 as maker, t=1"]);
    check(Side::Buy, 4_300, traded(next, 4_300, Some(1_020)), &["1 filled 10 at 0.43 as maker, t=1"]);
    check(Side::Sell, 4_300, traded(next, 4_300, Some(1_020)), &["1 filled 10 at 0.43 as maker, t=1"]);
    check(Side::Buy, 4_200, traded(next, 4_190, Some(1_020)), &["1 filled 10 at 0.42 as maker, t=1"]);
    // At the limit, behind others.
    check(Side::Buy, 4_200, traded(next, 4_200, Some(1_020)), &[]);
    check(Side::Sell, 4_400, traded(next, 4_400, Some(1_020)), &[]);
    // Not as far as the limit.
    check(Side::Buy, 4_300, traded(next, 4_301, Some(1_020)), &[]);
    check(Side::Sell, 4_300, traded(next, 4_299, Some(1_020)), &[]);
    // Capped by the traded volume.
    check(Side::Buy, 4_300, traded(next, 4_250, Some(1_003)), &["1 filled 3 at 0.43 as maker, t=1"]);
    // A volume that only falls, as old trades leave the 24 hours, shows no trade.
    check(Side::Buy, 4_300, traded(next, 4_250, Some(900)), &[]);
    // Without volumes, a changed price shows a trade; an unchanged one does not.
    check(Side::Buy, 4_300, traded(next, 4_250, None), &["1 filled 10 at 0.43 as maker, t=1"]);
    check(Side::Sell, 4_390, traded(next, 4_400, None), &[]);
}

#[test]
fn orders_share_what_was_traded() {
    let market = Quote { last: Some(Price(4_400)), volume: Some(Qty::contracts(0)), ..quote(0, 4_200, 4_400) };
    let row = Quote { last: Some(Price(4_210)), volume: Some(Qty::contracts(12)), time: Timestamp(1), ..market };
    let orders = [order(1, Side::Buy, 4_250, 10, 0), order(2, Side::Buy, 4_300, 10, 0)];
    assert_eq!(
        run(market, &orders, &[row]),
        ["2 filled 10 at 0.43 as maker, t=1", "1 filled 2 at 0.425 as maker, t=1"]
    );
}

#[test]
fn a_trade_with_the_level_that_filled_an_order_does_not_fill_it_again() {
    let market = Quote { last: Some(Price(4_300)), volume: Some(Qty::contracts(5)), ..sized(0, 4_200, 4_400, 30, 4) };
    let taken = Quote {
        last: Some(Price(4_400)),
        volume: Some(Qty::contracts(9)),
        ask: Some(Price(4_500)),
        time: Timestamp(1),
        ..market
    };
    let buy = order(1, Side::Buy, 4_400, 10, 0);
    assert_eq!(run(market, &[buy], &[taken]), ["1 filled 4 at 0.44 as taker, t=0"]);
}
