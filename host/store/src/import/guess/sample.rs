//! The first rows of a file.

use std::ops::ControlFlow;

use csv::ByteRecord;

use crate::import::error::ImportError;
use crate::import::table::ForeignTable;

/// Number of rows that are looked at.
const SAMPLE_ROWS: usize = 5_000;

/// The first rows of a file, with their lines.
pub(super) struct Sample {
    pub(super) rows: Vec<(u64, ByteRecord)>,
}

/// Reads the first rows of `table`.
pub(super) fn read(table: &ForeignTable) -> Result<Sample, ImportError> {
    let mut rows = Vec::new();
    let read = table.rows(&|_| {}, &mut |row| {
        if row.problem.is_none() {
            rows.push(((row.place)(), row.fields.clone()));
        }
        Ok(if rows.len() < SAMPLE_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    });
    match read {
        // What is damaged further on is an error once it is read, with the rows before it.
        Err(ImportError::Truncated { rows: 1.., .. }) | Ok(_) => Ok(Sample { rows }),
        Err(error) => Err(error),
    }
}

impl Sample {
    /// Returns the line and the text of `column` in each row that has it.
    pub(super) fn texts(&self, column: usize) -> impl Iterator<Item = (u64, &str)> {
        self.rows
            .iter()
            .filter_map(move |(line, row)| Some((*line, std::str::from_utf8(row.get(column)?).ok()?.trim())))
    }
}
