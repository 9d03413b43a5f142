//! Tests the rules: the times at which the strategy buys, sells and exits, and the scores.

#![allow(clippy::unwrap_used, reason = "a helper of tests may fail loudly")]

mod common;

use common::Literal;
use mean_reversion::MeanReversion;
use proptest::prelude::*;
use strategy_sdk::harness::{Outcome, RandomWalk, Run, Tape, check_splits, check_take_over};
use strategy_sdk::time::{DAY, HOUR, SECOND};
use strategy_sdk::{Action, Market, Row, Strategy, Value};

const POLL: i64 = 30 * SECOND;

/// Returns parameters small enough to reach a score after 100 polls.
fn quick() -> Vec<(String, Value)> {
    vec![("ema_span_hours".into(), 1.0.into()), ("min_history_hours".into(), 0.5.into())]
}

/// Returns a tape of one market. Each element of `mids` is a mid price and the number of polls that it lasts; the event
/// is `event_in` after the first poll.
fn tape(mids: &[(f64, usize)], event_in: Option<i64>) -> Tape {
    let mut tape = Tape::new(POLL);
    let market = tape.list(Market { ticker: "A".into(), event_time: event_in, ..Market::default() });
    let all = mids.iter().flat_map(|&(mid, polls)| std::iter::repeat_n(mid, polls));
    for (poll, mid) in all.enumerate() {
        // A small flutter, so that the standard deviation is not zero.
        let mid = mid + if poll % 2 == 0 { 0.002 } else { -0.002 };
        tape.push(Row::quote(market, poll as i64 * POLL, mid - 0.01, mid + 0.01));
    }
    tape
}

/// Returns the rows at which the action changes, with the new action.
fn changes(outcome: &Outcome) -> Vec<(u32, Action)> {
    let mut changes: Vec<(u32, Action)> = Vec::new();
    for signal in &outcome.signals {
        if changes.last().is_none_or(|(_, action)| *action != signal.action) {
            changes.push((signal.row, signal.action));
        }
    }
    changes
}

fn run(tape: &Tape, more: &[(&str, Value)]) -> Outcome {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let parameters: Vec<(String, Value)> = quick().into_iter().chain(more).collect();
    Run::<MeanReversion>::new(tape).with(&parameters).go().unwrap()
}

const DIP: [(f64, usize); 3] = [(0.5, 200), (0.4, 20), (0.55, 50)];

#[test]
fn buys_below_the_average_and_exits_when_the_price_is_back() {
    let tape = tape(&DIP, None);
    let outcome = run(&tape, &[]);
    assert_eq!(changes(&outcome)[..2], [(200, Action::Buy), (220, Action::Exit)]);
    let buy = &outcome.signals[0];
    let row = tape.rows().nth(200).unwrap();
    assert_eq!(buy.price, row.bid());
    assert_eq!(buy.confidence, (outcome.scores[200].abs() / 3.0).min(1.0));
    let figure = |name: &str| buy.metadata.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(figure("signal_value"), outcome.scores[200]);
    assert!((figure("ema") + figure("deviation") - row.mid().unwrap()).abs() < 1e-12);
}

#[test]
fn sells_above_it() {
    let outcome = run(&tape(&[(0.5, 200), (0.6, 20), (0.45, 50)], None), &[]);
    assert_eq!(changes(&outcome)[..2], [(200, Action::Sell), (220, Action::Exit)]);
    assert!(outcome.scores[200] > 1.5);
}

#[test]
fn exits_only_once_and_beyond_zero_by_the_distance() {
    let mids = [(0.5, 200), (0.4, 20), (0.485, 3), (0.6, 1)];
    let outcome = run(&tape(&mids, None), &[("exit_distance", 1.0.into())]);
    let exits: Vec<u32> = outcome.signals.iter().filter(|s| s.action == Action::Exit).map(|s| s.row).collect();
    assert!(outcome.scores[220] > 0.0 && outcome.scores[220] < 1.0, "{}", outcome.scores[220]);
    assert_eq!(exits, [223]);
}

#[test]
fn enters_only_from_fourteen_to_three_days_before_the_event() {
    let check = |event_in: i64, expect: Option<Action>| {
        let outcome = run(&tape(&DIP[..2], Some(event_in)), &[]);
        assert_eq!(outcome.signals.first().map(|signal| signal.action), expect, "event {} h ahead", event_in / HOUR);
        assert!(outcome.scores[200] < -1.5, "there is a score all the same");
    };
    let at_dip = 200 * POLL;
    check(at_dip + 14 * DAY + 21 * POLL, None);
    check(at_dip + 14 * DAY, Some(Action::Buy));
    check(at_dip + 3 * DAY, Some(Action::Buy));
    check(at_dip + 3 * DAY - 1, None);
    check(at_dip - HOUR, None);
}

#[test]
fn exits_when_the_blackout_begins_unless_told_not_to() {
    let tape = tape(&[(0.5, 200), (0.4, 40)], Some(210 * POLL + 3 * DAY));
    let exits = |flatten: bool| -> Vec<u32> {
        let outcome = run(&tape, &[("flatten_at_blackout", flatten.into())]);
        outcome.signals.iter().filter(|s| s.action == Action::Exit).map(|s| s.row).collect()
    };
    assert_eq!(exits(true), [211]);
    assert_eq!(exits(false), [] as [u32; 0]);
}

#[test]
fn the_close_replaces_an_unknown_event_time() {
    let mut tape = tape(&DIP[..2], None);
    tape.markets_mut()[0].closes = Some(200 * POLL + 2 * DAY);
    assert_eq!(run(&tape, &[]).signals, []);
}

#[test]
fn falls_back_to_the_last_price_and_has_no_score_without_any_price() {
    let mut tape = tape(&[(0.5, 300)], None);
    let row = |bid, ask, last| Row { last, ..Row::quote(0, 300 * POLL, bid, ask) };
    let absent = f64::NAN;
    tape.push(row(0.4, absent, 0.41));
    tape.push(row(absent, absent, absent));
    tape.push(row(0.42, 0.44, 0.9));
    let scores = run(&tape, &[]).scores;
    let mut literal = Literal { min_history_hours: 0.5, ..Literal::new(1.0, 120.0) };
    for (row, score) in tape.rows().zip(&scores) {
        let Some(mid) = row.mid().or(row.last()) else {
            assert!(score.is_nan());
            continue;
        };
        literal.push(row.time, mid);
        match literal.score() {
            Some(expect) => assert!((score - expect).abs() < 1e-9),
            None => assert!(score.is_nan()),
        }
    }
    assert!(scores[300] < -1.0 && scores[301].is_nan() && !scores[302].is_nan());
}

#[test]
fn refuses_parameters_that_contradict_each_other() {
    let check = |name: &str, value: Value, poll: i64, expected: &str| {
        let error = Run::<MeanReversion>::new(&Tape::new(poll)).set(name, value).start().unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check("window_points", 1_000.into(), POLL, "there would never be a score");
    check("min_points", 10_001.into(), POLL, "lower the first");
    check("exit_distance", 1.5.into(), POLL, "before the opposite entry");
    check("ema_span_hours", 0.5.into(), HOUR, "less than one poll interval");
    check("threshold", 0.0.into(), POLL, "`threshold` is the number 0, but must be a number within 0.1 to 100");
    check("min_points", true.into(), POLL, "must be a whole number");
}

#[test]
fn the_manifest_has_the_case_studys_defaults() {
    let manifest = MeanReversion::describe();
    let default = |name: &str| manifest.parameters.iter().find(|p| p.name == name).unwrap().default.clone();
    assert_eq!(default("ema_span_hours"), Value::Number(48.0));
    assert_eq!(default("threshold"), Value::Number(1.5));
    assert_eq!(default("min_history_hours"), Value::Number(72.0));
    assert_eq!(default("min_points"), Value::Integer(100));
    assert_eq!(default("window_points"), Value::Integer(10_000));
    assert_eq!(default("event_blackout_days"), Value::Number(3.0));
    assert_eq!(default("max_days_to_event"), Value::Number(14.0));
    assert_eq!(default("exit_distance"), Value::Number(0.0));
    assert_eq!(default("min_deviation"), Value::Number(0.001));
    assert!(!manifest.feedback && manifest.parameters.iter().all(|parameter| !parameter.doc.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_any_size_and_a_successor_decide_alike(
        seed in any::<u64>(), window in 100i64..400, at in 0usize..3_000,
    ) {
        let mut tape = RandomWalk { seed, markets: 3, polls: 1_000, one_sided: 0.05, ..RandomWalk::default() }.tape();
        let start = tape.rows().next().unwrap().time;
        tape.markets_mut()[1].event_time = Some(start + 3 * DAY + 4 * HOUR);
        tape.markets_mut()[2].closes = Some(start + 5 * HOUR);
        let mut parameters = quick();
        parameters.push(("window_points".into(), window.into()));
        check_splits::<MeanReversion>(&tape, &parameters).unwrap();
        check_take_over::<MeanReversion>(&tape, &parameters, at).unwrap();
    }
}
