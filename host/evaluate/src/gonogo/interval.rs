//! The interval that a profit factor lies in, as far as the trades tell.

use std::collections::BTreeMap;

use host_core::Usd;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Number of samples that the interval is taken from.
const SAMPLES: usize = 2_000;
/// Part of the samples that lies below, and above, the interval: 90 % lie in it.
const TAIL: f64 = 0.05;
/// Fewest events with trades that an interval is taken from.
const FEWEST: usize = 5;

/// An interval of 90 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub lower: f64,
    pub upper: f64,
}

/// Returns the interval of the profit factor of trades, given as the event of each with its profit: a bootstrap over
/// events, because trades of one event win and lose together. The same trades give the same interval. `None` for fewer
/// than five events.
pub(super) fn of_profit_factor<'a>(trades: impl IntoIterator<Item = (&'a str, Usd)>) -> Option<Interval> {
    let mut events: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (event, net) in trades {
        let (won, lost) = events.entry(event).or_default();
        let dollars = net.as_dollars();
        *won += dollars.max(0.0);
        *lost += (-dollars).max(0.0);
    }
    let sums: Vec<(f64, f64)> = events.into_values().collect();
    if sums.len() < FEWEST {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut factors: Vec<f64> = (0..SAMPLES).map(|_| sample(&sums, &mut random)).collect();
    factors.sort_by(f64::total_cmp);
    let at = |part: f64| factors[((SAMPLES - 1) as f64 * part).round() as usize];
    Some(Interval { lower: at(TAIL), upper: at(1.0 - TAIL) })
}

/// Returns the profit factor of as many events, drawn with replacement; infinite where none lost, 0 where none won.
fn sample(sums: &[(f64, f64)], random: &mut ChaCha8Rng) -> f64 {
    let draw = |_| {
        // Unbiased enough: the bias of a remainder is the number of events in 2^64.
        let place = random.next_u64() % sums.len() as u64;
        sums[place as usize]
    };
    let (won, lost) = (0..sums.len()).map(draw).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    match (won > 0.0, lost > 0.0) {
        (false, _) => 0.0,
        (true, false) => f64::INFINITY,
        (true, true) => won / lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(trades: &[(usize, i64)]) -> Option<Interval> {
        let named: Vec<(String, Usd)> = trades.iter().map(|(at, net)| (format!("E{at}"), Usd::dollars(*net))).collect();
        of_profit_factor(named.iter().map(|(event, net)| (event.as_str(), *net)))
    }

    #[test]
    fn an_interval_follows_from_the_trades() {
        assert_eq!(interval(&[]), None);
        assert_eq!(interval(&[(0, 5), (0, 5), (1, 5), (2, 5), (3, 5)]), None, "four events");
        let always: Vec<_> = (0..20).map(|at| (at, 5)).collect();
        assert_eq!(interval(&always), Some(Interval { lower: f64::INFINITY, upper: f64::INFINITY }));
        let never: Vec<_> = (0..20).map(|at| (at, -5)).collect();
        assert_eq!(interval(&never), Some(Interval { lower: 0.0, upper: 0.0 }));
        let even: Vec<_> = (0..40).map(|at| (at, if at % 2 == 0 { 5 } else { -5 })).collect();
        let found = interval(&even).unwrap();
        assert!(found.lower > 0.4 && found.lower < 0.8 && found.upper > 1.2 && found.upper < 2.4, "{found:?}");
        assert_eq!(interval(&even), Some(found), "the same trades give the same interval");
        let better: Vec<_> = (0..40).map(|at| (at, if at % 4 > 0 { 5 } else { -5 })).collect();
        assert!(interval(&better).unwrap().lower > 1.5);
    }
}
