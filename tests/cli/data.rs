//! `host data generate|import|info`: whole tapes, from the command line.

use std::process::Stdio;

use crate::support::environment::Environment;
use crate::support::process::signal;
use crate::support::wait::eventually;

/// A tape of three markets and two days.
const GENERATE: &str = "data generate --markets 3 --for 2d --poll 5m --seed 7 --out";

/// Two markets, out of order, a duplicate, a crossed row, an empty side.
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
fn a_generated_tape_is_synthetic_and_the_same_for_the_same_seed() {
    let environment = Environment::new();
    insta::assert_snapshot!(environment.run(&format!("{GENERATE} one")), @"
    exit Some(0)
    --- stdout
    --- stderr
    wrote one: 1,728 rows of 4 synthetic markets
    ");
    let shown = environment.run("data info one").success();
    assert!(shown.contains("SYNTHETIC: synthetic markets, seed 7"), "{shown}");
    environment.run(&format!("{GENERATE} two")).success();
    for file in ["tape.json", "markets.json"] {
        assert_eq!(environment.read(&format!("one/{file}")), environment.read(&format!("two/{file}")));
    }
    let json = |tape: &str| environment.run(&format!("data info {tape} --format json")).success();
    assert_eq!(json("one"), json("two"));
    environment.run("data generate --markets 3 --for 2d --poll 5m --seed 8 --out three").success();
    assert_ne!(json("one"), json("three"));
}

#[test]
fn ctrl_c_ends_a_generation_and_leaves_nothing_behind() {
    let environment = Environment::new();
    let files = || std::fs::read_dir(environment.path("")).expect("the folder").count();
    let mut command = environment.command("data generate --out tape");
    let child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
    // The hidden folder that it writes to comes after it has begun to listen.
    eventually("it begins", || (files() > 0).then_some(()));
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), files()), (Some(1), 0), "{said}");
    assert!(said.contains("interrupted: no tape was written"), "{said}");
}

#[test]
fn a_recording_becomes_a_tape_and_says_what_was_done_to_it() {
    let environment = Environment::new();
    environment.write("quotes.csv", CSV);
    environment.write("facts.csv", "ticker,category,result\nFED-25DEC-CUT,economics,yes\n");
    let outcome = environment.run(&format!("data import quotes.csv --out tape {COLUMNS} --markets facts.csv"));
    let shown = outcome.success();
    let steady: Vec<&str> = shown.lines().filter(|line| !line.starts_with("size on disk")).collect();
    insta::assert_snapshot!(steady.join("\n"), @"
    rows read                 5
    duplicates, dropped       1
    out of order, sorted in   2
    markets without metadata  1

    tape
    source                 imported: quotes.csv
    poll interval          none: a row for each change
    rows                   4
    markets                2
    events                 1
    series                 1
    settlements            1
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
fn figures_come_as_json_and_csv_too() {
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
    // The data's own description: two crossed rows in all.
    assert_eq!(json["tape"]["quotes"]["crossed_rows"], 2);
}
