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
