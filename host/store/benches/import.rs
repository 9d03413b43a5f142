//! An import of 10 M rows of CSV, or of as many millions as the argument says: processor time and memory at its peak,
//! and those of DuckDB for the same rows, if Python has it (`pip install duckdb`). Rows stand market by market, so that
//! all have to be sorted. Linux only: the figures are those of the kernel.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark may panic")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use host_core::{Span, Timestamp};
use host_store::import::{ImportOptions, import};

const MARKETS: i64 = 45;
const START: Timestamp = Timestamp(1_775_001_600 * 1_000_000_000);

fn main() {
    let millions = std::env::args().find_map(|argument| argument.parse::<i64>().ok()).unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let quotes = folder.path().join("quotes.csv");
    write(&quotes, millions * 1_000_000 / MARKETS).unwrap();
    let before = processor_seconds();
    let done =
        import(std::slice::from_ref(&quotes), &folder.path().join("tape"), &ImportOptions::default(), &mut |_| {})
            .unwrap();
    let seconds = processor_seconds() - before;
    println!("{} rows: {seconds:.1} s of processor time, {} at the peak", done.page.rows, status("VmHWM:"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/duckdb_sort.py");
    let sorted = Command::new("python3").arg(script).arg(&quotes).arg(folder.path().join("sorted.parquet")).output();
    match sorted {
        Ok(sorted) if sorted.status.success() => print!("DuckDB: {}", String::from_utf8_lossy(&sorted.stdout)),
        _ => println!("DuckDB: not measured, `python3` cannot import it"),
    }
}

/// Writes `rows` rows of each market, about five seconds apart.
fn write(path: &Path, rows: i64) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "time,market,bid,ask,bid_size,ask_size,last,volume")?;
    // Numbers of a congruential generator, so that each run has the same.
    let mut state = 7_u64;
    let mut any = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for market in 0..MARKETS {
        let (mut time, mut mid, mut volume) = (START, 10 + any(80), 1_000);
        for _ in 0..rows {
            time = time + Span::millis(any(10_000) as i64);
            if any(10) < 3 {
                mid = (mid + 2 * any(2)).clamp(4, 98) - 1;
            }
            volume += any(20);
            let (bid, ask, bid_size, ask_size) = (mid - 1, mid + 1, any(2_000), any(2_000));
            writeln!(
                file,
                "{time},KXMADE-26APR-T{market},0.{bid:02},0.{ask:02},{bid_size},{ask_size},0.{mid:02},{volume}"
            )?;
        }
    }
    file.flush()
}

/// Returns user and system time of this process, in seconds.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

fn status(key: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.trim().to_owned()
}
