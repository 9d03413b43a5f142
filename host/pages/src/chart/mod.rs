//! Charts as SVG, one drawing for every width: what has a fixed size (text, marks) stands in the outer picture, with
//! places in percent, and what stretches (lines, areas) in an inner one that is stretched with it.
//!
//! Without script everything is seen. Colours are classes; nothing here sets one.

pub mod lines;
mod path;
mod plot;
mod scale;
mod svg;
mod time_axis;

pub use path::{area, line, step_line};
pub use plot::{Anchor, Plot};
pub use scale::Scale;
pub use time_axis::TimeAxis;

use host_core::Span;
use host_report::{Column, Columns};

/// Width of the inner picture, in its own units.
pub const WIDTH: f64 = 1_000.0;

/// Returns `columns` in at most `most` columns.
pub fn down_sampled(columns: &[Column], most: usize) -> Vec<Column> {
    let mut wider = Columns::new(most);
    columns.iter().for_each(|column| wider.add(*column));
    wider.as_slice().to_vec()
}

/// Returns the parts of `columns` between which nothing was seen for longer than `longest`: a gap in data is a gap in
/// its line.
pub fn without_gaps(columns: &[Column], longest: Span) -> impl Iterator<Item = &[Column]> {
    columns.chunk_by(move |one, next| next.first.time - one.last.time <= longest)
}
