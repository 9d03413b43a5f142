//! The period that figures are of: its ends are given, days outside of it change nothing, and a run that does not see
//! all of it says so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Stdio;

use host_core::{Span, Timestamp};
use host_report::{Report, StoppedBy};

use crate::support::environment::Environment;
use crate::support::process::signal;
use crate::support::strategies::{RANGE_BUYER, build, environment, scripted, write_crate};
use crate::support::tapes::figures;
use crate::support::wait::eventually;

/// Midnight of 2026-01-05.
const MIDNIGHT: i64 = 1_767_571_200;

/// Rows of three markets over nine days, every five minutes: seconds since 1970, ticker, bid and ask in cents.
fn walk() -> Vec<(i64, &'static str, i64, i64)> {
    let (mut rows, mut state, mut mids) = (Vec::new(), 7_u64, [50_i64; 3]);
    for step in 0..9 * 288 {
        for (mid, ticker) in mids.iter_mut().zip(["A-1", "B-1", "C-1"]) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *mid = (*mid + (state >> 60) as i64 % 7 - 3).clamp(10, 90);
            rows.push((MIDNIGHT + 300 * step, ticker, *mid - 1, *mid + 1));
        }
    }
    rows
}

/// Writes a tape of those rows that `keep` selects. A market settles within each of many periods.
fn write_tape(environment: &Environment, name: &str, keep: impl Fn(i64) -> bool) {
    let mut csv = "time,market,bid,ask\n".to_owned();
    for (time, ticker, bid, ask) in walk().into_iter().filter(|row| keep(row.0)) {
        // The first market settles at noon of the third day, the second one at the end of the sixth.
        let is_over = (ticker == "A-1" && time > MIDNIGHT + 216_000) || (ticker == "B-1" && time > MIDNIGHT + 518_400);
        if !is_over {
            writeln!(csv, "{time},{ticker},{bid},{ask}").expect("text");
        }
    }
    environment.write("quotes.csv", csv);
    let time = |seconds: i64| Timestamp((MIDNIGHT + seconds) * 1_000_000_000).to_string();
    let (first, second) = (time(216_000), time(518_400));
    let facts = format!(
        "ticker,category,tick,result,settle_time\nA-1,a,0.01,yes,{first}\nB-1,b,0.01,no,{second}\nC-1,c,0.01,,\n"
    );
    environment.write("facts.csv", facts);
    let import = format!("data import quotes.csv --out {name} --price-unit cents --markets facts.csv");
    environment.run(&import).success();
}

/// Returns the report without what says which tape it was.
fn of_tape(environment: &Environment, tape: &str, options: &str) -> Report {
    let often = "--param buy_below=0.5 --param exit_above=0.5";
    let args = format!("backtest --strategy {RANGE_BUYER} --tape {tape} --format json {often} {options}");
    let report = figures(&environment.run(&args).success());
    Report { data_digest: None, notes: Vec::new(), about: None, seconds: 0.0, updates_per_second: None, ..report }
}

#[test]
fn days_outside_the_period_change_nothing() {
    let environment = environment();
    write_tape(&environment, "whole", |_| true);
    let mut traded = 0;
    let hour = 3_600;
    let periods = [(24, 96), (30, 150), (0, 61), (70, 190), (60, 144), (144, 216)];
    for (number, (from, until)) in periods.into_iter().enumerate() {
        let (from, until) = (MIDNIGHT + from * hour, MIDNIGHT + until * hour);
        let cut = format!("cut-{number}");
        write_tape(&environment, &cut, |time| (from..until).contains(&time));
        let text = |seconds: i64| Timestamp(seconds * 1_000_000_000).to_string();
        for poll in ["--fill-model instant", "", "--poll 1h"] {
            let options = format!("--from {} --until {} {poll}", text(from), text(until));
            let (whole, part) = (of_tape(&environment, "whole", &options), of_tape(&environment, &cut, &options));
            assert_eq!(whole, part, "{options}");
            let days = Span(Timestamp((until - 1) * 1_000_000_000).day() - Timestamp(from * 1_000_000_000).day() + 1);
            assert_eq!((whole.days, whole.by_day.len() as i64), (days.0 as u64, days.0), "{options}");
            assert_eq!((whole.start, whole.end), (Some(text(from)), Some(text(until))), "{options}");
            traded += whole.trades;
        }
    }
    assert!(traded > 20, "only {traded} trades prove little");
}

#[test]
fn the_largest_fall_in_dollars_is_another_one_than_the_largest_in_percent() {
    let environment = environment();
    let mut csv = "time,market,bid,ask,volume\n".to_owned();
    let prices = [(0.4, 10), (0.2, 10), (0.9, 10), (0.69, 10)];
    let rows = prices.into_iter().flat_map(|(bid, rows)| std::iter::repeat_n(bid, rows));
    for (row, bid) in rows.enumerate() {
        let ask = if row == 5 { bid + 0.01 } else { bid + 0.02 };
        let told = if row == 4 { 1_001_999 } else { 1_000_000 };
        writeln!(csv, "{},A-1,{bid:.2},{ask:.2},{told}", MIDNIGHT + 30 * row as i64).expect("text");
    }
    environment.write("quotes.csv", csv);
    environment.write("facts.csv", "ticker,tick\nA-1,0.01\n");
    environment.write("host.toml", "[capital]\ntarget = 50.0\n[execution]\nsizing = \"fixed 50\"\n");
    let columns = "--columns time=time,market=market,bid=bid,ask=ask,volume=volume";
    environment.run(&format!("data import quotes.csv --out tape --markets facts.csv {columns}")).success();
    let run = format!("backtest --strategy {} --tape tape --format json", scripted());
    let report = figures(&environment.run(&run).success());
    // Equity of 50, 40, 75 and 64.50: falls of 20 % and of 14 %.
    assert_eq!((report.max_drawdown.to_string().as_str(), report.max_drawdown_fraction), ("10.50", Some(0.2)));
    assert_eq!(report.drawdown.peak.map(|peak| peak.to_string()).as_deref(), Some("75.00"));
    let deepest = report.drawdown.deepest.expect("a fall");
    assert_eq!((deepest.amount.to_string().as_str(), deepest.peak.to_string().as_str()), ("10.00", "50.00"));
}

#[test]
fn a_back_test_that_is_cut_short_says_so_and_exits_with_the_signal() {
    let environment = environment();
    environment.run("data generate --markets 6 --for 40d --poll 5m --start 2025-01-01 --out tape").success();
    let slow = build(write_crate(&environment, "slow", include_str!("../support/sources/slow.rs")));
    let more = "--set sandbox.fuel_per_row=100000000 --set sandbox.call_ms=100000";
    for (name, code, cause, format) in
        [("INT", 130, StoppedBy::Interrupt, "json"), ("TERM", 143, StoppedBy::Terminate, "csv")]
    {
        let scores = format!("scores-{name}.csv");
        let args = format!("backtest --strategy {slow} --tape tape {more} --format {format} --scores {scores} -q");
        let files = || {
            let all = std::fs::read_dir(environment.path("")).expect("a folder").flatten();
            let plain = all.filter_map(|file| Some((file.path(), file.metadata().ok()?)));
            plain.filter(|(_, is)| is.is_file() && is.len() > 0).map(|(path, _)| path).collect::<BTreeSet<_>>()
        };
        let before = files();
        let mut command = environment.command(&args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        // The first rows have been scored, into a file that has no name yet: signals are listened to, and most of the
        // tape is still to come.
        eventually("scores", || (files() != before).then_some(()));
        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("the figures end there"), "{said}");
        let printed = String::from_utf8(output.stdout).expect("text");
        if format == "csv" {
            assert!(printed.contains("\ncomplete,false\n") && printed.contains("\nstopped_by,SIGTERM\n"), "{printed}");
            continue;
        }
        let report = figures(&printed);
        assert_eq!((report.complete, report.stopped_by), (false, Some(cause)));
        assert!(report.days < 40 && report.sharpe_days == report.days, "{} days", report.days);
    }
}
