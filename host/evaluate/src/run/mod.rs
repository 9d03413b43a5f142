//! Runs as they lie on disk, and as they are seen over a period.

pub(crate) mod equity;
mod evidence;
mod marks;
mod round_trip;
mod source;
mod view;
mod wanted_rows;

pub(crate) use evidence::Missing;
pub use evidence::{Evidence, Intention, Step};
pub use round_trip::{Held, Leg, RoundTrip, RoundTrips, TripEnd};
pub use source::RunSource;
pub use view::RunView;
pub(crate) use view::{CAPITAL_CHANGED, is_whole, marks_at};
pub(crate) use wanted_rows::WantedRows;
