//! Tapes in other programs: pandas, Polars and DuckDB read what the host reads, by the lines of its documentation.
//!
//! They are installed from the user's package index, as quantstats is. `HOST_SKIP_PANDAS` skips the tests where that is
//! not possible or not wanted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use host_core::{Market, MarketId, Outcome, PublicTrades, Quotes, Span, Taker, Timestamp};
use host_store::tape::{Listing, SourceKind, Tape, TapeSource, TapeWriter};
use serde_json::{Value, json};

use crate::support::environment::Environment;
use crate::support::python::python_with;
use crate::support::strategies::REPOSITORY;

const PACKAGES: [&str; 5] = ["duckdb==2.0.1", "polars==2.1.0", "pandas==3.1.1", "pyarrow==26.0.1", "numpy==2.4.6"];

/// Returns a Python with the three programs; `None` where they are not wanted.
fn python() -> Option<PathBuf> {
    if std::env::var_os("HOST_SKIP_PANDAS").is_some() {
        println!("skipped: HOST_SKIP_PANDAS is set");
        return None;
    }
    let python = python_with("duckdb, polars, pandas, pyarrow", &PACKAGES, &[]);
    Some(python.unwrap_or_else(|why| panic!("pandas cannot be had (`HOST_SKIP_PANDAS=1` goes without it): {why}")))
}

/// Returns the rows of each table of the tape `tape`, in the same order in all three programs.
fn opened(python: &Path, environment: &Environment) -> Value {
    let [script, lines] = ["tests/data/open_tape.py", "host/docs/commands.md"].map(|at| Path::new(REPOSITORY).join(at));
    let output = Command::new(python).arg(script).arg(lines).current_dir(environment.path("")).output();
    let output = output.expect("Python runs");
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failed}");
    serde_json::from_str(&said).expect("JSON")
}

/// Returns a number as Python prints it; `None` for an absent one.
fn number(value: f64) -> Value {
    if value.is_nan() { Value::Null } else { json!(value) }
}

/// Returns the rows that the host reads, each as Python has it.
fn quotes(tape: &Tape) -> Vec<Value> {
    let (mut reader, mut rows, mut all) = (tape.reader(), Quotes::default(), Vec::new());
    while reader.next_batch(&mut rows).expect("a tape") {
        for row in 0..rows.len() {
            let floats = [&rows.bid, &rows.ask, &rows.bid_size, &rows.ask_size, &rows.last, &rows.volume];
            let [bid, ask, bid_size, ask_size, last, volume] = floats.map(|column| number(column[row]));
            let (market, time) = (rows.market[row], rows.time[row]);
            let ticker = &tape.markets()[market as usize].ticker;
            all.push(json!([ticker, bid, ask, bid_size, ask_size, last, volume, market, time]));
        }
    }
    all
}

fn trades(tape: &Tape) -> Vec<Value> {
    let (mut reader, mut trades, mut all) = (tape.trades_reader(), PublicTrades::default(), Vec::new());
    while reader.next_batch(&mut trades).expect("a tape") {
        for row in 0..trades.len() {
            let taker = match trades.taker[row] {
                Taker::Buys => json!("buy"),
                Taker::Sells => json!("sell"),
                Taker::Unknown => Value::Null,
            };
            let (market, price) = (trades.market[row], trades.price[row]);
            let ticker = &tape.markets()[market as usize].ticker;
            all.push(json!([ticker, price, trades.quantity[row], taker, market, trades.time[row]]));
        }
    }
    all
}

fn markets(tape: &Tape) -> Vec<Value> {
    let results: BTreeMap<MarketId, _> = tape.settlements().iter().map(|result| (result.market, result)).collect();
    let row = |market: &Market| {
        let result = results.get(&market.id);
        let name = result.map(|result| match result.outcome {
            Outcome::Yes => "yes",
            Outcome::No => "no",
            Outcome::Value(_) => "value",
        });
        let payout = result.map(|result| result.outcome.payout().dollars());
        let times = [market.opens, market.closes, market.event_time, result.map(|result| result.time)];
        let [opens, closes, event_time, settled] = times.map(|time| time.map(|time| time.0));
        let Market { ticker, title, event, series, category, .. } = market;
        let steps = market.ticks.to_string();
        let facts = json!([ticker, title, event, series, category, name, payout, steps, market.id.0]);
        let mut row = facts.as_array().cloned().unwrap_or_default();
        row.extend([opens, closes, event_time, settled].map(|time| json!(time)));
        Value::Array(row)
    };
    tape.markets().iter().map(row).collect()
}

/// Compares what the host reads of the tape `tape` with what the three programs do. Returns the number of its quotes.
fn same_rows(environment: &Environment) -> Option<usize> {
    let found = opened(&python()?, environment);
    let tape = Tape::open(environment.path("tape")).expect("a tape");
    let same = |name: &str, mut expected: Vec<Value>| {
        let mut found: Vec<Value> = found[name].as_array().cloned().unwrap_or_default();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found.len(), expected.len(), "{name}");
        if let Some((found, expected)) = found.iter().zip(&expected).find(|(found, expected)| found != expected) {
            panic!("{name}: {found} is {expected} to the host");
        }
    };
    let rows = quotes(&tape);
    let count = rows.len();
    same("quotes", rows);
    same("trades", trades(&tape));
    same("markets", markets(&tape));
    Some(count)
}

#[test]
fn a_generated_tape_opens_elsewhere() {
    let environment = Environment::new();
    environment.run("data generate --markets 3 --for 3d --poll 5m --seed 7 --out tape").success();
    assert!(same_rows(&environment).is_none_or(|rows| rows > 2_000));
}

#[test]
fn an_imported_tape_opens_elsewhere() {
    let environment = Environment::new();
    let rows = "2026-01-05T10:00:00Z,FED-A,0.42,0.44\n2026-01-05T10:00:30Z,FED-B,0,0.1\n\
                2026-01-06T10:00:00.000000001Z,FED-A,,\n2026-01-06T11:00:00Z,FED-B,0.05,1\n";
    environment.write("quotes.csv", format!("time,market,bid,ask\n{rows}"));
    let facts = "ticker,title,category,close_time,result\nFED-A,\"Does the Fed cut, or not?\",economics,\
                 2026-01-06T20:00:00Z,yes\nFED-B,,,,\n";
    environment.write("facts.csv", facts);
    environment.run("data import quotes.csv --markets facts.csv --out tape").success();
    assert!(same_rows(&environment).is_none_or(|rows| rows == 4));
}

#[test]
fn a_tape_with_public_trades_opens_elsewhere() {
    let environment = Environment::new();
    let mut writer = TapeWriter::create(environment.path("tape")).expect("a folder");
    let (mut rows, mut trades) = (Quotes::default(), PublicTrades::default());
    for n in 0..500_i64 {
        let time = Timestamp::start_of_day(20_000) + Span::minutes(7 * n);
        for market in 0..2 {
            rows.market.push(market);
            rows.time.push(time.0);
            rows.bid.push(if n % 3 == 0 { f64::NAN } else { 0.25 });
            rows.ask.push(0.3 + (n % 50) as f64 / 100.0);
            rows.bid_size.push(n as f64);
            rows.ask_size.push(f64::NAN);
            rows.last.push(if market == 0 { 0.28 } else { f64::NAN });
            rows.volume.push((n * n) as f64);
        }
        // The trades end a day later than the rows.
        trades.market.push((n % 2) as u32);
        trades.time.push((time + Span::days(1)).0);
        trades.price.push((1 + n % 99) as f64 / 100.0);
        trades.quantity.push(0.5 + n as f64);
        trades.taker.push([Taker::Buys, Taker::Sells, Taker::Unknown][(n % 3) as usize]);
    }
    writer.append(rows.all()).expect("rows");
    writer.append_trades(&trades).expect("trades");
    let market =
        |id| Market { ticker: format!("KX-{id}"), event: "KX".into(), series: "KX".into(), ..host_testkit::market(id) };
    let source = TapeSource::new(SourceKind::Imported, "a test");
    let markets = vec![market(0), market(1)];
    let listing = Listing { markets, settlements: Vec::new(), source, poll: None, inferred_ticks: 0 };
    drop(writer.finish(listing).expect("a tape"));
    let shown = environment.run("data info tape").success();
    assert!(shown.contains("public trades          500\n"), "{shown}");
    assert!(same_rows(&environment).is_none_or(|rows| rows == 1_000));
}
