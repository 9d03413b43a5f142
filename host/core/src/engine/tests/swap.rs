//! Swaps between two polls: what stays with the slot, and when the version from before comes back.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::*;
use crate::engine::Newcomer;
use crate::event::Command;
use crate::record::{Record, SwapCause};
use crate::strategy::PositionView;

const SECOND: i64 = 1_000_000_000;

/// The times of the polls that a strategy was shown, and its positions then.
type Seen = Arc<Mutex<Vec<(i64, usize)>>>;

/// A scripted strategy that notes what it is shown.
struct Noting {
    inner: Scripted,
    sha256: String,
    seen: Seen,
}

impl Strategy for Noting {
    fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    fn sha256(&self) -> &str {
        &self.sha256
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let positions: &[PositionView] = batch.positions;
        self.seen.lock().unwrap().push((batch.quotes.time[0] / SECOND, positions.len()));
        self.inner.on_batch(batch, decisions)
    }
}

fn noting(name: &str, script: &[(i64, u32, SignalAction)], fails_at: Option<i64>) -> (Newcomer, Seen) {
    let mut inner = scripted(script);
    inner.manifest.feedback = true;
    inner.faults_at = fails_at.map(|seconds| seconds * SECOND);
    let seen = Seen::default();
    let noting = Noting { inner, sha256: format!("{name:0<64}"), seen: Arc::clone(&seen) };
    (Newcomer::cold(Box::new(noting), Vec::new()), seen)
}

impl Harness {
    fn swap(&mut self, newcomer: Newcomer, at: i64, until: i64) -> &mut Harness {
        let times = (Timestamp(at * SECOND), Timestamp(until * SECOND));
        self.engine.swap(SlotId(0), newcomer, times, "test".to_owned(), &mut self.effects);
        self
    }

    fn swaps(&self) -> Vec<(String, String, bool)> {
        let swapped = self.effects.iter().filter_map(|effect| match effect {
            Effect::Record(Record::Swapped { from, to, cause, .. }) => {
                let from = from.as_ref().map_or("none", |from| from.sha256.trim_end_matches('0')).to_owned();
                Some((from, to.sha256.trim_end_matches('0').to_owned(), !matches!(cause, SwapCause::Asked { .. })))
            }
            _ => None,
        });
        swapped.collect()
    }

    fn placed(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Place(_))).count()
    }

    fn faults(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Record(Record::Fault { .. }))).count()
    }
}

#[test]
fn a_new_version_decides_from_the_next_poll_on_and_each_poll_once() {
    let mut harness =
        Harness::new(vec![scripted(&[(1, 0, SignalAction::Buy), (2, 0, SignalAction::Buy)])], OrderPolicy::default());
    let (newer, seen) = noting("b", &[(2, 1, SignalAction::Buy)], None);
    harness.poll(1, 4_200, 4_400);
    let orders = harness.placed();
    harness.swap(newer, 1, 100).poll(2, 4_200, 4_400);
    assert_eq!(harness.placed(), orders + 1, "the new version's order, and none of the one before");
    assert_eq!(harness.engine.working_orders(), 2, "the order from before stays");
    assert_eq!(*seen.lock().unwrap(), [(2, 0)]);
    assert_eq!(harness.swaps(), [(String::new(), "b".to_owned(), false)]);
}

#[test]
fn the_version_from_before_sees_every_poll_and_decides_the_one_at_which_the_new_one_fails() {
    let (first, first_seen) = noting("a", &[(4, 1, SignalAction::Buy)], None);
    let (newer, newer_seen) = noting("b", &[(3, 0, SignalAction::Buy)], Some(4));
    let mut harness = Harness::new(vec![scripted(&[])], OrderPolicy::default());
    harness.swap(first, 0, 0).poll(1, 4_200, 4_400).swap(newer, 1, 100);
    harness.poll(2, 4_200, 4_400).poll(3, 4_200, 4_400);
    let orders = harness.placed();
    assert_eq!(orders, 1);
    harness.poll(4, 4_200, 4_400).poll(5, 4_200, 4_400);
    let times = |seen: &Seen| seen.lock().unwrap().iter().map(|(time, _)| *time).collect::<Vec<_>>();
    assert_eq!(times(&first_seen), [1, 2, 3, 4, 5], "each poll once");
    assert_eq!(times(&newer_seen), [2, 3, 4]);
    assert_eq!(harness.placed(), orders + 1, "the poll of the fault is decided by the version from before");
    assert_eq!((harness.faults(), harness.engine.running_slots()), (0, 1), "nothing is quarantined");
    let expect = [("", "a", false), ("a", "b", false), ("b", "a", true)];
    assert_eq!(harness.swaps(), expect.map(|(from, to, back)| (from.to_owned(), to.to_owned(), back)));
    assert!(harness.engine.former(SlotId(0)).is_none(), "the one that failed does not come back");
}

#[test]
fn after_the_time_of_trial_or_without_a_former_version_a_fault_is_a_quarantine() {
    for (until, fails_at) in [(3, 5), (1, 2)] {
        let (newer, _) = noting("b", &[], Some(fails_at));
        let mut harness = Harness::new(vec![scripted(&[(fails_at, 0, SignalAction::Buy)])], OrderPolicy::default());
        harness.poll(1, 4_200, 4_400).swap(newer, 1, until);
        for seconds in 2..=fails_at {
            harness.poll(seconds, 4_200, 4_400);
        }
        assert_eq!((harness.faults(), harness.engine.running_slots(), harness.placed()), (1, 0, 0), "until {until}");
    }
    // A new version releases the quarantine.
    let (newer, _) = noting("c", &[(7, 0, SignalAction::Buy)], None);
    let mut failing = scripted(&[]);
    failing.faults_at = Some(SECOND);
    let mut harness = Harness::new(vec![failing], OrderPolicy::default());
    harness.poll(1, 4_200, 4_400);
    assert_eq!(harness.engine.running_slots(), 0);
    harness.swap(newer, 2, 100);
    assert!(harness.engine.former(SlotId(0)).is_none(), "what failed does not come back");
    harness.poll(7, 4_200, 4_400);
    assert_eq!((harness.engine.running_slots(), harness.placed()), (1, 1));
}

#[test]
fn if_both_versions_fail_at_a_poll_the_slot_is_quarantined_once() {
    let (first, _) = noting("a", &[], Some(3));
    let (newer, _) = noting("b", &[], Some(3));
    let mut harness = Harness::new(vec![scripted(&[])], OrderPolicy::default());
    harness.swap(first, 0, 0).poll(1, 4_200, 4_400).swap(newer, 1, 100).poll(2, 4_200, 4_400).poll(3, 4_200, 4_400);
    assert_eq!((harness.faults(), harness.engine.running_slots()), (1, 0));
    assert_eq!(harness.swaps().len(), 3);
}

#[test]
fn a_person_can_put_the_version_from_before_back_while_its_time_lasts() {
    let (newer, _) = noting("b", &[], None);
    let mut harness = Harness::new(vec![scripted(&[(3, 0, SignalAction::Buy)])], OrderPolicy::default());
    harness.poll(1, 4_200, 4_400).swap(newer, 1, 100).poll(2, 4_200, 4_400);
    assert_eq!(harness.engine.former(SlotId(0)).unwrap().1, Timestamp(100 * SECOND));
    let command = Command::SwapBack { time: Timestamp(2 * SECOND), slot: SlotId(0), reason: "no".to_owned() };
    harness.engine.step(Event::Command(&command), &mut harness.effects);
    harness.poll(3, 4_200, 4_400);
    assert_eq!(harness.placed(), 1);
    assert_eq!(harness.swaps().last(), Some(&("b".to_owned(), String::new(), true)));
    // Once more there is nothing to come back, and nothing happens.
    harness.engine.step(Event::Command(&command), &mut harness.effects);
    assert_eq!(harness.swaps().len(), 2);
}

#[test]
fn a_version_that_does_not_know_of_a_position_is_told_apart() {
    let mut harness = Harness::new(vec![scripted(&[(1, 0, SignalAction::Buy)])], OrderPolicy::default());
    harness.poll(1, 4_200, 4_400).fill(1, 1, 4_300, 25);
    let cold = |script: &[(i64, u32, SignalAction)]| {
        let mut newcomer = Newcomer::cold(Box::new(scripted(script)), Vec::new());
        let mut rows = Quotes::default();
        rows.push(&fixtures::quote(0, Timestamp(SECOND), 4_200, 4_400));
        newcomer.warm_up(rows.all()).unwrap();
        newcomer
    };
    assert_eq!(harness.engine.unknown_to(&cold(&[]), SlotId(0)), [MarketId(0)]);
    assert_eq!(harness.engine.unknown_to(&cold(&[(1, 0, SignalAction::Sell)]), SlotId(0)), [MarketId(0)]);
    assert_eq!(harness.engine.unknown_to(&cold(&[(1, 0, SignalAction::Buy)]), SlotId(0)), []);
    let (told, _) = noting("b", &[], None);
    assert_eq!(harness.engine.unknown_to(&told, SlotId(0)), [], "it is told of its positions");
}

/// A version is warmed up with the last poll, so it must not be shown that poll again when deferred slots are asked.
#[test]
fn a_version_that_takes_over_a_deferred_slot_leaves_the_last_poll_to_the_one_before() {
    let (before, seen_before) = noting("before", &[], None);
    let (after, seen_after) = noting("after", &[], None);
    let mut harness = Harness::new(vec![scripted(&[])], OrderPolicy::default());
    harness.swap(before, 0, 0);
    let defer = Command::Defer { time: Timestamp(1), slots: BTreeSet::from([SlotId(0)]) };
    harness.engine.step(Event::Command(&defer), &mut harness.effects);
    harness.poll(30, 4_200, 4_400);
    assert!(seen_before.lock().unwrap().is_empty());
    harness.swap(after, 31, 31);
    let ask = Command::AskDeferred { time: harness.engine.now(), slot: None };
    harness.engine.step(Event::Command(&ask), &mut harness.effects);
    assert_eq!(*seen_before.lock().unwrap(), [(30, 0)]);
    assert!(seen_after.lock().unwrap().is_empty());
    harness.poll(60, 4_200, 4_400);
    harness.poll(90, 4_200, 4_400);
    assert_eq!(*seen_after.lock().unwrap(), [(60, 0)]);
}
