//! Sorts rows by time in constant memory: sorted runs of at most [`HELD_ROWS`] rows are put aside on disk and merged.
//! Rows of one time stay in the order of their arrival.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use host_core::{MarketId, Timestamp};

use super::error::ImportError;

/// Number of rows held in memory before they are put aside: 32 MB, and half as much to sort them.
const HELD_ROWS: usize = 500_000;
/// Most runs that are merged at a time: each has an open file and a buffer.
const MOST_RUNS: usize = 64;
const ROW_BYTES: usize = 61;

/// A row to be sorted. `values` are bid, ask, bid size, ask size, last, volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImportedRow {
    pub(super) market: MarketId,
    pub(super) time: Timestamp,
    /// Its file has the newest row first.
    pub(super) reversed: bool,
    pub(super) values: [f64; 6],
}

/// Rows that come in any order, and go in that of time.
pub(super) struct Sorter {
    folder: PathBuf,
    name: &'static str,
    rows: Vec<ImportedRow>,
    runs: VecDeque<PathBuf>,
    made: u64,
    hold: usize,
}

impl Sorter {
    /// Returns a sorter that puts rows aside in files in `folder` whose names begin with `name`.
    pub(super) fn new(folder: &Path, name: &'static str) -> Sorter {
        let (rows, runs) = (Vec::new(), VecDeque::new());
        Sorter { folder: folder.to_owned(), name, rows, runs, made: 0, hold: HELD_ROWS }
    }

    pub(super) fn push(&mut self, row: ImportedRow) -> Result<(), ImportError> {
        self.rows.push(row);
        match self.rows.len() >= self.hold {
            true => self.put_aside().map_err(|source| self.error(source)),
            false => Ok(()),
        }
    }

    /// Gives all rows to `take`, by time.
    ///
    /// # Errors
    /// The disk fails, or `take`.
    pub(super) fn finish(
        mut self,
        take: &mut dyn FnMut(ImportedRow) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        self.rows.sort_by_key(|row| row.time);
        if self.runs.is_empty() {
            return self.rows.iter().try_for_each(|row| take(*row));
        }
        let last = std::mem::take(&mut self.rows);
        // Neighbours are merged, so that runs stay in the order of arrival.
        while self.runs.len() > MOST_RUNS {
            let mut merged = VecDeque::new();
            while !self.runs.is_empty() {
                let some = self.runs.drain(..self.runs.len().min(MOST_RUNS)).collect::<Vec<_>>();
                let run = self.merge_to_file(&some).map_err(|source| self.error(source))?;
                merged.push_back(run);
            }
            self.runs = merged;
        }
        let opened = self.runs.iter().map(|path| SortedRun::open(path)).collect::<io::Result<Vec<SortedRun>>>();
        let mut runs = opened.map_err(|source| self.error(source))?;
        runs.push(SortedRun { file: None, held: last.into_iter() });
        let mut merge = Merge::new(runs).map_err(|source| self.error(source))?;
        while let Some(row) = merge.next().map_err(|source| self.error(source))? {
            take(row)?;
        }
        Ok(())
    }

    fn error(&self, source: io::Error) -> ImportError {
        // The folder itself and the one that it is in have temporary names.
        let known = self.folder.ancestors().nth(2).filter(|folder| !folder.as_os_str().is_empty());
        ImportError::Spill { path: known.unwrap_or(Path::new(".")).to_owned(), source }
    }

    fn new_run(&mut self) -> PathBuf {
        self.made += 1;
        self.folder.join(format!("{}-{}.rows", self.name, self.made))
    }

    fn put_aside(&mut self) -> io::Result<()> {
        self.rows.sort_by_key(|row| row.time);
        let path = self.new_run();
        let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
        self.rows.iter().try_for_each(|row| file.write_all(&row.bytes()))?;
        file.flush()?;
        self.rows.clear();
        self.runs.push_back(path);
        Ok(())
    }

    fn merge_to_file(&mut self, runs: &[PathBuf]) -> io::Result<PathBuf> {
        let path = self.new_run();
        let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
        let mut merge =
            Merge::new(runs.iter().map(|run| SortedRun::open(run)).collect::<io::Result<Vec<SortedRun>>>()?)?;
        while let Some(row) = merge.next()? {
            file.write_all(&row.bytes())?;
        }
        file.flush()?;
        drop(merge);
        runs.iter().try_for_each(std::fs::remove_file)?;
        Ok(path)
    }
}

/// A sorted run, on disk or in memory.
struct SortedRun {
    file: Option<BufReader<File>>,
    held: std::vec::IntoIter<ImportedRow>,
}

impl SortedRun {
    fn open(path: &Path) -> io::Result<SortedRun> {
        let file = BufReader::with_capacity(1 << 17, File::open(path)?);
        Ok(SortedRun { file: Some(file), held: Vec::new().into_iter() })
    }

    fn next(&mut self) -> io::Result<Option<ImportedRow>> {
        let Some(file) = &mut self.file else { return Ok(self.held.next()) };
        let mut bytes = [0; ROW_BYTES];
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(ImportedRow::read(&bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Merges runs by time; rows of one time come in the order of the runs.
struct Merge {
    runs: Vec<SortedRun>,
    /// The next row of each run.
    heads: Vec<Option<ImportedRow>>,
    queue: BinaryHeap<Reverse<(Timestamp, usize)>>,
}

impl Merge {
    fn new(mut runs: Vec<SortedRun>) -> io::Result<Merge> {
        let heads = runs.iter_mut().map(SortedRun::next).collect::<io::Result<Vec<_>>>()?;
        let queue = heads.iter().zip(0..).filter_map(|(row, run)| Some(Reverse((row.as_ref()?.time, run)))).collect();
        Ok(Merge { runs, heads, queue })
    }

    fn next(&mut self) -> io::Result<Option<ImportedRow>> {
        let Some(mut first) = self.queue.peek_mut() else { return Ok(None) };
        let Reverse((_, run)) = *first;
        let row = self.heads[run].take();
        self.heads[run] = self.runs[run].next()?;
        match &self.heads[run] {
            Some(next) => *first = Reverse((next.time, run)),
            None => drop(std::collections::binary_heap::PeekMut::pop(first)),
        }
        Ok(row)
    }
}

impl ImportedRow {
    /// Returns true if both rows are the same bit for bit, absent values included.
    pub(super) fn same(&self, other: &ImportedRow) -> bool {
        let bits = |row: &ImportedRow| row.values.map(f64::to_bits);
        (self.market, self.time, bits(self)) == (other.market, other.time, bits(other))
    }

    fn bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        bytes[..4].copy_from_slice(&self.market.0.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.time.0.to_le_bytes());
        for (part, value) in bytes[12..60].chunks_exact_mut(8).zip(self.values) {
            part.copy_from_slice(&value.to_le_bytes());
        }
        bytes[60] = u8::from(self.reversed);
        bytes
    }

    fn read(bytes: &[u8; ROW_BYTES]) -> ImportedRow {
        let mut market = [0; 4];
        market.copy_from_slice(&bytes[..4]);
        let word = |place: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[4 + place * 8..12 + place * 8]);
            word
        };
        ImportedRow {
            market: MarketId(u32::from_le_bytes(market)),
            time: Timestamp(i64::from_le_bytes(word(0))),
            values: std::array::from_fn(|place| f64::from_le_bytes(word(1 + place))),
            reversed: bytes[60] != 0,
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
            let mut sorter = Sorter { hold, ..Sorter::new(folder.path(), "row") };
            for (number, &time) in times.iter().enumerate() {
                let (market, values) = (MarketId(3), [number as f64; 6]);
                sorter.push(ImportedRow { market, time: Timestamp(time), reversed: time > 9, values }).unwrap();
            }
            let mut sorted = Vec::new();
            sorter.finish(&mut |row| {
                sorted.push((row.time.0, row.values[5] as usize, row.reversed));
                Ok(())
            }).unwrap();
            let mut expected: Vec<_> = times.iter().zip(0..).map(|(&time, number)| (time, number, time > 9)).collect();
            expected.sort();
            prop_assert_eq!(sorted, expected);
        }
    }
}
