//! Public trades of tapes through the public interface: what was written comes back, and nothing else is taken.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::Path;

use host_core::{PublicTrades, Quotes, Span, Taker, Timestamp};
use host_store::tape::{Listing, SourceKind, Tape, TapeError, TapeSource, TapeWriter, TradesReader};
use proptest::prelude::*;

const DAY: i64 = Span::DAY.0;

fn listing(markets: u32) -> Listing {
    let source = TapeSource::new(SourceKind::Synthetic, "test");
    let markets = (0..markets).map(host_testkit::market).collect();
    Listing { markets, settlements: Vec::new(), source, poll: None, inferred_ticks: 0 }
}

/// Returns trades of (time, market, price, quantity), with takers of all kinds in turn.
fn trades(rows: &[(i64, u32, f64, f64)]) -> PublicTrades {
    let mut trades = PublicTrades::default();
    for (row, &(time, market, price, quantity)) in rows.iter().enumerate() {
        trades.time.push(time);
        trades.market.push(market);
        trades.price.push(price);
        trades.quantity.push(quantity);
        trades.taker.push([Taker::Buys, Taker::Unknown, Taker::Sells][row % 3]);
    }
    trades
}

/// Writes a tape of one row of market 0 and the trades of each of `batches`.
fn write(path: &Path, batches: &[PublicTrades], markets: u32) -> Result<Tape, TapeError> {
    let mut writer = TapeWriter::create(path)?;
    let mut row = Quotes::default();
    row.push(&host_core::Quote::empty(host_core::MarketId(0), Timestamp(5)));
    for trades in batches {
        writer.append_trades(trades)?;
    }
    writer.append(row.all())?;
    writer.finish(listing(markets))
}

/// Reads all trades up to the end or an error.
fn read(mut reader: TradesReader) -> (PublicTrades, Option<String>) {
    let (mut all, mut batch) = (PublicTrades::default(), PublicTrades::default());
    loop {
        match reader.next_batch(&mut batch) {
            Ok(true) => {
                assert!(!batch.is_empty());
                all.market.append(&mut batch.market);
                all.time.append(&mut batch.time);
                all.price.append(&mut batch.price);
                all.quantity.append(&mut batch.quantity);
                all.taker.append(&mut batch.taker);
            }
            Ok(false) => {
                assert!(batch.is_empty());
                return (all, None);
            }
            Err(error) => {
                assert!(!reader.next_batch(&mut batch).unwrap(), "nothing comes after an error");
                return (all, Some(error.to_string()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn trades_come_back(
        steps in prop::collection::vec((0i64..4, 0u32..5, 1i32..100, 1u32..1_000), 1..300),
        size in 1usize..100,
        stride in prop::sample::select(vec![1, 1_000_000_000, DAY / 7]),
    ) {
        let (mut time, mut rows) = (DAY * 20_000, Vec::new());
        for (step, market, cents, hundredths) in steps {
            time += step * stride;
            rows.push((time, market, f64::from(cents) / 100.0, f64::from(hundredths) / 100.0));
        }
        let folder = tempfile::tempdir().unwrap();
        let batches: Vec<_> = rows.chunks(size).map(trades).collect();
        let tape = write(&folder.path().join("tape"), &batches, 5).unwrap();
        let (all, error) = read(tape.trades_reader());
        prop_assert_eq!(error, None);
        let mut expected = PublicTrades::default();
        for batch in batches {
            expected.market.extend(batch.market);
            expected.time.extend(batch.time);
            expected.price.extend(batch.price);
            expected.quantity.extend(batch.quantity);
            expected.taker.extend(batch.taker);
        }
        prop_assert_eq!(&all, &expected);
        prop_assert_eq!((tape.meta().rows, tape.meta().trades()), (1, all.len() as u64));
        let (from, until) = (Timestamp(all.time[all.len() / 3]), Timestamp(all.time[all.len() * 2 / 3]));
        let (part, _) = read(tape.trades_reader().between(from, until));
        let wanted = all.time.iter().filter(|&&time| from.0 <= time && time < until.0).count();
        prop_assert_eq!(part.len(), wanted);
        prop_assert_eq!(Tape::open(tape.path()).unwrap().digest().unwrap(), tape.digest().unwrap());
    }

    #[test]
    fn no_trade_of_a_damaged_file_is_ever_used(at in 0.0f64..1.0, flip in 1u8.., cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<_> = (0..400).map(|n| (n, (n % 3) as u32, 0.01 + (n % 97) as f64 / 100.0, 1.0)).collect();
        let tape = write(&folder.path().join("tape"), &[trades(&rows)], 3).unwrap();
        let file = tape.path().join(&tape.meta().trade_days[0].file);
        let mut bytes = fs::read(&file).unwrap();
        let place = (bytes.len() as f64 * at) as usize;
        if cut { bytes.truncate(place) } else { bytes[place] ^= flip }
        fs::write(&file, bytes).unwrap();
        let (all, error) = read(tape.trades_reader());
        prop_assert!(error.unwrap().contains("is truncated or damaged"));
        prop_assert!(all.is_empty());
    }
}

#[test]
fn trades_that_break_the_rules_are_not_written_and_leave_nothing() {
    let check = |batches: &[PublicTrades], expect: &str| {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("tape"), batches, 2).unwrap_err().to_string();
        let error = error.replace(&format!("{}/", folder.path().display()), "");
        assert_eq!(error, format!("cannot write the tape `tape`: {expect}"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    };
    let good = trades(&[(1, 0, 0.5, 1.0), (2, 1, 0.5, 1.0)]);
    for (price, shown) in [(0.0, "0"), (1.0, "1"), (-0.1, "-0.1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let expect = format!("trade 2: its price is {shown}: prices of trades are dollars above 0 and below 1");
        check(&[good.clone(), trades(&[(2, 0, price, 1.0)])], &expect);
    }
    for (quantity, shown) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let expect = format!("trade 1: its quantity is {shown}: quantities are contracts, more than 0 and up to 1e10");
        check(&[trades(&[(1, 0, 0.5, 1.0), (2, 1, 0.5, quantity)])], &expect);
    }
    let before = "its time 1970-01-01T00:00:00.001Z is before that of the trade above, 1970-01-01T00:00:00.002Z: \
                  trades go in time order";
    let late = [trades(&[(2_000_000, 0, 0.5, 1.0)]), trades(&[(1_000_000, 0, 0.5, 1.0)])];
    check(&late, &format!("trade 1: {before}"));
    check(&[trades(&[(1, 2, 0.5, 1.0)])], "there are trades of market 2, but 2 markets are listed");
    let short = PublicTrades { taker: Vec::new(), ..good };
    check(&[short], "the columns of the trades differ in length");
    check(
        &[trades(&[(-1, 0, 0.5, 1.0)])],
        "trade 0: the time 1969-12-31T23:59:59.999Z is not within the two hundred \
                                            years from 1970 on",
    );
}

#[test]
fn a_tape_without_trades_has_no_folder_of_them_and_lists_files_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let without = write(&folder.path().join("without"), &[], 1).unwrap();
    assert!(!without.path().join("trades").exists());
    assert_eq!(read(without.trades_reader()), (PublicTrades::default(), None));
    let with = write(&folder.path().join("with"), &[trades(&[(1, 0, 0.5, 1.0), (DAY, 0, 0.25, 2.5)])], 1).unwrap();
    let files: Vec<_> = with.meta().trade_days.iter().map(|day| (day.file.as_str(), day.rows)).collect();
    assert_eq!(files, [("trades/1970-01-01.parquet", 1), ("trades/1970-01-02.parquet", 1)]);
    assert_eq!(host_store::info::info(&with).unwrap().trades, 2);
    fs::remove_file(with.path().join("trades/1970-01-02.parquet")).unwrap();
    let error = Tape::open(with.path()).unwrap_err().to_string();
    assert!(error.contains("it lists `trades/1970-01-02.parquet`, which is missing"), "{error}");
}
