//! The origin of a setting, and the problem found in one.

use std::fmt;
use std::path::PathBuf;

/// The place where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Not set: the host's own default.
    Default,
    File {
        /// As the user wrote it.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The environment variable of this name.
    Environment(String),
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// An invalid setting: its origin and what is wrong with it, ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    pub fn new(origin: &Origin, what: impl AsRef<str>) -> Problem {
        Problem(format!("{origin}: {}", what.as_ref()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
