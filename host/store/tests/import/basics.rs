//! Rows of usual files, and the messages about files that cannot be read.

use host_core::{Outcome, Price, Timestamp};
use host_store::import::{ColumnMapping, MarketColumns, import};
use host_store::zone::Zone;

use crate::support::{Case, MIDNIGHT, gzip, rows};

const KALSHI: &str = "time=timestamp,market=market_ticker,bid=best_yes_bid,ask=implied_yes_ask";

#[test]
fn overlapping_unsorted_files_become_one_sorted_tape() {
    let case = Case::new("time=t,market=m,bid=b,ask=a");
    let one = case
        .file("one.csv", "t,m,b,a\n1767571203,X-1-A,0.30,0.32\n1767571201,X-1-A,0.10,0.12\n1767771200,X-1-B,0.5,0.4\n");
    let two = "m,a,b,t\nX-1-B,0.22,0.20,1767571202\nX-1-A,0.32,0.3,1767571203\n\
               X-1-A,0.33,0.3,1767571203\nX-1-B,1,0,1767571204\n";
    let two = case.file("two.csv.gz", gzip(two));
    let imported = case.import(&[one, two]).unwrap();
    insta::assert_snapshot!(rows(&imported.tape).join("\n"), @r"
    2026-01-05T00:00:01.000Z X-1-A 0.10 0.12
    2026-01-05T00:00:02.000Z X-1-B 0.20 0.22
    2026-01-05T00:00:03.000Z X-1-A 0.30 0.32
    2026-01-05T00:00:03.000Z X-1-A 0.30 0.33
    2026-01-05T00:00:04.000Z X-1-B - -
    2026-01-07T07:33:20.000Z X-1-B 0.50 0.40
    ");
    let (counts, quotes) = (&imported.counts, &imported.info.quotes);
    assert_eq!(
        (counts.rows_read, counts.unsorted_rows, counts.duplicate_rows, counts.contradicting_rows),
        (7, 1, 1, 1)
    );
    assert_eq!((quotes.crossed_rows, quotes.gaps, imported.info.days), (1, 1, 2));
    let market = &imported.tape.markets()[1];
    assert_eq!((market.ticker.as_str(), market.event.as_str(), market.series.as_str()), ("X-1-B", "X-1", "X"));
    assert_eq!(
        host_store::info::info(&imported.tape).unwrap(),
        imported.info,
        "the same figures as measured afterwards"
    );
}

#[test]
fn times_are_read_in_every_usual_form() {
    let check = |zone: &str, time: &str, expect: &str| {
        let mut case = Case::new("time=time,market=\"m\",bid=bid,ask=ask");
        case.options.zone = zone.parse().unwrap();
        let file = case.file("f.csv", format!("time,bid,ask\n{time},0.4,0.5\n"));
        assert_eq!(rows(&case.import(&[file]).unwrap().tape), [format!("{expect} m 0.40 0.50")], "{time}");
    };
    check("UTC", "2026-01-31T12:00:00", "2026-01-31T12:00:00.000Z");
    check("UTC", "2026-01-31 12:00:00.250", "2026-01-31T12:00:00.250Z");
    check("America/New_York", "2026-01-31T12:00:00.250Z", "2026-01-31T12:00:00.250Z");
    check("America/New_York", "2026-01-31 12:00:00.14+00:00", "2026-01-31T12:00:00.140Z");
    check("UTC", "2026-01-31T12:00-0530", "2026-01-31T17:30:00.000Z");
    check("America/New_York", "2026-01-31T12:00:00", "2026-01-31T17:00:00.000Z");
    check("America/New_York", "2026-07-31", "2026-07-31T04:00:00.000Z");
    check("Asia/Tokyo", "1760487514", "2025-10-15T00:18:34.000Z");
    check("UTC", "1760487514.140", "2025-10-15T00:18:34.140Z");
    check("UTC", "1760487514140", "2025-10-15T00:18:34.140Z");
    check("UTC", "1760487514140000", "2025-10-15T00:18:34.140Z");
    check("UTC", "1760487514140000000", "2025-10-15T00:18:34.140Z");
}

#[test]
fn clocks_that_are_set_back_or_forward_follow_the_stated_rule() {
    let mut case = Case::new("time=t,market=\"m\",bid=b,ask=a");
    case.options.zone = "America/New_York".parse().unwrap();
    // Clocks are set back at 06:00 UTC on 2025-11-02, so 01:30 occurs twice, and forward at 07:00 UTC on 2026-03-08, so
    // 02:30 does not occur.
    let times = ["2025-11-02T01:30", "2025-11-02T01:50", "2025-11-02T01:10", "2025-11-02T02:10", "2026-03-08T02:30"];
    let text: String = times.iter().map(|time| format!("{time},.4,.5\n")).collect();
    let imported = case.import(&[case.file("f.csv", format!("t,b,a\n{text}"))]).unwrap();
    insta::assert_snapshot!(rows(&imported.tape).join("\n"), @r"
    2025-11-02T05:30:00.000Z m 0.40 0.50
    2025-11-02T05:50:00.000Z m 0.40 0.50
    2025-11-02T06:10:00.000Z m 0.40 0.50
    2025-11-02T07:10:00.000Z m 0.40 0.50
    2026-03-08T07:30:00.000Z m 0.40 0.50
    ");
    let counts = &imported.counts;
    assert_eq!((counts.ambiguous_times, counts.nonexistent_times, counts.unsorted_rows), (3, 1, 0));
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let check = |columns: &str, content: &[u8], expect: &str| {
        let case = Case::new(columns);
        assert_eq!(case.import(&[case.file("f.csv", content)]).unwrap_err(), expect);
    };
    let plain = "time=time,market=market,bid=bid,ask=ask";
    let skip = "`--skip-bad-rows` leaves such rows out";
    let header = "time,market,bid,ask\n";
    check(plain, b"", "`f.csv` is empty: a header line with the columns' names is expected");
    check(plain, header.as_bytes(), "no file has a row to import");
    check(
        KALSHI,
        b"timestamp,market_ticker,best_yes_bid,implied_yes_asks\n",
        "`f.csv` has no column `implied_yes_ask`; did you mean `implied_yes_asks`? \
         It has: timestamp, market_ticker, best_yes_bid, implied_yes_asks",
    );
    let row = |row: &str| format!("{header}1767571201,m,0.4,0.5\n{row}\n").into_bytes();
    let bad = |problem: &str| format!("`f.csv`, line 3: {problem}; {skip}");
    check(plain, &row("1767571202,m,x,0.5"), &bad("`x` is no price"));
    check(
        plain,
        &row("1767571202,m,1.5,0.5"),
        "`f.csv`: its prices fit no unit: 1.5 in line 3, column `bid` is more than a dollar, and 0.4 in line 2, column \
          `bid` is less than a cent. Say `--price-unit percent`, or correct the row, or leave it out: \
          `--price-unit dollars --skip-bad-rows`",
    );
    check(plain, &row("1767571202,m,-0.5,0.5"), &bad("price -0.5 is not within 0..1 dollars"));
    check(plain, &row("1767571202,m,inf,0.5"), &bad("price inf is not within 0..1 dollars"));
    check(plain, &row("1767571202,m,0.5"), &bad("it has 3 fields, fewer than the header: the line is cut short"));
    check(plain, &row("1767571202,,0.5,0.6"), &bad("it names no market"));
    check(
        plain,
        &row("noon,m,0.5,0.6"),
        &bad("`noon` is no time: ISO 8601 such as 2026-01-31T12:00:00Z, or a number since the epoch, is expected"),
    );
    let sized = "time=time,market=market,bid=bid,ask=ask,bid_size=size";
    check(
        sized,
        b"time,market,bid,ask,size\n1767571201,m,0.4,0.5,-3\n",
        &format!("`f.csv`, line 2: `-3` is no size: a number of contracts, 0 or more, is expected; {skip}"),
    );
}

#[test]
fn a_missing_file_is_named() {
    let case = Case::new(KALSHI);
    let error = case.import(&[case.folder.path().join("none.csv")]).unwrap_err();
    assert_eq!(error, "cannot read `none.csv`: No such file or directory (os error 2)");
}

#[test]
fn bad_rows_and_broken_ends_can_be_left_out_and_are_counted() {
    let mut case = Case::new("time=t,market=\"m\",bid=b,ask=a");
    let many: String =
        (1..20_000).map(|time| format!("{},0.4,0.{}\n", MIDNIGHT + time, 50 + time * 7_919 % 49)).collect();
    let whole = gzip(format!("t,b,a\n{many}"));
    let cut = case.file("cut.csv.gz", &whole[..whole.len() / 2]);
    let error = case.import(std::slice::from_ref(&cut)).unwrap_err();
    assert!(error.starts_with("`cut.csv.gz` is truncated or damaged behind line "), "{error}");
    assert!(error.contains("(it ends too early)"), "{error}");

    case.options.skip_bad_rows = true;
    let bad = case.file("bad.csv", "t,b,a\n1767601200,0.4,0.5\nx,0.4,0.5\n1767601201,7,0.5\n1767601202,0.4,0.5\n");
    let imported = case.import(&[cut, bad]).unwrap();
    let counts = &imported.counts;
    assert_eq!((counts.bad_rows, counts.bad_examples.len()), (3, 3));
    assert!(counts.rows_read > 1_000 && counts.rows_read < 20_000);
    assert_eq!(imported.info.rows, counts.rows_read);
}

#[test]
fn an_existing_tape_is_never_replaced() {
    let case = Case::new("time=t,market=\"m\",bid=b,ask=a");
    let file = case.file("f.csv", "t,b,a\n1767571201,.4,.5\n");
    case.import(std::slice::from_ref(&file)).unwrap();
    let error = import(&[file], &case.folder.path().join("tape"), &case.options, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("something is there already"), "{error}");
}

#[test]
fn facts_about_markets_come_from_csv_or_json() {
    let check = |name: &str, content: &str, columns: &str| {
        let mut case = Case::new("time=t,market=m,bid=b,ask=a");
        case.options.markets = Some(case.file(name, content));
        case.options.market_columns = columns.parse().unwrap();
        let imported =
            case.import(&[case.file("f.csv", "t,m,b,a\n1767571201,X-1-A,.4,.5\n1767571209,X-1-B,.4,.5\n")]).unwrap();
        let (tape, counts) = (&imported.tape, &imported.counts);
        let market = &tape.markets()[0];
        assert_eq!((market.category.as_str(), market.title.as_str()), ("Weather", "Hot?"));
        assert_eq!(
            (market.event_time, market.ticks.finest()),
            (Some(Timestamp((MIDNIGHT + 86_400) * 1_000_000_000)), Price(10))
        );
        assert_eq!(counts.markets_without_facts, Some(1));
        let settlement = tape.settlements()[0];
        assert_eq!((settlement.outcome, settlement.time), (Outcome::Yes, Timestamp((MIDNIGHT + 1) * 1_000_000_000)));
        assert_eq!(tape.open_until()[1], Some(Timestamp((MIDNIGHT + 9) * 1_000_000_000)));
    };
    check("m.csv", "ticker,category,title,event_time,tick,result\nX-1-A,Weather,Hot?,2026-01-06,0.001,yes\n", "");
    check(
        "m.csv",
        "id,category,title,event_time,tick,won\nX-1-A,Weather,Hot?,2026-01-06,0.001,1\n",
        "ticker=id,result=won",
    );
    let json = r#"{"ticker":"X-1-A","category":"Weather","question":"Hot?","event_time":"2026-01-06",
                  "tick":0.001,"result":"YES"}"#;
    check("m.json", json, "");
    check("m.json", &format!("[{json}]"), "");
    check("m.json", &format!(r#"{{"markets":[{json}]}}"#), "");
}

#[test]
fn bad_facts_are_refused_with_their_place() {
    let check = |content: &str, expect: &str| {
        let mut case = Case::new("time=t,market=m,bid=b,ask=a");
        case.options.markets = Some(case.file("markets", content));
        assert_eq!(case.import(&[case.file("f.csv", "t,m,b,a\n1767571201,X,.4,.5\n")]).unwrap_err(), expect);
    };
    check(
        "ticker,result\nX,maybe\n",
        "`markets`, line 2: result: `maybe` is neither `yes` nor `no`: correct it, or leave the result out by \
         `--skip-bad-rows`",
    );
    check(r#"[{"ticker":"X","tick":"2"}]"#, "`markets`, market 0: tick: `2` is no price step in dollars");
    check(
        r#"[{"name":"X"}]"#,
        "`markets`, market 0: it has no ticker: none of `ticker`, `market_ticker`, `market`, `slug`",
    );
    check("name,result\nX,yes\n", "`markets` has no column `ticker`. It has: name, result");
}

#[test]
fn a_column_mapping_is_understood_or_refused_with_a_hint() {
    let check = |text: &str, expect: &str| {
        assert_eq!(text.parse::<ColumnMapping>().unwrap_err().to_string(), format!("`--columns`: {expect}"));
    };
    let known =
        "Known: time, market, bid, ask, bid_size, ask_size, last, volume, event, series, category, quantity, taker";
    check("tme=t", &format!("`tme` is unknown; did you mean `time`? {known}"));
    check("time", "`time` is not `key=column`");
    check("time=a,time=b", "`time` is given twice");
    check("time=", "`time` names no column");
    check("volume=1-no", "`volume` is no price, so `1-…` has no meaning");
    check(r#"time="t",market=m"#, "`time` needs a column, not a constant in quotes");
    check(r#"market="m"#, r#"`market="m`: its quote does not end"#);
    assert!("Amerika/New_York".parse::<Zone>().unwrap_err().to_string().contains("did you mean `America/New_York`?"));
    assert!("resul=x".parse::<MarketColumns>().unwrap_err().contains("did you mean `result`?"));
}
