//! Strategies that fail: made again once, then quarantined, until a person or another version ends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::event::Command;
use crate::quarantined_exits::QuarantinedExits;
use crate::record::Record;
use crate::strategy::SavedState;

const SECOND: i64 = 1_000_000_000;

/// The times, in seconds, at which instances of a strategy still fail: how many of them.
type Faults = Arc<Mutex<BTreeMap<i64, u32>>>;

/// A strategy whose state is the number of rows that it has seen. It buys at its third, and leaves at its fifth.
struct Counting {
    manifest: Manifest,
    rows: u64,
    faults: Faults,
    has_state: bool,
    restarts: bool,
}

impl Counting {
    fn new(faults: &[(i64, u32)]) -> Counting {
        let faults = Arc::new(Mutex::new(faults.iter().copied().collect()));
        let manifest = Manifest { warm_up: Span::minutes(1), ..scripted(&[]).manifest };
        Counting { manifest, rows: 0, faults, has_state: true, restarts: true }
    }
}

impl Strategy for Counting {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        for row in (0..batch.quotes.len()).filter(|row| batch.quotes.market[*row] == 0) {
            let time = batch.quotes.time[row] / SECOND;
            if let Some(left) = self.faults.lock().unwrap().get_mut(&time).filter(|left| **left > 0) {
                *left -= 1;
                return Err(Fault { kind: FaultKind::Panicked, message: format!("boom at {time}"), log: vec![] });
            }
            self.rows += 1;
            let action = match self.rows {
                3 => SignalAction::Buy,
                5 => SignalAction::Exit,
                _ => continue,
            };
            let row = row as u32;
            decisions.signals.push(Signal { row, action, price: None, confidence: 0.25, metadata: vec![] });
        }
        Ok(())
    }

    fn has_state(&self) -> bool {
        self.has_state
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        Ok(SavedState { schema: "rows".into(), version: 1, payload: self.rows.to_le_bytes().to_vec() })
    }

    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.rows = u64::from_le_bytes(saved.payload.clone().try_into().unwrap());
        Ok(())
    }

    fn restarts(&self) -> bool {
        self.restarts
    }

    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let Counting { has_state, restarts, .. } = *self;
        let (manifest, faults) = (self.manifest.clone(), Arc::clone(&self.faults));
        restarts.then(|| Ok(Box::new(Counting { manifest, rows: 0, faults, has_state, restarts }) as _))
    }
}

impl Harness {
    fn counting(strategy: Counting, settings: OrderPolicy) -> Harness {
        let mut harness = Harness::new(Vec::new(), settings);
        harness.engine.add_strategy("counting", Box::new(strategy));
        harness
    }

    /// Polls at these times and returns what was done, faults with their messages.
    fn polls(&mut self, times: impl IntoIterator<Item = i64>) -> Vec<String> {
        times.into_iter().for_each(|time| {
            self.poll(time, 4_200, 4_400);
        });
        let told = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::Place(order) => Some(format!("{} {}", order.as_ref().side, order.as_ref().qty)),
            Effect::Cancel(order) => Some(format!("cancel {}", order.0)),
            Effect::Record(Record::Restarted { fault, .. }) => Some(format!("restarted: {}", fault.message)),
            Effect::Record(Record::Fault { fault, .. }) => Some(format!("quarantined: {}", fault.message)),
            Effect::Record(Record::SlotTrading { reason, .. }) => Some(reason),
            Effect::Record(_) => None,
        });
        told.collect()
    }

    fn resume_slot(&mut self, seconds: i64) {
        let (time, reason) = (Timestamp(seconds * SECOND), "looked into".to_owned());
        let command = Command::ResumeSlot { time, slot: SlotId(0), reason };
        self.engine.step(Event::Command(&command), &mut self.effects);
    }
}

#[test]
fn a_first_fault_costs_nothing_since_a_fresh_instance_decides_on_the_same_batch() {
    for seconds in [0, 30, 60, 90] {
        let mut harness = Harness::counting(Counting::new(&[(seconds, 1)]), OrderPolicy::default());
        let restarted = format!("restarted: boom at {seconds}");
        let mut did = harness.polls((0..4).map(|poll| poll * 30));
        let at = did.iter().position(|what| *what == restarted).expect(&restarted);
        did.remove(at);
        assert_eq!(did, ["buy 25"], "at {seconds}");
        assert!(!harness.engine.is_quarantined(SlotId(0)));
    }
}

/// A strategy must not fail because of what it is shown ahead: by that it would tell of later rows.
#[test]
fn a_fault_comes_with_the_poll_that_causes_it() {
    let times: Vec<i64> = (0..6).map(|poll| poll * 30).collect();
    let check = |faults: &[(i64, u32)], wanted: &[&str]| {
        let mut harness = Harness::counting(Counting::new(faults), OrderPolicy::default());
        let mut ahead = Quotes::default();
        let quotes = times
            .iter()
            .flat_map(|time| (0..2).map(move |id| fixtures::quote(id, Timestamp(time * SECOND), 4_200, 4_400)));
        quotes.for_each(|quote| ahead.push(&quote));
        harness.engine.preview(ahead.all());
        let did: Vec<Vec<String>> = times.iter().map(|time| harness.polls([*time])).collect();
        let did: Vec<String> = did.iter().map(|at| at.join(", ")).collect();
        assert_eq!(did, wanted, "{faults:?}");
    };
    // What fails among later rows alone has not failed.
    check(&[(90, 1)], &["", "", "buy 25", "", "cancel 1", ""]);
    check(&[(90, 2)], &["", "", "buy 25", "restarted: boom at 90", "cancel 1", ""]);
    check(&[(90, 3)], &["", "", "buy 25", "restarted: boom at 90, quarantined: boom at 90, cancel 1", "", ""]);
}

#[test]
fn a_long_past_is_a_state_and_the_rows_since() {
    let rows = 1 << 16;
    for has_state in [true, false] {
        let strategy = Counting { has_state, rows: 0, ..Counting::new(&[(rows + 10, 1)]) };
        let mut harness = Harness::counting(strategy, OrderPolicy::default());
        let did = harness.polls(0..rows + 12);
        let expect = if has_state { "restarted" } else { "quarantined" };
        assert!(did.iter().any(|what| what.starts_with(expect)), "{has_state}: {did:?}");
        assert_eq!(harness.engine.is_quarantined(SlotId(0)), !has_state, "its past is not kept any more");
    }
}

#[test]
fn a_second_fault_on_the_same_batch_quarantines_and_so_does_the_third_in_an_hour() {
    let mut harness = Harness::counting(Counting::new(&[(90, 2)]), OrderPolicy::default());
    let did = harness.polls((0..6).map(|poll| poll * 30));
    assert_eq!(did, ["buy 25", "restarted: boom at 90", "quarantined: boom at 90", "cancel 1"]);
    let quarantine = harness.engine.quarantine_of(SlotId(0)).unwrap();
    assert_eq!((quarantine.since, quarantine.reason.as_str()), (Timestamp(90 * SECOND), "boom at 90"));

    let check = |times: [i64; 3], is_quarantined: bool| {
        let faults = times.map(|time| (time, 1));
        let mut harness = Harness::counting(Counting::new(&faults), OrderPolicy::default());
        harness.polls(times);
        assert_eq!(harness.engine.is_quarantined(SlotId(0)), is_quarantined, "{times:?}");
    };
    check([0, 1_800, 3_599], true);
    check([0, 1_800, 3_600], false);
}

#[test]
fn a_strategy_that_cannot_be_made_again_is_quarantined_at_once() {
    let strategy = Counting { restarts: false, ..Counting::new(&[(30, 1)]) };
    let mut harness = Harness::counting(strategy, OrderPolicy::default());
    assert_eq!(harness.polls([0, 30, 60, 90]), ["quarantined: boom at 30"]);
}

/// Returns a slot in quarantine with a position whose exit was wanted, and works.
fn quarantined(quarantined_exits: QuarantinedExits) -> Harness {
    let settings = OrderPolicy { quarantined_exits, ..OrderPolicy::default() };
    let mut harness = Harness::counting(Counting::new(&[(150, 2)]), settings);
    harness.polls([0, 30, 60]);
    harness.fill(61, 1, 4_300, 25);
    harness.polls([90, 120]);
    harness.polls([150]);
    harness
}

#[test]
fn wanted_exits_are_worked_held_or_crossed() {
    use crate::event::VenueEvent;
    let check = |exits: QuarantinedExits, expect: &[&str]| {
        let mut harness = quarantined(exits);
        let (order, time) = (OrderId(2), Timestamp(160 * SECOND));
        let closed = VenueEvent::Closed { order, time, state: OrderState::Expired, reason: String::new() };
        harness.engine.step(Event::Venue(&closed), &mut harness.effects);
        harness.effects.clear();
        assert_eq!(harness.polls([180]), expect, "{exits:?}");
        harness.engine.snapshot()
    };
    check(QuarantinedExits::Work, &["sell 25"]);
    check(QuarantinedExits::Cross, &["sell 25"]);
    check(QuarantinedExits::Hold, &[]);
}

#[test]
fn a_person_ends_a_quarantine_and_the_strategy_waits_for_its_warm_up() {
    let mut harness = Harness::counting(Counting::new(&[(60, 2)]), OrderPolicy::default());
    harness.polls([0, 30, 60, 90]);
    assert!(harness.engine.is_quarantined(SlotId(0)));
    harness.resume_slot(100);
    assert_eq!(harness.engine.trades_from(SlotId(0)), Timestamp(160 * SECOND));
    assert!(!harness.engine.is_quarantined(SlotId(0)));
    // It has seen two rows: its third is one of before its time.
    assert_eq!(harness.polls([120, 150, 180]), ["looked into"]);
}

#[test]
fn a_restart_keeps_a_quarantine_and_the_faults_that_count() {
    let mut harness = Harness::counting(Counting::new(&[(0, 1), (60, 2)]), OrderPolicy::default());
    harness.polls([0, 30, 60]);
    let snapshot = serde_json::to_string(&harness.engine.snapshot()).unwrap();
    let markets = harness.engine.markets().to_vec();
    let limits = harness.engine.risk().limits().clone();
    let snapshot = serde_json::from_str(&snapshot).unwrap();
    harness.engine = Engine::restore(OrderPolicy::default(), limits, snapshot, &markets).unwrap();
    harness.engine.add_strategy("counting", Box::new(Counting::new(&[])));
    assert!(harness.engine.is_quarantined(SlotId(0)));
    assert_eq!(harness.polls([90, 120, 150, 180]), [""; 0]);
    harness.resume_slot(200);
    assert!(!harness.engine.is_quarantined(SlotId(0)));
}

#[test]
fn an_imposed_fault_leads_to_what_a_fault_of_its_own_does() {
    let own = {
        let mut harness = Harness::counting(Counting::new(&[(90, 2)]), OrderPolicy::default());
        harness.polls([0, 30, 60, 90, 120])
    };
    let mut harness = Harness::counting(Counting::new(&[]), OrderPolicy::default());
    let mut did = harness.polls([0, 30, 60]);
    let fault = Fault { kind: FaultKind::Panicked, message: "boom at 90".into(), log: vec![] };
    harness.engine.impose_faults(SlotId(0), vec![fault.clone(), fault]);
    did.extend(harness.polls([90, 120]));
    assert_eq!(did, own);
}
