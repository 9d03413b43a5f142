//! Compares scores on real recordings with the literal definition. The recordings are not part of the project: without
//! them the tests are skipped.

#![allow(clippy::unwrap_used, reason = "a helper of tests may fail loudly")]

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use common::Literal;
use flate2::read::GzDecoder;
use mean_reversion::MeanReversion;
use strategy_sdk::harness::{Run, Tape, check_splits};
use strategy_sdk::time::{MINUTE, SECOND};
use strategy_sdk::{Market, Row, Value};

/// Returns the folder of recordings; if there is none, prints a note and returns `None`.
fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("HOST_REAL_DATA").map_or_else(beside, PathBuf::from);
    let found = folder.is_dir();
    if !found {
        println!("skipped: no real data");
    }
    found.then_some(folder)
}

/// Returns the cells of each line of a gzipped CSV file, without the header.
fn cells(path: &Path) -> Vec<Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Parses `YYYY-MM-DD?hh:mm:ss.ffffff` as nanoseconds since the start of the last day of the previous month.
fn time_in_month(text: &str) -> i64 {
    let field = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let seconds = ((field(8..10) * 24 + field(11..13)) * 60 + field(14..16)) * 60 + field(17..19);
    seconds * SECOND + format!("{:0<9}", text.get(20..26).unwrap_or("0")).parse::<i64>().unwrap()
}

/// Compares every `every`-th score of each market with the literal definition, and returns the number of scores
/// compared.
fn compare(tape: &Tape, literal: impl Fn() -> Literal, parameters: &[(String, Value)], every: usize) -> usize {
    let outcome = Run::<MeanReversion>::new(tape).with(parameters).go().unwrap();
    let mut literals: BTreeMap<u32, (usize, Literal)> = BTreeMap::new();
    let (mut compared, mut worst) = (0, 0.0f64);
    for (row, score) in tape.rows().zip(&outcome.scores) {
        let (count, literal) = literals.entry(row.market).or_insert_with(|| (0, literal()));
        let Some(mid) = row.mid().filter(|mid| (0.0..1.0).contains(mid)) else {
            assert!(score.is_nan(), "row {} has no mid", row.index);
            continue;
        };
        literal.push(row.time, mid);
        *count += 1;
        if *count % every == 0 {
            let expect = literal.score().unwrap_or(f64::NAN);
            assert_eq!(score.is_nan(), expect.is_nan(), "row {}: {score} for {expect}", row.index);
            worst = worst.max(if score.is_nan() { 0.0 } else { (score - expect).abs() });
            compared += usize::from(!score.is_nan());
        }
    }
    println!("{compared} scores of {} rows, largest difference {worst:e}", tape.len());
    assert!(worst < 1e-9);
    compared
}

#[test]
fn the_fed_market_scores_as_the_case_study_at_its_own_span() {
    let Some(folder) = data() else { return };
    let mut tape = Tape::new(5 * MINUTE);
    let market = tape.list(Market::default());
    for line in cells(&folder.join("polymarket_fed/orderbook_fed_oct15_31.csv.gz")) {
        let price = |column: usize| line[column].parse().unwrap_or(f64::NAN);
        tape.push(Row::quote(market, time_in_month(&line[0]), price(2), price(4)));
    }
    assert!(compare(&tape, || Literal::new(48.0, 12.0), &[], 1) > 1_000);
    check_splits::<MeanReversion>(&tape, &[]).unwrap();
}

#[test]
fn a_day_of_new_york_temperatures_scores_as_the_case_study_at_a_shorter_span() {
    let Some(folder) = data() else { return };
    let mut rows = cells(&folder.join("kalshi_kxhighny/market_data_KXHIGHNY-25DEC12.csv.gz"));
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    let mut tape = Tape::new(30 * SECOND);
    let mut ids = BTreeMap::new();
    for line in rows {
        let id = *ids.entry(line[1].clone()).or_insert_with(|| tape.list(Market::default()));
        let price = |column: usize| line[column].parse::<f64>().ok().filter(|cents| (1.0..100.0).contains(cents));
        let dollars = |column| price(column).map_or(f64::NAN, |cents| cents / 100.0);
        tape.push(Row::quote(id, time_in_month(&line[0]), dollars(2), dollars(5)));
    }
    // Every change of the book is a row here. The window counts whole milliseconds and the literal code does not, which
    // makes no difference for a history of whole hours.
    let literal = || Literal { min_history_hours: 3.0, capacity: 2_000, ..Literal::new(2.0, 120.0) };
    let parameters = [("ema_span_hours", Value::Number(2.0)), ("min_history_hours", 3.0.into())];
    let mut parameters: Vec<(String, Value)> = parameters.map(|(name, value)| (name.to_owned(), value)).to_vec();
    parameters.push(("window_points".into(), 2_000.into()));
    assert!(compare(&tape, literal, &parameters, 23) > 100);
}
