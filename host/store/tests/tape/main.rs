//! Tapes through the public interface: rows are read back in whole polls, bad rows are refused, and nothing is left
//! behind.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod foreign;

use std::fs;
use std::path::Path;

use host_core::{Market, MarketId, Outcome, Quotes, Settlement, Span, Timestamp};
use host_store::tape::{Listing, SourceKind, Tape, TapeError, TapeSource, TapeWriter};
use proptest::prelude::*;

const DAY: i64 = Span::DAY.0;

fn market(id: u32) -> Market {
    Market { category: "test".into(), ..host_testkit::market(id) }
}

fn listing(markets: u32) -> Listing {
    let source = TapeSource::new(SourceKind::Synthetic, "test");
    Listing {
        markets: (0..markets).map(market).collect(),
        settlements: Vec::new(),
        source,
        poll: None,
        inferred_ticks: 0,
    }
}

/// Returns rows of (time, market, bid).
fn rows(rows: &[(i64, u32, f64)]) -> Quotes {
    let mut quotes = Quotes::default();
    for &(time, market, bid) in rows {
        push(&mut quotes, time, market, bid);
    }
    quotes
}

fn push(quotes: &mut Quotes, time: i64, market: u32, bid: f64) {
    quotes.time.push(time);
    quotes.market.push(market);
    quotes.bid.push(bid);
    quotes.ask.push(0.99);
    quotes.bid_size.push(time as f64 % 1e6);
    quotes.ask_size.push(f64::NAN);
    quotes.last.push(bid);
    quotes.volume.push(1.5);
}

fn write(path: &Path, quotes: &Quotes, markets: u32) -> Result<Tape, TapeError> {
    let mut writer = TapeWriter::create(path)?;
    writer.append(quotes.all())?;
    writer.finish(listing(markets))
}

/// Reads all rows up to the end or an error, and returns them with the lengths of the batches.
fn read(mut reader: host_store::tape::TapeReader) -> (Quotes, Vec<usize>, Option<String>) {
    let (mut all, mut batch, mut lengths) = (Quotes::default(), Quotes::default(), Vec::new());
    loop {
        match reader.next_batch(&mut batch) {
            Ok(true) => {
                lengths.push(batch.len());
                for row in 0..batch.len() {
                    all.push(&batch.all().row(row));
                }
            }
            Ok(false) => return (all, lengths, None),
            Err(error) => {
                assert!(batch.is_empty());
                assert!(!reader.next_batch(&mut batch).unwrap(), "nothing comes after an error");
                return (all, lengths, Some(error.to_string()));
            }
        }
    }
}

/// Compares rows, with NaN equal to NaN.
fn same(one: &Quotes, other: &Quotes) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

/// Returns the error's text without the temporary folder.
fn shown(error: impl ToString, folder: &Path) -> String {
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn rows_come_back_and_no_poll_is_ever_split(
        steps in prop::collection::vec((0i64..4, 0u32..5, 1i32..100), 1..400),
        batch_rows in 1usize..50,
        stride in prop::sample::select(vec![1, 1_000_000_000, DAY / 7]),
    ) {
        let (mut time, mut quotes) = (DAY * 20_000, Quotes::default());
        for (step, market, cents) in steps {
            time += step * stride;
            push(&mut quotes, time, market, f64::from(cents) / 100.0);
        }
        let folder = tempfile::tempdir().unwrap();
        let tape = write(&folder.path().join("tape"), &quotes, 5).unwrap();
        let (all, lengths, error) = read(tape.reader().batch_rows(batch_rows));
        prop_assert_eq!(error, None);
        prop_assert!(same(&all, &quotes));
        let mut end = 0;
        for length in lengths {
            end += length;
            prop_assert!(end == quotes.len() || quotes.time[end - 1] < quotes.time[end]);
        }
        let (from, until) = (Timestamp(quotes.time[quotes.len() / 3]), Timestamp(quotes.time[quotes.len() * 2 / 3]));
        let (part, ..) = read(tape.reader().batch_rows(batch_rows).between(from, until));
        let expected = quotes.time.iter().filter(|&&time| from.0 <= time && time < until.0).count();
        prop_assert_eq!(part.len(), expected);
    }

    #[test]
    fn no_row_of_a_damaged_file_is_ever_used(at in 0.0f64..1.0, flip in 1u8.., cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tape");
        let bids = (0..600).map(|n| (n / 3, (n % 3) as u32, 0.01 + (n % 97) as f64 / 100.0));
        let quotes = rows(&bids.collect::<Vec<_>>());
        let tape = write(&path, &quotes, 3).unwrap();
        let file = path.join(&tape.meta().days[0].file);
        let mut bytes = fs::read(&file).unwrap();
        let place = (bytes.len() as f64 * at) as usize;
        if cut { bytes.truncate(place) } else { bytes[place] ^= flip }
        fs::write(&file, bytes).unwrap();
        let (all, _, error) = read(tape.reader());
        prop_assert!(error.unwrap().contains("is truncated or damaged"));
        prop_assert!(all.is_empty());
    }
}

#[test]
fn an_empty_side_is_stored_as_absent() {
    let folder = tempfile::tempdir().unwrap();
    let tape = write(&folder.path().join("tape"), &rows(&[(1, 0, 0.0), (1, 1, 1.0), (2, 0, 0.3)]), 2).unwrap();
    let (all, ..) = read(tape.reader());
    assert_eq!(format!("{:?}", all.bid), "[NaN, NaN, 0.3]");
    assert_eq!((tape.meta().rows, tape.meta().has_sizes, tape.meta().has_volume), (3, true, true));
}

#[test]
fn a_market_is_open_until_it_closes_or_its_last_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = TapeWriter::create(folder.path().join("tape")).unwrap();
    writer.append(rows(&[(1, 0, 0.5), (4, 1, 0.5)]).all()).unwrap();
    let mut listing = listing(3);
    listing.markets[1].closes = Some(Timestamp(9));
    listing.settlements = vec![Settlement { market: MarketId(0), time: Timestamp(7), outcome: Outcome::Yes }];
    let tape = writer.finish(listing.clone()).unwrap();
    assert_eq!(tape.open_until(), [Some(Timestamp(1)), Some(Timestamp(9)), None]);
    let again = Tape::open(tape.path()).unwrap();
    assert_eq!((again.markets(), again.settlements()), (&listing.markets[..], &listing.settlements[..]));
}

#[test]
fn what_breaks_the_rules_is_not_written_and_leaves_nothing() {
    let check = |quotes: Quotes, markets: u32, expect: &str| {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("tape"), &quotes, markets).unwrap_err();
        assert_eq!(shown(error, folder.path()), format!("cannot write the tape `tape`: {expect}"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    };
    check(Quotes::default(), 1, "there is no row to write");
    check(rows(&[(1, 0, 1.01)]), 1, "row 0: its bid is 1.01: prices are dollars in 0..1");
    check(rows(&[(1, 0, 0.5), (1, 3, 0.5)]), 2, "there are rows of market 3, but 2 markets are listed");
    check(
        rows(&[(2_000_000, 0, 0.5), (1_000_000, 0, 0.5)]),
        1,
        "row 1: its time 1970-01-01T00:00:00.001Z is before that of the row above, 1970-01-01T00:00:00.002Z: \
         rows go in time order",
    );
    let mut sizes = rows(&[(1, 0, 0.5)]);
    sizes.ask_size[0] = f64::INFINITY;
    check(sizes, 1, "row 0: its ask_size is inf: sizes are contracts in 0..1e10");
}

#[test]
fn a_folder_of_the_users_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter"), "dear").unwrap();
    let error = TapeWriter::create(folder.path()).unwrap_err();
    assert!(error.to_string().contains("something is there already"), "{error}");

    let path = folder.path().join("tape");
    let mut writer = TapeWriter::create(&path).unwrap();
    writer.append(rows(&[(1, 0, 0.5)]).all()).unwrap();
    fs::write(&path, "appeared meanwhile").unwrap();
    writer.finish(listing(1)).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "appeared meanwhile");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn rows_before_a_bad_row_or_file_stay_usable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape");
    write(&path, &rows(&[(1, 0, 0.5), (2, 1, 0.5), (3, 2, 0.5), (DAY, 0, 0.5)]), 3).unwrap();
    let check = |kept: usize, expect: &str| {
        let (all, _, error) = read(Tape::open(&path).unwrap().reader());
        assert_eq!((all.len(), shown(error.unwrap(), folder.path())), (kept, expect.to_owned()));
    };
    let second = path.join("quotes/1970-01-02.parquet");
    let bytes = fs::read(&second).unwrap();
    let damaged = "`tape/quotes/1970-01-02.parquet` is truncated or damaged";
    fs::write(&second, &bytes[..bytes.len() - 9]).unwrap();
    check(
        3,
        &format!(
            "{damaged}: its checksum is not the one in `tape.json`, so it is not what was written; \
             restore it or make the tape again \
             (changed on purpose? set its `crc32` there to null); the days before it are intact"
        ),
    );
    describe(&path, |tape| tape["days"][1]["crc32"] = serde_json::Value::Null);
    check(3, &format!("{damaged}: Parquet error: Invalid Parquet file. Corrupt footer; the days before it are intact"));
    fs::write(&second, "").unwrap();
    let (kept, _, error) = read(Tape::open(&path).unwrap().reader());
    assert_eq!(kept.len(), 3);
    assert!(error.unwrap().contains("quotes/1970-01-02.parquet` is truncated or damaged"));

    let markets: Vec<Market> = (0..2).map(market).collect();
    fs::write(path.join("markets.json"), serde_json::to_vec(&markets).unwrap()).unwrap();
    describe(&path, |tape| tape["lives"].as_array_mut().unwrap().truncate(2));
    check(
        1,
        "`tape/quotes/1970-01-01.parquet`, row 2: it names market 2, but 2 markets are listed; \
         the rows before it are intact",
    );
}

/// Edits `tape.json`.
fn describe(tape: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = tape.join("tape.json");
    let mut content = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut content);
    fs::write(path, content.to_string()).unwrap();
}

#[test]
fn a_changed_copy_of_the_markets_is_refused_and_none_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let tape = write(&folder.path().join("tape"), &rows(&[(1, 0, 0.5)]), 1).unwrap();
    let table = tape.path().join("markets.parquet");
    let mut bytes = fs::read(&table).unwrap();
    bytes[40] ^= 1;
    fs::write(&table, bytes).unwrap();
    let error = shown(Tape::open(tape.path()).unwrap_err(), folder.path());
    assert_eq!(
        error,
        "`tape/markets.parquet` cannot be used: it is not what was written; for this host it is a copy of \
         `markets.json`, so change that instead, and remove or restore this file"
    );
    fs::remove_file(&table).unwrap();
    assert_eq!(Tape::open(tape.path()).unwrap().digest().unwrap(), tape.digest().unwrap());
}

#[test]
fn what_is_no_tape_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, expect: &str| {
        let error = Tape::open(folder.path().join(name)).unwrap_err();
        assert_eq!(shown(error, folder.path()), expect);
    };
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file.csv"), "time").unwrap();
    let hint = "make one with `host data import` or `host data generate`";
    check("missing", &format!("`missing` is no tape: nothing is there; {hint}"));
    check("file.csv", &format!("`file.csv` is no tape: it is a file, a tape is a folder; {hint}"));
    check("empty", &format!("`empty` is no tape: it holds no `tape.json`; {hint}"));

    write(&folder.path().join("tape"), &rows(&[(1, 0, 0.5)]), 1).unwrap();
    fs::remove_file(folder.path().join("tape/quotes/1970-01-01.parquet")).unwrap();
    check("tape", "`tape/tape.json` cannot be used: it lists `quotes/1970-01-01.parquet`, which is missing");
    fs::write(folder.path().join("tape/tape.json"), "{").unwrap();
    check("tape", "`tape/tape.json` cannot be used: EOF while parsing an object at line 1 column 1");
}
