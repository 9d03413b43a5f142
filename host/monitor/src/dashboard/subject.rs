//! The account or run that all pages are of, and the kind of its money.

/// The kind of trading. Live is marked by a solid bar, paper by a hatched one: by shape, not by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Live,
    Paper,
}

impl Mode {
    /// Returns the word that every page begins with.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Live => "LIVE",
            Mode::Paper => "PAPER",
        }
    }

    /// Returns the class of the bar with that word.
    pub fn class(self) -> &'static str {
        match self {
            Mode::Live => "live",
            Mode::Paper => "paper",
        }
    }

    /// Returns the picture for a browser's tab and a phone's screen.
    pub fn icon(self) -> &'static str {
        match self {
            Mode::Live => include_str!("../../assets/icon.svg"),
            Mode::Paper => include_str!("../../assets/icon-paper.svg"),
        }
    }

    /// Returns the name on a phone's screen.
    pub fn app_name(self) -> &'static str {
        match self {
            Mode::Live => "host",
            Mode::Paper => "host paper",
        }
    }
}

/// The account or run that all pages are of.
#[derive(Clone, Debug)]
pub struct Subject {
    pub mode: Mode,
    /// Name of the account or the run.
    pub name: String,
    /// The venue, or the markets in place of one.
    pub venue: String,
}
