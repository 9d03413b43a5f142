//! The time of the next try of a message that could not be delivered.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use host_core::{Span, Timestamp};

/// The pause after the first failure; each further one doubles it.
const FIRST: Span = Span::seconds(2);
/// The longest pause.
pub const LONGEST: Span = Span::minutes(15);
/// The longest pause that a server may ask for.
pub const LONGEST_ASKED: Span = Span::hours(1);
/// Part of a pause that chance takes off, so that many hosts do not come back at once.
const JITTER: f64 = 0.2;

/// Returns the time of the next try after `tries` failures, the last one at `now`. `chance` is from 0 to 1; `asked` is
/// the pause that the server asked for.
pub fn next_try(now: Timestamp, tries: u32, chance: f64, asked: Option<Duration>) -> Timestamp {
    let doubled = FIRST * (1 << tries.saturating_sub(1).min(20));
    let pause = Span((doubled.min(LONGEST).0 as f64 * (1.0 - JITTER * chance)) as i64);
    let asked = asked.map_or(Span::ZERO, |asked| Span(i64::try_from(asked.as_nanos()).unwrap_or(i64::MAX)));
    now + pause.max(asked.min(LONGEST_ASKED))
}

/// Returns a number from 0 to 1, another one at each call.
pub fn chance() -> f64 {
    // The standard library seeds each of these at random.
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let check = |tries: u32, chance: f64, asked: Option<u64>, expect: Span| {
            let next = next_try(Timestamp(0), tries, chance, asked.map(Duration::from_secs));
            assert_eq!(next, Timestamp(expect.0), "{tries} tries");
        };
        check(1, 0.0, None, Span::seconds(2));
        check(2, 0.0, None, Span::seconds(4));
        check(5, 0.0, None, Span::seconds(32));
        check(5, 1.0, None, Span::millis(25_600));
        check(9, 0.0, None, Span::seconds(512));
        check(10, 0.0, None, LONGEST);
        check(u32::MAX, 0.0, None, LONGEST);
        check(1, 0.0, Some(30), Span::seconds(30));
        check(10, 0.0, Some(30), LONGEST);
        check(1, 0.0, Some(u64::MAX), LONGEST_ASKED);
    }

    #[test]
    fn chance_lies_between_0_and_1_and_differs() {
        let drawn: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!(drawn.iter().any(|chance| *chance < 0.5) && drawn.iter().any(|chance| *chance > 0.5), "{drawn:?}");
    }
}
