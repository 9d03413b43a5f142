//! Markets whose quotes are not reasonable are blocked until they are.

use super::*;
use proptest::prelude::*;

/// Shows a quote around `mid` cents, 2 cents wide, and moves the order there.
fn see(desk: &mut Desk, mid: i32) {
    desk.quote.bid = Some(Price((mid - 1) * 100));
    desk.quote.ask = Some(Price((mid + 1) * 100));
    desk.order.price = Price(mid * 100);
    desk.order.side = Side::Buy;
    desk.wait(Span::seconds(30));
    desk.risk.on_quote(&desk.quote);
}

#[test]
fn a_jump_blocks_its_market_until_three_clean_quotes_came() {
    let mut desk = Desk::new();
    let mut codes = Vec::new();
    for mid in [43, 64, 64, 65, 64] {
        see(&mut desk, mid);
        codes.push(desk.code());
    }
    assert_eq!(codes, ["", "price_jump", "price_jump", "price_jump", ""]);
}

#[test]
fn a_spike_blocks_from_the_way_there_to_the_way_back() {
    let mut desk = Desk::new();
    let mut codes = Vec::new();
    for mid in [80, 43, 43, 43, 43] {
        see(&mut desk, mid);
        codes.push(desk.code());
    }
    assert_eq!(codes, ["price_jump", "price_jump", "price_jump", "price_jump", ""]);
}

#[test]
fn a_one_sided_quote_neither_proves_nor_clears_a_fault() {
    let mut desk = Desk::new();
    see(&mut desk, 64);
    let one_sided = Quote { bid: None, ..desk.quote };
    (0..5).for_each(|_| desk.risk.on_quote(&one_sided));
    assert_eq!(desk.code(), "price_jump");
    (0..3).for_each(|_| see(&mut desk, 64));
    desk.risk.on_quote(&one_sided);
    assert_eq!(desk.code(), "");
}

#[test]
fn a_crossed_book_blocks_its_market_too() {
    let mut desk = Desk::new();
    desk.risk.on_quote(&Quote { bid: Some(Price(4_500)), ..desk.quote });
    assert_eq!(desk.code(), "price_jump");
    (0..3).for_each(|_| desk.risk.on_quote(&desk.quote));
    assert_eq!(desk.code(), "");
}

#[test]
fn a_market_that_was_never_seen_cannot_be_traded() {
    let mut desk = Desk::with(|_| {});
    desk.markets.push(market(7));
    desk.risk.list(&desk.markets[7]);
    desk.order.market = MarketId(7);
    desk.quote.market = MarketId(7);
    assert_eq!(desk.code(), "price_jump");
    desk.risk.on_quote(&desk.quote);
    assert_eq!(desk.code(), "");
    // A row of a market that was never listed is no one's.
    desk.risk.on_row(MarketId(1_000_000), 0.42, 0.44);
}

#[test]
fn a_blocked_market_is_blocked_after_a_restart_whatever_its_number() {
    let mut desk = Desk::new();
    see(&mut desk, 64);
    desk.risk = RiskManager::restore(RiskLimits::default(), desk.risk.snapshot()).unwrap();
    assert!(!serde_json::to_string(&desk.risk.snapshot()).unwrap().contains(r#""blocked":[]"#), "not yet listed");
    let moved = Market { id: MarketId(3), ..desk.markets[0].clone() };
    desk.risk.list(&moved);
    desk.markets[3] = moved;
    (desk.order.market, desk.quote.market) = (MarketId(3), MarketId(3));
    see(&mut desk, 64);
    assert_eq!(desk.code(), "price_jump");
    (0..3).for_each(|_| see(&mut desk, 64));
    assert_eq!(desk.code(), "");
}

proptest! {
    /// The comparison of floats is that of integers, on every price of the grid and exactly at the limit.
    #[test]
    fn floats_on_the_grid_compare_as_integers(
        bid in 1..9_999i32, spread in 1..50i32, next_bid in 1..9_999i32, next_spread in 1..50i32, jump in 1..5_000i32,
        exact in any::<bool>(),
    ) {
        let (ask, next_ask) = (bid + spread, next_bid + next_spread);
        prop_assume!(ask < 10_000 && next_ask < 10_000);
        let doubled = (bid + ask - next_bid - next_ask).abs();
        let jump = if exact { (doubled / 2).max(1) } else { jump };
        let limits = |limits: &mut RiskLimits| {
            (limits.max_price_jump, limits.max_spread, limits.min_spread) = (Price(jump), Price::ONE, Price(0));
        };
        let mut desk = Desk::with(limits).market(|market| market.ticks = crate::Ticks::every(Price(1)));
        let mut see = |bid: i32, ask: i32, times: u32| {
            (desk.quote.bid, desk.quote.ask) = (Some(Price(bid)), Some(Price(ask)));
            desk.order.price = Price(bid);
            (0..times).for_each(|_| desk.risk.on_quote(&desk.quote));
            desk.code()
        };
        prop_assert_eq!(see(bid, ask, 4), "");
        let expect = if doubled > 2 * jump { "price_jump" } else { "" };
        prop_assert_eq!(see(next_bid, next_ask, 1), if expect.is_empty() && next_bid == bid { "duplicate_order" } else { expect });
    }
}
