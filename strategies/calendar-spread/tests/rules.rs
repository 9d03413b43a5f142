//! Tests the rules: the markets that are paired, and the times at which the two legs are entered and exited.

use calendar_spread::CalendarSpread;
use proptest::prelude::*;
use strategy_sdk::harness::{Outcome, Random, Run, Tape, check_splits, check_take_over, feed};
use strategy_sdk::time::{DAY, HOUR, MINUTE};
use strategy_sdk::{Action, Market, Row, Snapshot, Stateful, Strategy, Value};

const POLL: i64 = 10 * MINUTE;

fn market(ticker: &str, event: &str, event_time: Option<i64>) -> Market {
    let [ticker, event] = [ticker, event].map(str::to_owned);
    Market { ticker, event, series: "RATE".into(), event_time, ..Market::default() }
}

/// Returns a tape with two dates of one contract, the far one listed first, whose mids are `near(poll)` and
/// `far(poll)`.
fn tape(polls: i64, near_event: i64, near: impl Fn(i64) -> f64, far: impl Fn(i64) -> f64) -> Tape {
    let mut tape = Tape::new(POLL);
    tape.list(market("RATE-NOV-T5", "RATE-NOV", Some(near_event + 30 * DAY)));
    tape.list(market("RATE-OCT-T5", "RATE-OCT", Some(near_event)));
    for poll in 0..polls {
        for (id, mid) in [(0, far(poll)), (1, near(poll))] {
            tape.push(Row::quote(id, poll * POLL, mid - 0.01, mid + 0.01));
        }
    }
    tape
}

/// The near mid. Both mids fall together at poll 400; the near one alone is expensive in polls 500 to 509, and then a
/// little cheap.
fn near(poll: i64) -> f64 {
    let own = match poll {
        500..510 => 0.05,
        510.. => -0.01,
        _ => 0.0,
    };
    far(poll) + 0.10 + own + if poll % 2 == 0 { 0.004 } else { -0.004 }
}

fn far(poll: i64) -> f64 {
    if poll < 400 { 0.5 } else { 0.3 }
}

/// Returns the rows at which a leg's action changes, with the new action.
fn changes(outcome: &Outcome) -> Vec<(u32, Action)> {
    let mut last = [None; 2];
    let all = outcome.signals.iter().map(|signal| (signal.row, signal.action));
    all.filter(|&(row, action)| last[row as usize % 2].replace(action) != Some(action)).collect()
}

#[test]
fn sells_the_expensive_leg_and_buys_the_cheap_one_until_the_spread_is_back() {
    let outcome = Run::<CalendarSpread>::new(&tape(600, 60 * DAY, near, far)).go().unwrap();
    // Row 2p is the far leg at poll p, and row 2p + 1 the near one, which completes the poll. So the far leg follows in
    // the next poll.
    assert_eq!(
        changes(&outcome),
        [(1001, Action::Sell), (1002, Action::Buy), (1021, Action::Exit), (1022, Action::Exit)]
    );
    assert!(outcome.scores[1001] > 2.0 && outcome.scores[1000].is_nan());
}

#[test]
fn a_move_of_both_markets_is_ignored() {
    let outcome = Run::<CalendarSpread>::new(&tape(500, 60 * DAY, near, far)).go().unwrap();
    assert_eq!(outcome.signals, []);
    assert!(outcome.scores.iter().skip(600).any(|score| !score.is_nan()));
}

#[test]
fn exits_both_legs_when_the_near_blackout_begins() {
    let stuck = |poll: i64| near(poll.min(504) - poll % 2);
    let outcome = Run::<CalendarSpread>::new(&tape(600, 505 * POLL + 2 * DAY, stuck, far)).go().unwrap();
    let late: Vec<_> = changes(&outcome).into_iter().filter(|(row, _)| *row >= 1010).collect();
    assert_eq!(late, [(1012, Action::Exit), (1013, Action::Exit)]);
}

#[test]
fn pairs_only_the_same_contract_on_different_dates() {
    let check = |markets: [Market; 2], expect: bool| {
        let mut tape = tape(600, 60 * DAY, near, far);
        for (listed, market) in tape.markets_mut().iter_mut().zip(&markets) {
            *listed = Market { id: listed.id, ..market.clone() };
        }
        let outcome = Run::<CalendarSpread>::new(&tape).go().unwrap();
        assert_eq!(outcome.scores.iter().any(|score| !score.is_nan()), expect, "{markets:?}");
    };
    let (october, november) = (Some(60 * DAY), Some(90 * DAY));
    check([market("RATE-NOV-T5", "RATE-NOV", november), market("RATE-OCT-T5", "RATE-OCT", october)], true);
    check([market("RATE-NOV-T5", "RATE-NOV", november), market("RATE-OCT-T6", "RATE-OCT", october)], false);
    check([market("RATE-OCT-T5", "RATE-OCT", october), market("RATE-OCT-T5", "RATE-OCT", october)], false);
    check([market("RATE-NOV-T5", "RATE-NOV", None), market("RATE-OCT-T5", "RATE-OCT", october)], false);
    let elsewhere = Market { series: "JOBS".into(), ..market("RATE-NOV-T5", "RATE-NOV", november) };
    check([elsewhere, market("RATE-OCT-T5", "RATE-OCT", october)], false);
}

#[test]
fn refuses_parameters_that_contradict_each_other() {
    let check = |name: &str, value: f64, expected: &str| {
        let error = Run::<CalendarSpread>::new(&Tape::new(HOUR)).set(name, value).start().unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check("exit_distance", 2.0, "below threshold");
    check("mean_span_hours", 0.5, "less than one poll interval");
    assert!(CalendarSpread::describe().parameters.iter().all(|parameter| !parameter.doc.is_empty()));
}

/// A tape of noisy mids, one pair, and the parameters by which it has many signals.
fn noisy(seed: u64) -> (Tape, [(String, Value); 1]) {
    let noise = |poll: i64, which: u64| Random(seed ^ which ^ (poll as u64) << 8).unit() * 0.05;
    let tape = tape(700, 60 * DAY, |poll| 0.5 + noise(poll, 1), |poll| 0.4 + noise(poll, 2));
    (tape, [("threshold".to_owned(), Value::Number(1.0))])
}

#[test]
fn a_damaged_or_foreign_state_is_refused_and_never_panics() {
    let (mut tape, parameters) = noisy(5);
    // One that waits for another date.
    tape.list(market("RATE-OCT-T6", "RATE-OCT", Some(60 * DAY)));
    let run = Run::<CalendarSpread>::new(&tape).with(&parameters);
    let mut old = run.start().unwrap();
    feed(&mut old, &tape, 0..1_000, 400).unwrap();
    let good = old.snapshot().unwrap();
    let refused = |snapshot: &Snapshot| run.start().unwrap().take_over(snapshot).unwrap_err();
    assert!(refused(&Snapshot { schema: "other".into(), ..good.clone() }).contains("`other`"));
    for cut in 0..good.payload.len() {
        refused(&Snapshot { payload: good.payload[..cut].to_vec(), ..good.clone() });
    }
    for bit in 0..good.payload.len() * 8 {
        let mut payload = good.payload.clone();
        payload[bit / 8] ^= 1 << (bit % 8);
        let mut new = run.start().unwrap();
        if new.take_over(&Snapshot { payload, ..good.clone() }).is_ok() {
            feed(&mut new, &tape, 1_000..tape.len(), 400).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_any_size_give_the_same_decisions_and_the_legs_stay_opposite(seed in any::<u64>()) {
        let (tape, parameters) = noisy(seed);
        check_splits::<CalendarSpread>(&tape, &parameters).unwrap();
        let outcome = Run::<CalendarSpread>::new(&tape).with(&parameters).go().unwrap();
        let mut held = [0i32; 2];
        for signal in &outcome.signals {
            let leg = &mut held[signal.row as usize % 2];
            match signal.action {
                Action::Buy => *leg = 1,
                Action::Sell => *leg = -1,
                Action::Exit => *leg = 0,
            }
            prop_assert!(held[0] * held[1] <= 0, "both legs on one side: {held:?}");
        }
        prop_assert!(!outcome.signals.is_empty());
    }

    #[test]
    fn a_successor_decides_as_if_there_had_been_no_swap(seed in any::<u64>(), at in 0usize..1_400) {
        let (tape, parameters) = noisy(seed);
        check_take_over::<CalendarSpread>(&tape, &parameters, at).unwrap();
    }
}
