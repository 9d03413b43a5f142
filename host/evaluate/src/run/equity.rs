//! Equity at a time, and its falls within a period, from the points that a journal keeps per five minutes.

use host_core::portfolio::Fall;
use host_core::{Timestamp, Usd};
use host_report::Window;
use host_store::journal::EquityPoint;

/// Returns the equity just before `at`, a multiple of the points' length; `None` if there is no point before.
pub(crate) fn equity_at(points: &[EquityPoint], at: Timestamp) -> Option<Usd> {
    let before = points.partition_point(|point| point.start < at);
    before.checked_sub(1).map(|last| points[last].last)
}

/// Returns the largest fall in dollars and the deepest as a part of its peak within `window`, which began with `start`.
/// Within one point its lowest counts against the peak before it, and its end against its highest: a fall from a
/// highest to a lowest later in the same five minutes is not seen.
pub(crate) fn falls(points: &[EquityPoint], window: Window, start: Usd) -> (Fall, Fall) {
    let (mut largest, mut deepest) = (Fall::default(), Fall::default());
    let (mut peak, mut since) = (start, window.from());
    let within = points.iter().filter(|point| point.start >= window.from() && point.start < window.until());
    for point in within {
        for (low, high) in [(point.lowest, None), (point.last, Some(point.highest))] {
            if let Some(high) = high.filter(|high| *high >= peak) {
                (peak, since) = (high, point.start);
            }
            let fall =
                Fall { amount: peak - low, peak, start: Some(since), trough: Some(point.start), ..Fall::default() };
            if fall.amount > largest.amount {
                largest = fall;
            }
            if fall.amount > Usd::ZERO && fall.is_deeper_than(&deepest) {
                deepest = fall;
            }
        }
    }
    (largest, deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(minutes: i64, dollars: [i64; 4]) -> EquityPoint {
        let [first, lowest, highest, last] = dollars.map(Usd::dollars);
        EquityPoint { start: Timestamp(minutes * 60_000_000_000), first, last, lowest, highest }
    }

    #[test]
    fn falls_are_from_the_highest_before_and_only_within_the_period() {
        let points = [
            point(0, [1_000, 500, 1_000, 1_000]),
            // To 1,020, and back to 1,010.
            point(5, [1_000, 1_000, 1_020, 1_010]),
            point(10, [1_010, 990, 1_010, 1_000]),
            point(15, [1_000, 100, 2_000, 100]),
        ];
        let window = Window::new(points[1].start, points[3].start).unwrap();
        let (largest, deepest) = falls(&points, window, Usd::dollars(1_000));
        assert_eq!((largest.amount, largest.peak), (Usd::dollars(30), Usd::dollars(1_020)));
        assert_eq!((largest.start, largest.trough), (Some(points[1].start), Some(points[2].start)));
        assert_eq!(deepest.amount, Usd::dollars(30));
        assert_eq!(equity_at(&points, points[2].start), Some(Usd::dollars(1_010)));
        assert_eq!(equity_at(&points, points[0].start), None);
    }
}
