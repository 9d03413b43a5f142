//! Guards of entries and exits: what a change of the trading state cancels, what a settlement leaves behind, and which
//! limit a refusal names.

use super::*;

fn command(harness: &mut Harness, command: Command) {
    harness.engine.step(Event::Command(&command), &mut harness.effects);
}

fn settle(harness: &mut Harness, seconds: i64, outcome: Outcome) {
    let settlement = Settlement { market: MarketId(0), time: Timestamp(seconds * 1_000_000_000), outcome };
    harness.engine.step(Event::Settled(settlement), &mut harness.effects);
}

#[test]
fn reduce_cancels_entries_only() {
    let more = [(60, 0, SignalAction::Exit), (60, 1, SignalAction::Buy)];
    let mut harness = entered(SignalAction::Buy, &more);
    harness.fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43, sell 25 m0 @0.44, buy 25 m1 @0.43");
    command(&mut harness, Command::Reduce { time: Timestamp(61_000_000_000), reason: "weekend".into() });
    assert_eq!(harness.did(), "trading Reduce, cancel 3");
}

#[test]
fn a_settlement_that_loses_trips_a_limit_at_once() {
    let check = |limit: fn(&mut RiskLimits), outcome: Outcome, expect: &str| {
        let script = [(ENTER, 0, SignalAction::Buy), (60, 1, SignalAction::Buy)];
        let mut harness = Harness::with(vec![scripted(&script)], OrderPolicy::default(), limit);
        harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400).did();
        settle(&mut harness, 61, outcome);
        assert_eq!(harness.did(), expect, "{outcome:?}");
    };
    let day: fn(&mut RiskLimits) = |limits| limits.max_daily_loss = Usd::dollars(10);
    check(day, Outcome::No, "trade -10.75, trading Reduce, cancel 2");
    check(day, Outcome::Value(Price(31)), "trade -10.6725, trading Reduce, cancel 2");
    check(day, Outcome::Value(Price(400)), "trade -9.75");
    check(|limits| limits.max_drawdown = Usd::dollars(10), Outcome::No, "trade -10.75, trading Reduce, cancel 2");
    check(|limits| limits.max_consecutive_losses = 1, Outcome::No, "trade -10.75, trading Reduce, cancel 2");
    check(|limits| limits.max_consecutive_losses = 1, Outcome::Yes, "trade 14.25");
}

#[test]
fn an_exit_without_a_position_leaves_nothing_behind() {
    let script = [(30, 0, SignalAction::Exit), (60, 0, SignalAction::Buy), (90, 0, SignalAction::Exit)];
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43");
    // Wanted while the entry works, and repeated while the position is left: one order.
    harness.fill(61, 1, 4_300, 25).poll(90, 4_200, 4_400).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.44");
}

#[test]
fn a_settlement_leaves_no_wish_no_exit_and_no_wait() {
    let script = [(ENTER, 0, SignalAction::Buy), (60, 0, SignalAction::Exit)];
    let mut held = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    held.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).poll_one(60, 0, 0);
    let mut refused = Harness::new(vec![scripted(&[(ENTER, 0, SignalAction::Buy)])], OrderPolicy::default());
    refused.poll(0, 4_200, 4_400).poll(ENTER, 3_000, 4_400);
    for harness in [&mut held, &mut refused] {
        settle(harness, 90, Outcome::Yes);
        let mut nothing = Harness::new(vec![scripted(&[])], OrderPolicy::default());
        settle(&mut nothing, 90, Outcome::Yes);
        let kept = |harness: &Harness| {
            let snapshot = serde_json::to_value(harness.engine.snapshot()).unwrap();
            ["exits", "refused_entries", "orders"].map(|key| snapshot.get(key).cloned())
        };
        assert_eq!(kept(harness), kept(&nothing));
        assert_eq!(harness.engine.blocked_exits().count(), 0);
    }
}

#[test]
fn a_settled_market_makes_no_value_uncertain() {
    let script = [(ENTER, 0, SignalAction::Buy), (90, 1, SignalAction::Buy)];
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).poll_one(60, 0, 4_400).did();
    settle(&mut harness, 61, Outcome::Yes);
    harness.poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "trade 14.25, buy 25 m1 @0.43");
}

#[test]
fn an_exit_that_is_asked_for_again_was_wanted_since_the_first_time() {
    let script = [(ENTER, 0, SignalAction::Buy), (60, 0, SignalAction::Exit), (1_500, 0, SignalAction::Exit)];
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
    harness.poll(60, 4_200, 4_400).poll(1_500, 4_200, 4_400).closed(1_859, 2, OrderState::Cancelled);
    assert_eq!(harness.did(), "sell 25 m0 @0.44");
    harness.poll(1_860, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.42");
}

#[test]
fn of_a_wish_beyond_all_limits_the_one_without_any_room_is_named() {
    let limits = |limits: &mut RiskLimits| limits.max_position_value = Usd::micros(429_999);
    // All of the position limit of 100, which is more than one order may have.
    let strategy = Scripted { confidence: 1.0, ..scripted(&[(30, 0, SignalAction::Buy)]) };
    let mut harness = Harness::with(vec![strategy], OrderPolicy::default(), limits);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    assert_eq!(harness.did(), "refused max_position_value");
}

#[test]
fn an_order_shrinks_to_the_limit_or_names_it() {
    let check = |limit: fn(&mut RiskLimits), expect: &str| {
        let mut harness = Harness::with(vec![scripted(&[(30, 0, SignalAction::Buy)])], OrderPolicy::default(), limit);
        harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
        assert_eq!(harness.did(), expect);
    };
    check(|_| {}, "buy 25 m0 @0.43");
    check(|limits| limits.max_order_size = Qty::contracts(10), "buy 10 m0 @0.43");
    check(|limits| limits.max_order_value = Usd::micros(4_299_999), "buy 9 m0 @0.43");
    check(|limits| limits.max_order_value = Usd::micros(430_000), "buy 1 m0 @0.43");
    check(|limits| limits.max_position_value = Usd::micros(4_300_000), "buy 10 m0 @0.43");
    check(|limits| limits.max_event_exposure = Usd::micros(4_730_000), "buy 11 m0 @0.43");
    check(|limits| limits.max_category_exposure = Usd::micros(5_160_000), "buy 12 m0 @0.43");
    check(|limits| limits.max_portfolio_exposure = Usd::micros(5_590_000), "buy 13 m0 @0.43");
    // A quarter of the position limit, in whole contracts.
    check(|limits| limits.max_position_size = Qty::contracts(31), "buy 7 m0 @0.43");
    check(|limits| limits.max_position_size = Qty::contracts(3), "refused invalid_quantity");
    // Not even one contract fits: the limit is named.
    check(|limits| limits.max_order_size = Qty::hundredths(50), "refused max_order_size");
    check(|limits| limits.max_order_value = Usd::micros(429_999), "refused max_order_value");
    check(|limits| limits.max_position_value = Usd::micros(429_999), "refused max_position_value");
    check(|limits| limits.max_event_exposure = Usd::micros(429_999), "refused max_event_exposure");
    check(|limits| limits.max_category_exposure = Usd::micros(429_999), "refused max_category_exposure");
    check(|limits| limits.max_portfolio_exposure = Usd::micros(429_999), "refused max_portfolio_exposure");
    check(|limits| limits.volume_unknown = WhenUnknown::Refuse, "refused volume_unknown");
}
