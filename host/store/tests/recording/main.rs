//! Recordings through the public interface: no acknowledged row is ever lost, duplicated or changed, wherever the host
//! is killed.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod days;
mod growth;
mod kills;
mod markets;
mod rows;
mod size;
mod table;
mod trades;

use std::fs;
use std::path::Path;

use host_core::{Market, MarketId, Quotes, Span, Timestamp};
use host_store::recording::{Recording, RowsBetween};
use host_store::tape::Tape;

/// Midnight of an arbitrary day.
const MIDNIGHT: i64 = Span::DAY.0 * 20_000;
const MINUTE: i64 = Span::minutes(1).0;

fn market(id: u32) -> Market {
    Market { category: "test".into(), ..host_testkit::market(id) }
}

fn markets(count: u32) -> Vec<Market> {
    (0..count).map(market).collect()
}

/// Returns a poll of markets 0.. at `time`, with values that differ from poll to poll: on the grid, off it, and absent.
fn poll(time: i64, markets: u32) -> Quotes {
    let mut rows = Quotes::default();
    for market in 0..markets {
        let n = (time / MINUTE).rem_euclid(50) as f64 + f64::from(market);
        rows.market.push(market);
        rows.time.push(time);
        rows.bid.push((1.0 + n) / 100.0);
        rows.ask.push(if market == 1 { f64::NAN } else { (2.0 + n) / 100.0 });
        rows.bid_size.push(n + 0.25);
        rows.ask_size.push(n / 3.0);
        rows.last.push(f64::NAN);
        rows.volume.push(n * 1e6);
    }
    rows
}

/// Returns the rows as bits, so that NaN equals NaN and 0 differs from -0.
fn bits(rows: &Quotes) -> Vec<[u64; 8]> {
    let row = |row: usize| {
        let floats = [&rows.bid, &rows.ask, &rows.bid_size, &rows.ask_size, &rows.last, &rows.volume];
        let mut bits = [u64::from(rows.market[row]), rows.time[row].cast_unsigned(), 0, 0, 0, 0, 0, 0];
        for (bits, column) in bits[2..].iter_mut().zip(floats) {
            // Any NaN is an absent value.
            *bits = if column[row].is_nan() { f64::NAN } else { column[row] }.to_bits();
        }
        bits
    };
    (0..rows.len()).map(row).collect()
}

fn all_bits<'a>(polls: impl IntoIterator<Item = &'a Quotes>) -> Vec<[u64; 8]> {
    polls.into_iter().flat_map(bits).collect()
}

/// Returns all rows, and checks that each batch has whole polls.
fn read(batches: RowsBetween) -> Vec<[u64; 8]> {
    let mut rows: Vec<[u64; 8]> = Vec::new();
    for batch in batches {
        let batch = bits(&batch.unwrap());
        assert!(rows.last().is_none_or(|last| last[1] < batch[0][1]), "a batch begins with a later poll");
        rows.extend(batch);
    }
    rows
}

fn always() -> (Timestamp, Timestamp) {
    (Timestamp(i64::MIN), Timestamp(i64::MAX))
}

fn read_folder(folder: &Path) -> Vec<[u64; 8]> {
    let (from, until) = always();
    read(Recording::open_read(folder).unwrap().rows_between(from, until).unwrap())
}

/// Returns the rows of the finished days, as any reader of tapes sees them, and checks the description against them.
fn read_tape(folder: &Path) -> Vec<[u64; 8]> {
    let tape = Tape::open(folder).unwrap();
    let (mut reader, mut batch, mut rows) = (tape.reader(), Quotes::default(), Vec::new());
    while reader.next_batch(&mut batch).unwrap() {
        rows.extend(bits(&batch));
    }
    let meta = tape.meta();
    assert_eq!(meta.rows, rows.len() as u64);
    assert_eq!(meta.days.iter().map(|day| day.rows).sum::<u64>(), meta.rows);
    assert_eq!(meta.coverage.iter().map(|coverage| coverage.rows).sum::<u64>(), meta.rows);
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        assert_eq!((meta.first.0, meta.last.0), (first[1].cast_signed(), last[1].cast_signed()));
    }
    rows
}

fn segment(folder: &Path) -> std::path::PathBuf {
    folder.join("unfinished.segment")
}

/// Returns the sorted names of the files in `folder`.
fn files(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}
