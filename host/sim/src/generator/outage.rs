//! Gaps in a synthetic tape: periods in which its recorder was down and no poll arrived. Markets go on meanwhile.

use host_core::{Span, Timestamp};

use super::random::RandomStream;

/// There is one outage in every period of this length ...
const EVERY: Span = Span::days(20);
/// ... of at most two hours: together at most 0.42 % of a run of whole periods, so that a tape keeps its promised
/// size.
const LONGEST_MINUTES: f64 = 120.0;
/// Half of the outages are shorter.
const MEDIAN_MINUTES: f64 = 12.0;

/// Returns the outages that end by the poll at `last`, in time order; polls in `from..to` are missing.
pub(super) fn outages(seed: u64, first: Timestamp, last: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    // The top two bits keep this stream apart from those of markets, plans and levels.
    let mut random = RandomStream::new(seed, 3 << 62);
    let mut outages = Vec::new();
    let mut start = first;
    while start < last {
        let from = start + minutes(EVERY.as_seconds() / 60.0 * random.between(0.05, 0.95));
        let to = from + minutes(MEDIAN_MINUTES * random.odds(LONGEST_MINUTES / MEDIAN_MINUTES));
        if to <= last {
            outages.push((from, to));
        }
        start = start + EVERY;
    }
    outages
}

fn minutes(n: f64) -> Span {
    Span::millis((n * 60_000.0) as i64)
}
