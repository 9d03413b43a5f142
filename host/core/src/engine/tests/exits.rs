//! An exit can always be tried, and people are told while it cannot.

use super::*;

const NONE: i32 = 0;

/// Holds 25 of market 0 at 0.43, to be closed from second 60 on.
fn leaving(policy: OrderPolicy) -> Harness {
    let mut harness =
        Harness::new(vec![scripted(&[(ENTER, 0, SignalAction::Buy), (60, 0, SignalAction::Exit)])], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
    harness
}

#[test]
fn no_book_refuses_an_exit_as_long_as_it_has_a_side() {
    let check = |pricing: Pricing, bid: i32, ask: i32, expect: &str| {
        let mut harness = leaving(OrderPolicy { exit_pricing: pricing, ..OrderPolicy::default() });
        harness.poll_one(60, bid, ask);
        assert_eq!(harness.did(), expect, "{pricing} in {bid} / {ask}");
    };
    check(Pricing::Join, 4_200, 4_400, "sell 25 m0 @0.44");
    // A wide book: as near to its own side as the collar of 0.10 allows.
    check(Pricing::Join, 3_000, 5_600, "sell 25 m0 @0.53");
    check(Pricing::Behind(2), 3_000, 5_600, "sell 25 m0 @0.53");
    check(Pricing::Cross, 3_000, 5_600, "sell 25 m0 @0.30");
    check(Pricing::Join, 4_500, 8_000, "sell 25 m0 @0.72");
    // A jump, a crossed book, and a book with one side.
    check(Pricing::Join, 8_000, 8_200, "sell 25 m0 @0.82");
    // Behind the own side by more than the collar: of the mid, or of the book's prices where there is no sound one.
    check(Pricing::Behind(12), 4_200, 4_200, "sell 25 m0 @0.52");
    check(Pricing::Behind(12), 4_400, 4_200, "sell 25 m0 @0.54");
    check(Pricing::Behind(13), 4_400, 4_200, "sell 25 m0 @0.54");
    check(Pricing::Behind(12), NONE, 4_200, "sell 25 m0 @0.52");
    check(Pricing::Behind(12), 4_200, 4_400, "sell 25 m0 @0.53");
    check(Pricing::Join, 4_400, 4_200, "sell 25 m0 @0.42");
    check(Pricing::Join, NONE, 100, "sell 25 m0 @0.01");
    check(Pricing::Cross, NONE, 100, "sell 25 m0 @0.01");
    check(Pricing::Join, 9_700, NONE, "sell 25 m0 @0.97");
    check(Pricing::Join, NONE, NONE, "blocked no_price, refused no_price");
}

/// Behind by however much, in whatever book has a side: the order leaves, or escalates to the book's own price.
#[test]
fn every_exit_pricing_leaves_in_every_book() {
    for pricing in [Pricing::Join, Pricing::Cross, Pricing::Inside(3), Pricing::Behind(1), Pricing::Behind(30)] {
        for side in [SignalAction::Buy, SignalAction::Sell] {
            for (bid, ask) in (0..=10).flat_map(|bid| (0..=10).map(move |ask| (bid * 990, ask * 990))) {
                let script = [(ENTER, 0, side), (60, 0, SignalAction::Exit)];
                let policy = OrderPolicy { exit_pricing: pricing, ..OrderPolicy::default() };
                let mut harness = Harness::new(vec![scripted(&script)], policy);
                harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
                harness.poll_one(60, bid, ask);
                let left = harness.engine.working_orders() == 1;
                assert!(left || (bid, ask) == (0, 0), "{pricing} {side:?} in {bid} / {ask}: {}", harness.did());
            }
        }
    }
}

#[test]
fn an_exit_escalates_by_time_even_if_no_order_of_it_expires() {
    let mut harness = leaving(OrderPolicy::default());
    harness.poll(60, NONE, NONE).poll_one(61, NONE, NONE);
    harness.did();
    // Three times ten minutes after it was wanted, and not a second before.
    harness.poll_one(1_859, 3_000, 5_600);
    assert_eq!(harness.did(), "sell 25 m0 @0.53, freed");
    harness.closed(1_859, 2, OrderState::Cancelled).poll_one(1_860, 3_000, 5_600);
    assert_eq!(harness.did(), "sell 25 m0 @0.30");
}

#[test]
fn people_are_told_once_for_each_cause_that_holds_an_exit() {
    let mut harness = leaving(OrderPolicy::default());
    let command = |harness: &mut Harness, command: Command| {
        harness.engine.step(Event::Command(&command), &mut harness.effects);
    };
    let kill = |second: i64| Command::Kill { time: Timestamp(second * 1_000_000_000), reason: "drill".into() };
    command(&mut harness, kill(50));
    harness.did();
    harness.poll(60, 4_200, 4_400).poll(90, 4_200, 4_400).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "blocked halted, refused halted");
    let blocked: Vec<_> = harness.engine.blocked_exits().collect();
    assert_eq!(blocked.len(), 1);
    assert_eq!((blocked[0].since, blocked[0].held), (Timestamp(60_000_000_000), Qty::contracts(25)));
    let told = blocked[0].describe("KX-1");
    let expect = "25 YES KX-1 cannot be closed since 1970-01-01T00:01:00.000Z, because of halted: ";
    assert!(told.starts_with(expect) && told.contains("drill"), "{told}");
    command(&mut harness, Command::Resume { time: Timestamp(121_000_000_000), reason: "over".into() });
    harness.poll(150, NONE, NONE);
    harness.did();
    let restored = {
        let (limits, markets) = (harness.engine.risk().limits().clone(), harness.engine.markets().to_vec());
        Engine::restore(OrderPolicy::default(), limits, harness.engine.snapshot(), &markets).unwrap()
    };
    assert_eq!(restored.blocked_exits().count(), 1, "a restart forgets no blocked exit");
    harness.poll(180, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.44, freed");
    assert_eq!(harness.engine.blocked_exits().count(), 0);
}

#[test]
fn an_own_entry_in_the_way_is_cancelled_and_the_exit_leaves_at_the_next_poll() {
    let policy = OrderPolicy {
        exit_pricing: Pricing::Cross,
        entry_pricing: EntryPricing::Book(Pricing::Join),
        ..OrderPolicy::default()
    };
    let first = scripted(&[(ENTER, 0, SignalAction::Buy), (90, 0, SignalAction::Exit)]);
    let second = scripted(&[(60, 0, SignalAction::Buy)]);
    let mut harness = Harness::new(vec![first, second], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_200, 25).poll(60, 4_200, 4_400).did();
    harness.poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "cancel 2, refused self_match");
    harness.closed(91, 2, OrderState::Cancelled).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.42");
}

#[test]
fn the_exit_that_reduces_the_account_goes_first_and_the_other_is_not_lost() {
    // +25 of one strategy and -50 of another: 25 short at the venue.
    let policy = OrderPolicy { exit_pricing: Pricing::Cross, ..OrderPolicy::default() };
    let buyer = scripted(&[(ENTER, 0, SignalAction::Buy), (90, 0, SignalAction::Exit)]);
    let mut seller = scripted(&[(ENTER, 0, SignalAction::Sell), (90, 0, SignalAction::Exit)]);
    seller.confidence = 0.5;
    let policy = OrderPolicy { entry_pricing: EntryPricing::Book(Pricing::Join), ..policy };
    let mut harness = Harness::new(vec![buyer, seller], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 50 m0 @0.44, buy 25 m0 @0.42");
    harness.fill(31, 1, 4_400, 50).fill(31, 2, 4_200, 25).poll(90, 4_200, 4_400);
    // The seller buys back what the account is short of, and more. The buyer's exit would meet that order.
    assert_eq!(harness.did(), "buy 50 m0 @0.44, refused self_match");
    harness.fill(91, 3, 4_400, 50).poll(120, 4_200, 4_400);
    assert!(harness.did().ends_with("sell 25 m0 @0.42"));
}

#[test]
fn what_an_exit_opens_at_the_venue_waits_for_the_caps_and_the_rest_goes() {
    let buyer = scripted(&[(ENTER, 0, SignalAction::Buy)]);
    let mut seller = scripted(&[(ENTER, 0, SignalAction::Sell), (90, 0, SignalAction::Exit)]);
    seller.confidence = 0.5;
    let policy = OrderPolicy {
        exit_pricing: Pricing::Cross,
        entry_pricing: EntryPricing::Book(Pricing::Join),
        ..OrderPolicy::default()
    };
    let mut harness = Harness::new(vec![buyer, seller], policy);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_400, 50).fill(31, 2, 4_200, 25).did();
    let reduce = Command::Reduce { time: Timestamp(80_000_000_000), reason: "weekend".into() };
    harness.engine.step(Event::Command(&reduce), &mut harness.effects);
    // -50 and +25 are -25 at the venue: to buy back more than 25 would open a long position there.
    harness.poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "trading Reduce, buy 25 m0 @0.44");
    harness.fill(91, 4, 4_400, 25).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "blocked reduce_only, refused reduce_only");
    assert_eq!(harness.engine.risk().usage().exposure, Usd::ZERO);
}

#[test]
fn a_person_closes_positions_across_the_spread_and_within_the_collar() {
    let mut harness = leaving(OrderPolicy::default());
    // The strategy's own exit waits at the ask.
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.44");
    let close = Command::WindDown { time: Timestamp(70_000_000_000), slot: SlotId(0), at_once: true };
    harness.engine.step(Event::Command(&close), &mut harness.effects);
    assert_eq!(harness.did(), "cancel 2");
    harness.closed(71, 2, OrderState::Cancelled).poll_one(90, 3_000, 5_600);
    assert_eq!(harness.did(), "sell 25 m0 @0.30");
    // It stays wanted, and at the other side, until it is flat.
    harness.closed(700, 3, OrderState::Expired).poll_one(720, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 25 m0 @0.42");
}

#[test]
fn a_quarantined_strategy_does_not_keep_its_position_from_being_closed() {
    let mut faulty = scripted(&[(ENTER, 0, SignalAction::Buy), (60, 0, SignalAction::Exit)]);
    faulty.faults_at = Some(90_000_000_000);
    let mut harness = Harness::new(vec![faulty], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
    harness.poll(60, 4_200, 4_400).closed(70, 2, OrderState::Expired).did();
    harness.poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "fault boom, sell 25 m0 @0.44");
}

#[test]
fn people_are_told_when_a_blocked_position_is_closed_by_its_payout() {
    let mut harness = leaving(OrderPolicy::default());
    harness.poll_one(60, NONE, NONE);
    assert_eq!(harness.did(), "blocked no_price, refused no_price");
    let settlement = Settlement { market: MarketId(0), time: Timestamp(99_000_000_000), outcome: Outcome::Yes };
    harness.engine.step(Event::Settled(settlement), &mut harness.effects);
    assert_eq!(harness.did(), "trade 14.25, freed");
}

/// The confidence of a strategy and its wishes: second, market, action.
type Wishes<'a> = (f64, &'a [(i64, u32, SignalAction)]);

/// Runs strategies that share market 0. They enter at
/// second 30; the orders that they have then are filled.
fn sharing(policy: OrderPolicy, strategies: &[Wishes<'_>]) -> Harness {
    let strategy = |&(confidence, script): &Wishes<'_>| {
        let strategy = scripted(script);
        Scripted { confidence, ..strategy }
    };
    let limit = |limits: &mut RiskLimits| {
        limits.max_position_size = Qty::contracts(60);
        limits.max_open_positions = 10;
    };
    let mut harness = Harness::with(strategies.iter().map(strategy).collect(), policy, limit);
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    let placed = harness.effects.iter().filter_map(|effect| match effect {
        Effect::Record(Record::Placed { order, .. }) => Some((order.id.0, order.price.0, order.qty.0 / Qty::ONE.0)),
        _ => None,
    });
    for (order, price, contracts) in placed.collect::<Vec<_>>() {
        harness.fill(31, order, price, contracts);
    }
    harness.did();
    harness
}

/// An exit that opens risk at the venue meets the caps. Entries on its side that use up the room are cancelled, and
/// nothing else is: no entry elsewhere, none on the other side, no exit.
#[test]
fn an_exit_that_meets_a_cap_cancels_the_entries_on_its_side_alone() {
    let policy = OrderPolicy {
        entry_pricing: EntryPricing::Book(Pricing::Join),
        exit_pricing: Pricing::Join,
        ..OrderPolicy::default()
    };
    use SignalAction::{Buy, Exit, Sell};
    let mut harness = sharing(
        policy,
        &[
            (0.25, &[(ENTER, 0, Buy)]),
            (0.5, &[(ENTER, 0, Sell), (90, 0, Exit)]),
            (0.1, &[(ENTER, 0, Sell), (60, 0, Exit)]),
            (0.7, &[(60, 0, Buy), (60, 1, Buy)]),
            (0.05, &[(60, 0, Sell)]),
        ],
    );
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 6 m0 @0.42, buy 42 m0 @0.42, buy 42 m1 @0.42, sell 3 m0 @0.44");
    harness.poll(90, 4_200, 4_400);
    // Until the entry is gone, it could fill first, and the exit would then only open.
    assert_eq!(harness.did(), "cancel 5, blocked max_position_size, refused max_position_size");
    harness.closed(91, 5, OrderState::Cancelled).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 30 m0 @0.42, freed");
}

/// A cross of own orders is no reason to cancel what is not in the way.
#[test]
fn an_exit_that_would_meet_an_own_order_cancels_that_alone() {
    let policy = OrderPolicy {
        entry_pricing: EntryPricing::Book(Pricing::Join),
        exit_pricing: Pricing::Cross,
        ..OrderPolicy::default()
    };
    use SignalAction::{Buy, Exit, Sell};
    let mut harness = sharing(
        policy,
        &[
            (0.25, &[(ENTER, 0, Buy), (90, 0, Exit)]),
            (0.5, &[(ENTER, 0, Sell)]),
            (0.2, &[(60, 0, Buy), (60, 1, Buy)]),
            (0.1, &[(60, 0, Sell)]),
        ],
    );
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 12 m0 @0.42, buy 12 m1 @0.42, sell 6 m0 @0.44");
    // The account is short: to sell what the first strategy holds makes it shorter, but that is its exit all the same.
    harness.poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "cancel 3, refused self_match");
    harness.closed(91, 3, OrderState::Cancelled).poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 15 m0 @0.42");
}

#[test]
fn an_order_without_a_mid_is_measured_from_its_own_price() {
    let mut harness = leaving(OrderPolicy::default());
    harness.poll_one(60, NONE, 100);
    let arrivals = harness.effects.iter().filter_map(|effect| match effect {
        Effect::Record(Record::Placed { order, .. }) => Some((order.price, order.arrival_mid_doubled)),
        _ => None,
    });
    assert_eq!(arrivals.collect::<Vec<_>>(), [(Price(100), 200)]);
}

#[test]
fn a_short_leaves_a_wide_book_as_near_to_the_bid_as_the_collar_allows() {
    let check = |ticks: Ticks, bid: i32, ask: i32, expect: &str| {
        let script = [(ENTER, 0, SignalAction::Sell), (60, 0, SignalAction::Exit)];
        let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
        harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400).fill(31, 1, 4_300, 25).did();
        let finer = Market { ticks, ..market(0) };
        harness.engine.step(Event::Market(&finer), &mut harness.effects);
        harness.poll_one(60, bid, ask);
        assert_eq!(harness.did(), expect, "{bid} / {ask}");
    };
    check(Ticks::CENT, 4_400, 7_000, "buy 25 m0 @0.47");
    check(Ticks::CENT, 4_500, 7_000, "buy 25 m0 @0.48");
    check(Ticks::CENT, 4_400, 4_600, "buy 25 m0 @0.44");
    // The mid of 0.57005 less 0.10, on a grid of 1/10,000 dollar: not below the collar.
    check(Ticks::every(Price(1)), 4_400, 7_001, "buy 25 m0 @0.4701");
    check(Ticks::every(Price(1)), 4_400, 7_000, "buy 25 m0 @0.47");
}

#[test]
fn an_exit_without_escalation_never_crosses() {
    let mut harness = leaving(OrderPolicy { exit_escalates_after: 0, ..OrderPolicy::default() });
    for order in 2..6 {
        let second = 60 + 600 * (order as i64 - 2);
        harness.poll(second, 4_200, 4_400);
        assert_eq!(harness.did(), "sell 25 m0 @0.44");
        harness.closed(second + 1, order, OrderState::Expired);
    }
}

/// Orders that lived their time and did not fill tell that the price is too far away. Others tell nothing of it.
#[test]
fn only_orders_that_expired_let_an_exit_escalate() {
    let check = |life: OrderLife, state: OrderState, expect: &str| {
        let policy = OrderPolicy { exit_escalates_after: 2, exit_time_in_force: life, ..OrderPolicy::default() };
        let mut harness = leaving(policy);
        harness.poll(60, 4_200, 4_400).closed(61, 2, state).poll(62, 4_200, 4_400).closed(63, 3, state).did();
        harness.poll(64, 4_200, 4_400);
        assert_eq!(harness.did(), expect, "{life:?} {state:?}");
    };
    check(OrderLife::GoodTill, OrderState::Expired, "sell 25 m0 @0.42");
    check(OrderLife::GoodTill, OrderState::Cancelled, "sell 25 m0 @0.44");
    check(OrderLife::GoodTill, OrderState::Rejected, "sell 25 m0 @0.44");
    check(OrderLife::Immediate, OrderState::Cancelled, "sell 25 m0 @0.42");
    check(OrderLife::Immediate, OrderState::Rejected, "sell 25 m0 @0.44");
}
