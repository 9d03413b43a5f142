//! The tape that a command reads.

use std::path::Path;

use host_store::tape::Tape;

use crate::terminal::error::{Report, Result};
use crate::terminal::paths;

/// Opens the tape in the folder `path`.
///
/// # Errors
/// There is none, or it cannot be read; the report guesses at the tape that was meant.
pub fn open(path: &Path) -> Result<Tape> {
    Tape::open(path).map_err(|error| unreadable(path, &error))
}

/// Returns the report of a tape that cannot be read.
pub fn unreadable(path: &Path, error: &dyn std::error::Error) -> Report {
    let report = Report::user(format!("cannot read the tape {}", path.display())).because_of(error);
    let guess = paths::similar(path);
    match guess {
        Some(_) => paths::did_you_mean(report, guess),
        None => report
            .hint("`host data generate` or `host data import` creates a tape; `host data info TAPE` describes one"),
    }
}
