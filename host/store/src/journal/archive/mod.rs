//! Older parts of a live account's journal, compressed, in the folder `archive` beside it.
//!
//! ```text
//! archive/
//!   events-000000000001-000000004711.jsonl.zst   the events with these numbers, and their records
//!   *.unfinished                                 a part that is being written; the next writer removes it
//! ```
//!
//! A part is a zstd stream of JSON, a line for each record and event, with zstd's own checksums: `zstd -dc` shows it.
//! It is synced and has its name before any of its rows leave the journal. Readers of a journal read the parts first,
//! and of the journal's rows only those that are in no part: so a kill in between loses nothing, and nothing is seen
//! twice.

mod read;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use read::{ArchivedStep, ArchivedSteps};
pub use write::ArchiveJob;

/// Name of the folder, beside the journal.
const FOLDER: &str = "archive";
const SUFFIX: &str = ".jsonl.zst";
const SCRATCH: &str = ".unfinished";

/// A line of a part.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Record(RecordLine),
    Event(EventLine),
}

/// A row of `records`. Those of an event come before it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordLine {
    seq: i64,
    body: String,
}

/// A row of `events`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine {
    seq: i64,
    kind: String,
    body: Body,
    record_to: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancels: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Text(String),
    /// In hexadecimal.
    Bytes(String),
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    path: PathBuf,
    /// Numbers of its first and last event.
    first: i64,
    last: i64,
}

fn folder(journal: &Path) -> PathBuf {
    journal.with_file_name(FOLDER)
}

fn part_name(first: i64, last: i64) -> String {
    format!("events-{first:012}-{last:012}{SUFFIX}")
}

/// Returns the parts beside `journal`, in order.
fn parts(journal: &Path) -> io::Result<Vec<Part>> {
    let entries = match fs::read_dir(folder(journal)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut parts = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let range = name.strip_prefix("events-").and_then(|name| name.strip_suffix(SUFFIX)?.split_once('-'));
        let range = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        parts.extend(range.map(|(first, last)| Part { path, first, last }));
    }
    parts.sort_by_key(|part| part.first);
    Ok(parts)
}

/// Returns the number of the last event in the archive beside `journal`; 0 without one.
///
/// # Errors
/// The system's.
pub(crate) fn last_archived(journal: &Path) -> io::Result<i64> {
    Ok(parts(journal)?.last().map_or(0, |part| part.last))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| (byte as char).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}
