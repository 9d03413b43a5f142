//! The order in which files are given to an import decides nothing.

use std::fs;
use std::path::{Path, PathBuf};

use host_store::import::{ImportOptions, import};
use host_store::tape::Tape;
use proptest::prelude::*;

/// A row of a file: minute, market, bid in cents.
type Row = (u8, u8, u8);

/// Writes one file for each list of rows. Files differ in what they say about their markets.
fn write(folder: &Path, files: &[Vec<Row>]) -> Vec<PathBuf> {
    let write = |(index, rows): (usize, &Vec<Row>)| {
        let line = |(minute, market, bid): &Row| {
            // Later markets of the alphabet come first as often as not.
            let name = ["Z-1", "M-2", "A-3", "B-4"][usize::from(*market)];
            format!("{},{name},0.{bid:02},0.{:02},event {index}\n", 1_767_571_200 + u32::from(*minute) * 60, bid + 2)
        };
        let path = folder.join(format!("file-{index}.csv"));
        fs::write(&path, "time,market,bid,ask,event\n".to_owned() + &rows.iter().map(line).collect::<String>())
            .unwrap();
        path
    };
    files.iter().enumerate().map(write).collect()
}

fn tape(folder: &Path, name: &str, files: &[PathBuf]) -> Tape {
    let columns = "time=time,market=market,bid=bid,ask=ask,event=event".parse().unwrap();
    let options = ImportOptions { columns, ..ImportOptions::default() };
    import(files, &folder.join(name), &options, &mut |_| {}).unwrap().tape
}

/// Returns the path and content of every file of a tape, by path.
fn content(tape: &Tape) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut content, mut folders) = (Vec::new(), vec![tape.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => content.push((path.strip_prefix(tape.path()).unwrap().to_owned(), fs::read(&path).unwrap())),
            }
        }
    }
    content.sort();
    content
}

fn tickers(tape: &Tape) -> Vec<&str> {
    tape.markets().iter().map(|market| market.ticker.as_str()).collect()
}

#[test]
fn markets_are_numbered_by_first_row_then_by_ticker() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), &[vec![(1, 0, 40), (2, 1, 40)], vec![(1, 3, 40), (0, 1, 50)], vec![(1, 2, 40)]]);
    assert_eq!(tickers(&tape(folder.path(), "tape", &files)), ["M-2", "A-3", "B-4", "Z-1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn files_in_any_order_make_the_same_tape(
        (files, shuffled) in prop::collection::vec(prop::collection::vec((0u8..6, 0u8..4, 1u8..97), 1..8), 2..5)
            .prop_flat_map(|files| {
                let order: Vec<usize> = (0..files.len()).collect();
                (Just(files), Just(order).prop_shuffle())
            }),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let given = write(folder.path(), &files);
        let other: Vec<PathBuf> = shuffled.iter().map(|&index| given[index].clone()).collect();
        let (one, two) = (tape(folder.path(), "one", &given), tape(folder.path(), "two", &other));
        prop_assert_eq!(content(&one), content(&two));
        let first = |ticker: &str| {
            let market = one.markets().iter().find(|market| market.ticker == ticker).unwrap().id;
            one.meta().coverage.iter().find(|life| life.market == market).unwrap().first
        };
        prop_assert!(tickers(&one).is_sorted_by_key(|ticker| (first(ticker), ticker.to_owned())));
    }
}
