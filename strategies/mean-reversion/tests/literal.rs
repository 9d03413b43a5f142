//! Compares the constant-cost window with the case study's literal definition: equal within 1e-9.

mod common;

use common::Literal;
use mean_reversion::{Decay, Window, nanos_from_doubled_dollars};
use proptest::prelude::*;
use strategy_sdk::harness::Random;

const TOLERANCE: f64 = 1e-9;

/// Pushes `prices` to both, one per poll, and compares the score after every `every`-th. Returns the largest
/// difference.
fn compare(prices: &[f64], span_hours: f64, capacity: usize, every: usize) -> f64 {
    let mut literal = Literal { capacity, min_history_hours: 0.0, ..Literal::new(span_hours, 120.0) };
    let decay = Decay::new(literal.alpha);
    let mut window = Window::new(capacity as u32);
    let (mut worst, mut compared) = (0.0f64, 0);
    for (number, &price) in prices.iter().enumerate() {
        let time_ms = number as i64 * 30_000;
        literal.push(time_ms * 1_000_000, price);
        let nanos = nanos_from_doubled_dollars(price * 2.0);
        let summary = window.push(&decay, nanos, time_ms);
        if number % every != 0 && number + 1 != prices.len() {
            continue;
        }
        let deviation = summary.variance.max(0.0).sqrt() / 1e9;
        let score = summary.deviation / 1e9 / deviation;
        match literal.score() {
            Some(expect) => {
                compared += 1;
                worst = worst.max((score - expect).abs());
            }
            // Too few prices or too little movement, so the window must have too few or too little as well.
            None => assert!(window.count() < 100 || deviation < literal.min_deviation, "point {number}: {deviation}"),
        }
    }
    println!("span {span_hours:>4} h, window {capacity:>6}: {compared} scores, largest difference {worst:e}");
    worst
}

/// Returns mid prices on the half-tick grid: mostly quiet, with steps and jumps.
fn walk(seed: u64, points: usize) -> Vec<f64> {
    let mut random = Random(seed);
    let mut half_cents = 84i64;
    (0..points)
        .map(|_| {
            match random.below(100) {
                0 => half_cents += random.below(101) as i64 - 50,
                1..=20 => half_cents += random.below(3) as i64 - 1,
                _ => {}
            }
            half_cents = half_cents.clamp(4, 196);
            half_cents as f64 / 200.0
        })
        .collect()
}

#[test]
fn equals_the_literal_definition_over_full_windows_for_all_spans() {
    for span_hours in [1.0, 6.0, 48.0, 96.0] {
        assert!(compare(&walk(7, 23_000), span_hours, 10_000, 331) < TOLERANCE);
    }
}

#[test]
fn equals_it_at_every_point_of_small_windows() {
    for capacity in [100, 127, 128, 129, 191, 192, 193, 500] {
        assert!(compare(&walk(capacity as u64, 2_000), 1.0, capacity, 1) < TOLERANCE);
    }
}

#[test]
fn equals_it_where_the_price_hardly_ever_moves() {
    // Constant, one jump, constant until the jump has left the window, one tick.
    let mut prices = vec![0.425; 12_000];
    prices[700..].fill(0.915);
    prices[11_500..].fill(0.92);
    for span_hours in [1.0, 48.0, 96.0] {
        assert!(compare(&prices, span_hours, 10_000, 97) < TOLERANCE);
    }
    assert_eq!(compare(&[0.37; 15_000], 48.0, 10_000, 501), 0.0);
}

#[test]
fn equals_it_close_to_the_smallest_deviation() {
    // A distant price at first, then a flutter of a quarter of a cent: the worst case for cancellation.
    let prices: Vec<f64> =
        (0..21_000).map(|n| if n < 50 { 0.02 } else { 0.97 + f64::from(n % 4 / 2) * 0.0025 }).collect();
    for span_hours in [1.0, 48.0, 96.0] {
        assert!(compare(&prices, span_hours, 10_000, 113) < TOLERANCE);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equals_it_for_any_walk_window_and_span(
        seed in any::<u64>(), capacity in 100usize..1_500, span_hours in 1.0..96.0, points in 200usize..4_000,
    ) {
        prop_assert!(compare(&walk(seed, points), span_hours, capacity, 17) < TOLERANCE);
    }
}
