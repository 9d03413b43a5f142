//! Tests that the harness catches answers that the host would refuse, and strategies that look ahead or forget.

use strategy_sdk::harness::{RandomWalk, Run, Tape, check_splits, check_take_over};
use strategy_sdk::time::{Duration, SECOND};
use strategy_sdk::{
    About, Action, Batch, Decisions, Market, Reader, Row, Signal, Stateful, Strategy, Writer, parameters,
};

parameters! {
    /// The misbehaviour of the strategy under test.
    struct Faults {
        look_ahead: bool = false;
        forgets: bool = false;
        confidence: f64 = 1.0;
        row: i64 = 0;
        scores: i64 = 1;
        refuses: bool = false;
    }
}

/// Scores each row with the number of times that the bid has risen so far.
#[derive(Debug)]
struct Rises {
    faults: Faults,
    rises: u64,
    bid: f64,
}

impl Strategy for Rises {
    type Parameters = Faults;
    const ABOUT: About = About { name: "rises", version: "1.2.3", summary: "Counts." };

    fn new(faults: Faults, _: Duration) -> Result<Rises, String> {
        Ok(Rises { faults, rises: 0, bid: f64::NAN })
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        if self.faults.refuses {
            return Err("no".into());
        }
        let last = batch.quotes.bid.last().copied().unwrap_or(0.0);
        for row in batch.quotes.rows() {
            if row.bid > self.bid {
                self.rises += 1;
                let signal = Signal { confidence: self.faults.confidence, ..Signal::new(&row, Action::Buy) };
                decisions.signals.push(Signal { row: row.index + self.faults.row as u32, ..signal });
            }
            self.bid = row.bid;
            let peek = if self.faults.look_ahead { last } else { 0.0 };
            decisions.scores.extend((0..self.faults.scores).map(|_| self.rises as f64 + peek));
        }
        Ok(())
    }
}

impl Stateful for Rises {
    const STATE_VERSION: u32 = 3;

    fn save(&self) -> Result<Vec<u8>, String> {
        let mut writer = Writer::new();
        writer.unsigned(self.rises);
        writer.float(if self.faults.forgets { f64::NAN } else { self.bid });
        Ok(writer.finish())
    }

    fn restore(&mut self, _version: u32, payload: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(payload);
        (self.rises, self.bid) = (reader.unsigned()?, reader.float()?);
        reader.finish()
    }
}

fn walk() -> Tape {
    RandomWalk { polls: 300, ..RandomWalk::default() }.tape()
}

#[test]
fn a_sound_strategy_passes() {
    let outcome = Run::<Rises>::new(&walk()).go().unwrap();
    assert_eq!(outcome.scores[299], outcome.signals.len() as f64);
    check_splits::<Rises>(&walk(), &[]).unwrap();
    check_take_over::<Rises>(&walk(), &[], 150).unwrap();
}

#[test]
fn a_strategy_that_looks_ahead_is_caught() {
    let error = check_splits::<Rises>(&walk(), &[("look_ahead".into(), true.into())]).unwrap_err();
    assert!(error.contains("batches of 1 rows against one batch: row 0 scores"), "{error}");
}

#[test]
fn a_strategy_that_forgets_is_caught() {
    // The successor takes over just before a rise, and misses it.
    let tape = walk();
    let rise = Run::<Rises>::new(&tape).go().unwrap().signals[3].row as usize;
    let error = check_take_over::<Rises>(&tape, &[("forgets".into(), true.into())], rise).unwrap_err();
    assert!(error.contains(&format!("taken over at row {rise}: row {rise} scores")), "{error}");
}

#[test]
fn an_answer_that_the_host_would_refuse_is_refused() {
    let check = |name: &str, value: strategy_sdk::Value, expected: &str| {
        let error = Run::<Rises>::new(&walk()).set(name, value).go().unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check("confidence", 1.01.into(), "has confidence 1.01, outside 0 to 1");
    check("row", 300i64.into(), "of 300");
    check("scores", 2i64.into(), "600 scores for 300 rows");
    check("refuses", true.into(), "rows 0..300: no");
    check("refuse", true.into(), "there is no parameter `refuse`");
}

#[test]
fn answers_must_obey_the_contract() {
    let signal = |row| Signal { row, ..Signal::new(&Row::quote(0, 0, 0.4, 0.5), Action::Exit) };
    let check = |signals: Vec<Signal>, expected: &str| {
        let error = Decisions { signals, scores: Vec::new() }.validate(2).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check(vec![signal(1), signal(0)], "answers row 0 after row 1");
    check(vec![Signal { confidence: f64::NAN, ..signal(0) }], "has confidence NaN");
    check(vec![Signal { price: Some(1.5), ..signal(0) }], "has price");
    check(vec![Signal { metadata: vec![("z".into(), f64::INFINITY)], ..signal(0) }], "metadata `z` = inf");
    assert_eq!(Decisions { signals: vec![signal(0), signal(0), signal(1)], scores: vec![0.0; 2] }.validate(2), Ok(()));
}

#[test]
fn foreign_snapshots_are_refused() {
    let mut strategy = Run::<Rises>::new(&walk()).start().unwrap();
    let own = strategy.snapshot().unwrap();
    assert_eq!((own.schema.as_str(), own.version), ("rises", 3));
    let refused = |snapshot| strategy.take_over(&snapshot).unwrap_err();
    let mut refused = refused;
    assert!(refused(strategy_sdk::Snapshot { schema: "falls".into(), ..own.clone() }).contains("`falls`"));
    assert!(refused(strategy_sdk::Snapshot { version: 4, ..own.clone() }).contains("layouts up to 3"));
    assert!(refused(strategy_sdk::Snapshot { payload: own.payload[1..].to_vec(), ..own.clone() }).contains("ends in"));
    assert_eq!(strategy.take_over(&strategy_sdk::Snapshot { version: 2, ..own }), Ok(()));
}

#[test]
fn a_poll_interval_must_be_positive() {
    assert!(Run::<Rises>::new(&Tape::new(0)).start().unwrap_err().contains("must be positive"));
}

#[test]
fn csv_is_read_as_a_tape_or_refused_with_the_reason() {
    let tape = Tape::from_csv("market, bid ,time\nA,0.4,0.0\nB,,30.5\n\nA,0.41,60000000000\n", 30 * SECOND).unwrap();
    let rows: Vec<(u32, i64, Option<f64>)> = tape.rows().map(|row| (row.market, row.time, row.bid())).collect();
    assert_eq!(rows, [(0, 0, Some(0.4)), (1, 30_500_000_000, None), (0, 60 * SECOND, Some(0.41))]);
    assert_eq!(tape.markets()[1].ticker, "B");
    let check = |text: &str, expected: &str| {
        let error = Tape::from_csv(text, SECOND).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check("", "is empty");
    check("time,price\n", "no column `price`");
    check("time,market,bid\n0,A\n", "line 2: has 2 cells where the header has 3");
    check("time,market,bid\n0,A,x\n", "line 2: `bid` is `x`, not a number");
    check("time,market\nnoon,A\n", "line 2: `time` is `noon`");
    check("time,market\n5,A\n4,A\n", "row 1 is at 4, before the row above it");
}

#[test]
fn a_tape_with_an_unknown_market_is_refused() {
    let mut tape = Tape::default();
    tape.list(Market::default());
    tape.push(Row::quote(1, 0, 0.4, 0.5));
    assert!(Run::<Rises>::new(&tape).go().unwrap_err().contains("of market 1, which the tape does not list"));
}

#[test]
fn rows_hold_the_columns_values_and_absent_ones_are_none() {
    let mut tape = Tape::default();
    tape.list(Market::default());
    for time in 0..5 {
        let bid = if time == 3 { f64::NAN } else { 0.4 };
        tape.push(Row { bid_size: 7.0, last: 0.45, ..Row::quote(0, time, bid, 0.5) });
    }
    let quotes = tape.quotes(0..5);
    let rows: Vec<Row> = quotes.rows_in(2..9).collect();
    assert_eq!(rows.iter().map(|row| row.index).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!((rows[0].mid(), rows[0].spread().map(|spread| (spread * 100.0).round())), (Some(0.45), Some(10.0)));
    assert_eq!((rows[1].bid(), rows[1].mid(), rows[1].ask(), rows[1].last()), (None, None, Some(0.5), Some(0.45)));
    assert_eq!((rows[0].bid_size(), rows[0].ask_size(), rows[0].volume()), (Some(7.0), None, None));
    let ragged = strategy_sdk::Quotes { bid: &quotes.bid[..2], ..quotes };
    assert_eq!((ragged.len(), ragged.rows().count()), (2, 2));
}

#[test]
fn the_walk_depends_on_its_seed_alone_and_keeps_valid_prices() {
    let walk = RandomWalk { markets: 4, polls: 3_000, one_sided: 0.1, jumps: 0.3, ..RandomWalk::default() };
    assert_eq!(format!("{:?}", walk.tape()), format!("{:?}", walk.tape()));
    assert_ne!(walk.tape(), RandomWalk { seed: 2, ..walk }.tape());
    for row in walk.tape().rows() {
        assert!(row.spread().is_none_or(|spread| spread > 0.0), "{row:?}");
        assert!([row.bid(), row.ask()].into_iter().flatten().all(|price| (0.02..=0.98).contains(&price)), "{row:?}");
    }
}
