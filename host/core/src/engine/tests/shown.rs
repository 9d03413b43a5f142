//! Strategies are shown each market once, each row once, and positions and fills only if they ask for them.

use std::sync::{Arc, Mutex};

use super::*;
use crate::strategy::{FillView, PositionView};

/// Writes down each call, and does as its script says.
struct Witness {
    inner: Scripted,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Strategy for Witness {
    fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let list = |parts: Vec<String>| parts.join(" ");
        let markets = list(batch.markets.iter().map(|market| format!("+m{}", market.id.0)).collect());
        let held = |position: &PositionView| {
            format!("m{}:{}@{:.2}", position.market.0, position.quantity, position.average_price)
        };
        let filled = |fill: &FillView| format!("m{}:{}@{:.2}", fill.market.0, fill.quantity, fill.price);
        let seconds = batch.quotes.time.iter().map(|time| (time / 1_000_000_000).to_string()).collect();
        self.calls.lock().unwrap().push(format!(
            "[{markets}] rows [{}] positions [{}] fills [{}]",
            list(seconds),
            list(batch.positions.iter().map(held).collect()),
            list(batch.fills.iter().map(filled).collect()),
        ));
        self.inner.on_batch(batch, decisions)
    }
}

/// An engine with one witness in it, and what the witness was shown.
fn witnessed(feedback: bool, script: &[(i64, u32, SignalAction)]) -> (Harness, Arc<Mutex<Vec<String>>>) {
    let mut harness = Harness::new(vec![], OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() });
    let calls = Arc::new(Mutex::new(Vec::new()));
    let mut inner = scripted(script);
    inner.manifest.feedback = feedback;
    harness.engine.add_strategy("witness", Box::new(Witness { inner, calls: Arc::clone(&calls) }));
    (harness, calls)
}

const WISHES: [(i64, u32, SignalAction); 2] = [(30, 1, SignalAction::Sell), (90, 1, SignalAction::Exit)];

/// Polls four times, with fills of 10 in two parts after the second poll, and a market that is listed then.
fn trade(harness: &mut Harness) {
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    harness.fill(31, 1, 4_300, 4).fill(32, 1, 4_300, 6);
    harness.engine.step(Event::Market(&market(2)), &mut harness.effects);
    harness.poll(60, 4_200, 4_400).poll(90, 4_200, 4_400);
}

#[test]
fn a_strategy_with_feedback_sees_its_positions_and_each_fill_once() {
    let (mut harness, calls) = witnessed(true, &WISHES);
    trade(&mut harness);
    harness.fill(91, 2, 4_200, 10).poll(120, 4_200, 4_400);
    let expect = [
        "[+m0 +m1] rows [0 0] positions [] fills []",
        "[] rows [30 30] positions [] fills []",
        "[+m2] rows [60 60] positions [m1:-10@0.43] fills [m1:-4@0.43 m1:-6@0.43]",
        "[] rows [90 90] positions [m1:-10@0.43] fills []",
        "[] rows [120 120] positions [] fills [m1:10@0.42]",
    ];
    assert_eq!(*calls.lock().unwrap(), expect);
}

#[test]
fn a_strategy_without_feedback_sees_prices_only() {
    let (mut harness, calls) = witnessed(false, &WISHES);
    trade(&mut harness);
    let rows = |market: &str, second: i64| format!("[{market}] rows [{second} {second}] positions [] fills []");
    let expect = [rows("+m0 +m1", 0), rows("", 30), rows("+m2", 60), rows("", 90)];
    assert_eq!(*calls.lock().unwrap(), expect);
    assert_eq!(harness.did(), "sell 10 m1 @0.43, buy 10 m1 @0.42");
}

#[test]
fn a_preview_shows_coming_rows_to_those_who_need_no_feedback_and_only_once() {
    let check = |feedback: bool, expect: &[&str]| {
        let (mut harness, calls) = witnessed(feedback, &[(30, 0, SignalAction::Buy)]);
        let mut quotes = Quotes::default();
        for second in [0, 30] {
            quotes.push(&fixtures::quote(0, Timestamp(second * 1_000_000_000), 4_200, 4_400));
        }
        harness.engine.preview(quotes.all());
        for poll in 0..2 {
            harness.engine.step(Event::Poll(quotes.view(poll..poll + 1)), &mut harness.effects);
        }
        assert_eq!(*calls.lock().unwrap(), expect);
        assert_eq!((harness.did().as_str(), harness.engine.signals()), ("buy 10 m0 @0.43", 1));
    };
    check(false, &["[+m0 +m1] rows [0 30] positions [] fills []"]);
    check(true, &["[+m0 +m1] rows [0] positions [] fills []", "[] rows [30] positions [] fills []"]);
}

#[test]
fn a_strategy_that_failed_is_shown_nothing_more_and_none_of_its_answer_counts() {
    let (mut harness, calls) = witnessed(false, &[(30, 0, SignalAction::Buy), (60, 0, SignalAction::Buy)]);
    let mut faulty = scripted(&[(60, 0, SignalAction::Buy)]);
    faulty.faults_at = Some(60_000_000_000);
    let witness = Arc::new(Mutex::new(Vec::new()));
    harness.engine.add_strategy("faulty", Box::new(Witness { inner: faulty, calls: Arc::clone(&witness) }));
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400).poll(90, 4_200, 4_400);
    assert_eq!((calls.lock().unwrap().len(), witness.lock().unwrap().len()), (4, 3));
    assert_eq!(harness.did(), "buy 10 m0 @0.43, fault boom");
}

/// A fault in previewed rows counts when their poll comes, and voids the answer to all of them.
#[test]
fn a_fault_in_a_preview_voids_its_answer_and_is_shown_nothing_more() {
    let (mut harness, calls) = witnessed(false, &[(0, 0, SignalAction::Buy), (30, 0, SignalAction::Buy)]);
    let mut faulty = scripted(&[(0, 0, SignalAction::Buy)]);
    faulty.faults_at = Some(30_000_000_000);
    let witness = Arc::new(Mutex::new(Vec::new()));
    harness.engine.add_strategy("faulty", Box::new(Witness { inner: faulty, calls: Arc::clone(&witness) }));
    let mut quotes = Quotes::default();
    for second in [0, 30] {
        quotes.push(&fixtures::quote(0, Timestamp(second * 1_000_000_000), 4_200, 4_400));
    }
    harness.engine.preview(quotes.all());
    // Before its poll, nothing is shown either.
    harness.engine.preview(quotes.all());
    assert_eq!(witness.lock().unwrap().len(), 1);
    harness.engine.step(Event::Poll(quotes.view(0..1)), &mut harness.effects);
    assert_eq!(harness.did(), "fault boom, buy 10 m0 @0.43");
    assert_eq!(calls.lock().unwrap().len(), 2);
}
