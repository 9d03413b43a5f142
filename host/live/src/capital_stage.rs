//! The capital stage of an account: the part of the target that a person lets it trade with.
//!
//! It is a cap beside that of the configuration, and the lower of the two holds: neither a file on the disk nor a line
//! in the configuration alone can raise what is at risk.

use std::io;

use host_core::risk::RiskLimits;
use host_core::{Timestamp, Usd};
use host_system::{capped, clock, files};
use serde::{Deserialize, Serialize};

use crate::account_dir::{AccountDir, is_there};

/// The stages, in percent of the target capital.
pub const STAGES: [u32; 3] = [25, 50, 100];

/// The terms from which those of each stage follow.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTerms {
    /// The target capital.
    pub target: Usd,
    /// The limits at the whole target.
    pub limits: RiskLimits,
}

impl StageTerms {
    /// Returns the capital at `percent` of the target, in whole micro-dollars.
    pub fn capital(&self, percent: u32) -> Usd {
        capital_at(self.target, percent)
    }
}

/// Returns `percent` of `target`, in whole micro-dollars.
pub fn capital_at(target: Usd, percent: u32) -> Usd {
    Usd::micros(target.0 / Usd::MICRO.0 / 100 * i64::from(percent))
}

/// The content of the file `STAGE`: the last change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageNote {
    /// In percent; one of [`STAGES`].
    pub percent: u32,
    /// UTC.
    pub time: String,
    pub by: String,
    pub reason: String,
}

impl StageNote {
    /// Keeps a change of the stage.
    ///
    /// # Errors
    /// The file cannot be written: the stage is as it was.
    pub fn write(folder: &AccountDir, percent: u32, by: &str, reason: &str) -> io::Result<()> {
        let time = Timestamp(clock::unix_nanos()).to_string();
        let note = StageNote { percent, time, by: by.to_owned(), reason: reason.to_owned() };
        let content = serde_json::to_vec_pretty(&note).map_err(io::Error::other)?;
        files::replace_durably(&folder.stage(), &content)
    }

    /// Returns the last change; `None` if the stage was never changed, or the file cannot be read.
    pub fn read(folder: &AccountDir) -> Option<StageNote> {
        let note: StageNote = serde_json::from_slice(&capped::read(&folder.stage(), capped::SETTINGS).ok()?).ok()?;
        STAGES.contains(&note.percent).then_some(note)
    }
}

/// Returns the highest stage that the account may trade at, in percent: all of it if that was never changed, and the
/// lowest stage if the file that says so cannot be read.
pub fn allowed(folder: &AccountDir) -> u32 {
    match StageNote::read(folder) {
        Some(note) => note.percent,
        None if is_there(&folder.stage()) => STAGES[0],
        None => STAGES[STAGES.len() - 1],
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_damaged_file_allows_the_lowest_stage() {
        let root = tempfile::tempdir().unwrap();
        let folder = AccountDir::at(root.path().to_owned());
        let check = |content: &str, expect: u32| {
            fs::write(folder.stage(), content).unwrap();
            assert_eq!(allowed(&folder), expect, "{content}");
        };
        assert_eq!(allowed(&folder), 100);
        check("", 25);
        check("{\"percent\":400,\"time\":\"\",\"by\":\"\",\"reason\":\"\"}", 25);
        check("{\"percent\":50,\"time\":\"\",\"by\":\"\",\"reason\":\"\"}", 50);
        StageNote::write(&folder, 100, "alex", "it went well").unwrap();
        assert_eq!((allowed(&folder), StageNote::read(&folder).unwrap().reason.as_str()), (100, "it went well"));
    }
}
