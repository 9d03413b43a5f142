//! Recordings of live venues, where they are at hand.

use std::fs;
use std::path::{Path, PathBuf};

use host_store::import::PriceUnit;

use crate::support::{Case, rows};

const KALSHI: &str = "time=timestamp,market=market_ticker,bid=best_yes_bid,ask=implied_yes_ask";

/// Returns the folder of the real recordings, if it exists.
fn real_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HOST_REAL_DATA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let found = folder.join(name).is_dir().then(|| folder.join(name));
    if found.is_none() {
        println!("skipped: no real data");
    }
    found
}

/// Reads the rows of a recording without any code of the import.
fn expected(files: &[PathBuf], fields: impl Fn(&csv::StringRecord) -> String) -> Vec<String> {
    let mut rows = Vec::new();
    for file in files {
        let text = flate2::read::MultiGzDecoder::new(fs::File::open(file).unwrap());
        rows.extend(csv::Reader::from_reader(text).records().map(|record| fields(&record.unwrap())));
    }
    rows.sort();
    rows
}

fn price(cents: f64) -> String {
    if cents == 0.0 || cents == 100.0 { "-".into() } else { format!("{:.2}", cents / 100.0) }
}

#[test]
fn the_kalshi_recording_imports_and_reads_back_equal() {
    let Some(folder) = real_data("kalshi_kxhighny") else { return };
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "gz"));
    files.sort();
    let mut case = Case::new(KALSHI);
    case.options.price_unit = Some(PriceUnit::Cents);
    case.options.zone = "America/Los_Angeles".parse().unwrap();
    case.options.markets = Some(folder.join("results_derived_from_last_quote.csv"));
    let imported = case.import(&files).unwrap();
    println!("{:#?}\n{}", imported.counts, serde_json::to_string_pretty(&imported.info).unwrap());

    let pacific_hours = 8;
    let mut all = expected(&files, |record| {
        let (date, clock) = record[0].split_once('T').unwrap();
        let hour: u32 = clock[..2].parse().unwrap();
        let day: u32 = date[8..].parse().unwrap();
        let (day, hour) = (day + (hour + pacific_hours) / 24, (hour + pacific_hours) % 24);
        let millis = if clock.len() > 8 { &clock[9..12] } else { "000" };
        let (bid, ask) = (price(record[2].parse().unwrap()), price(record[5].parse().unwrap()));
        format!("2025-12-{day:02}T{hour:02}{}.{millis}Z {} {bid} {ask}", &clock[2..8], &record[1])
    });
    assert_eq!(imported.counts.rows_read, all.len() as u64);
    assert_eq!((imported.counts.bad_rows, imported.info.quotes.crossed_rows), (0, 2));
    assert_eq!((imported.info.markets, imported.info.events, imported.info.series), (84, 14, 1));
    assert_eq!((imported.info.settlements, imported.counts.markets_without_facts), (84, Some(0)));
    let mut found = rows(&imported.tape);
    assert!(found.is_sorted_by(|one, next| one[..24] <= next[..24]));
    found.sort();
    assert_eq!(found.len() as u64 + imported.counts.duplicate_rows, all.len() as u64);
    found.dedup();
    all.dedup();
    assert!(found == all, "every row comes back");
}

#[test]
fn the_polymarket_recording_imports_and_reads_back_equal() {
    let Some(folder) = real_data("polymarket_fed") else { return };
    let files = [folder.join("orderbook_fed_oct15_31.csv.gz")];
    let ticker = "fed-decreases-interest-rates-by-25-bps-after-december-2025-meeting";
    let mut case = Case::new(&format!(
        "time=timestamp,market=\"{ticker}\",bid=best_bid_price,ask=best_ask_price,\
         bid_size=best_bid_size,ask_size=best_ask_size"
    ));
    case.options.markets = Some(folder.join("market.json"));
    let imported = case.import(&files).unwrap();
    println!("{:#?}\n{}", imported.counts, serde_json::to_string_pretty(&imported.info).unwrap());
    assert_eq!((imported.info.rows, imported.info.markets, imported.info.has_sizes), (3_972, 1, true));
    assert_eq!(imported.tape.markets()[0].event_time.unwrap().to_string(), "2025-12-10T00:00:00.000Z");
    let all = expected(&files, |record| {
        let time = record[0].replace(' ', "T").replace("+00:00", "");
        let time = if time.len() > 19 { time[..23].to_owned() } else { format!("{time}.000") };
        let cents = |column: usize| price(record[column].parse::<f64>().unwrap() * 100.0);
        format!("{time}Z {ticker} {} {}", cents(2), cents(4))
    });
    assert_eq!(rows(&imported.tape), all);
}
