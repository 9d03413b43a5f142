//! The exchange's words to everybody: announcements, and the maintenance that it has planned.

use host_core::Timestamp;

use super::announcement::{Announcement, AnnouncementKind, MaintenanceWindow};
use super::schedule::ScheduledAction;
use super::state::Venue;
use super::update::ExchangeStatus;

impl Venue {
    /// Announces `message`.
    pub fn announce(&mut self, kind: AnnouncementKind, message: String, now: Timestamp) {
        self.advance(now);
        self.announcements.push(Announcement { kind, message, delivered: self.now });
    }

    /// Returns all announcements, oldest first.
    pub fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// Plans a maintenance: the exchange closes at its beginning, and reopens by itself. Returns false, with nothing
    /// planned, if it does not lie ahead.
    #[must_use = "a window that does not lie ahead is not planned"]
    pub fn plan_maintenance(&mut self, window: MaintenanceWindow, now: Timestamp) -> bool {
        self.advance(now);
        let lies_ahead = self.now < window.from && window.from < window.until;
        if lies_ahead {
            self.maintenance.push(window);
            self.schedule.insert((window.from, ScheduledAction::Maintain(window.until)));
        }
        lies_ahead
    }

    /// Returns the maintenance that is under way or planned.
    pub fn maintenance(&self) -> impl Iterator<Item = MaintenanceWindow> {
        self.maintenance.iter().copied().filter(|window| window.until > self.now)
    }

    /// Closes the exchange until `until`. What keeps it from trading for longer, or until further notice, goes on.
    pub(super) fn begin_maintenance(&mut self, until: Timestamp) {
        let is_until_further_notice = self.status != ExchangeStatus::Active && self.reopens.is_none();
        if !is_until_further_notice {
            self.switch_until(ExchangeStatus::Closed, self.reopens.map_or(until, |former| former.max(until)));
        }
    }
}
