//! The same rows in every format and packing give the same tape, and half a file of each gives none.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch, StringArray, TimestampMillisecondArray};
use proptest::prelude::*;

use crate::support::{Case, MIDNIGHT, full_rows, gzip};

/// A row: minute, market, bid in cents or none, size.
type Row = (i64, u8, Option<u8>, u16);

const MARKETS: [&str; 3] = ["A-1", "B-\"2\"", "C, 3"];

fn separated(rows: &[Row], separator: char) -> String {
    let mut text = ["time", "market", "bid", "ask", "bid_size"].join(&separator.to_string()) + "\n";
    for (minute, market, bid, size) in rows {
        let market = MARKETS[usize::from(*market)].replace('"', "\"\"");
        let (bid, ask) = cells(*bid);
        let cells = [(MIDNIGHT + minute * 60).to_string(), format!("\"{market}\""), bid, ask, size.to_string()];
        text += &(cells.join(&separator.to_string()) + "\n");
    }
    text
}

fn cells(bid: Option<u8>) -> (String, String) {
    let price = |cents: u8| format!("0.{cents:02}");
    (bid.map_or(String::new(), price), price(bid.unwrap_or(50) + 2))
}

fn objects(rows: &[Row]) -> Vec<serde_json::Value> {
    let object = |(minute, market, bid, size): &Row| {
        let (bid, ask) = cells(*bid);
        serde_json::json!({
            "market": MARKETS[usize::from(*market)],
            "time": MIDNIGHT + minute * 60,
            "bid": bid.parse::<f64>().ok(),
            "ask": ask.parse::<f64>().unwrap(),
            "bid_size": size,
        })
    };
    rows.iter().map(object).collect()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let times = rows.iter().map(|row| (MIDNIGHT + row.0 * 60) * 1_000).collect::<Vec<i64>>();
    let times = TimestampMillisecondArray::from(times).with_timezone("America/New_York");
    let markets = StringArray::from_iter_values(rows.iter().map(|row| MARKETS[usize::from(row.1)]));
    let numbers = |pick: &dyn Fn(&Row) -> Option<f64>| {
        Arc::new(rows.iter().map(pick).collect::<PrimitiveArray<Float64Type>>()) as ArrayRef
    };
    let bids = numbers(&|row| cells(row.2).0.parse().ok());
    let asks = numbers(&|row| cells(row.2).1.parse().ok());
    let sizes = numbers(&|row| Some(f64::from(row.3)));
    let columns: [(&str, ArrayRef); 5] =
        [("time", Arc::new(times)), ("market", Arc::new(markets)), ("bid", bids), ("ask", asks), ("bid_size", sizes)];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet(rows: &[Row]) -> Vec<u8> {
    let (mut bytes, batch) = (Vec::new(), batch(rows));
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow(rows: &[Row], stream: bool) -> Vec<u8> {
    let (mut bytes, batch) = (Vec::new(), batch(rows));
    if stream {
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    } else {
        let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
    bytes
}

fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn xz(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// Returns the rows in every format, by its name.
fn every_format(rows: &[Row]) -> Vec<(&'static str, Vec<u8>)> {
    let csv = separated(rows, ',');
    let objects = objects(rows);
    let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
    let list = serde_json::to_string_pretty(&objects).unwrap();
    let object = serde_json::json!({"cursor": "", "page": {"quotes": objects}, "end": 1}).to_string();
    vec![
        ("tsv", separated(rows, '\t').into()),
        ("semicolons", separated(rows, ';').into()),
        ("crlf", csv.replace('\n', "\r\n").into()),
        ("utf-16", csv.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("gzip", gzip(&csv)),
        ("zstd", zstd::encode_all(csv.as_bytes(), 1).unwrap()),
        ("bzip2", bzip2(csv.as_bytes())),
        ("xz", xz(csv.as_bytes())),
        ("zip", zip("quotes.csv", csv.as_bytes())),
        ("zip of gzip", zip("quotes.csv.gz", &gzip(&csv))),
        ("json lines", lines.clone().into()),
        ("json lines, packed", gzip(lines)),
        ("json list", list.into()),
        ("json object", object.into()),
        ("parquet", parquet(rows)),
        ("parquet, packed", gzip(parquet(rows))),
        ("arrow file", arrow(rows, false)),
        ("arrow stream", arrow(rows, true)),
    ]
}

fn imported(content: &[u8]) -> Result<Vec<String>, String> {
    let case = Case::new("");
    case.import(&[case.file("f", content)]).map(|imported| full_rows(&imported.tape))
}

fn some_rows(count: i64) -> Vec<Row> {
    (0..count).map(|row| (row / 3, (row % 3) as u8, (row % 7 > 0).then_some((row % 90) as u8), 10)).collect()
}

#[test]
fn half_a_file_of_any_format_is_an_error_and_leaves_nothing() {
    let rows = some_rows(400);
    for (name, content) in every_format(&rows) {
        assert_eq!(imported(&content).unwrap_or_else(|error| panic!("{name}: {error}")).len(), 400, "{name}");
        // Half of a text may end at the end of a line: this one does not.
        let mut half = content.len() / 2;
        while matches!(name, "tsv" | "semicolons" | "crlf") && !content[..half].ends_with(b"0.") {
            half -= 1;
        }
        let said = imported(&content[..half]).unwrap_err();
        let expected = ["truncated or damaged", "cut short", "the zip archive cannot be read", "no price"];
        assert!(expected.iter().any(|text| said.contains(text)), "{name}: {said}");
        assert!(said.contains("fetch") || said.contains("--skip-bad-rows"), "{name} names no cure: {said}");
    }
}

/// Rows of different times or markets, in the order of time and in any other.
fn any_rows() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let values = (prop::option::of(1u8..90), 0u16..99);
    let rows = prop::collection::btree_map((0i64..40, 0u8..3), values, 2..40);
    let row = |((minute, market), (bid, size))| (minute, market, bid, size);
    let rows = rows.prop_map(move |rows| rows.into_iter().map(row).collect::<Vec<Row>>());
    rows.prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
}

/// First bytes of files that are something.
const STARTS: [&[u8]; 14] = [
    b"",
    b"PAR1",
    b"ARROW1\0\0",
    b"\xff\xff\xff\xff",
    b"{\"a\":",
    b"[{",
    b"\x1f\x8b\x08\0",
    b"PK\x03\x04",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"time,market,bid,ask\n",
    b"\xff\xfe",
    b"{\"time\":1767571200}\n",
];

/// Places of bytes, and other bytes for them.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn every_format_gives_the_same_tape((rows, shuffled) in any_rows()) {
        let expect = imported(separated(&rows, ',').as_bytes()).unwrap();
        prop_assert_eq!(expect.len(), rows.len());
        for (name, content) in every_format(&shuffled) {
            let found = imported(&content).unwrap_or_else(|error| panic!("{name}: {error}"));
            prop_assert_eq!(&found, &expect, "{}", name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_a_panic(
        start in prop::sample::select(&STARTS[..]),
        rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let _ = imported(&[start, &rest].concat());
    }

    #[test]
    fn no_damage_makes_a_panic(format in 0usize..18, changes in changes()) {
        let (_, mut content) = every_format(&some_rows(20)).swap_remove(format);
        for (place, byte) in changes {
            let place = place.index(content.len());
            content[place] = byte;
        }
        let _ = imported(&content);
    }
}
