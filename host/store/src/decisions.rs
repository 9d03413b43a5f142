//! The decisions and notes of people about an account or a run: one line of JSON each, in a file of its own beside the
//! journal.
//!
//! The journal of a live account has one writer, the host that trades. A note must not wait for it, nor make it wait:
//! so notes are kept here, where writers take turns of a line each. A line that a power cut has torn is passed over.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_system::capped;
use serde::{Deserialize, Serialize};

use crate::json_lines;

/// Length of the end of the file in which the latest decisions are looked for, in bytes.
const END: u64 = 256 << 10;

/// Name of the file in the folder of an account or a run.
pub const DECISIONS_FILE: &str = "decisions.jsonl";

/// The action of a decision that is a note.
pub const NOTE: &str = "note";

/// The decisions cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", .path.display())]
pub struct DecisionsError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// A decision, or an action that no journal has room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Wall-clock time.
    pub time: Timestamp,
    /// Name of the person.
    pub who: String,
    /// The action in one word; [`NOTE`] for a note.
    pub what: String,
    /// The decision, and its reason.
    pub text: String,
    /// The market or the order that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Adds `decision` to those in `folder`. It is on the disk when this returns.
///
/// # Errors
/// The disk is full, or the folder cannot be written to.
pub fn add(folder: &Path, decision: &Decision) -> Result<(), DecisionsError> {
    let path = folder.join(DECISIONS_FILE);
    json_lines::append(&path, decision).map_err(|source| DecisionsError { action: "write", path, source })
}

/// Returns the decisions in `folder`, in the order in which they were written; none if there is no file.
///
/// # Errors
/// The file cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Decision>, DecisionsError> {
    let path = folder.join(DECISIONS_FILE);
    json_lines::read(&path).map_err(|source| DecisionsError { action: "read", path, source })
}

/// Returns the latest decisions in `folder`, at most `most`, in the order in which they were written: those within the
/// last 256 KiB of the file, so that it takes no longer in a long one.
///
/// # Errors
/// The file cannot be read.
pub fn latest(folder: &Path, most: usize) -> Result<Vec<Decision>, DecisionsError> {
    let path = folder.join(DECISIONS_FILE);
    let bytes = match end_of(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(DecisionsError { action: "read", path, source }),
        Ok(bytes) => bytes,
    };
    // A line that is cut off at the beginning is no JSON.
    let lines = bytes.rsplit(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    let mut latest: Vec<Decision> = lines.take(most).collect();
    latest.reverse();
    Ok(latest)
}

fn end_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = capped::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Decision {
        Decision {
            time: Timestamp(7),
            who: "alex".to_owned(),
            what: NOTE.to_owned(),
            text: text.to_owned(),
            about: None,
        }
    }

    fn texts(folder: &Path) -> Vec<String> {
        read(folder).unwrap().into_iter().map(|decision| decision.text).collect()
    }

    #[test]
    fn notes_are_kept_in_order_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(texts(folder.path()), [""; 0]);
        let about = Decision { about: Some("KXFED-1".to_owned()), ..note("two\nlines") };
        add(folder.path(), &note("No action taken. System working as designed.")).unwrap();
        add(folder.path(), &about).unwrap();
        assert_eq!(read(folder.path()).unwrap()[1], about);
        assert_eq!(texts(folder.path()).len(), 2);
        let mode = std::fs::metadata(folder.path().join(DECISIONS_FILE)).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), &note("one")).unwrap();
        let path = folder.path().join(DECISIONS_FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
        assert_eq!(texts(folder.path()), ["one"]);
        add(folder.path(), &note("two")).unwrap();
        assert_eq!(texts(folder.path()), ["one", "two"]);
    }

    #[test]
    fn the_latest_are_found_at_the_end_of_a_long_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(latest(folder.path(), 2).unwrap(), []);
        let line = |number: usize| serde_json::to_string(&note(&format!("{number}"))).unwrap() + "\n";
        let lines: String = (0..10_000).map(line).collect();
        std::fs::write(folder.path().join(DECISIONS_FILE), lines).unwrap();
        let all = read(folder.path()).unwrap();
        assert_eq!(latest(folder.path(), 2).unwrap(), all[9_998..]);
        let found = latest(folder.path(), usize::MAX).unwrap();
        assert!(found.len() > 1_000 && found.len() < all.len() && all.ends_with(&found), "{}", found.len());
    }

    #[test]
    fn writers_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = folder.path();
                scope.spawn(move || (0..20).for_each(|at| add(path, &note(&format!("{writer} {at}"))).unwrap()));
            }
        });
        let mut all = texts(folder.path());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 160);
    }
}
