//! Tests of the portfolio through its public interface.

use proptest::prelude::*;

use super::*;
use crate::money::Price;
use crate::order::OrderId;

const SLOT: SlotId = SlotId(0);
const MARKET: MarketId = MarketId(3);

fn fill(price: i32, contracts: i64, fee: i64) -> Fill {
    let (qty, fee) = (Qty::contracts(contracts), Usd::micros(fee));
    Fill::at_price(OrderId(1), Timestamp(contracts), Price(price), qty, fee, false)
}

#[test]
fn case_study_trade_of_15_contracts_nets_0_375() {
    let mut portfolio = Portfolio::new(Usd::dollars(500));
    assert_eq!(portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(4_300, 15, 0)), None);
    portfolio.mark(MARKET, 8_800);
    // The case study, day 1: "Current price by end of day: 0.44. Unrealized P&L: +$0.15."
    assert_eq!(portfolio.market_profit(MARKET).marked.to_string(), "0.15");
    let trade = portfolio.on_fill(SLOT, MARKET, Side::Sell, &fill(4_550, 15, 0)).unwrap();
    // Day 2: "Sold the position from Day 1 at 0.455. Realized P&L: +$0.375."
    assert_eq!(trade.net.to_string(), "0.375");
    assert_eq!(portfolio.equity().to_string(), "500.375");
}

#[test]
fn a_short_gains_when_the_market_resolves_no() {
    let mut portfolio = Portfolio::new(Usd::dollars(100));
    portfolio.on_fill(SLOT, MARKET, Side::Sell, &fill(7_000, 10, 0));
    let trades = portfolio.on_settled(MARKET, Timestamp(9), Outcome::No);
    assert_eq!(trades.len(), 1);
    assert_eq!((trades[0].net, trades[0].settled), (Usd::dollars(7), true));
    assert_eq!(portfolio.equity(), Usd::dollars(107));
}

#[test]
fn a_fill_beyond_flat_closes_the_position_and_opens_the_other_side() {
    let mut portfolio = Portfolio::new(Usd::dollars(100));
    portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(4_000, 10, 0));
    let trade = portfolio.on_fill(SLOT, MARKET, Side::Sell, &fill(5_000, 15, 300)).unwrap();
    assert_eq!((trade.net, trade.fees), (Usd::micros(1_000_000 - 200), Usd::micros(200)));
    assert_eq!(portfolio.held(SLOT, MARKET), Qty::contracts(-5));
}

#[test]
fn a_trade_tells_its_average_prices_of_entry_and_exit() {
    let check = |side: Side, entries: &[(i32, i64)], exits: &[(i32, i64)], expect: (i32, i32, i64)| {
        let mut portfolio = Portfolio::new(Usd::dollars(100));
        let entered = entries.iter().map(|&(price, qty)| (side, fill(price, qty, 100)));
        let left = exits.iter().map(|&(price, qty)| (side.opposite(), fill(price, qty, 200)));
        let fills: Vec<_> = entered.chain(left).collect();
        let trades = fills.iter().filter_map(|(side, fill)| portfolio.on_fill(SLOT, MARKET, *side, fill));
        let trades: Vec<Trade> = trades.collect();
        let of = |trade: &Trade| (trade.entry_price.0, trade.exit_price.0, trade.qty.0 / Qty::ONE.0);
        assert_eq!(trades.iter().map(of).collect::<Vec<_>>(), [expect], "{side} {entries:?} {exits:?}");
        let (trade, count) = (&trades[0], |fills: &[(i32, i64)]| fills.len() as i64);
        assert_eq!((trade.side, trade.fees), (side, Usd::micros(100 * count(entries) + 200 * count(exits))));
        let value = |fills: &[(i32, i64)]| fills.iter().map(|&(price, qty)| i64::from(price) * qty).sum::<i64>();
        let gross = Usd::micros(100 * side.sign() * (value(exits) - value(entries)));
        assert_eq!(trade.net, gross - trade.fees);
    };
    for side in [Side::Buy, Side::Sell] {
        check(side, &[(4_300, 15)], &[(4_550, 15)], (4_300, 4_550, 15));
        check(side, &[(4_000, 10), (4_300, 20)], &[(5_000, 15), (5_100, 15)], (4_200, 5_050, 30));
        // To the nearest 1/10,000 dollar: 0.40667 and 0.40333.
        check(side, &[(4_000, 1), (4_100, 2)], &[(4_000, 2), (4_100, 1)], (4_067, 4_033, 3));
    }
}

#[test]
fn drawdown_includes_unrealised_losses() {
    let mut portfolio = Portfolio::new(Usd::dollars(100));
    portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(5_000, 100, 0));
    for (time, mid_doubled) in [(1, 12_000), (2, 6_000), (3, 12_000)] {
        portfolio.mark(MARKET, mid_doubled);
        portfolio.tick(Timestamp(time));
    }
    let drawdown = portfolio.drawdown();
    assert_eq!((drawdown.max, drawdown.max_peak), (Usd::dollars(30), Usd::dollars(110)));
    assert_eq!((drawdown.start, drawdown.trough), (Some(Timestamp(1)), Some(Timestamp(2))));
    assert_eq!(drawdown.recovered, Some(Timestamp(3)));
}

#[test]
fn the_largest_fall_in_dollars_and_the_largest_in_percent_may_be_two() {
    let mut portfolio = Portfolio::new(Usd::dollars(20));
    portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(0, 100, 0));
    // Equity of 50, 40, 75, 64.50 and 80.
    for (time, mid_doubled) in (1..).zip([6_000, 4_000, 11_000, 8_900, 12_000]) {
        portfolio.mark(MARKET, mid_doubled);
        portfolio.tick(Timestamp(time));
    }
    let (largest, deepest) = (portfolio.drawdown().largest(), portfolio.drawdown().deepest());
    let times = |start, trough, recovered| [start, trough, recovered].map(|time| Some(Timestamp(time)));
    assert_eq!((largest.amount, largest.peak), (Usd::micros(10_500_000), Usd::dollars(75)));
    assert_eq!([largest.start, largest.trough, largest.recovered], times(3, 4, 5));
    assert_eq!((deepest.amount, deepest.peak), (Usd::dollars(10), Usd::dollars(50)));
    assert_eq!([deepest.start, deepest.trough, deepest.recovered], times(1, 2, 3));
    // A state of a host that did not keep the second one.
    let mut former = serde_json::to_value(portfolio.snapshot(|_| true)).unwrap();
    former["drawdown"].as_object_mut().unwrap().remove("deepest");
    let restored = Portfolio::restore(serde_json::from_value(former).unwrap());
    assert_eq!(restored.drawdown().deepest(), largest);
}

fn payout() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Outcome::Yes), Just(Outcome::No), (0i32..=10_000).prop_map(|price| Outcome::Value(Price(price)))]
}

proptest! {
    /// Money is conserved: whatever the fills, equity after settlement is the start plus all cash flows, and the whole
    /// change is realised profit.
    #[test]
    fn no_cent_is_lost(
        fills in prop::collection::vec(
            ((0u16..3, 0u32..4), any::<bool>(), 1i32..10_000, 1i64..50_000_000, 0i64..10_000_000_000, -9_999i64..9_999),
            0..60,
        ),
        outcomes in prop::collection::vec(payout(), 4),
    ) {
        let start = Usd::dollars(2_000);
        let mut portfolio = Portfolio::new(start);
        let mut expected = start;
        let mut trades = Usd::ZERO;
        for ((slot, market), buy, price, qty, fee, off) in fills {
            let side = if buy { Side::Buy } else { Side::Sell };
            let (order, time, taker) = (OrderId(0), Timestamp(0), buy);
            // A venue may average: the cost is then not exactly price times quantity.
            let mut fill = Fill::at_price(order, time, Price(price), Qty(qty), Usd(fee), taker);
            fill.cost = (fill.cost + Usd(off)).max(Usd::ZERO);
            let payout = outcomes[market as usize].payout();
            expected += payout * side.signed(fill.qty) - side.paid(fill.cost) - fill.fee;
            let trade = portfolio.on_fill(SlotId(slot), MarketId(market), side, &fill);
            trades += trade.map_or(Usd::ZERO, |trade| trade.net);
        }
        for (market, &outcome) in outcomes.iter().enumerate() {
            let settled = portfolio.on_settled(MarketId(market as u32), Timestamp(1), outcome);
            trades += settled.iter().map(|trade| trade.net).sum::<Usd>();
        }
        prop_assert_eq!(portfolio.equity(), expected);
        prop_assert_eq!(portfolio.realised(), expected - start);
        prop_assert_eq!(trades, expected - start);
        prop_assert_eq!(portfolio.positions().count(), 0);
        let by_slot: Usd = (0..3).map(|slot| portfolio.slot_profit(SlotId(slot)).realised).sum();
        prop_assert_eq!(by_slot, portfolio.realised());
    }
}

#[test]
fn money_that_comes_or_goes_is_neither_profit_nor_loss() {
    let check = |amount: i64| {
        let mut portfolio = Portfolio::new(Usd::dollars(100));
        portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(5_000, 100, 0));
        for mark_doubled in [12_000, 8_000] {
            portfolio.mark(MARKET, mark_doubled);
            portfolio.tick(Timestamp(1));
        }
        let profit = portfolio.market_profit(MARKET);
        portfolio.shift(Usd::dollars(amount));
        portfolio.tick(Timestamp(2));
        assert_eq!(portfolio.start(), Usd::dollars(100 + amount));
        assert_eq!(portfolio.cash(), Usd::dollars(50 + amount));
        assert_eq!(portfolio.equity(), Usd::dollars(90 + amount));
        assert_eq!((portfolio.realised(), portfolio.market_profit(MARKET)), (Usd::ZERO, profit));
        assert_eq!(portfolio.drawdown().max, Usd::dollars(20));
        portfolio.mark(MARKET, 6_000);
        portfolio.tick(Timestamp(3));
        let drawdown = portfolio.drawdown();
        assert_eq!((drawdown.max, drawdown.max_peak), (Usd::dollars(30), Usd::dollars(110 + amount)));
    };
    check(40);
    check(-40);
}

#[test]
fn profit_is_told_by_market_slot_and_category() {
    let market = |id: u32, category: &str| Market { category: category.into(), ..crate::fixtures::market(id) };
    let markets = [market(0, "economics"), market(1, "weather"), market(2, "economics"), market(3, "")];
    let mut portfolio = Portfolio::new(Usd::dollars(100));
    let mut trade = |slot: u16, id: u32, side: Side, price: i32| {
        portfolio.on_fill(SlotId(slot), MarketId(id), side, &fill(price, 10, 20_000));
    };
    // Each fill pays two cents.
    trade(0, 0, Side::Buy, 4_000);
    trade(0, 0, Side::Sell, 5_000);
    trade(1, 2, Side::Sell, 5_000);
    trade(1, 1, Side::Buy, 3_000);
    portfolio.mark(MarketId(2), 9_000);
    portfolio.mark(MarketId(1), 4_000);
    let told = |profit: Profit| (profit.realised.to_string(), profit.marked.to_string());
    let pair = |realised: &str, marked: &str| (realised.to_owned(), marked.to_owned());
    assert_eq!(told(portfolio.slot_profit(SlotId(0))), pair("0.96", "0.00"));
    assert_eq!(told(portfolio.slot_profit(SlotId(1))), pair("-0.04", "-0.50"));
    assert_eq!(told(portfolio.slot_profit(SlotId(2))), pair("0.00", "0.00"));
    assert_eq!(told(portfolio.market_profit(MarketId(2))), pair("-0.02", "0.50"));
    let by_category = portfolio.category_profits(&markets);
    let by_category: Vec<_> = by_category.into_iter().map(|(name, profit)| (name, told(profit))).collect();
    let expect = [("", pair("0.00", "0.00")), ("economics", pair("0.94", "0.50")), ("weather", pair("-0.02", "-1.00"))];
    assert_eq!(by_category, expect.map(|(name, profit)| (name.to_owned(), profit)));
    assert_eq!((portfolio.fees().to_string(), portfolio.realised().to_string()), ("0.08".into(), "0.92".into()));
}

#[test]
fn the_largest_drawdown_tells_when_it_began_was_deepest_and_was_over() {
    // Equities in dollars at seconds 1, 2, ...; the largest fall, its peak, and the times of peak, trough and recovery.
    let check = |equities: &[i64], expect: (i64, i64, [Option<i64>; 3])| {
        let mut portfolio = Portfolio::new(Usd::dollars(100));
        portfolio.on_fill(SLOT, MARKET, Side::Buy, &fill(5_000, 100, 0));
        for (second, equity) in (1..).zip(equities) {
            portfolio.mark(MARKET, (200 * (equity - 50)) as i32);
            portfolio.tick(Timestamp(second));
        }
        let drawdown = portfolio.drawdown();
        let times = [drawdown.start, drawdown.trough, drawdown.recovered].map(|time| time.map(|time| time.0));
        let expect = (Usd::dollars(expect.0), Usd::dollars(expect.1), expect.2);
        assert_eq!((drawdown.max, drawdown.max_peak, times), expect, "{equities:?}");
        let peak = equities.iter().copied().max().unwrap_or(0).max(100);
        assert_eq!(drawdown.peak(), Usd::dollars(peak));
    };
    check(&[100, 101, 102], (0, 100, [None, None, None]));
    check(&[110, 100, 105], (10, 110, [Some(1), Some(2), None]));
    check(&[110, 100, 110, 112], (10, 110, [Some(1), Some(2), Some(3)]));
    // Of two falls as deep as each other the first counts; a deeper one later is the largest.
    check(&[110, 100, 120, 110], (10, 110, [Some(1), Some(2), Some(3)]));
    check(&[110, 100, 120, 105], (15, 120, [Some(3), Some(4), None]));
    check(&[90, 95, 80, 120], (20, 100, [None, Some(3), Some(4)]));
}

#[test]
fn a_position_tells_its_age_side_and_average_price() {
    for side in [Side::Buy, Side::Sell] {
        let mut portfolio = Portfolio::new(Usd::dollars(100));
        portfolio.on_fill(SLOT, MARKET, side, &fill(4_000, 10, 0));
        portfolio.on_fill(SLOT, MARKET, side, &fill(4_300, 20, 0));
        let position = portfolio.position(SLOT, MARKET).unwrap();
        assert_eq!((position.opened(), position.side()), (Timestamp(10), side));
        assert!((position.average_price() - 0.42).abs() < 1e-12, "{}", position.average_price());
    }
}
