//! Tapes and recordings of former releases, as those wrote them: read as before, and recordings continued.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{MarketId, Outcome, Price, Quotes, Settlement, Span, Timestamp};
use host_store::info::info;
use host_store::recording::{Disk, Recording};
use host_store::tape::Tape;

/// First polled time, 2026-01-05.
const FIRST: i64 = 1_767_571_200_000_000_000;
const POLL: i64 = Span::minutes(5).0;
/// Polls in the imported tape, each of three markets.
const POLLS: i64 = 576;

/// Returns a folder of the repository.
fn former(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/tapes").join(name)
}

/// Copies a former recording, so that it may be continued.
fn copied(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(former(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

/// The rows that both were made of.
fn expected() -> Quotes {
    let mut rows = Quotes::default();
    for n in 0..POLLS {
        for market in 0..3 {
            let cents = 20 + 15 * market + (n * (7 + market)) % 23;
            let dollars = |cents: i64| format!("0.{cents:02}").parse::<f64>().unwrap();
            rows.market.push(market as u32);
            rows.time.push(FIRST + n * POLL);
            rows.bid.push(dollars(cents));
            rows.ask.push(if (n + market) % 11 == 0 { f64::NAN } else { dollars(cents + 2 + n % 3) });
            for column in [&mut rows.bid_size, &mut rows.ask_size, &mut rows.last, &mut rows.volume] {
                column.push(f64::NAN);
            }
        }
    }
    rows
}

fn read(tape: &Tape) -> Quotes {
    let (mut reader, mut batch, mut all) = (tape.reader(), Quotes::default(), Quotes::default());
    while reader.next_batch(&mut batch).unwrap() {
        all.append(batch.all());
    }
    all
}

/// Compares rows, with NaN equal to NaN.
fn assert_same(found: &Quotes, expected: &Quotes) {
    assert!(format!("{found:?}") == format!("{expected:?}"), "{} rows, not {}", found.len(), expected.len());
}

/// The digests that the former release gave the tapes, by which journals refer to them.
const IMPORTED: &str = "064e879ffb9dc34b9bd28606eb68e537cfc27da6cfb096a6661a3bd8b6187368";
const RECORDED: &str = "ae659d9db648628df25ed3b333f7ebe1fca0fb704fa7050025b5c2acf09a65cd";

#[test]
fn an_imported_tape_of_a_former_release_is_read() {
    let tape = Tape::open(former("imported")).unwrap();
    assert_same(&read(&tape), &expected());
    assert_eq!(tape.digest().unwrap(), IMPORTED);
    let names: Vec<&str> = tape.markets().iter().map(|market| market.ticker.as_str()).collect();
    assert_eq!(names, ["FED-26JAN-CUT", "FED-26JAN-HOLD", "NYC-26JAN-RAIN"]);
    assert_eq!(tape.settlements().iter().map(|one| one.outcome).collect::<Vec<_>>(), [Outcome::Yes, Outcome::No]);
    let info = info(&tape).unwrap();
    assert_eq!((info.rows, info.days, info.trades, info.settlements), (1_728, 2, 0, 2));
    assert!(!tape.trades_reader().next_batch(&mut host_core::PublicTrades::default()).unwrap());
}

#[test]
fn a_recording_of_a_former_release_is_read() {
    let tape = Tape::open(former("recorded")).unwrap();
    assert_eq!(tape.digest().unwrap(), RECORDED);
    let mut all = expected();
    assert_same(&Recording::open_read(former("recorded")).map(all_rows).unwrap(), &all);
    for column in [&mut all.bid, &mut all.ask, &mut all.bid_size, &mut all.ask_size, &mut all.last, &mut all.volume] {
        column.truncate(1_200);
    }
    all.market.truncate(1_200);
    all.time.truncate(1_200);
    assert_same(&read(&tape), &all);
}

fn all_rows(reader: host_store::recording::RecordingReader) -> Quotes {
    let (from, until) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let mut all = Quotes::default();
    for batch in reader.rows_between(from, until).unwrap() {
        all.append(batch.unwrap().all());
    }
    all
}

#[test]
fn a_recording_of_a_former_release_goes_on_wherever_its_host_is_killed() {
    let mut all = expected();
    let mut later = Quotes::default();
    let end = all.len() - 3;
    later.append(all.view(end..end + 3));
    later.time.fill(FIRST + POLLS * POLL);
    all.append(later.all());
    let late = Settlement { market: MarketId(2), time: Timestamp(FIRST), outcome: Outcome::Value(Price(2_500)) };
    for operation in 0.. {
        let folder = copied("recorded");
        let go_on = |disk: Disk| {
            let (mut recording, _) = Recording::open_on(folder.path(), disk)?;
            if recording.last() < Some(Timestamp(later.time[0])) {
                recording.append(&later.all())?;
            }
            recording.settled(&late)?;
            recording.close()
        };
        let killed = go_on(Disk::stopped(operation..u64::MAX)).is_err();
        let found = Recording::open_read(folder.path()).map(all_rows).unwrap();
        assert!([all.len(), all.len() - 3].contains(&found.len()), "operation {operation}: {}", found.len());
        go_on(Disk::default()).unwrap();
        let tape = Tape::open(folder.path()).unwrap();
        assert_same(&read(&tape), &all);
        let files: Vec<&str> = tape.meta().days.iter().map(|day| day.file.as_str()).collect();
        let former = ["day=2026-01-05.parquet", "day=2026-01-06.parquet"];
        assert_eq!(files[..2], former, "days of a former release stay as they are");
        assert!(files[2..].iter().all(|file| file.starts_with("quotes/2026-01-0")), "{files:?}");
        assert_eq!(tape.settlements().len(), 2);
        assert!(folder.path().join("markets.parquet").exists());
        let base = fs::read_to_string(folder.path().join("tape.json")).unwrap();
        assert!(base.contains("\"format\": 4"), "a host of the former release does not take it: {base}");
        if !killed {
            assert!(operation > 10, "{operation}");
            return;
        }
    }
}
