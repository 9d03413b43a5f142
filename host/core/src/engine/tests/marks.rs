//! A mark lies within what the book admits now.

use super::*;
use crate::engine::MarkBasis;

const NONE: i32 = 0;

/// Holds `contracts` of market 0 at 0.43 since second 31, positive or negative.
fn holding(contracts: i64) -> Harness {
    let side = if contracts > 0 { SignalAction::Buy } else { SignalAction::Sell };
    let mut harness = entered(side, &[]);
    harness.fill(31, 1, 4_300, contracts.abs());
    harness
}

/// Checks the marked value of one contract after the polls (second, bid, ask) of market 0.
fn check(contracts: i64, polls: &[(i64, i32, i32)], expect: &str) {
    let mut harness = holding(contracts);
    for &(second, bid, ask) in polls {
        harness.poll_one(second, bid, ask);
    }
    let (_, _, position) = harness.engine.portfolio().positions().next().unwrap();
    let mark = f64::from(position.mark_doubled) / 20_000.0;
    assert_eq!(format!("{mark:.3}"), expect, "{contracts} after {polls:?}");
    let equity = Usd::dollars(2_000) + position.unrealised();
    assert_eq!(harness.engine.portfolio().equity(), equity, "equity reads the same mark");
}

#[test]
fn a_lost_side_clamps_the_last_mark_and_counts_as_the_worst_once_it_is_gone_for_too_long() {
    for contracts in [25, -25] {
        check(contracts, &[(60, 4_200, 4_400)], "0.430");
        check(contracts, &[(60, NONE, 100)], "0.010");
        check(contracts, &[(60, 9_700, NONE)], "0.970");
        check(contracts, &[(60, NONE, 5_000)], "0.430");
        check(contracts, &[(60, NONE, NONE)], "0.430");
        // Clamped marks do not go back by themselves, only a book with both sides brings them back.
        check(contracts, &[(60, NONE, 100), (90, NONE, 5_000)], "0.010");
        check(contracts, &[(60, NONE, 100), (90, 4_000, 4_200)], "0.410");
        // 90 seconds are not too long, 91 are.
        check(contracts, &[(60, NONE, 5_000), (150, NONE, 5_000)], "0.430");
        // The time counts anew after a book with both sides.
        check(contracts, &[(60, NONE, 5_000), (90, 4_200, 4_400), (120, NONE, 5_000), (151, NONE, 5_000)], "0.430");
    }
    check(25, &[(60, NONE, 5_000), (151, NONE, 5_000)], "0.000");
    check(25, &[(60, 4_000, NONE), (151, 4_000, NONE)], "0.400");
    check(25, &[(60, NONE, NONE), (151, NONE, NONE)], "0.000");
    check(-25, &[(60, NONE, 5_000), (151, NONE, 5_000)], "0.500");
    check(-25, &[(60, 4_000, NONE), (151, 4_000, NONE)], "1.000");
    check(-25, &[(60, NONE, NONE), (151, NONE, NONE)], "1.000");
}

#[test]
fn time_alone_books_the_worst_even_if_the_market_sends_no_further_row() {
    let mut harness = holding(25);
    harness.poll_one(60, NONE, 5_000);
    let mut quotes = Quotes::default();
    quotes.push(&fixtures::quote(1, Timestamp(151_000_000_000), 4_200, 4_400));
    harness.engine.step(Event::Poll(quotes.all()), &mut harness.effects);
    assert_eq!(harness.engine.portfolio().equity().to_string(), "1989.25");
    assert_eq!(harness.engine.mark_basis(MarketId(0)), MarkBasis::Worst(Timestamp(60_000_000_000)));
}

#[test]
fn a_market_that_has_become_certain_trips_the_loss_limit_at_once() {
    let entries = [(90, 1, SignalAction::Buy)];
    let script: Vec<_> = [(ENTER, 0, SignalAction::Buy)].iter().chain(&entries).copied().collect();
    let limit = |limits: &mut RiskLimits| limits.max_daily_loss = Usd::dollars(10);
    let mut harness = Harness::with(vec![scripted(&script)], OrderPolicy::default(), limit);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
    harness.poll_one(60, NONE, 100);
    assert_eq!(harness.did(), "trading Reduce");
    assert_eq!(harness.engine.risk().day_change().to_string(), "-10.50");
}

#[test]
fn entries_elsewhere_wait_only_until_the_worst_is_booked() {
    let wishes = [(60, 1, SignalAction::Buy), (151, 1, SignalAction::Buy)];
    let script: Vec<_> = [(ENTER, 0, SignalAction::Buy)].iter().chain(&wishes).copied().collect();
    let policy = OrderPolicy { refused_entry_retry: Span::seconds(1), ..OrderPolicy::default() };
    let mut harness = Harness::new(vec![scripted(&script)], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
    let both = |harness: &mut Harness, second: i64| {
        let mut quotes = Quotes::default();
        let one_sided = fixtures::quote(0, Timestamp(second * 1_000_000_000), 4_200, 4_400);
        quotes.push(&Quote { bid: None, ..one_sided });
        quotes.push(&fixtures::quote(1, Timestamp(second * 1_000_000_000), 4_200, 4_400));
        harness.engine.step(Event::Poll(quotes.all()), &mut harness.effects);
        harness.did()
    };
    assert_eq!(both(&mut harness, 60), "refused equity_unknown");
    assert_eq!(both(&mut harness, 151), "buy 25 m1 @0.43");
}

#[test]
fn opposite_positions_of_two_strategies_are_flat_and_lose_nothing() {
    let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let (buyer, seller) = (scripted(&[(30, 0, SignalAction::Buy)]), scripted(&[(60, 0, SignalAction::Sell)]));
    let mut harness = Harness::new(vec![buyer, seller], policy);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).fill(31, 1, 4_300, 10).poll(60, 4_400, 4_700);
    harness.fill(61, 2, 4_600, 10).poll_one(90, NONE, 5_000).poll_one(600, NONE, 5_000);
    assert_eq!(harness.engine.portfolio().equity().to_string(), "2000.30");
    assert_eq!(harness.engine.risk().usage().exposure, Usd::ZERO);
}

#[test]
fn after_the_close_the_last_mark_stays_until_the_market_pays_out() {
    let mut harness = holding(25);
    let closes = Some(Timestamp(100_000_000_000));
    harness.engine.step(Event::Market(&Market { closes, ..market(0) }), &mut harness.effects);
    harness.poll_one(60, NONE, 5_000);
    let mut quotes = Quotes::default();
    quotes.push(&fixtures::quote(1, Timestamp(1_000_000_000_000), 4_200, 4_400));
    harness.engine.step(Event::Poll(quotes.all()), &mut harness.effects);
    assert_eq!(harness.engine.portfolio().equity().to_string(), "2000.00");
    assert_eq!(harness.engine.mark_basis(MarketId(0)), MarkBasis::Closed(Timestamp(100_000_000_000)));
}

#[test]
fn a_restart_forgets_no_missing_side() {
    let mut harness = holding(25);
    harness.poll_one(60, NONE, 5_000);
    let snapshot = harness.engine.snapshot();
    let limits = harness.engine.risk().limits().clone();
    let markets = harness.engine.markets().to_vec();
    let mut restored = Engine::restore(OrderPolicy::default(), limits, snapshot, &markets).unwrap();
    let mut quotes = Quotes::default();
    quotes.push(&Quote { bid: None, ..fixtures::quote(0, Timestamp(151_000_000_000), 4_200, 5_000) });
    restored.step(Event::Poll(quotes.all()), &mut Vec::new());
    assert_eq!(restored.portfolio().equity().to_string(), "1989.25");
}

/// Polls market 1 alone at `second`, with nothing of note.
fn poll_other(harness: &mut Harness, second: i64) {
    let mut quotes = Quotes::default();
    quotes.push(&fixtures::quote(1, Timestamp(second * 1_000_000_000), 4_200, 4_400));
    harness.engine.step(Event::Poll(quotes.all()), &mut harness.effects);
}

#[test]
fn a_fill_beyond_the_book_is_marked_within_it_at_once() {
    let check = |side: SignalAction, book: (i32, i32), basis: MarkBasis, expect: &str| {
        let mut harness = entered(side, &[]);
        harness.poll_one(60, book.0, book.1).fill(61, 1, 4_300, 25);
        assert_eq!(harness.engine.portfolio().equity().to_string(), expect, "{side:?} {book:?}");
        assert_eq!(harness.engine.mark_basis(MarketId(0)), basis);
    };
    let clamped = MarkBasis::Clamped(Timestamp(61_000_000_000));
    check(SignalAction::Buy, (4_200, 4_400), MarkBasis::Mid, "2000.00");
    check(SignalAction::Buy, (3_900, 4_100), MarkBasis::Mid, "1999.50");
    check(SignalAction::Sell, (4_500, 4_700), MarkBasis::Mid, "1999.50");
    check(SignalAction::Buy, (NONE, 4_100), clamped, "1999.50");
    check(SignalAction::Sell, (4_500, NONE), clamped, "1999.50");
}

#[test]
fn a_limit_trips_when_time_alone_books_the_worst() {
    let limit = |limits: &mut RiskLimits| limits.max_daily_loss = Usd::dollars(10);
    let script = [(ENTER, 0, SignalAction::Buy)];
    let mut harness = Harness::with(vec![scripted(&script)], OrderPolicy::default(), limit);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).poll_one(60, NONE, 5_000).did();
    poll_other(&mut harness, 150);
    assert_eq!(harness.did(), "");
    poll_other(&mut harness, 151);
    assert_eq!(harness.did(), "trading Reduce");
}

#[test]
fn the_close_ends_the_search_for_the_worst() {
    let check = |closes: i64, second: i64, basis: MarkBasis, equity: &str| {
        let mut harness = holding(25);
        let closes = Some(Timestamp(closes * 1_000_000_000));
        harness.engine.step(Event::Market(&Market { closes, ..market(0) }), &mut harness.effects);
        harness.poll_one(60, NONE, 5_000);
        poll_other(&mut harness, second);
        assert_eq!(harness.engine.mark_basis(MarketId(0)), basis, "closes {closes:?}, now {second}");
        assert_eq!(harness.engine.portfolio().equity().to_string(), equity, "closes {closes:?}, now {second}");
    };
    let at = |second: i64| Timestamp(second * 1_000_000_000);
    check(152, 150, MarkBasis::Clamped(at(60)), "2000.00");
    check(152, 151, MarkBasis::Worst(at(60)), "1989.25");
    check(151, 151, MarkBasis::Closed(at(151)), "2000.00");
    check(150, 151, MarkBasis::Closed(at(150)), "2000.00");
}

#[test]
fn a_mark_says_what_it_is() {
    let at = Timestamp(60_000_000_000);
    let check = |basis: MarkBasis, expect: &str| assert_eq!(basis.to_string(), expect);
    check(MarkBasis::Mid, "");
    check(MarkBasis::Clamped(at), "a side is missing since 1970-01-01T00:01:00.000Z");
    check(MarkBasis::Worst(at), "the worst: a side is missing since 1970-01-01T00:01:00.000Z");
    check(MarkBasis::Closed(at), "the last before the close at 1970-01-01T00:01:00.000Z");
}
