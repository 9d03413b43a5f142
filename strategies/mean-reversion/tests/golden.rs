//! Scores and signals must stay the same bits, however windows are stored. The digests were taken while windows still
//! held each price and gap in full.

#![allow(clippy::unwrap_used, reason = "a helper of tests may fail loudly")]

use mean_reversion::MeanReversion;
use strategy_sdk::harness::{Outcome, Random, RandomWalk, Run, Tape, feed};
use strategy_sdk::time::{HOUR, MILLISECOND, SECOND};
use strategy_sdk::{Market, Row, Stateful, Value};

/// Returns the number of scores, and a digest (FNV-1a) of all scores and signals.
fn digest(outcome: &Outcome) -> (usize, u64) {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |value: u64| {
        for byte in value.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let bits = |figure: f64| if figure.is_nan() { u64::MAX } else { figure.to_bits() };
    outcome.scores.iter().for_each(|&score| add(bits(score)));
    for signal in &outcome.signals {
        add(u64::from(signal.row));
        add(signal.action as u64);
        add(bits(signal.price.unwrap_or(f64::NAN)));
        add(bits(signal.confidence));
        signal.metadata.iter().for_each(|&(_, figure)| add(bits(figure)));
    }
    (outcome.scores.iter().filter(|score| !score.is_nan()).count(), hash)
}

fn run(tape: &Tape, window: i64) -> (usize, u64) {
    let hours = [("ema_span_hours", 1.0), ("min_history_hours", 0.5)];
    let hours = hours.map(|(name, value)| (name.to_owned(), Value::Number(value)));
    let parameters: Vec<_> = hours.into_iter().chain([("window_points".to_owned(), window.into())]).collect();
    digest(&Run::<MeanReversion>::new(tape).with(&parameters).batch_rows(1_000).go().unwrap())
}

/// Returns the digest of the state that is saved after `rows` rows.
fn saved(tape: &Tape, rows: usize) -> u64 {
    let mut strategy = Run::<MeanReversion>::new(tape).start().unwrap();
    feed(&mut strategy, tape, 0..rows, 1_000).unwrap();
    let payload = strategy.snapshot().unwrap().payload;
    payload.iter().fold(0, |hash: u64, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns a tape whose times jitter and leave gaps of up to months, with prices of which some are off any grid.
fn ragged(seed: u64) -> Tape {
    let walk = RandomWalk { seed, markets: 2, polls: 6_000, tick: 0.001, one_sided: 0.1, ..RandomWalk::default() };
    let mut random = Random(seed);
    let mut tape = Tape::new(30 * SECOND);
    (0..2).for_each(|_| _ = tape.list(Market::default()));
    let mut later = 0;
    for row in walk.tape().rows() {
        later += match random.below(3_000) {
            0 => random.below(60 * 24) as i64 * HOUR,
            1..=9 => random.below(200) as i64 * SECOND,
            _ => 0,
        };
        if random.below(20) == 0 {
            continue;
        }
        // Market 0 keeps to the grid, apart from a few hours; the other one never does.
        let is_off = row.market == 1 || (2_000..2_300).contains(&(row.index / 2));
        let off = if is_off { random.unit() * 1e-3 } else { 0.0 };
        // Both markets get a time of their own.
        let time = row.time + later + i64::from(row.market) * 10 * SECOND + random.below(9_000) as i64 * MILLISECOND;
        tape.push(Row { time, bid: row.bid + off, ..row });
    }
    tape
}

#[test]
fn scores_and_signals_are_the_same_bits_as_ever() {
    let walk = RandomWalk { markets: 3, polls: 12_500, ..RandomWalk::default() };
    let found = [
        digest(&Run::<MeanReversion>::new(&walk.tape()).batch_rows(4_500).go().unwrap()),
        run(&RandomWalk { seed: 2, moves: 0.9, jumps: 0.1, polls: 5_000, ..walk }.tape(), 1_000),
        run(&RandomWalk { seed: 3, tick: 0.0001, moves: 0.9, polls: 5_000, ..walk }.tape(), 129),
        run(&RandomWalk { seed: 4, tick: 0.001, moves: 0.0, polls: 2_000, ..walk }.tape(), 300),
        run(&ragged(5), 100),
        run(&ragged(6), 777),
        run(&ragged(7), 4_000),
    ];
    let expect = [
        (11_580, 14_819_170_926_659_875_193),
        (14_703, 6_935_194_238_472_061_149),
        (1_269, 14_134_250_231_625_602_234),
        (0, 774_799_076_554_058_149),
        (10_128, 8_953_195_855_246_739_398),
        (11_227, 14_279_157_663_317_517_291),
        (11_200, 942_377_118_545_038_867),
    ];
    assert_eq!(found, expect);
}

#[test]
fn saved_states_are_the_same_bytes_as_ever() {
    let walk = RandomWalk { polls: 10_300, ..RandomWalk::default() }.tape();
    let ragged = ragged(8);
    let found = [
        saved(&walk, 0),
        saved(&walk, 1),
        saved(&walk, 64),
        saved(&walk, 10_000),
        saved(&walk, 10_001),
        saved(&walk, 10_300),
        saved(&ragged, 1_000),
        saved(&ragged, ragged.len()),
    ];
    let expect = [
        1_298_579_903_171_283_204,
        9_780_112_149_460_479_324,
        16_758_731_305_996_200_471,
        1_304_289_584_596_721_986,
        13_315_577_647_684_509_579,
        3_652_472_851_774_882_162,
        33_519_423_572_355_040,
        2_412_501_218_597_123_968,
    ];
    assert_eq!(found, expect);
}
