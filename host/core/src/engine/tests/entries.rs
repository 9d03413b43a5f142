//! Entries: nobody's order decides, no wish is lost, and refusals wait by side.

use super::*;

/// Runs wishes (slot's name, market, score, confidence) for one free place, and returns the order that was sent.
fn winner(wishes: &[(&str, u32, Option<f64>, f64)]) -> String {
    let strategy = |&(name, market, score, confidence): &(&str, u32, Option<f64>, f64)| {
        let mut strategy = scripted(&[(30, market, SignalAction::Buy)]);
        strategy.manifest.name = name.to_owned();
        strategy.scores = score.map(|score| (market, score)).into_iter().collect();
        Scripted { confidence, ..strategy }
    };
    let one_place = |limits: &mut RiskLimits| limits.max_open_positions = 1;
    let mut harness = Harness::with(wishes.iter().map(strategy).collect(), OrderPolicy::default(), one_place);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    let placed = harness.effects.iter().find_map(|effect| match effect {
        Effect::Record(Record::Placed { order, .. }) => Some((order.slot, order.market.0)),
        _ => None,
    });
    let (slot, market) = placed.unwrap();
    format!("{} m{market}", harness.engine.slot_name(slot))
}

#[test]
fn the_largest_score_goes_first_then_the_ticker_then_the_slots_name() {
    let check = |wishes: &[(&str, u32, Option<f64>, f64)], expect: &str| {
        let mut reversed = wishes.to_vec();
        reversed.reverse();
        assert_eq!(winner(wishes), expect, "{wishes:?}");
        assert_eq!(winner(&reversed), expect, "the order of the strategies decides nothing: {wishes:?}");
    };
    check(&[("a", 0, Some(1.5), 1.0), ("b", 1, Some(-1.8), 0.1)], "b m1");
    check(&[("a", 0, None, 0.5), ("b", 1, None, 0.6)], "b m1");
    check(&[("a", 0, Some(0.9), 0.5), ("b", 1, None, 0.95)], "b m1");
    check(&[("a", 1, Some(1.5), 0.9), ("b", 0, Some(1.5), 0.5)], "b m0");
    check(&[("b", 0, None, 0.5), ("a", 0, None, 0.5)], "a m0");
}

#[test]
fn a_wish_on_the_poll_after_an_exit_filled_is_heard() {
    let script = [
        (ENTER, 0, SignalAction::Buy),
        (60, 0, SignalAction::Exit),
        (90, 0, SignalAction::Buy),
        (120, 0, SignalAction::Exit),
    ];
    let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let mut harness = Harness::new(vec![scripted(&script)], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 10).poll(60, 4_200, 4_400).did();
    harness.fill(61, 2, 4_400, 10).poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "trade 0.10, buy 10 m0 @0.43");
    // An exit while the entry works cancels it, and is over with it.
    harness.poll(120, 4_200, 4_400).closed(121, 3, OrderState::Cancelled);
    assert_eq!(harness.did(), "cancel 3");
    assert!(
        harness.engine.snapshot()
            == Engine::restore(
                OrderPolicy::default(),
                harness.engine.risk().limits().clone(),
                harness.engine.snapshot(),
                harness.engine.markets(),
            )
            .unwrap()
            .snapshot()
    );
}

#[test]
fn a_refused_buy_does_not_hold_back_a_sell() {
    let wishes = [
        (30, 0, SignalAction::Buy),
        (60, 0, SignalAction::Sell),
        (90, 0, SignalAction::Buy),
        (629, 0, SignalAction::Buy),
    ];
    let script: Vec<_> = wishes.iter().chain(&[(630, 0, SignalAction::Buy)]).copied().collect();
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(30, 3_000, 4_400);
    assert_eq!(harness.did(), "refused max_spread");
    harness.poll(60, 3_600, 3_800);
    assert_eq!(harness.did(), "sell 25 m0 @0.37");
    harness.closed(61, 2, OrderState::Cancelled).poll(90, 3_600, 3_800).poll(629, 3_600, 3_800);
    assert_eq!(harness.did(), "");
    harness.poll(630, 3_600, 3_800);
    assert_eq!(harness.did(), "buy 25 m0 @0.37");
}

#[test]
fn of_several_wishes_in_one_market_and_poll_the_first_counts() {
    let check = |poll: (i32, i32), expect: &str| {
        let script = [(30, 0, SignalAction::Buy), (30, 0, SignalAction::Buy), (30, 1, SignalAction::Buy)];
        let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
        harness.poll(0, 4_200, 4_400).poll(30, poll.0, poll.1);
        let signals = harness.effects.iter().filter_map(|effect| match effect {
            Effect::Record(Record::Signal(signal)) => Some((signal.slot.0, signal.market.0, signal.action)),
            _ => None,
        });
        assert_eq!(signals.collect::<Vec<_>>(), [(0, 0, SignalAction::Buy), (0, 1, SignalAction::Buy)]);
        assert_eq!(harness.did(), expect);
    };
    check((4_200, 4_400), "buy 25 m0 @0.43, buy 25 m1 @0.43");
    check((3_000, 4_400), "refused max_spread, refused max_spread");
}

#[test]
fn a_wish_that_turns_cancels_its_own_entry_and_no_other() {
    let turns = [(30, 0, SignalAction::Buy), (30, 1, SignalAction::Buy), (60, 0, SignalAction::Sell)];
    let policy = OrderPolicy { sizing: Sizing::Fixed(5), ..OrderPolicy::default() };
    let other = scripted(&[(30, 0, SignalAction::Buy)]);
    let mut harness = Harness::new(vec![scripted(&turns), other], policy);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 5 m0 @0.43, buy 5 m0 @0.43, buy 5 m1 @0.43");
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "cancel 1");
}

#[test]
fn less_than_a_contract_is_refused_by_name_and_a_limit_by_its_own() {
    let check = |confidence: f64, max_open_positions: u32, expect: &str| {
        let script = [(30, 0, SignalAction::Buy), (30, 1, SignalAction::Buy)];
        let wish = Scripted { confidence, ..scripted(&script) };
        let limit = |limits: &mut RiskLimits| limits.max_open_positions = max_open_positions;
        let mut harness = Harness::with(vec![wish], OrderPolicy::default(), limit);
        harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
        assert_eq!(harness.did(), expect, "{confidence}");
    };
    // The position limit is 100 contracts.
    check(0.009, 5, "refused invalid_quantity, refused invalid_quantity");
    check(0.01, 5, "buy 1 m0 @0.43, buy 1 m1 @0.43");
    check(0.01, 1, "buy 1 m0 @0.43, refused max_open_positions");
    check(0.02, 1, "buy 2 m0 @0.43, refused max_open_positions");
    // Nothing to ask any other check about, and no number of an order is used.
    let limit = |limits: &mut RiskLimits| limits.allowed_markets = vec!["OTHER*".to_owned()];
    let wish = Scripted { confidence: 0.009, ..scripted(&[(30, 0, SignalAction::Buy), (60, 1, SignalAction::Buy)]) };
    let mut harness = Harness::with(vec![wish], OrderPolicy::default(), limit);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    assert_eq!(harness.did(), "refused invalid_quantity");
}
