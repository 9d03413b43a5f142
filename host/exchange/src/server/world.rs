//! The world outside of the exchange: what brings quotes, closes markets and resolves events.

use host_core::Timestamp;

use crate::venue::Venue;

/// What happens around the members.
#[derive(Debug, Default)]
pub struct World {}

impl World {
    /// Lets everything happen to `venue` that is due by `now`, each at its own time.
    pub fn advance(&mut self, venue: &mut Venue, now: Timestamp) {
        venue.advance(now);
    }
}
