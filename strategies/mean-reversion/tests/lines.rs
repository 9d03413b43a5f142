//! The lines for charts against a computation of their own.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use mean_reversion::MeanReversion;
use strategy_sdk::harness::RandomWalk;
use strategy_sdk::time::{Duration, HOUR};
use strategy_sdk::{Batch, Charted, Decisions, Settings, Strategy, Value};

const POLL: Duration = HOUR / 12;

#[test]
fn the_lines_are_the_average_and_the_threshold_around_it() {
    let tape = RandomWalk { markets: 2, polls: 3_000, poll_interval: POLL, ..RandomWalk::default() }.tape();
    let number = |name: &str, value| (name.to_owned(), Value::Number(value));
    let parameters = vec![number("threshold", 1.25), number("min_history_hours", 24.0)];
    let mut strategy = MeanReversion::init(&Settings { parameters, poll_interval: POLL }).unwrap();
    // Exponential averages of all prices, and of the squared distances from them, as the case study writes them.
    let alpha = 2.0 / (48.0 * 12.0 + 1.0);
    let mut average: [Option<f64>; 2] = [None; 2];
    let mut distances: [Vec<f64>; 2] = [const { Vec::new() }; 2];
    let mut compared = 0;
    let quotes = tape.quotes(0..tape.len());
    for row in 0..quotes.market.len() {
        let market = quotes.market[row] as usize;
        let markets = if row == 0 { tape.markets() } else { &[] };
        let batch = Batch { markets, quotes: tape.quotes(row..row + 1), positions: &[], fills: &[] };
        strategy.on_batch(&batch, &mut Decisions::default()).unwrap();
        let mid = (quotes.bid[row] + quotes.ask[row]) / 2.0;
        let mean = average[market].map_or(mid, |mean| mean + alpha * (mid - mean));
        average[market] = Some(mean);
        distances[market].push(mid - mean);
        let values = strategy.values_of(&[market as u32]);
        if values[0].is_nan() {
            assert!(values.iter().all(|value| value.is_nan()));
            continue;
        }
        let count = distances[market].len() as f64;
        let center = distances[market].iter().sum::<f64>() / count;
        let variance = distances[market].iter().map(|distance| (distance - center).powi(2)).sum::<f64>() / count;
        let reach = 1.25 * variance.sqrt();
        for (value, expect) in values.iter().zip([mean, mean - reach, mean + reach]) {
            assert!((value - expect).abs() < 1e-7, "row {row}: {value} instead of {expect}");
        }
        compared += 1;
    }
    assert!(compared > 1_000, "{compared}");
    assert!(strategy.values_of(&[7]).iter().all(|value| value.is_nan()), "an unknown market has no lines");
}
