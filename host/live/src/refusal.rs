//! The reasons why a live host does not start.

/// The subject of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The configuration and the key file.
    Settings,
    /// The venue's answers.
    Venue,
    /// A person's confirmation of the account.
    Confirmation,
    /// The positions that nobody would look after.
    Positions,
}

impl Checked {
    /// Returns what is to be begun.
    pub const fn what(self) -> &'static str {
        match self {
            Checked::Settings | Checked::Confirmation => "real money",
            Checked::Venue | Checked::Positions => "trading",
        }
    }
}

/// One reason why a live host does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The fault.
    pub what: String,
    /// The fix; may have several lines.
    pub fix: String,
    /// True if it may pass by itself.
    pub passes: bool,
}

impl Refusal {
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Refusal {
        Refusal { what: what.into(), fix: fix.into(), passes: false }
    }

    /// The same, which passes by itself if `passes`.
    #[must_use]
    pub fn passing(self, passes: bool) -> Refusal {
        Refusal { passes, ..self }
    }
}
