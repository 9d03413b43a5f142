//! The page about an import: all that was found out, assumed, used and not used, and what looks odd.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::Timestamp;
use serde::Serialize;

use super::guess::Reading;
use super::options::{ImportOptions, RowKind};
use crate::tape::{Made, SourceFile};

/// The progress of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes read so far, before decompression.
    pub bytes: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Rows read so far.
    pub rows: u64,
}

/// Counts of what an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportCounts {
    /// Rows read from the files.
    pub rows_read: u64,
    /// Exact duplicates, dropped.
    pub duplicate_rows: u64,
    /// Rows that differ from another row of their market and time; kept.
    pub contradicting_rows: u64,
    /// Rows that go against the order of the others in their file, which is oldest or newest first; sorted in.
    pub unsorted_rows: u64,
    /// Rows left out because they cannot be parsed.
    pub bad_rows: u64,
    /// The errors of the first few bad rows, and of every truncated file.
    pub bad_examples: Vec<String>,
    /// Local times that occur twice, when clocks are set back.
    pub ambiguous_times: u64,
    /// Local times that do not occur, when clocks are set forward.
    pub nonexistent_times: u64,
    /// Texts that were taken as no value, with their number.
    pub absent_texts: BTreeMap<String, u64>,
    /// Markets of the tape that the file with the markets' facts does not list; `None` without such a file.
    pub markets_without_facts: Option<u64>,
}

/// A file that was read.
pub(super) struct ReadFile {
    pub(super) reading: Reading,
    pub(super) rows: u64,
    pub(super) bad_rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// The page about an import.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportPage {
    /// Files that were read in one way each.
    pub readings: Vec<ReadingPage>,
    /// Time zone of times that name none.
    pub time_zone: String,
    /// Times of the first and of the last row, ISO 8601.
    pub first: Option<String>,
    pub last: Option<String>,
    /// Number of markets.
    pub markets: u64,
    /// Number of rows of the tape.
    pub rows: u64,
    /// Number of trades.
    pub trades: u64,
    /// Sentences about what was found out or assumed, and is not stated by an option.
    pub assumed: Vec<String>,
    /// Sentences about what looks odd.
    pub odd: Vec<String>,
}

/// The way in which some files were read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingPage {
    pub files: Vec<FilePage>,
    pub format: String,
    pub kind: String,
    pub price_unit: String,
    /// The way in which times are written.
    pub times: String,
    /// Meaning and name of each column that is used.
    pub columns: BTreeMap<String, String>,
    pub columns_unused: Vec<String>,
}

/// A file of an import.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilePage {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub rows_used: u64,
    pub rows_not_used: u64,
}

/// Returns how `files` were read; those that were read alike stand together.
pub(super) fn readings(files: &[ReadFile]) -> Vec<ReadingPage> {
    let mut pages: Vec<ReadingPage> = Vec::new();
    for file in files {
        let reading = &file.reading;
        let page = ReadingPage {
            files: Vec::new(),
            format: reading.table.format(),
            kind: reading.kind.to_string(),
            price_unit: reading.unit.unwrap_or_default().to_string(),
            times: reading.time_format.to_string(),
            columns: reading.used.iter().cloned().collect(),
            columns_unused: reading.unused.clone(),
        };
        let note = FilePage {
            name: file_name(&reading.table.path),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            rows_used: file.rows,
            rows_not_used: file.bad_rows,
        };
        match pages.iter_mut().find(|other| ReadingPage { files: Vec::new(), ..(*other).clone() } == page) {
            Some(known) => known.files.push(note),
            None => pages.push(ReadingPage { files: vec![note], ..page }),
        }
    }
    pages
}

/// Returns the sentences about what was found out or assumed in `files`, each once.
pub(super) fn assumed(files: &[ReadFile], options: &ImportOptions) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for sentence in files.iter().flat_map(|file| &file.reading.assumed) {
        if !said.contains(sentence) {
            said.push(sentence.clone());
        }
    }
    let one_price = |file: &ReadFile| {
        file.reading.kind != RowKind::Trades && file.reading.columns.prices[0].is_none() && has_price(&file.reading)
    };
    if files.iter().any(one_price) {
        said.push(match options.spread {
            Some(spread) => format!(
                "bid and ask are assumed: the one price of a row is halfway between them, {} dollars apart",
                spread.dollars()
            ),
            None => "rows have one price and neither bid nor ask: `--spread 1c` assumes them around it".to_owned(),
        });
    }
    said
}

fn has_price(reading: &Reading) -> bool {
    reading.columns.prices[2].is_some() || reading.columns.wide.iter().any(|column| column.prices[2].is_some())
}

/// Returns the sentence about texts that were taken as no value.
pub(super) fn absent(texts: &BTreeMap<String, u64>) -> Option<String> {
    let listed: Vec<String> = texts.iter().map(|(text, count)| format!("`{text}` ({count})")).collect();
    (!listed.is_empty()).then(|| format!("taken as no value: {}", listed.join(", ")))
}

/// Returns what the tape keeps about how it was made.
pub(super) fn made(files: &[ReadFile], options: &ImportOptions, assumed: &[String]) -> Made {
    let file = |file: &ReadFile| SourceFile {
        name: file_name(&file.reading.table.path),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
    };
    Made { files: files.iter().map(file).collect(), options: options.stated(), assumed: assumed.to_vec() }
}

/// Returns a time as ISO 8601.
pub(super) fn iso(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// Returns the name of the file at `path` without its folder.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
