//! Markets with unreasonable quotes are blocked until their quotes are clean again.

use super::*;
use proptest::prelude::*;

/// Shows a quote around `mid` cents with a spread of 2 cents, and moves the order to that price.
fn see(setup: &mut Setup, mid: i32) {
    setup.quote.bid = Some(Price((mid - 1) * 100));
    setup.quote.ask = Some(Price((mid + 1) * 100));
    setup.order.price = Price(mid * 100);
    setup.order.side = Side::Buy;
    setup.wait(Span::seconds(30));
    setup.risk.on_quote(&setup.quote);
}

#[test]
fn a_jump_blocks_its_market_until_three_clean_quotes_have_arrived() {
    let mut setup = Setup::new();
    let mut codes = Vec::new();
    for mid in [43, 64, 64, 65, 64] {
        see(&mut setup, mid);
        codes.push(setup.code());
    }
    assert_eq!(codes, ["", "price_jump", "price_jump", "price_jump", ""]);
}

#[test]
fn a_spike_blocks_until_quotes_are_clean_after_its_end() {
    let mut setup = Setup::new();
    let mut codes = Vec::new();
    for mid in [80, 43, 43, 43, 43] {
        see(&mut setup, mid);
        codes.push(setup.code());
    }
    assert_eq!(codes, ["price_jump", "price_jump", "price_jump", "price_jump", ""]);
}

#[test]
fn a_one_sided_quote_neither_proves_nor_clears_a_fault() {
    let mut setup = Setup::new();
    see(&mut setup, 64);
    let one_sided = Quote { bid: None, ..setup.quote };
    (0..5).for_each(|_| setup.risk.on_quote(&one_sided));
    assert_eq!(setup.code(), "price_jump");
    (0..3).for_each(|_| see(&mut setup, 64));
    setup.risk.on_quote(&one_sided);
    assert_eq!(setup.code(), "");
}

#[test]
fn a_crossed_book_blocks_its_market_too() {
    let mut setup = Setup::new();
    setup.risk.on_quote(&Quote { bid: Some(Price(4_500)), ..setup.quote });
    assert_eq!(setup.code(), "price_jump");
    (0..3).for_each(|_| setup.risk.on_quote(&setup.quote));
    assert_eq!(setup.code(), "");
}

#[test]
fn a_market_without_quotes_cannot_be_traded() {
    let mut setup = Setup::with(|_| {});
    setup.markets.push(market(7));
    setup.risk.list(&setup.markets[7]);
    setup.order.market = MarketId(7);
    setup.quote.market = MarketId(7);
    assert_eq!(setup.code(), "price_jump");
    setup.risk.on_quote(&setup.quote);
    assert_eq!(setup.code(), "");
    // A row of a market that was never listed is ignored.
    setup.risk.on_row(MarketId(1_000_000), 0.42, 0.44);
}

#[test]
fn a_blocked_market_is_blocked_after_a_restart_whatever_its_number() {
    let mut setup = Setup::new();
    see(&mut setup, 64);
    setup.risk = RiskManager::restore(RiskLimits::default(), setup.risk.snapshot()).unwrap();
    assert!(!serde_json::to_string(&setup.risk.snapshot()).unwrap().contains(r#""blocked":[]"#), "not yet listed");
    let moved = Market { id: MarketId(3), ..setup.markets[0].clone() };
    setup.risk.list(&moved);
    setup.markets[3] = moved;
    (setup.order.market, setup.quote.market) = (MarketId(3), MarketId(3));
    see(&mut setup, 64);
    assert_eq!(setup.code(), "price_jump");
    (0..3).for_each(|_| see(&mut setup, 64));
    assert_eq!(setup.code(), "");
}

proptest! {
    /// The comparison of floats equals that of integers, for every price on the grid and exactly at the limit.
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
        let mut setup = Setup::with(limits).market(|market| market.ticks = crate::Ticks::every(Price(1)));
        let mut see = |bid: i32, ask: i32, times: u32| {
            (setup.quote.bid, setup.quote.ask) = (Some(Price(bid)), Some(Price(ask)));
            setup.order.price = Price(bid);
            (0..times).for_each(|_| setup.risk.on_quote(&setup.quote));
            setup.code()
        };
        prop_assert_eq!(see(bid, ask, 4), "");
        let expect = if doubled > 2 * jump { "price_jump" } else { "" };
        let expect = if expect.is_empty() && next_bid == bid { "duplicate_order" } else { expect };
        prop_assert_eq!(see(next_bid, next_ask, 1), expect);
    }
}
