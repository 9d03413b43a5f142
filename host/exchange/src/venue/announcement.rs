//! Announcements, and planned maintenance.

use host_core::Timestamp;

/// Weight of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnouncementKind {
    Info,
    Warning,
    Error,
}

impl AnnouncementKind {
    /// Returns its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            AnnouncementKind::Info => "info",
            AnnouncementKind::Warning => "warning",
            AnnouncementKind::Error => "error",
        }
    }
}

/// A message to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub kind: AnnouncementKind,
    pub message: String,
    pub delivered: Timestamp,
}

/// A planned time in which the exchange is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    pub from: Timestamp,
    pub until: Timestamp,
}
