//! Writes the signal values of a run, one line per scored row: `time,market,score`, as Parquet if the file's name
//! ends in `.parquet`, else as CSV. The file gets its name once it is complete.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use host_core::foreign::csv_cell;
use host_core::{QuotesView, Timestamp};
use host_system::files;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use tempfile::NamedTempFile;

use crate::parquet_columns::write_column;

/// Number of rows in a row group, which is held in memory until it is written.
const ROWS_PER_GROUP: usize = 131_072;

/// The scores could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the scores to {}: {source}", .path.display())]
pub struct ScoresError {
    path: PathBuf,
    source: io::Error,
}

/// Writes scores. Dropping it before [`ScoresWriter::finish`] leaves nothing behind.
pub struct ScoresWriter {
    path: PathBuf,
    /// Tickers by market number.
    tickers: Vec<String>,
    format: ScoresFormat,
}

enum ScoresFormat {
    Csv(BufWriter<NamedTempFile>, String),
    Parquet(Box<SerializedFileWriter<NamedTempFile>>, PendingScores),
}

#[derive(Default)]
struct PendingScores {
    time: Vec<i64>,
    market: Vec<ByteArray>,
    score: Vec<f64>,
}

impl std::fmt::Debug for ScoresWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScoresWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ScoresWriter {
    /// Begins the file `path`. `tickers` are the markets' tickers by number.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn create(path: impl AsRef<Path>, tickers: Vec<String>) -> Result<ScoresWriter, ScoresError> {
        let path = path.as_ref().to_owned();
        let failed = |source| ScoresError { path: path.clone(), source };
        let file = files::scratch_file(&path).map_err(failed)?;
        let format = if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
            let properties = Arc::new(WriterProperties::builder().build());
            let writer = schema().and_then(|schema| SerializedFileWriter::new(file, schema, properties));
            ScoresFormat::Parquet(Box::new(writer.map_err(|error| failed(io_error(error)))?), PendingScores::default())
        } else {
            let mut file = BufWriter::new(file);
            file.write_all(b"time,market,score\n").map_err(failed)?;
            ScoresFormat::Csv(file, String::new())
        };
        Ok(ScoresWriter { path, tickers, format })
    }

    /// Appends the rows that have a score. `scores` has one score per row, NaN for none.
    ///
    /// # Errors
    /// The file cannot be written, for example on a full disk.
    pub fn append(&mut self, rows: QuotesView<'_>, scores: &[f64]) -> Result<(), ScoresError> {
        let scored = (0..rows.len().min(scores.len())).filter(|&row| !scores[row].is_nan());
        let ticker = |row: usize| self.tickers.get(rows.market[row] as usize).map_or("", String::as_str);
        let written = match &mut self.format {
            ScoresFormat::Csv(file, line) => {
                scored.map(|row| (rows.time[row], ticker(row), scores[row])).try_for_each(|scored| {
                    csv_line(line, scored);
                    file.write_all(line.as_bytes())
                })
            }
            ScoresFormat::Parquet(file, held) => {
                for row in scored {
                    held.time.push(rows.time[row]);
                    held.market.push(ticker(row).into());
                    held.score.push(scores[row]);
                }
                if held.time.len() >= ROWS_PER_GROUP { held.write(file).map_err(io_error) } else { Ok(()) }
            }
        };
        written.map_err(|source| ScoresError { path: self.path.clone(), source })
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// The file cannot be written, for example on a full disk.
    pub fn finish(self) -> Result<(), ScoresError> {
        let path = self.path;
        let file = match self.format {
            ScoresFormat::Csv(file, _) => file.into_inner().map_err(io::IntoInnerError::into_error),
            ScoresFormat::Parquet(mut file, mut held) => {
                let written = if held.time.is_empty() { Ok(()) } else { held.write(&mut file) };
                written.and_then(|()| file.into_inner()).map_err(io_error)
            }
        };
        let named = file.and_then(|file| file.persist(&path).map_err(io::Error::from));
        named.map(|_| ()).map_err(|source| ScoresError { path, source })
    }
}

impl PendingScores {
    /// Writes the rows as one row group and clears them.
    fn write(&mut self, file: &mut SerializedFileWriter<NamedTempFile>) -> Result<(), ParquetError> {
        let mut group = file.next_row_group()?;
        write_column::<Int64Type, _>(&mut group, &self.time)?;
        write_column::<ByteArrayType, _>(&mut group, &self.market)?;
        write_column::<DoubleType, _>(&mut group, &self.score)?;
        group.close()?;
        self.time.clear();
        self.market.clear();
        self.score.clear();
        Ok(())
    }
}

fn schema() -> Result<TypePtr, ParquetError> {
    let required = |name, physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
    let time = LogicalType::timestamp(true, TimeUnit::NANOS);
    let fields = vec![
        Arc::new(required("time", Physical::INT64).with_logical_type(Some(time)).build()?),
        Arc::new(required("market", Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build()?),
        Arc::new(required("score", Physical::DOUBLE).build()?),
    ];
    Ok(Arc::new(Type::group_type_builder("scores").with_fields(fields).build()?))
}

/// Formats one line of CSV. Times are ISO 8601 with milliseconds, or with nanoseconds if they are not whole
/// milliseconds.
fn csv_line(line: &mut String, (time, ticker, score): (i64, &str, f64)) {
    line.clear();
    let rest = time.rem_euclid(1_000_000);
    // Writing to a string cannot fail.
    let _ = write!(line, "{}", Timestamp(time));
    if rest != 0 {
        line.pop();
        let _ = write!(line, "{rest:06}Z");
    }
    let _ = writeln!(line, ",{},{score}", csv_cell(ticker));
}

fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use host_core::{MarketId, Quote, Quotes};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn write(name: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut quotes = Quotes::default();
        for (market, time) in [(0, 1_500_000_000), (1, 1_500_000_001), (0, 2_000_000_000)] {
            let (market, time) = (MarketId(market), Timestamp(time));
            let empty =
                Quote { market, time, bid: None, ask: None, bid_size: None, ask_size: None, last: None, volume: None };
            quotes.push(&empty);
        }
        let mut writer = ScoresWriter::create(&path, vec!["FED".into(), "A,B".into()]).unwrap();
        writer.append(quotes.all(), &[0.25, -1.5, f64::NAN]).unwrap();
        assert!(!path.exists(), "half a file must not have the name of a whole one");
        writer.finish().unwrap();
        (folder, path)
    }

    #[test]
    fn scored_rows_become_lines() {
        let (_folder, path) = write("scores.csv");
        insta::assert_snapshot!(std::fs::read_to_string(path).unwrap(), @r#"
        time,market,score
        1970-01-01T00:00:01.500Z,FED,0.25
        1970-01-01T00:00:01.500000001Z,"A,B",-1.5
        "#);
    }

    #[test]
    fn scored_rows_become_parquet() {
        let (_folder, path) = write("scores.parquet");
        let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let rows: Vec<String> = file.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[1].contains("market: \"A,B\", score: -1.5"), "{}", rows[1]);
    }
}
