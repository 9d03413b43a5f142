//! Keeps `markets.parquet` up to date with the lines of a recording, for other programs.
//!
//! The table notes of which lines it is, so that only later ones are read; it is made anew if it is gone, or of other
//! lines. Markets that are over cost a copy of their compressed columns.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use host_core::{Market, MarketId, Settlement};
use host_system::capped;
use host_system::guard::guarded;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::disk::{Disk, SCRATCH};
use super::error::RecordingError;
use super::head::Lines;
use crate::tape::{
    Addition, Additions, MARKETS_PER_GROUP, MARKETS_TABLE, MarketsWriter, TableRow, io_error, open_file, read_markets,
};

/// The note in the table: the lines that it is made of.
const LINES: &str = "host.lines";

/// News of a market.
#[derive(Debug, Default)]
struct MarketNews {
    market: Option<Market>,
    settlement: Option<Settlement>,
}

/// A table as it was.
struct Former {
    lines: Lines,
    file: File,
    table: SerializedFileReader<File>,
}

/// Brings the table of the recording in `folder` up to date with its lines. Does nothing if it is.
pub(super) fn update_table(disk: &Disk, folder: &Path) -> Result<(), RecordingError> {
    let path = folder.join(MARKETS_TABLE);
    let former = Former::open(folder, &path)?;
    let mut additions = Additions::open(folder, former.as_ref().map_or(0, |former| former.lines.bytes))?;
    let before = additions.at;
    let mut changes: BTreeMap<u64, MarketNews> = BTreeMap::new();
    while let Some(Addition { tape, markets, .. }) = additions.next()? {
        for market in markets {
            let MarketId(id) = market.id;
            changes.entry(u64::from(id)).or_default().market = Some(market);
        }
        for settlement in tape.settlements {
            let MarketId(id) = settlement.market;
            changes.entry(u64::from(id)).or_default().settlement = Some(settlement);
        }
    }
    if former.is_some() && additions.at == before {
        return Ok(());
    }
    let lines = Lines::of(folder, additions.at)?;
    let scratch = folder.join(format!("{MARKETS_TABLE}{SCRATCH}"));
    let write = || write(&scratch, former, &changes, lines).map_err(io_error);
    let written = disk.remove(&scratch).and_then(|()| disk.step()).and_then(|()| write());
    written.and_then(|()| disk.rename(&scratch, &path)).map_err(RecordingError::io("write", &path))
}

impl Former {
    /// Opens the table at `path`; `None` if there is none of the present lines.
    fn open(folder: &Path, path: &Path) -> Result<Option<Former>, RecordingError> {
        let Ok(Ok(table)) = guarded("its end", || open_file(path)) else { return Ok(None) };
        let notes = table.metadata().file_metadata().key_value_metadata();
        let note = notes.and_then(|notes| notes.iter().find(|note| note.key == LINES)?.value.as_deref());
        let Some(lines) = note.and_then(|note| serde_json::from_str::<Lines>(note).ok()) else { return Ok(None) };
        if Lines::of(folder, lines.bytes).ok() != Some(lines) {
            return Ok(None);
        }
        let file = capped::open(path).map_err(RecordingError::io("open", path))?;
        Ok(Some(Former { lines, file, table }))
    }
}

/// Writes the table with its changes as the new file `path`.
fn write(
    path: &Path,
    former: Option<Former>,
    changes: &BTreeMap<u64, MarketNews>,
    lines: Lines,
) -> Result<(), ParquetError> {
    let mut table = MarketsWriter::create(path)?;
    let mut next = 0;
    if let Some(Former { file, table: former, .. }) = &former {
        for index in 0..former.num_row_groups() {
            let group = former.get_row_group(index)?;
            let is_full = usize::try_from(group.metadata().num_rows()).is_ok_and(|rows| rows == MARKETS_PER_GROUP);
            let end = next + MARKETS_PER_GROUP as u64;
            if is_full && changes.range(next..end).next().is_none() {
                table.copy(file, group.as_ref())?;
            } else {
                let rows = guarded("a page", || read_markets(group.as_ref()));
                let mut rows = rows.map_err(|panicked| ParquetError::External(panicked.into())).flatten()?;
                apply(&mut rows, next, changes);
                table.write(&rows)?;
            }
            next = end;
        }
    }
    while changes.range(next..).next().is_some() {
        let mut rows = Vec::new();
        apply(&mut rows, next, changes);
        table.write(&rows)?;
        next += MARKETS_PER_GROUP as u64;
    }
    let note = serde_json::to_string(&lines).map_err(|error| ParquetError::External(io::Error::from(error).into()))?;
    table.finish(Some((LINES, note)))
}

/// Changes the rows of the group that begins with market `first`, and adds those that are new.
fn apply(rows: &mut Vec<TableRow>, first: u64, changes: &BTreeMap<u64, MarketNews>) {
    for (&id, MarketNews { market, settlement }) in changes.range(first..first + MARKETS_PER_GROUP as u64) {
        let place = (id - first) as usize;
        if rows.len() <= place {
            rows.resize(place + 1, TableRow::default());
        }
        market.iter().for_each(|market| rows[place].describe(market));
        settlement.iter().for_each(|settlement| rows[place].settle(settlement));
    }
}
