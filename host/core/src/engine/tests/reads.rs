//! Values of the engine that others read: the shells, status and reports show them.

use super::*;

#[test]
fn the_engine_shows_what_it_has_seen() {
    let mut faulty = scripted(&[]);
    faulty.faults_at = Some(60_000_000_000);
    faulty.manifest.name = "faulty".into();
    let scores = vec![(0, 1.5), (1, -0.5)];
    let mut harness = Harness::new(vec![Scripted { scores, ..scripted(&[(30, 1, SignalAction::Buy)]) }, faulty], {
        OrderPolicy::default()
    });
    assert_eq!(harness.engine.seen(), (0, 0));
    assert_eq!((harness.engine.quote(MarketId(0)), harness.engine.quote(MarketId(9))), (None, None));
    harness.poll(0, 4_200, 4_400).poll(30, 4_300, 4_500);
    let engine = &harness.engine;
    assert_eq!(engine.seen(), (2, 4));
    assert_eq!((engine.now(), engine.signals()), (Timestamp(30_000_000_000), 1));
    assert_eq!(engine.working_orders(), 1);
    assert_eq!(engine.running_slots(), 2);
    assert_eq!(engine.quote(MarketId(1)), Some(fixtures::quote(1, Timestamp(30_000_000_000), 4_300, 4_500)));
    assert_eq!(engine.decisions(SlotId(0)).map(|decisions| decisions.scores.clone()), Some(vec![1.5, -0.5]));
    assert!(engine.decisions(SlotId(2)).is_none());
    let name = |slot| engine.manifest(SlotId(slot)).map(|manifest| manifest.name.as_str());
    assert_eq!([name(0), name(1), name(2)], [Some("scripted"), Some("faulty"), None]);
    assert_eq!(engine.slot_names().collect::<Vec<_>>(), ["slot 0", "faulty"]);
    assert_eq!([0, 1, 2].map(|slot| engine.slot_name(SlotId(slot))), ["slot 0", "faulty", ""]);
    harness.closed(31, 1, OrderState::Cancelled).poll(60, 4_300, 4_500);
    assert_eq!((harness.engine.working_orders(), harness.engine.running_slots()), (0, 1));
}

#[test]
fn a_vacant_slot_keeps_its_number_and_runs_nothing() {
    let mut harness = Harness::new(vec![scripted(&[])], OrderPolicy::default());
    assert_eq!(harness.engine.add_vacant_slot("gone"), SlotId(1));
    assert_eq!(harness.engine.add_strategy("next", Box::new(scripted(&[]))), SlotId(2));
    assert_eq!((harness.engine.slot_name(SlotId(1)), harness.engine.running_slots()), ("gone", 2));
    assert!(harness.engine.manifest(SlotId(1)).is_none());
    harness.poll(0, 4_200, 4_400);
    assert_eq!(harness.did(), "");
}

/// After a restart the markets that were over are missing, so that a market's number is not its place.
#[test]
fn markets_are_found_by_number_when_some_are_missing() {
    let risk = RiskManager::new(RiskLimits::default()).unwrap();
    let mut engine = Engine::new(OrderPolicy::default(), risk, Usd::dollars(2_000), Timestamp(0));
    for id in [1, 4, 6, 2, 3] {
        engine.step(Event::Market(&market(id)), &mut Vec::new());
    }
    let found = (0..8).map(|id| engine.market(MarketId(id)).map(|market| market.id.0));
    assert_eq!(found.collect::<Vec<_>>(), [None, Some(1), Some(2), Some(3), Some(4), None, Some(6), None]);
    assert_eq!(engine.markets().iter().map(|market| market.id.0).collect::<Vec<_>>(), [1, 2, 3, 4, 6]);
}

#[test]
fn a_snapshot_tells_which_markets_a_restart_needs() {
    let policy = OrderPolicy { sizing: Sizing::Fixed(5), ..OrderPolicy::default() };
    let script = [(30, 0, SignalAction::Buy), (60, 1, SignalAction::Buy), (90, 0, SignalAction::Exit)];
    let mut harness = Harness::new(vec![scripted(&script)], policy);
    let needs = |harness: &Harness| {
        let snapshot = harness.engine.snapshot();
        (0..3).map(|id| snapshot.needs(MarketId(id))).collect::<Vec<_>>()
    };
    harness.poll(0, 4_200, 4_400);
    assert_eq!(needs(&harness), [false; 3]);
    // A position in one, an order in the other.
    harness.poll(30, 4_200, 4_400).fill(31, 1, 4_300, 5).poll(60, 4_200, 4_400);
    assert_eq!(needs(&harness), [true, true, false]);
    harness.closed(61, 2, OrderState::Cancelled);
    assert_eq!(needs(&harness), [true, false, false]);
    harness.poll(90, 4_200, 4_400);
    assert_eq!(needs(&harness), [true, false, false]);
    harness.fill(91, 3, 4_400, 5);
    assert_eq!(needs(&harness), [false; 3]);
    let mut snapshot = harness.engine.snapshot();
    assert_eq!(snapshot.now(), Timestamp(91_000_000_000));
    // Bought at 0.43 and sold at 0.44.
    assert_eq!(snapshot.equity(), Some((Usd::micros(2_000_050_000), Usd::micros(50_000))));
    assert_eq!(snapshot.trade_from(), Timestamp(0));
    for (until, expect) in [(200, 200), (100, 200)] {
        snapshot.wait_until(Timestamp(until));
        assert_eq!(snapshot.trade_from(), Timestamp(expect));
    }
}
