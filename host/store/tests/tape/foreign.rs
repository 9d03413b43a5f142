//! Files of days that other tools wrote, in the present form and that of former releases.

use super::*;

/// Returns a tape whose only day is a file that another tool wrote: (time, bid) of market 0, under `names`.
fn foreign(folder: &Path, names: [&str; 8], rows: &[(i64, f64)]) -> Tape {
    use parquet::data_type::{DoubleType, Int32Type, Int64Type};
    let tape = write(&folder.join("tape"), &self::rows(&[(1, 0, 0.5)]), 1).unwrap();
    describe(tape.path(), |tape| tape["days"][0]["crc32"] = serde_json::Value::Null);
    let floats: String = names[2..].iter().map(|name| format!("required double {name};")).collect();
    let [market, time, ..] = names;
    let schema = format!(
        "message quotes {{ required int32 {market} (INTEGER(32,false)); \
         required int64 {time} (TIMESTAMP(NANOS,true)); {floats} }}"
    );
    let schema = parquet::schema::parser::parse_message_type(&schema).unwrap();
    let file = fs::File::create(tape.path().join("quotes/1970-01-01.parquet")).unwrap();
    let mut file = parquet::file::writer::SerializedFileWriter::new(file, schema.into(), Default::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let bids: Vec<f64> = rows.iter().map(|row| row.1).collect();
    for index in 0..8 {
        let mut column = group.next_column().unwrap().unwrap();
        match index {
            0 => column.typed::<Int32Type>().write_batch(&vec![0; rows.len()], None, None),
            1 => column.typed::<Int64Type>().write_batch(&times, None, None),
            _ => column.typed::<DoubleType>().write_batch(&bids, None, None),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    Tape::open(tape.path()).unwrap()
}

#[test]
fn rows_of_another_tool_are_checked_one_by_one() {
    let names = ["market", "time", "bid", "ask", "bid_size", "ask_size", "last", "volume"];
    let check = |names: [&str; 8], rows: &[(i64, f64)], kept: usize, expect: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (all, _, error) = read(foreign(folder.path(), names, rows).reader());
        let error = shown(error.unwrap_or_default(), folder.path());
        assert_eq!((all.len(), error.as_str()), (kept, expect));
    };
    let file = "`tape/quotes/1970-01-01.parquet`";
    let intact = "the rows before it are intact";
    check(names, &[(1, 0.5), (2, 0.0), (3, f64::NAN)], 3, "");
    check(
        names,
        &[(1, 0.5), (2, 0.5), (3, 1.5)],
        1,
        &format!("{file}, row 2: its bid is 1.5: prices are dollars in 0..1; {intact}"),
    );
    check(names, &[(1, -0.1)], 0, &format!("{file}, row 0: its bid is -0.1: prices are dollars in 0..1; {intact}"));
    check(
        names,
        &[(5_000_000, 0.5), (4_000_000, 0.5)],
        0,
        &format!(
            "{file}, row 1: its time 1970-01-01T00:00:00.004Z is before that of the row above, \
             1970-01-01T00:00:00.005Z: \
             rows go in time order; {intact}"
        ),
    );
    let mut other = names;
    other[2] = "price";
    check(
        other,
        &[(1, 0.5)],
        0,
        &format!("{file} has the wrong columns: `REQUIRED DOUBLE price` should be `REQUIRED DOUBLE bid`"),
    );
}

/// Returns a tape whose only day is a file in the present form that another tool wrote, in pages of version 1: (time,
/// bid) of market 0, with the given numbers of bids that are there.
fn foreign_with_tickers(folder: &Path, rows: &[(i64, Option<f64>)]) -> Tape {
    use parquet::data_type::{ByteArrayType, DoubleType, Int32Type, Int64Type};
    let tape = write(&folder.join("tape"), &self::rows(&[(1, 0, 0.5)]), 1).unwrap();
    describe(tape.path(), |tape| tape["days"][0]["crc32"] = serde_json::Value::Null);
    let floats: String = ["bid", "ask", "bid_size", "ask_size", "last", "volume"]
        .map(|name| format!("optional double {name};"))
        .concat();
    let schema = format!(
        "message quotes {{ required binary ticker (STRING); required int64 time (TIMESTAMP(NANOS,true)); {floats} \
         required int32 market (INTEGER(32,false)); }}"
    );
    let schema = parquet::schema::parser::parse_message_type(&schema).unwrap();
    let file = fs::File::create(tape.path().join("quotes/1970-01-01.parquet")).unwrap();
    let mut file = parquet::file::writer::SerializedFileWriter::new(file, schema.into(), Default::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let bids: Vec<f64> = rows.iter().filter_map(|row| row.1).collect();
    let is_there: Vec<i16> = rows.iter().map(|row| i16::from(row.1.is_some())).collect();
    for index in 0..9 {
        let mut column = group.next_column().unwrap().unwrap();
        match index {
            0 => column.typed::<ByteArrayType>().write_batch(&vec!["M".into(); rows.len()], None, None),
            1 => column.typed::<Int64Type>().write_batch(&times, None, None),
            8 => column.typed::<Int32Type>().write_batch(&vec![0; rows.len()], None, None),
            _ => column.typed::<DoubleType>().write_batch(&bids, Some(&is_there), None),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    Tape::open(tape.path()).unwrap()
}

/// Returns dollars in whole cents.
fn cents() -> impl Strategy<Value = f64> {
    (1i32..100).prop_map(|cents| f64::from(cents) / 100.0)
}

proptest! {
    #[test]
    fn what_is_absent_is_known_in_pages_of_either_version(
        bids in prop::collection::vec(prop::option::weighted(0.6, cents()), 1..200),
        all in prop::option::of(any::<bool>()),
        batch_rows in 1usize..50,
    ) {
        let bids: Vec<_> = (0..).zip(bids).map(|(time, bid)| match all {
            Some(true) => (time, Some(bid.unwrap_or(0.5))),
            Some(false) => (time, None),
            None => (time, bid),
        }).collect();
        let folder = tempfile::tempdir().unwrap();
        let expected: Vec<_> = bids.iter().map(|&(_, bid)| bid.unwrap_or(f64::NAN).to_bits()).collect();
        let bits = |rows: &[f64]| rows.iter().map(|bid| bid.to_bits()).collect::<Vec<_>>();
        let foreign = foreign_with_tickers(folder.path(), &bids);
        let (found, _, error) = read(foreign.reader().batch_rows(batch_rows));
        prop_assert_eq!((bits(&found.bid), bits(&found.volume), error), (expected.clone(), expected.clone(), None));
        let own = bids.iter().map(|&(time, bid)| (time, 0, bid.unwrap_or(f64::NAN))).collect::<Vec<_>>();
        let own = write(&folder.path().join("own"), &rows(&own), 1).unwrap();
        let (found, _, error) = read(own.reader().batch_rows(batch_rows));
        prop_assert_eq!((bits(&found.bid), bits(&found.last), error), (expected.clone(), expected, None));
    }
}
