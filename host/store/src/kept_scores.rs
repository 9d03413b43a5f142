//! Reads the scores that [`crate::scores`] has written.

use std::io;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use csv::ByteRecord;
use host_core::Timestamp;
use host_system::capped;
use host_system::guard::guarded;
use parquet::data_type::{ByteArrayType, DoubleType, Int64Type};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::csv_records::CsvRecords;
use crate::parquet_columns::read_column;

/// The scores could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the scores in {}: {source}", .path.display())]
pub struct KeptScoresError {
    path: PathBuf,
    source: io::Error,
}

/// Reads the file `path`, and gives each score with its time and the market's ticker to `take`, in their order.
///
/// # Errors
/// There is no such file, or it is none that a back test has written with `--scores`.
pub fn read(path: &Path, take: &mut dyn FnMut(Timestamp, &str, f64)) -> Result<(), KeptScoresError> {
    let read =
        guarded("the file", || match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
            true => read_parquet(path, take),
            false => read_csv(path, take),
        });
    read.map_err(io::Error::other).flatten().map_err(|source| KeptScoresError { path: path.to_owned(), source })
}

fn read_csv(path: &Path, take: &mut dyn FnMut(Timestamp, &str, f64)) -> io::Result<()> {
    let mut lines = CsvRecords::new(capped::open(path)?);
    lines.header()?;
    let mut line = ByteRecord::new();
    while lines.next(&mut line)? {
        let field = |column| line.get(column).and_then(|field| std::str::from_utf8(field).ok());
        let time = field(0).and_then(|time| DateTime::parse_from_rfc3339(time).ok());
        let time = time.and_then(|time| time.timestamp_nanos_opt()).map(Timestamp);
        let score = field(2).and_then(|score| score.parse().ok());
        let (Some(time), Some(market), Some(score)) = (time, field(1), score) else {
            let place = line.position().map_or(0, csv::Position::line);
            return Err(io::Error::other(format!("line {place} is not of the form `time,market,score`")));
        };
        take(time, market, score);
    }
    Ok(())
}

fn read_parquet(path: &Path, take: &mut dyn FnMut(Timestamp, &str, f64)) -> io::Result<()> {
    let file = SerializedFileReader::new(capped::open(path)?).map_err(io::Error::other)?;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group).map_err(io::Error::other)?;
        let times = read_column::<Int64Type>(&*group, 0).map_err(io::Error::other)?;
        let markets = read_column::<ByteArrayType>(&*group, 1).map_err(io::Error::other)?;
        let scores = read_column::<DoubleType>(&*group, 2).map_err(io::Error::other)?;
        for ((time, market), score) in times.into_iter().zip(&markets).zip(scores) {
            take(Timestamp(time), market.as_utf8().map_err(io::Error::other)?, score);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use host_core::{MarketId, Quote, Quotes};

    use super::*;
    use crate::scores::ScoresWriter;

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut quotes = Quotes::default();
        for (market, time) in [(0, 1_500_000_000), (1, 1_500_000_001), (0, 2_000_000_000)] {
            quotes.push(&Quote::empty(MarketId(market), Timestamp(time)));
        }
        for name in ["scores.csv", "scores.parquet"] {
            let path = folder.path().join(name);
            let mut writer = ScoresWriter::create(&path, vec!["FED".into(), "A,\"B".into()]).unwrap();
            writer.append(quotes.all(), &[0.25, -1.5, f64::NAN]).unwrap();
            writer.finish().unwrap();
            let mut found = Vec::new();
            read(&path, &mut |time, market, score| found.push((time.0, market.to_owned(), score))).unwrap();
            let expect = [(1_500_000_000, "FED".to_owned(), 0.25), (1_500_000_001, "A,\"B".to_owned(), -1.5)];
            assert_eq!(found, expect, "{name}");
        }
    }

    #[test]
    fn another_file_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        std::fs::write(&path, "time,market,score\n2026-01-05,FED,high\n").unwrap();
        let refused = read(&path, &mut |_, _, _| {}).unwrap_err().to_string();
        assert!(refused.contains("line 2 is not of the form `time,market,score`"), "{refused}");
    }
}
