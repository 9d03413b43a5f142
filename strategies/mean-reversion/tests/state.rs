//! Tests the size of the state, and the states that a successor takes over or refuses.

use mean_reversion::MeanReversion;
use strategy_sdk::harness::{Random, RandomWalk, Run, Tape, check_take_over, feed};
use strategy_sdk::time::{DAY, HOUR, MILLISECOND};
use strategy_sdk::{Market, Row, Snapshot, Stateful, Strategy, Value};

/// Returns a walk with more polls than the default window holds.
fn full() -> RandomWalk {
    RandomWalk { polls: 10_400, markets: 2, ..RandomWalk::default() }
}

#[test]
fn a_market_takes_little_memory() {
    let check = |tape: &Tape, most: usize| {
        let mut strategy = Run::<MeanReversion>::new(tape).start().unwrap();
        feed(&mut strategy, tape, 0..400, 100).unwrap();
        assert!(strategy.market_bytes(0) < 3_000, "a short history is small: {}", strategy.market_bytes(0));
        feed(&mut strategy, tape, 400..tape.len(), 4_500).unwrap();
        assert!((most / 2..=most).contains(&strategy.market_bytes(0)), "{} of {most}", strategy.market_bytes(0));
    };
    check(&full().tape(), 24_000);
    // As a live host polls: at no exact interval, and some prices a ten-thousandth apart.
    let mut random = Random(1);
    let mut late = |tape: &Tape| {
        let mut live = Tape::default();
        (0..2).for_each(|_| _ = live.list(Market::default()));
        let mut delay = 0;
        for row in tape.rows() {
            delay = if row.market == 0 { random.below(2_000) as i64 * MILLISECOND } else { delay };
            live.push(Row { time: row.time + delay, ..row });
        }
        live
    };
    check(&late(&RandomWalk { tick: 0.0001, ..full() }.tape()), 46_000);
}

#[test]
fn a_market_that_is_over_or_silent_is_forgotten() {
    let mut tape = full().tape();
    let end = tape.rows().last().unwrap().time;
    tape.markets_mut()[0].closes = Some(end + HOUR);
    let mut strategy = Run::<MeanReversion>::new(&tape).start().unwrap();
    feed(&mut strategy, &tape, 0..tape.len(), 4_500).unwrap();
    let later = |days: i64| {
        let mut tape = Tape::default();
        (0..3).for_each(|_| _ = tape.list(Market::default()));
        tape.push(Row::quote(2, end + days * DAY, 0.4, 0.5));
        tape
    };
    let mut left = |days: i64| {
        // Shows the row without the markets, so that market 0 keeps its close.
        let tape = later(days);
        let batch = strategy_sdk::Batch { quotes: tape.quotes(0..1), ..Default::default() };
        strategy.on_batch(&batch, &mut Default::default()).unwrap();
        [0, 1].map(|market| strategy.market_bytes(market))
    };
    let [over, other] = left(2);
    assert!(over == 0 && other > 1_000, "nothing is left of a market that is over: {over}, {other}");
    let [_, silent] = left(52);
    assert!(silent < 1_000, "no window is left of a silent market: {silent}");
}

#[test]
fn a_successor_decides_as_if_there_had_been_no_swap() {
    let tape = full().tape();
    for at in [0, 1, 130, 9_999 * 2, 10_000 * 2, 10_063 * 2 + 1, 10_300 * 2] {
        check_take_over::<MeanReversion>(&tape, &[], at).unwrap();
    }
}

#[test]
fn a_successor_with_another_window_keeps_what_fits() {
    let tape = RandomWalk { polls: 600, ..RandomWalk::default() }.tape();
    let parameters = |window: i64| -> Vec<(String, Value)> {
        let hours = [("ema_span_hours", 1.0), ("min_history_hours", 0.5)];
        let hours = hours.map(|(name, value)| (name.to_owned(), Value::Number(value)));
        hours.into_iter().chain([("window_points".to_owned(), window.into())]).collect()
    };
    let mut old = Run::<MeanReversion>::new(&tape).with(&parameters(300)).start().unwrap();
    feed(&mut old, &tape, 0..500, 100).unwrap();
    for window in [100, 200, 1_000] {
        let mut new = Run::<MeanReversion>::new(&tape).with(&parameters(window)).start().unwrap();
        new.take_over(&old.snapshot().unwrap()).unwrap();
        let scores = feed(&mut new, &tape, 500..600, 100).unwrap().scores;
        assert!(scores.iter().all(|score| !score.is_nan()), "warm at once with {window}");
    }
}

#[test]
fn a_damaged_or_foreign_state_is_refused_and_never_panics() {
    let tape = RandomWalk { polls: 400, ..RandomWalk::default() }.tape();
    let parameters = [("min_history_hours".to_owned(), 0.5.into()), ("window_points".to_owned(), 150.into())];
    let run = Run::<MeanReversion>::new(&tape).with(&parameters);
    let mut old = run.start().unwrap();
    feed(&mut old, &tape, 0..400, 400).unwrap();
    let good = old.snapshot().unwrap();
    let refused = |snapshot: &Snapshot| run.start().unwrap().take_over(snapshot).unwrap_err();
    assert!(refused(&Snapshot { schema: "other".into(), ..good.clone() }).contains("`other`"));
    assert!(refused(&Snapshot { version: 3, ..good.clone() }).contains("layout 3"));
    for cut in 0..good.payload.len() {
        refused(&Snapshot { payload: good.payload[..cut].to_vec(), ..good.clone() });
    }
    // A flipped bit may go unnoticed, but the strategy must not panic afterwards.
    for bit in 0..good.payload.len() * 8 {
        let mut payload = good.payload.clone();
        payload[bit / 8] ^= 1 << (bit % 8);
        let mut new = run.start().unwrap();
        if new.take_over(&Snapshot { payload, ..good.clone() }).is_ok() {
            feed(&mut new, &tape, 0..400, 400).unwrap();
        }
    }
}

/// The former layout had the states of all markets in the order of their numbers, without the numbers.
#[test]
fn a_state_of_the_former_layout_is_taken_over() {
    let tape = RandomWalk { polls: 400, markets: 1, ..RandomWalk::default() }.tape();
    let parameters = [("min_history_hours".to_owned(), 0.5.into())];
    let run = Run::<MeanReversion>::new(&tape).with(&parameters);
    let mut old = run.start().unwrap();
    feed(&mut old, &tape, 0..300, 300).unwrap();
    let state = old.snapshot().unwrap();
    assert_eq!(state.version, 2);
    let sweep = state.payload.iter().position(|byte| *byte < 0x80).unwrap() + 1;
    let (count, number) = (state.payload[sweep], state.payload[sweep + 1]);
    assert_eq!((count, number), (1, 0));
    let mut payload = state.payload.clone();
    payload.remove(sweep + 1);
    let mut new = run.start().unwrap();
    new.take_over(&Snapshot { version: 1, payload, ..state }).unwrap();
    let [old, new] = [&mut old, &mut new].map(|strategy| feed(strategy, &tape, 300..400, 100).unwrap().scores);
    assert_eq!(
        old.iter().map(|score| score.to_bits()).collect::<Vec<_>>(),
        new.iter().map(|score| score.to_bits()).collect::<Vec<_>>()
    );
}
