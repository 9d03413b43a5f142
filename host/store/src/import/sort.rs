//! Sorts rows by time in bounded memory: rows are spilled to disk by UTC day, and sorted one day at a time. It takes
//! the memory of [`HELD_ROWS`] rows, or of the rows of the largest day if those are more.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use host_core::{MarketId, Timestamp};

use super::error::ImportError;

/// Number of rows held in memory before all are spilled to disk: 64 MB.
const HELD_ROWS: usize = 1_000_000;
const ROW_BYTES: usize = 60;

/// A row to be sorted. `values` are bid, ask, bid size, ask size, last, volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImportedRow {
    pub(super) market: MarketId,
    pub(super) time: Timestamp,
    pub(super) values: [f64; 6],
}

pub(super) struct Sorter {
    folder: PathBuf,
    held: usize,
    days: BTreeMap<i64, Vec<ImportedRow>>,
    hold: usize,
}

impl Sorter {
    /// Returns a sorter that spills rows to files in `folder`.
    pub(super) fn new(folder: &Path) -> Sorter {
        Sorter { folder: folder.to_owned(), held: 0, days: BTreeMap::new(), hold: HELD_ROWS }
    }

    pub(super) fn push(&mut self, row: ImportedRow) -> Result<(), ImportError> {
        self.days.entry(row.time.day()).or_default().push(row);
        self.held += 1;
        if self.held >= self.hold { self.spill().map_err(|source| self.error(source)) } else { Ok(()) }
    }

    /// Returns the days that have rows.
    pub(super) fn days(&self) -> Vec<i64> {
        self.days.keys().copied().collect()
    }

    /// Returns the rows of `day` by time and market, in the order of arrival where both are equal. Each market gets its
    /// number of `numbers`, by the one that it was pushed with.
    pub(super) fn take(&mut self, day: i64, numbers: &[MarketId]) -> Result<Vec<ImportedRow>, ImportError> {
        let mut rows = self.fetch(day).map_err(|source| self.error(source))?;
        rows.append(&mut self.days.remove(&day).unwrap_or_default());
        for row in &mut rows {
            row.market = numbers[row.market.index()];
        }
        rows.sort_by_key(|row| (row.time, row.market));
        Ok(rows)
    }

    fn error(&self, source: io::Error) -> ImportError {
        // The folder itself and the one that it is in have temporary names.
        let known = self.folder.ancestors().nth(2).filter(|folder| !folder.as_os_str().is_empty());
        ImportError::Spill { path: known.unwrap_or(Path::new(".")).to_owned(), source }
    }

    fn file(&self, day: i64) -> PathBuf {
        self.folder.join(format!("{day}.rows"))
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        for (&day, rows) in &mut self.days {
            if rows.is_empty() {
                continue;
            }
            bytes.clear();
            rows.iter().for_each(|row| row.write(&mut bytes));
            let path = self.folder.join(format!("{day}.rows"));
            OpenOptions::new().create(true).append(true).open(path)?.write_all(&bytes)?;
            *rows = Vec::new();
        }
        self.held = 0;
        Ok(())
    }

    fn fetch(&self, day: i64) -> io::Result<Vec<ImportedRow>> {
        let path = self.file(day);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let file = File::open(&path)?;
        let count = file.metadata()?.len() / ROW_BYTES as u64;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut bytes = [0; ROW_BYTES];
        let mut rows = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        for _ in 0..count {
            reader.read_exact(&mut bytes)?;
            rows.push(ImportedRow::read(&bytes));
        }
        std::fs::remove_file(path)?;
        Ok(rows)
    }
}

impl ImportedRow {
    /// Returns true if both rows are the same bit for bit, absent values included.
    pub(super) fn same(&self, other: &ImportedRow) -> bool {
        let bits = |row: &ImportedRow| row.values.map(f64::to_bits);
        (self.market, self.time, bits(self)) == (other.market, other.time, bits(other))
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.market.0.to_le_bytes());
        bytes.extend_from_slice(&self.time.0.to_le_bytes());
        for value in self.values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    fn read(bytes: &[u8; ROW_BYTES]) -> ImportedRow {
        let mut market = [0; 4];
        market.copy_from_slice(&bytes[..4]);
        let mut words = bytes[4..].chunks_exact(8).map(|chunk| {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            word
        });
        let mut next = || words.next().unwrap_or_default();
        ImportedRow {
            market: MarketId(u32::from_le_bytes(market)),
            time: Timestamp(i64::from_le_bytes(next())),
            values: std::array::from_fn(|_| f64::from_le_bytes(next())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_out_sorted_however_little_is_held(
            times in prop::collection::vec(-5i64..200, 0..300),
            hold in 1usize..50,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut sorter = Sorter { hold, ..Sorter::new(folder.path()) };
            let hour = 3_600_000_000_000;
            for (number, &time) in times.iter().enumerate() {
                let row = ImportedRow { market: MarketId(3), time: Timestamp(time * hour), values: [number as f64; 6] };
                sorter.push(row).unwrap();
            }
            let mut sorted = Vec::new();
            let numbers = [MarketId(0); 4];
            for day in sorter.days() {
                let rows = sorter.take(day, &numbers).unwrap();
                sorted.extend(rows.iter().map(|row| (row.time.0 / hour, row.values[5] as usize)));
            }
            let mut expected: Vec<_> = times.iter().copied().zip(0..).collect();
            expected.sort();
            prop_assert_eq!(sorted, expected);
        }
    }
}
