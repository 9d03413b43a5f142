//! The folders and files of a tape's days.

use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_core::time::civil_date;
use host_system::guard::{ParserPanicked, guarded};

use super::columns::checksum;
use super::error::TapeError;
use super::meta::DayFile;

/// Folder of the quotes.
pub(crate) const QUOTES_FOLDER: &str = "quotes";
/// Folder of the public trades.
pub(crate) const TRADES_FOLDER: &str = "trades";

/// The name of a day's file within its folder; `part` counts the files that the day has already.
pub(crate) fn day_file_name(day: i64, part: usize) -> String {
    let (year, month, date) = civil_date(day);
    let part = if part == 0 { String::new() } else { format!("_{:02}", part + 1) };
    format!("{year:04}-{month:02}-{date:02}{part}.parquet")
}

/// Returns true if `day` may have rows with `from <= time < until`.
pub(super) fn has_part_of(day: &DayFile, from: Timestamp, until: Timestamp) -> bool {
    let last = Timestamp(until.0.saturating_sub(1));
    (from.day()..=last.day()).contains(&day.day)
}

/// Opens the file of `day` in the tape `folder` by `open`, unless its checksum is another one.
pub(super) fn open_day<T>(
    folder: &Path,
    day: &DayFile,
    open: impl FnOnce(&Path) -> Result<T, TapeError>,
) -> Result<(PathBuf, T), TapeError> {
    let path = folder.join(&day.file);
    // Damage could yield wrong but plausible prices.
    let found = checksum(&path).map_err(TapeError::io("read", &path))?;
    if day.crc32.is_some_and(|written| written != found) {
        let reason = "its checksum is not the one in `tape.json`, so it is not what was written; restore it or \
                      make the tape again (changed on purpose? set its `crc32` there to null)";
        return Err(TapeError::Damaged { path, reason: reason.into() });
    }
    let opened = guarded("its end", || open(&path));
    let damaged = |panicked: ParserPanicked| TapeError::Damaged { path: path.clone(), reason: panicked.to_string() };
    let opened = opened.map_err(damaged)??;
    Ok((path, opened))
}
