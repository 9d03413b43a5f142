//! The lines that a strategy drew over a price: its fair value dashed, its band shaded.

use std::collections::BTreeMap;

use host_core::Span;
use host_report::{Column, Columns, Point};

use super::{Plot, area, down_sampled, line, without_gaps};

/// The meaning of the lines, for those who look at them.
pub const LEGEND: &str = "Dashed: the strategy's fair value; shaded: its band.";
/// Names with a way of drawing of their own, as the contract's `chart` interface gives them.
const FAIR_VALUE: &str = "fair value";
const BAND: [&str; 2] = ["band low", "band high"];
/// Number of columns of a line: it moves less than the price.
const COLUMNS: usize = 80;
/// Number of columns without a value from which a line has a gap.
const GAP_COLUMNS: i64 = 3;

/// Draws the lines `named`; `place` is that of a point, and a line goes on over a time without points of up to `gap`.
pub fn draw(plot: &mut Plot, named: &BTreeMap<String, Columns>, gap: Span, place: impl Fn(Point) -> (f64, f64) + Copy) {
    let last = |name: &str| named.get(name).map(last_points).unwrap_or_default();
    let [low, high] = BAND.map(last);
    if !low.is_empty() && !high.is_empty() {
        plot.path("band", &band(&low, &high, gap, place));
    }
    for (name, columns) in named.iter().filter(|(name, _)| !BAND.contains(&name.as_str())) {
        let columns = last_points(columns);
        let path = line(without_gaps(&columns, longest(&columns, gap)), place);
        plot.path(if name == FAIR_VALUE { "fair" } else { "other" }, &path);
    }
}

/// Returns the ends between which the lines lie, column by column.
pub fn values(named: &BTreeMap<String, Columns>) -> impl Iterator<Item = i64> {
    named.values().flat_map(Columns::as_slice).flat_map(|column| [column.lowest.value, column.highest.value])
}

/// Returns one point for each column: a line of an average needs no more.
fn last_points(columns: &Columns) -> Vec<Column> {
    let columns = down_sampled(columns.as_slice(), COLUMNS);
    columns.into_iter().map(|column| Column::of(column.last)).collect()
}

fn longest(columns: &[Column], gap: Span) -> Span {
    let length = columns.first().zip(columns.last()).map_or(0, |(first, last)| last.last.time.0 - first.first.time.0);
    Span(gap.0.max(length / COLUMNS as i64 * GAP_COLUMNS))
}

/// Returns the area of the band where both of its ends are known.
fn band(low: &[Column], high: &[Column], gap: Span, place: impl Fn(Point) -> (f64, f64)) -> String {
    let ends: BTreeMap<_, _> = high.iter().map(|column| (column.last.time, column.last)).collect();
    let both = low.iter().filter_map(|low| Some((low.last, *ends.get(&low.last.time)?)));
    let both: Vec<(Point, Point)> = both.collect();
    let longest = longest(low, gap);
    let parts = both.chunk_by(|one, next| next.0.time - one.0.time <= longest);
    let drawn = parts.map(|part| {
        let [below, above]: [Vec<_>; 2] =
            [part.iter().map(|(low, _)| place(*low)).collect(), part.iter().map(|(_, high)| place(*high)).collect()];
        area(&above, &below)
    });
    drawn.collect()
}
