//! Settings that a person must have decided on, so that neither a default nor a misspelt name stands for their word.

use crate::config::Loaded;
use crate::terminal::error::{Kind, Report, Result};

/// Refuses settings in the environment that are not read: one of them may be a limit.
///
/// # Errors
/// There are some.
pub fn refuse_unread(loaded: &Loaded) -> Result<()> {
    if loaded.near_misses.is_empty() {
        return Ok(());
    }
    let report = Report::new(Kind::Config, "real money is not traded with settings that are not read");
    let report = loaded.near_misses.iter().fold(report, Report::because);
    Err(report.hint("set them under their right names, or unset them"))
}
