//! `host data import`: a recording becomes a tape; the user learns what was changed, or which line is wrong.

use std::process::Command;

use crate::support::environment::Environment;
use crate::support::strategies::environment;
use crate::support::tapes::quotes_csv;

/// Two markets, with rows out of order, a duplicate, a crossed row and an empty side.
const CSV: &str = "\
ts,ticker,yes_bid,yes_ask
2025-12-04 10:00:00,FED-25DEC-CUT,42,44
2025-12-04 10:00:30,FED-25DEC-HOLD,55,58
2025-12-04 10:01:00,FED-25DEC-CUT,45,43
2025-12-04 10:00:45,FED-25DEC-CUT,0,44
2025-12-04 10:00:30,FED-25DEC-HOLD,55,58
";
const COLUMNS: &str =
    "--columns time=ts,market=ticker,bid=yes_bid,ask=yes_ask --price-unit cents --timezone America/New_York";

#[test]
fn import_makes_a_tape_and_reports_every_change() {
    let environment = Environment::new();
    environment.write("quotes.csv", CSV);
    environment.write("facts.csv", "ticker,category,result\nFED-25DEC-CUT,economics,yes\n");
    let outcome = environment.run(&format!("data import quotes.csv --out tape {COLUMNS} --markets facts.csv"));
    let shown = outcome.success();
    let steady: Vec<&str> = shown
        .lines()
        .filter(|line| !["size on disk", "  options"].iter().any(|start| line.starts_with(start)))
        .collect();
    insta::assert_snapshot!(steady.join("\n"), @"
    import
    file                       quotes.csv, 227 B, sha256 516d38b4a90c
    format                     CSV separated by commas
    kind                       quotes
    unit of prices             cents
    columns used               ask=yes_ask, bid=yes_bid, market=ticker, time=ts
    columns not used           none
    time zone                  America/New_York, of times that name none
    period                     2025-12-04T15:00:00.000Z to 2025-12-04T15:01:00.000Z
    markets                    2
    rows read                  5
      duplicates, dropped      1
      out of order, sorted in  2
    markets without metadata   1
    rows of the tape           4
    odd                        1 row (25 %) has the bid above the ask
    odd                        1 market is not in the metadata file: `FED-25DEC-HOLD`

    tape
    source                 imported: quotes.csv
      file                 quotes.csv, 227 B, sha256 516d38b4a90c
    poll interval          none: one row per change
    rows                   4
    public trades          0
    markets                2
    events                 1
    series                 1
    settlements            1
    price steps            multiples of 0.01 (2 markets)
      of them inferred     2 markets, from their prices; `--markets` can state them
    first row              2025-12-04T15:00:00.000Z
    last row               2025-12-04T15:01:00.000Z
    days with rows         1
    beside bid and ask     nothing
    one side empty         25.0 %
    both sides empty       0.0 %
    crossed rows           1
    spread, mean           1.67 c
    spread, median         2.00 c
    spread, 90 %           3.00 c
    spread, 99 %           3.00 c
    mid unchanged          0.0 %
    mid change, deviation  -
    mid change, largest    -
    gaps                   0 of 60 min or more, 0 s in all
    ");
}

#[test]
fn explain_says_how_files_would_be_read_and_writes_nothing() {
    let environment = Environment::new();
    environment.write("history.csv", "t;p\n1775476800;38,5\n1775477100;39\n");
    let said = environment.run("data import --explain history.csv").failure(1);
    assert!(said.contains("no column `market`") && said.contains("market=\"my-market\""), "{said}");
    let explain = "data import --explain history.csv --columns market=\"SNOW\" --price-unit percent --spread 1c";
    insta::assert_snapshot!(environment.run(explain).success(), @r#"
    import
    file                  history.csv, 34 B, sha256 7afff2b429d4
    format                CSV separated by semicolons
    kind                  prices
    unit of prices        percent
    columns used          last=p, market="SNOW", time=t
    columns not used      none
    time zone             UTC, of times that name none
    period                2026-04-06T12:00:00.000Z to 2026-04-06T12:05:00.000Z
    markets               1
    rows read             2
    rows of the tape      2
    found out or assumed  decimals stand behind a comma
    found out or assumed  bid and ask are assumed: the one price of a row is halfway between them, 0.01 dollars apart
    "#);
    let json = environment.run(&format!("{explain} --format json")).success();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["page"]["rows"], &json["page"]["readings"][0]["price_unit"]), (&2.into(), &"percent".into()));
    let left = std::fs::read_dir(environment.path("")).expect("the folder").count();
    assert_eq!(left, 1, "only the file itself");
    environment.run("data import --explain history.csv --out tape").failure(2);
    environment.run("data import history.csv").failure(2);
}

#[test]
fn a_tape_keeps_what_it_was_made_of() {
    let environment = Environment::new();
    environment.write("quotes.csv", CSV);
    environment.run(&format!("data import quotes.csv --out one {COLUMNS}")).success();
    environment.run(&format!("data import quotes.csv --out two {COLUMNS}")).success();
    assert_eq!(environment.read("one/tape.json"), environment.read("two/tape.json"), "made again");
    let shown = environment.run("data info one").success();
    assert!(shown.contains("\n  file                 quotes.csv, 227 B, sha256 516d38b4a90c\n"), "{shown}");
    let options = COLUMNS.split(" --price").next().expect("columns");
    assert!(shown.contains(&format!("{options} --price-unit cents --timezone America/New_York\n")), "{shown}");
}

#[test]
fn import_and_info_print_json_and_csv() {
    let environment = Environment::new();
    environment.write("quotes.csv", CSV);
    let json = environment.run(&format!("data import quotes.csv --out tape {COLUMNS} --format json")).success();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["import"]["unsorted_rows"], &json["tape"]["quotes"]["crossed_rows"]), (&2.into(), &1.into()));
    let csv = environment.run("data info tape --format csv").success();
    assert!(csv.starts_with("figure,value\n") && csv.contains("\nquotes.crossed_rows,1\n"), "{csv}");
}

#[test]
fn real_recordings_import() {
    let real = std::env::var_os("HOST_REAL_DATA").map(std::path::PathBuf::from);
    let real = real.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let Ok(folder) = std::fs::read_dir(real.join("kalshi_kxhighny")) else {
        println!("skipped: no real data");
        return;
    };
    let mut files: Vec<_> = folder.flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "gz"));
    files.sort();
    let environment = Environment::new();
    let columns = "--columns time=timestamp,market=market_ticker,bid=best_yes_bid,ask=implied_yes_ask";
    let args =
        format!("data import --out tape --price-unit cents --timezone America/Los_Angeles --format json {columns}");
    let output = environment.command(&args).args(&files).output().expect("the binary runs");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(json["tape"]["rows"].as_u64() > Some(500_000), "{json}");
    assert_eq!(json["tape"]["events"], 14);
    // The description of the data states two crossed rows.
    assert_eq!(json["tape"]["quotes"]["crossed_rows"], 2);
}

#[test]
fn an_invalid_recording_is_refused_with_its_line() {
    let good = "time,market,bid,ask\n2025-12-04T10:00:00Z,A-1,0.42,0.44\n";
    let args = "data import q.csv --out tape";
    let check = |content: &str, args: &str, expect: &[&str]| {
        let environment = Environment::new();
        environment.write("q.csv", content);
        let said = environment.run(args).failure(1);
        for expect in expect {
            assert!(said.contains(expect), "{content:?} does not say `{expect}`:\n{said}");
        }
        assert!(!environment.path("tape").exists(), "a tape is left behind");
    };
    check("", args, &["`q.csv` is empty"]);
    check("time,market,bid,ask\n", args, &["no file has a row"]);
    check("time,market,bid,akk\n", args, &["no column `ask`", "did you mean `akk`?", "hint: `--columns`"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,0.42,1.44\n"), args, &["line 3", "1.44"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,-0.1,0.4\n"), args, &["line 3", "-0.1"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1,forty,0.4\n"), args, &["line 3", "forty"]);
    check(&format!("{good}yesterday,A-1,0.42,0.44\n"), args, &["line 3", "yesterday"]);
    check(&format!("{good}2025-12-04T10:00:30Z,A-1\n"), args, &["line 3"]);
    check(good, "data import q.csv nothing.csv --out tape", &["nothing.csv", "No such file"]);
    check(good, "data import q.csv --out tape --markets nothing.csv", &["nothing.csv"]);
}

#[test]
fn a_truncated_gzip_is_refused_unless_bad_rows_are_skipped() {
    let mut text = String::from("time,market,bid,ask\n");
    (0..5_000).for_each(|row| text.push_str(&format!("{},A-1,0.{},0.9\n", 1_764_842_400 + row * 30, 10 + row % 79)));
    let environment = Environment::new();
    let plain = environment.write("q.csv", &text);
    let gzip = Command::new("gzip").arg("-k").arg(&plain).status();
    if !gzip.is_ok_and(|status| status.success()) {
        println!("skipped: no gzip");
        return;
    }
    let whole = std::fs::read(environment.path("q.csv.gz")).expect("gzip wrote it");
    environment.write("cut.csv.gz", &whole[..whole.len() / 2]);
    let said = environment.run("data import cut.csv.gz --out tape").failure(1);
    assert!(said.contains("truncated or damaged") && said.contains("--skip-bad-rows"), "{said}");
    assert!(!environment.path("tape").exists());
    let shown = environment.run("data import cut.csv.gz --out tape --skip-bad-rows").success();
    assert!(shown.contains("left out"), "{shown}");
}

#[test]
fn prices_out_of_range_never_become_a_tape() {
    let check = |bid: i64, ask: i64, expect: &str| {
        let environment = environment();
        environment.write("quotes.csv", quotes_csv([(0, "A-1", 40, 42), (60, "A-1", bid, ask)]));
        let said = environment.run("data import quotes.csv --out tape --price-unit cents").failure(1);
        assert!(said.contains("line 3") && said.contains(expect), "{said}");
        assert!(!environment.path("tape").exists());
    };
    check(101, 102, "101");
    check(40, 142, "142");
    check(-3, 42, "-3");
}
