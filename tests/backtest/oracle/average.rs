//! An average of 200 mids on a long random walk: the wish on the row after an exit is heard, so that all round trips of
//! an engine of a few lines happen in the host as well.

use std::fmt::Write as _;

use super::draws::Draws;
use super::seed;
use super::settings::{FillModel, Pricing, Settings, decimal};
use super::words::DOLLAR;
use crate::support::environment::Environment;
use crate::support::strategies::{average, environment};
use crate::support::tapes;

const TICKS: usize = 60_000;
const SPAN: f64 = 200.0;
const EDGE: f64 = 100.0;
const SIZE: i128 = 10;

/// Bid and ask on a grid of cents.
fn walk(draws: &mut Draws) -> Vec<(i128, i128)> {
    let mut cents = 50;
    let step = |_| {
        cents = (cents + draws.between(-1, 1)).clamp(5, 95);
        (100 * cents, 100 * (cents + draws.pick(&[1, 1, 2])))
    };
    (0..TICKS).map(step).collect()
}

/// Returns the number of fills and the profit in 1/10,000 dollar: it buys at the ask when flat and the mid is the edge
/// or more below the average, and sells at the bid when the mid is at or above it.
fn literal(walk: &[(i128, i128)]) -> (u64, i128) {
    let (mut average, mut held, mut fills, mut cash) = (None, 0, 0, 0);
    for &(bid, ask) in walk {
        let mid = (bid + ask) as f64 / 2.0;
        let now = average.map_or(mid, |last| last + (mid - last) * 2.0 / (SPAN + 1.0));
        average = Some(now);
        if held == 0 && now - mid >= EDGE {
            (held, fills, cash) = (SIZE, fills + 1, cash - SIZE * ask);
        } else if held > 0 && mid >= now {
            (held, fills, cash) = (0, fills + 1, cash + SIZE * bid);
        }
    }
    let (bid, ask) = walk[walk.len() - 1];
    (fills, cash + held * (bid + ask) / 2)
}

fn host(environment: &Environment, fill_model: FillModel) -> (u64, i128) {
    let settings =
        Settings { fill_model, entry_pricing: Pricing::Cross, exit_pricing: Pricing::Cross, ..Settings::plain() };
    environment.write("host.toml", settings.toml());
    let json = environment.run(&format!("backtest --strategy {} --tape tape --format json", average())).success();
    let report = tapes::figures(&json);
    assert_eq!(report.rejections.len(), 0, "{:?}", report.rejections);
    (report.fills, i128::from(report.net_pnl.0.0) / super::words::CONTRACT)
}

#[test]
fn both_agree_on_an_average_of_200_mids_over_60_000_rows() {
    let walk = walk(&mut Draws::new(seed()));
    let mut csv = "time,market,bid,ask\n".to_owned();
    for (second, &(bid, ask)) in walk.iter().enumerate() {
        let _ = writeln!(csv, "{},W-1,{},{}", 1_767_571_200 + second, decimal(bid, DOLLAR), decimal(ask, DOLLAR));
    }
    let environment = environment();
    environment.write("quotes.csv", csv);
    environment.run("data import quotes.csv --out tape").success();
    let expected = literal(&walk);
    assert!(expected.0 > 500, "{expected:?}");
    for model in [FillModel::Instant, FillModel::Touch] {
        assert_eq!(host(&environment, model), expected, "{model:?}, PROPTEST_RNG_SEED={}", seed());
    }
}
