//! Measures the time to decode and check a row of a tape, which bounds the speed of every back test, and the cost of
//! a recording a live host: to append a poll, early and late in the day, and to recover a day after a kill.
//!
//! `cargo bench -p host-store --bench tape`

#![expect(clippy::unwrap_used, reason = "a benchmark that fails may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use host_core::{Market, Quotes, Span, Timestamp};
use host_store::recording::Recording;
use host_store::tape::{Listing, SourceKind, Tape, TapeSource, TapeWriter};

const MARKETS: u32 = 45;
const POLL: Span = Span::seconds(30);

/// A few days of 45 markets at 30 s: cents that mostly stand still, sizes and volumes with thousands of values.
///
/// With `absent`, one ask in ten is absent, and three of four last prices, as where little is traded.
fn write(folder: &std::path::Path, days: i64, absent: bool) -> Tape {
    let mut writer = TapeWriter::create(folder.join(format!("tape-{absent}"))).unwrap();
    let mut state = 1u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut cents = vec![50i64; MARKETS as usize];
    let mut volume = vec![0.0; MARKETS as usize];
    let mut sizes = vec![(500.0, 500.0); MARKETS as usize];
    let mut quotes = Quotes::default();
    for poll in 0..days * (Span::DAY.0 / POLL.0) {
        for market in 0..MARKETS {
            let index = market as usize;
            if random(5) == 0 {
                cents[index] = (cents[index] + random(3) as i64 - 1).clamp(4, 96);
                volume[index] += random(40) as f64;
            }
            if random(2) == 0 {
                sizes[index] = ((10 + random(3_000)) as f64, (10 + random(3_000)) as f64);
            }
            let spread = 1 + random(100) as i64 / 30;
            quotes.market.push(market);
            quotes.time.push(Timestamp::start_of_day(20_000).0 + poll * POLL.0);
            quotes.bid.push(cents[index] as f64 / 100.0);
            let gone = absent && random(10) == 0;
            quotes.ask.push(if gone { f64::NAN } else { (cents[index] + spread).min(99) as f64 / 100.0 });
            quotes.bid_size.push(sizes[index].0);
            quotes.ask_size.push(sizes[index].1);
            quotes.last.push(if absent && !index.is_multiple_of(4) { f64::NAN } else { cents[index] as f64 / 100.0 });
            quotes.volume.push(volume[index]);
        }
        if quotes.len() > 10_000 {
            writer.append(quotes.all()).unwrap();
            quotes.clear();
        }
    }
    writer.append(quotes.all()).unwrap();
    let source = TapeSource::new(SourceKind::Synthetic, "benchmark");
    writer
        .finish(Listing {
            markets: markets(MARKETS),
            settlements: Vec::new(),
            source,
            poll: Some(POLL),
            inferred_ticks: 0,
        })
        .unwrap()
}

fn markets(count: u32) -> Vec<Market> {
    let market =
        |id| Market { ticker: format!("M-{id}"), event: "M".into(), series: "M".into(), ..host_testkit::market(id) };
    (0..count).map(market).collect()
}

/// Returns the size of all files in `folder`, and in folders within it.
fn folder_bytes(folder: &std::path::Path) -> u64 {
    let entry = |entry: std::fs::DirEntry| match entry.metadata().unwrap() {
        file if file.is_file() => file.len(),
        _ => folder_bytes(&entry.path()),
    };
    std::fs::read_dir(folder).unwrap().map(|found| entry(found.unwrap())).sum()
}

fn decode(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("tape");
    for (absent, name) in [(false, "all values present"), (true, "some values absent")] {
        let tape = write(folder.path(), 8, absent);
        let (rows, bytes) = (tape.meta().rows, folder_bytes(tape.path()));
        println!("{name}: {rows} rows, {:.3} bytes a row", bytes as f64 / rows as f64);
        group.throughput(Throughput::Elements(rows)).sample_size(20);
        for rows in [4_500, 9_000] {
            group.bench_function(format!("decode, {rows} rows a batch, {name}"), |bencher| {
                let mut quotes = Quotes::default();
                bencher.iter(|| {
                    let mut reader = tape.reader().batch_rows(rows);
                    while reader.next_batch(&mut quotes).unwrap() {
                        black_box(&quotes);
                    }
                });
            });
        }
    }
    group.finish();
}

/// Markets that a live host polls.
const LIVE_MARKETS: u32 = 3_000;

/// A poll of all live markets at `time`; a tenth of them differ from the poll before.
fn live_poll(time: Timestamp, rows: &mut Quotes) {
    rows.clear();
    let poll = time.0 / POLL.0;
    for market in 0..LIVE_MARKETS {
        let n = (poll + i64::from(market)) / 10 * 7 % 90;
        rows.market.push(market);
        rows.time.push(time.0);
        rows.bid.push((n + 1) as f64 / 100.0);
        rows.ask.push((n + 3) as f64 / 100.0);
        rows.bid_size.push((n * 31 % 3_000) as f64);
        rows.ask_size.push((n * 17 % 3_000) as f64);
        rows.last.push(if market % 4 == 0 { f64::NAN } else { (n + 2) as f64 / 100.0 });
        rows.volume.push((n * n) as f64);
    }
}

/// A recording whose unfinished day has `hours` of polls.
fn record(folder: &std::path::Path, hours: i64) -> (Recording, Timestamp) {
    let (mut recording, _) = Recording::open(folder).unwrap();
    recording.list(&markets(LIVE_MARKETS)).unwrap();
    let (mut time, mut rows) = (Timestamp::start_of_day(20_000), Quotes::default());
    for _ in 0..Span::hours(hours).0 / POLL.0 {
        live_poll(time, &mut rows);
        recording.append(&rows.all()).unwrap();
        time = time + POLL;
    }
    (recording, time)
}

fn recording(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recording");
    // Short: an append writes 66 kB, so seconds of them fill a disk.
    group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500));
    for hours in [1, 23] {
        let folder = tempfile::tempdir().unwrap();
        let (mut recording, mut time) = record(folder.path(), hours);
        let segment = folder.path().join("unfinished.segment").metadata().unwrap().len();
        let polls = Span::hours(hours).0 / POLL.0;
        println!(
            "{hours} h: {:.1} MB, {} bytes a row",
            segment as f64 / 1e6,
            segment / (polls as u64 * u64::from(LIVE_MARKETS))
        );
        let mut rows = Quotes::default();
        live_poll(time, &mut rows);
        group.throughput(Throughput::Elements(u64::from(LIVE_MARKETS)));
        group.bench_function(format!("append behind {hours} h"), |bencher| {
            bencher.iter(|| {
                // Close together, so that the day does not end.
                time = time + Span::millis(1);
                rows.time.fill(time.0);
                recording.append(&rows.all()).unwrap();
            });
        });
        drop(recording);
        drop(std::fs::remove_dir_all(folder.path()));
        drop(record(folder.path(), hours));
        group.throughput(Throughput::Elements(polls as u64 * u64::from(LIVE_MARKETS)));
        group.bench_function(format!("recover {hours} h"), |bencher| {
            bencher.iter(|| Recording::open(folder.path()).unwrap());
        });
        let (mut recording, _) = Recording::open(folder.path()).unwrap();
        live_poll(Timestamp::start_of_day(20_001), &mut rows);
        let (begun, path) = (Instant::now(), folder.path().join("quotes/2024-10-04.parquet"));
        recording.append(&rows.all()).unwrap();
        let held_up = begun.elapsed();
        recording.wait().unwrap();
        let (ms, bytes) = (begun.elapsed().as_millis(), path.metadata().unwrap().len());
        println!(
            "midnight after {hours} h: the poll takes {held_up:?}, the day in the background {ms} ms, {bytes} bytes"
        );
    }
    group.finish();
}

criterion_group!(benches, decode, recording);
criterion_main!(benches);
