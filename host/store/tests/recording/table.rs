//! `markets.parquet` of a recording: after each day and run it has every market with its result, for other programs.

use host_core::{Outcome, Settlement};
use host_store::recording::Disk;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;

/// A day's new markets: with those of the day before, more than a group of rows.
const A_DAY: u32 = 2_500;

/// Ticker, title, closing time, result and its time.
type Row = (String, String, Option<i64>, Option<String>, Option<i64>);

/// Returns what the table of the recording in `folder` says.
fn found(folder: &Path) -> Vec<Row> {
    let file = SerializedFileReader::new(fs::File::open(folder.join("markets.parquet")).unwrap()).unwrap();
    let rows = file.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let column = |wanted: &str| row.get_column_iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
        let text = |name: &str| match column(name) {
            Field::Str(text) => Some(text),
            other => (other != Field::Null).then(|| format!("{other:?}")),
        };
        let time = |name: &str| match column(name) {
            Field::Long(time) => Some(time),
            other => (other != Field::Null).then_some(i64::MIN),
        };
        (text("ticker").unwrap(), text("title").unwrap(), time("closes"), text("result"), time("settled"))
    });
    rows.collect()
}

/// Checks the table of the recording in `folder` against its lines.
fn check(folder: &Path, context: &str) {
    let tape = Tape::open(folder).unwrap();
    let row = |market: &Market| {
        let result = tape.settlements().iter().find(|result| result.market == market.id);
        let name = result.map(|result| if result.outcome == Outcome::Yes { "yes" } else { "no" }.to_owned());
        let (closes, settled) = (market.closes.map(|time| time.0), result.map(|result| result.time.0));
        (market.ticker.clone(), market.title.clone(), closes, name, settled)
    };
    let expected: Vec<_> = tape.markets().iter().map(row).collect();
    assert!(found(folder) == expected, "{context}: {} rows, not {}", found(folder).len(), expected.len());
}

/// Markets of the `day`th day.
fn markets_of(day: u32) -> Vec<Market> {
    let closes = Some(Timestamp(MIDNIGHT + (i64::from(day) + 1) * Span::DAY.0));
    (day * A_DAY..(day + 1) * A_DAY).map(|id| Market { closes, ..market(id) }).collect()
}

fn settled(id: u32, outcome: Outcome) -> Settlement {
    Settlement { market: MarketId(id), time: Timestamp(MIDNIGHT + i64::from(id)), outcome }
}

#[test]
fn the_table_follows_each_day_and_each_run() {
    let folder = tempfile::tempdir().unwrap();
    for day in 0..5 {
        let (mut recording, _) = Recording::open_on(folder.path(), Disk::stopped(0..0)).unwrap();
        recording.list(&markets_of(day)).unwrap();
        recording.append(&poll(MIDNIGHT + i64::from(day) * Span::DAY.0, 3).all()).unwrap();
        recording.wait().unwrap();
        if day > 0 {
            check(folder.path(), "a day has ended");
        }
        let id = day * A_DAY;
        recording.settled(&settled(id, Outcome::Yes)).unwrap();
        // A correction, of the first market of all, which is in the first group of rows.
        recording.settled(&settled(0, if day % 2 == 0 { Outcome::No } else { Outcome::Yes })).unwrap();
        let renamed = Market { title: format!("as of day {day}"), ..markets_of(day)[7].clone() };
        recording.list(&[renamed]).unwrap();
        match day {
            // Killed, so that the next day ends it.
            1 | 2 => drop(recording),
            _ => {
                recording.close().unwrap();
                check(folder.path(), "a run has ended");
            }
        }
    }
    // Only the lines count.
    for damaged in [&b""[..], b"PAR1", &fs::read(folder.path().join("markets.parquet")).unwrap()[..900]] {
        fs::write(folder.path().join("markets.parquet"), damaged).unwrap();
        Recording::open(folder.path()).unwrap().0.close().unwrap();
        check(folder.path(), "it was damaged");
    }
    fs::remove_file(folder.path().join("markets.parquet")).unwrap();
    Recording::open(folder.path()).unwrap().0.close().unwrap();
    check(folder.path(), "it was gone");
    let before = fs::read(folder.path().join("markets.parquet")).unwrap();
    Recording::open(folder.path()).unwrap().0.close().unwrap();
    assert_eq!(fs::read(folder.path().join("markets.parquet")).unwrap(), before);
}

#[test]
fn a_table_that_cannot_be_written_holds_up_no_day() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open_on(folder.path(), Disk::stopped(0..0)).unwrap();
    // A folder where it is to be.
    fs::create_dir(folder.path().join("markets.parquet")).unwrap();
    recording.list(&markets(3)).unwrap();
    for day in 0..3 {
        recording.append(&poll(MIDNIGHT + day * Span::DAY.0, 3).all()).unwrap();
        recording.wait().unwrap();
        assert_eq!(read_tape(folder.path()).len() as i64, 3 * day);
        let problem = recording.take_problem().map(|problem| problem.to_string());
        assert_eq!(problem.is_some_and(|problem| problem.contains("markets.parquet")), day > 0);
    }
    fs::remove_dir(folder.path().join("markets.parquet")).unwrap();
    recording.close().unwrap();
    check(folder.path(), "there is room for it again");
}
