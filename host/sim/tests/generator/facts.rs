//! Compares how generated markets look with recordings (market-facts, in the data folder).
//!
//! Columns: K = Kalshi KXHIGHNY, a daily event polled every 30 s; F = Polymarket Fed, a multi-week event every 5 min;
//! B = Kalshi 15-minute bitcoin markets. All figures of mids are those of tight books: both sides, at most two cents
//! apart, at both ends of a change. Figures with a scale (cents) must lie between F and K: weekly to quarterly events
//! move less than a daily one, and the Fed market is a calm one. Tolerances are wide because the recordings are a small
//! sample, and they were set while the generator was fitted, so they guard against drift; they are no independent proof
//! of likeness. What prices do after they moved, and what fills are worth, is in `edge.rs`.

use crate::figures::{DAY, FIVE_MINUTES, Figures, mean, quantiles};
use crate::{START, settings};
use host_core::{Quotes, Span};
use host_sim::generator::{Generator, GeneratorSettings};

/// A figure: name, generated value, lower and upper bound, and the recordings' values.
type Fact = (&'static str, f64, f64, f64, &'static str);

#[test]
fn markets_look_like_the_recordings() {
    let mut generator = Generator::new(GeneratorSettings { span: Span::days(60), ..settings(START, 1) });
    let (mut f, mut quotes) = (Figures::new(generator.markets()), Quotes::default());
    while generator.next_batch(&mut quotes) {
        f.batch(quotes.all());
    }
    let facts = [changes(&f), books(&f), calendar(&f)].concat();
    println!("{:<46} {:>10} {:>10} {:>10}  recorded", "figure", "generated", "least", "most");
    for (figure, generated, least, most, recorded) in &facts {
        println!("{figure:<46} {generated:>10.3} {least:>10.3} {most:>10.3}  {recorded}");
    }
    let off: Vec<_> = facts.iter().filter(|fact| !(fact.2..=fact.3).contains(&fact.1)).map(|fact| fact.0).collect();
    assert!(off.is_empty(), "out of tolerance: {off:?}");
}

/// Movements of mids. The recordings' largest changes are given as multiples of their standard deviation.
fn changes(f: &Figures) -> Vec<Fact> {
    let deviation = f.variance(1).sqrt();
    let sizes: Vec<f64> = f.changes(1).map(|change| change.cents.abs()).collect();
    let moved = mean(sizes.iter().copied().filter(|size| *size > 0.0));
    let kurtosis = mean(sizes.iter().map(|size| size.powi(4))) / deviation.powi(4);
    let most = sizes.iter().copied().fold(0.0, f64::max);
    let days = f.changes(FIVE_MINUTES).count() as f64 / DAY as f64;
    let jumps = f.changes(FIVE_MINUTES).filter(|change| change.cents.abs() >= 3.0).count() as f64;
    // Ten overlapping changes show each jump.
    let jumps = jumps / FIVE_MINUTES as f64 / days;
    let middle = f.volatility_between(45.0, 65.0);
    vec![
        ("polls with an unchanged mid, 30 s", f.unchanged(1), 0.72, 0.99, "K 0.74"),
        ("polls with an unchanged mid, 5 min", f.unchanged(FIVE_MINUTES), 0.42, 0.95, "K 0.42, F 0.95"),
        ("deviation of a change, 30 s, cents", deviation, 0.08, 1.03, "K 1.03"),
        ("mean absolute change when it moves, cents", moved, 0.5, 1.25, "K 1.21, F 0.81"),
        ("moves of 3 c in 5 min, a market and day", jumps, 0.1, 4.6, "F 0.125, K more than 4.6"),
        ("largest change, cents", most, 5.0, 80.0, "K 48"),
        ("kurtosis, 30 s", kurtosis, 20.0, 2_500.0, "K 204, F 1264 at 5 min; Gaussian 3"),
        ("volatility at 10-20 c / at 45-65 c", f.volatility_between(10.0, 20.0) / middle, 0.4, 1.0, "K 0.55"),
        ("volatility at 20-30 c / at 45-65 c", f.volatility_between(20.0, 30.0) / middle, 0.6, 1.1, "K 0.67"),
    ]
}

/// Spreads and sizes. Market-facts counts K's spreads by rows of changes: 1 c 9 %, mean 5.7. Counted by polls of 30
/// s, as here, the same files without their first half-hours give 1 c 52 %, 2 c 19 %, 3 c 11 %, mean 2.3.
fn books(f: &Figures) -> Vec<Fact> {
    let spreads: Vec<usize> = f.spreads[0].iter().zip(&f.spreads[1]).map(|(week, weekend)| week + weekend).collect();
    let all = spreads.iter().sum::<usize>() as f64;
    let share = |cents: usize| spreads[cents] as f64 / all;
    let [bad, one_sided] = [f.bad as f64 / f.middling as f64, f.one_sided as f64 / f.rows as f64];
    let [p5, p50, p95] = quantiles(f.sizes.clone(), [0.05, 0.5, 0.95]);
    vec![
        ("spread 1 c", share(1), 0.40, 0.80, "K 0.52 by polls, F 0.82, B 0.81"),
        ("spread 2 c", share(2), 0.12, 0.42, "K 0.19 by polls, F 0.14 to 0.42, B 0.16"),
        ("spread 3 c", share(3), 0.02, 0.15, "K 0.11 by polls, F 0.02, B 0.02"),
        ("spread, mean, cents", mean_spread(&spreads), 1.2, 2.6, "K 2.3 by polls, F 1.3"),
        ("one-sided rows, at any price", one_sided, 0.0005, 0.02, "K 0.004"),
        ("rows lacking a side or 12 c wide, at 10-90 c", bad, 0.003, 0.006, "F 0.004"),
        ("size at the bid, 5 %", p5, 13.0, 200.0, "F 110 to 200, B 13"),
        ("size at the bid, median", p50, 540.0, 4_400.0, "F 3000 to 4400, B 540"),
        ("size at the bid, 95 %", p95, 2_787.0, 110_000.0, "F 30000 to 110000, B 2787"),
    ]
}

/// Effects of time of day and weekday. The recordings are too short to show how much weekends differ; the case study
/// says that they are thinner.
fn calendar(f: &Figures) -> Vec<Fact> {
    let [weekday, weekend] = [0, 1].map(|kind| quantiles(f.volumes[kind].clone(), [0.05, 0.5])[1]);
    let spreads = [0, 1].map(|kind| mean_spread(&f.spreads[kind]));
    let allowed = f.volumes.iter().flatten().filter(|volume| **volume * 0.03 >= 50.0).count() as f64;
    let sampled = f.volumes.iter().map(Vec::len).sum::<usize>() as f64;
    vec![
        ("mid changes, busiest / quietest hour", f.busiest_to_quietest_hour(), 3.0, 5.0, "4"),
        ("median volume, weekend / weekday", weekend / weekday, 0.4, 0.85, "thinner (case study)"),
        ("mean spread, weekend / weekday", spreads[1] / spreads[0], 1.05, 1.8, "thinner (case study)"),
        ("rows where 3 % of volume is 50 contracts", allowed / sampled, 0.80, 1.0, "none"),
    ]
}

fn mean_spread(spreads: &[usize]) -> f64 {
    let sum: usize = spreads.iter().enumerate().map(|(cents, rows)| cents * rows).sum();
    sum as f64 / spreads.iter().sum::<usize>() as f64
}
