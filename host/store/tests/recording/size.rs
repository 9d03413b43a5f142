//! The size of a recording, which grows for as long as its host runs.

use std::time::{Duration, Instant};

use host_sim::generator::{Generator, GeneratorSettings};

use super::*;
use host_store::tape::DayFile;

/// Largest size of a recorded day of 3,000 markets, polled every 30 s, in bytes.
const MOST_A_DAY: u64 = 40_000_000;
const MARKETS: usize = 3_000;
const POLL: Span = Span::seconds(30);

/// Records `hours` of synthetic markets in `folder`. Returns the slowest append, and the recording.
fn record(folder: &Path, hours: i64) -> (Duration, Recording) {
    let start = Timestamp(MIDNIGHT);
    let settings = GeneratorSettings {
        markets: MARKETS,
        span: Span::hours(hours),
        poll: POLL,
        gaps: false,
        ..GeneratorSettings::new(start, 3)
    };
    let mut generator = Generator::new(settings);
    let (mut recording, _) = Recording::open(folder).unwrap();
    recording.list(generator.markets()).unwrap();
    let (mut rows, mut slowest) = (Quotes::default(), Duration::ZERO);
    while generator.next_batch(&mut rows) {
        let mut start = 0;
        while start < rows.len() {
            let end = start + rows.time[start..].iter().take_while(|&&time| time == rows.time[start]).count();
            let begun = Instant::now();
            recording.append(&rows.view(start..end)).unwrap();
            slowest = slowest.max(begun.elapsed());
            start = end;
        }
    }
    (slowest, recording)
}

/// Closes the recording. Returns the number of its rows, and their size.
fn close(recording: Recording) -> (u64, u64) {
    let folder = recording.folder().to_owned();
    recording.close().unwrap();
    let tape = Tape::open(folder).unwrap();
    let bytes = |day: &DayFile| fs::metadata(tape.path().join(&day.file)).unwrap().len();
    (tape.meta().rows, tape.meta().days.iter().map(bytes).sum())
}

#[test]
fn a_day_of_thousands_of_markets_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, bytes) = close(record(folder.path(), 3).1);
    let polls_a_day = (Span::DAY.0 / POLL.0).unsigned_abs();
    let day = bytes * polls_a_day * MARKETS as u64 / rows;
    assert!(day < MOST_A_DAY - 2_000_000, "{day} bytes a day");
    // Below half of this it would be other data.
    assert!(day > MOST_A_DAY / 2, "{day} bytes a day");
}

#[test]
#[ignore = "measures; the figures stand in host/docs/benchmarks.md"]
fn two_whole_days_of_thousands_of_markets() {
    let folder = tempfile::tempdir().unwrap();
    let (slowest, recording) = record(folder.path(), 48);
    let (rows, bytes) = close(recording);
    println!("{rows} rows: {bytes} bytes, {:.2} a row", bytes as f64 / rows as f64);
    println!("the slowest append of two days: {slowest:?}");
    assert!(bytes < 2 * MOST_A_DAY);
}
