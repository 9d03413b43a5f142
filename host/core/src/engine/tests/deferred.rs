//! Slots whose strategies take long decide a poll after the others, and never miss one.

use std::collections::BTreeSet;

use super::*;

/// Two strategies that want market 0 and market 1, of which the first decides late.
fn harness() -> Harness {
    let policy = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let late = scripted(&[(30, 0, SignalAction::Buy), (60, 0, SignalAction::Buy)]);
    let prompt = scripted(&[(30, 1, SignalAction::Buy)]);
    let mut harness = Harness::new(vec![late, prompt], policy);
    harness.poll(0, 4_200, 4_400);
    let (time, slots) = (Timestamp(1), BTreeSet::from([SlotId(0)]));
    harness.engine.step(Event::Command(&Command::Defer { time, slots }), &mut harness.effects);
    harness.effects.clear();
    harness
}

/// Returns the slots of the orders since the last look.
fn ordered(harness: &mut Harness) -> Vec<u16> {
    let effects = std::mem::take(&mut harness.effects);
    let placed = effects.into_iter().filter_map(|effect| match effect {
        Effect::Place(order) => Some(order.into_inner().slot.0),
        _ => None,
    });
    placed.collect()
}

fn ask(harness: &mut Harness) {
    let command = Command::AskDeferred { time: harness.engine.now(), slot: None };
    harness.engine.step(Event::Command(&command), &mut harness.effects);
}

#[test]
fn the_orders_of_the_others_come_first() {
    let mut harness = harness();
    harness.poll(30, 4_200, 4_400);
    assert_eq!(ordered(&mut harness), [1]);
    ask(&mut harness);
    assert_eq!(ordered(&mut harness), [0]);
    // It has decided: a second time changes nothing.
    ask(&mut harness);
    assert!(ordered(&mut harness).is_empty());
}

#[test]
fn a_poll_that_nobody_asked_for_is_decided_before_the_next_one() {
    let mut harness = harness();
    harness.poll(30, 4_200, 4_400);
    assert_eq!(ordered(&mut harness), [1]);
    harness.poll(60, 4_200, 4_400);
    assert_eq!(ordered(&mut harness), [0]);
}

#[test]
fn a_slot_that_is_deferred_no_more_decides_with_the_others() {
    let mut harness = harness();
    let none = Command::Defer { time: Timestamp(2), slots: BTreeSet::new() };
    harness.engine.step(Event::Command(&none), &mut harness.effects);
    harness.poll(30, 4_200, 4_400);
    assert_eq!(ordered(&mut harness), [0, 1]);
}

#[test]
fn a_slot_that_does_not_exist_is_not_asked() {
    let mut harness = harness();
    let other = Command::Defer { time: Timestamp(2), slots: BTreeSet::from([SlotId(7)]) };
    harness.engine.step(Event::Command(&other), &mut harness.effects);
    harness.poll(30, 4_200, 4_400);
    ask(&mut harness);
    assert_eq!(ordered(&mut harness), [0, 1]);
}

#[test]
fn slots_are_asked_one_by_one() {
    let mut harness = harness();
    let both = Command::Defer { time: Timestamp(2), slots: BTreeSet::from([SlotId(0), SlotId(1)]) };
    harness.engine.step(Event::Command(&both), &mut harness.effects);
    harness.poll(30, 4_200, 4_400);
    for slot in [1, 0] {
        assert!(ordered(&mut harness).is_empty());
        let command = Command::AskDeferred { time: harness.engine.now(), slot: Some(SlotId(slot)) };
        harness.engine.step(Event::Command(&command), &mut harness.effects);
        assert_eq!(ordered(&mut harness), [slot]);
    }
}
