//! A paper run from start to end: figures, journal, seed and pace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use host_core::Record;
use host_store::journal::{Journal, Mode};

use crate::paper::journal;
use crate::support::environment::{Environment, Outcome};
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};
use crate::support::tapes::{figures, without_clock};

/// Runs mean reversion for three days on five markets.
fn run(environment: &Environment, options: &str) -> Outcome {
    environment.run(&format!("run --strategy {} --for 3d --markets 5 {options}", mean_reversion()))
}

/// The path of the journal, in the folder that the last line of stderr names.
fn journal_of(environment: &Environment, stderr: &str) -> PathBuf {
    let folder = stderr.lines().last().and_then(|line| line.strip_prefix("kept in "));
    environment.path(folder.unwrap_or_else(|| panic!("no folder is named:\n{stderr}"))).join("run.journal")
}

#[test]
fn a_run_ends_with_the_figures_and_a_complete_journal() {
    let environment = environment();
    let outcome = run(&environment, "");
    let path = journal_of(&environment, &outcome.stderr);
    assert!(
        outcome.stderr.starts_with("paper trading on the embedded exchange: synthetic markets, seed 0"),
        "{outcome}"
    );
    let table = outcome.success();
    for name in [
        "Total trades",
        "Win rate",
        "Average win",
        "Average loss",
        "Net P&L",
        "Max drawdown",
        "Fill rate",
        "Average slippage",
    ] {
        assert!(table.contains(&format!("\n{name} ")), "no {name}:\n{table}");
    }
    let journal = Journal::open(&path).expect("a journal");
    let info = journal.run_info().expect("the run");
    assert!(info.mode == Mode::Paper && info.data.contains("synthetic") && info.ended > Some(info.started), "{info:?}");
    assert_eq!((info.strategies[0].name.as_str(), info.strategies[0].parameters.len()), ("mean-reversion", 10));
    let folder = path.parent().expect("the run's folder");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let ledgers =
        ["daily", "fills", "orders", "trades"].map(|name| [".csv", ".parquet"].map(|end| name.to_owned() + end));
    let others = ["config.toml", "lines.parquet", "report.json", "run.journal", "run.json"].map(str::to_owned);
    let mut expected: Vec<String> = ledgers.concat().into_iter().chain(others).collect();
    expected.sort();
    assert_eq!(files, expected, "a journal that has ended is one plain file, and nothing is left unfinished");
}

#[test]
fn the_journal_adds_up_to_the_figures() {
    let busy = "--for 20d --set feed.poll=5m --format json --param threshold=1";
    for options in ["", "--fill-model instant --set exchange.fees=kalshi", "--fill-model coin"] {
        let environment = environment();
        let args = format!("run --strategy {} --markets 8 {busy} {options} --journal j", mean_reversion());
        let report = figures(&environment.run(&args).success());
        assert!(report.trades > 0, "{options}: nothing was traded");
        journal::check(&environment.path("j"), &report);
    }
}

#[test]
fn the_seed_decides_every_record_and_figure() {
    let result = |seed: u64| {
        let environment = environment();
        let options = format!("--format json --fill-model coin --seed {seed} --journal j --param threshold=1");
        let json = run(&environment, &options).success();
        (without_clock(&json), journal::records(&environment.path("j")))
    };
    let (first, again, other) = (result(1), result(1), result(2));
    assert_eq!(first, again);
    assert_ne!(first.0, other.0);
}

#[test]
fn a_paper_run_gives_the_figures_of_a_back_test_on_the_same_markets() {
    let environment = environment();
    // The tape begins at midnight, 83 h 20 min earlier, with the run's warm-up. No score comes before 100 h, so none
    // in the warm-up.
    let strategy = format!("--strategy {} --param min_history_hours=100 --format json", mean_reversion());
    let span = "--for 23080m --start 2026-01-04T11:20:00Z";
    let paper = format!("run {strategy} {span} --markets 6 --seed 5 --set feed.poll=5m --journal j");
    let paper = figures(&environment.run(&paper).success());
    environment.run("data generate --markets 6 --for 468h --poll 5m --seed 5 --start 2026-01-01 --out tape").success();
    let tape = figures(&environment.run(&format!("backtest {strategy} --tape tape")).success());
    assert!(paper.orders > 0, "nothing was traded");
    assert_eq!((paper.updates, paper.signals, paper.orders), (tape.updates, tape.signals, tape.orders));
    assert_eq!((paper.net_pnl, &paper.rejections), (tape.net_pnl, &tape.rejections));
    assert_eq!(paper.by_market, tape.by_market);
}

#[test]
fn twenty_one_days_of_paper_are_twenty_one_days_of_figures() {
    let environment = environment();
    let args = format!("run --strategy {} --markets 12 --for 21d --seed 3 --format json --journal j", mean_reversion());
    let report = figures(&environment.run(&args).success());
    let dates: Vec<&str> = report.by_day.iter().map(|day| day.date.as_str()).collect();
    assert_eq!((dates.len(), dates.first(), dates.last()), (21, Some(&"2026-01-05"), Some(&"2026-01-25")));
    assert_eq!((report.days, report.sharpe_days), (21, 21));
    assert_eq!(report.start.as_deref(), Some("2026-01-05T00:00:00.000Z"));
    assert_eq!(report.end.as_deref(), Some("2026-01-26T00:00:00.000Z"));
    // The same from what the journal says about the ends of days, calculated anew.
    let closes: BTreeMap<i64, f64> = journal::records(&environment.path("j"))
        .into_iter()
        .filter_map(|record| match record {
            Record::DayClose(close) => Some((close.day, close.equity.as_dollars())),
            _ => None,
        })
        .collect();
    let first = 20_458; // 2026-01-05
    let mut equity = report.start_equity.0.as_dollars();
    let mut returns = Vec::new();
    for day in first..first + 21 {
        let close = closes.get(&day).copied().unwrap_or(equity);
        returns.push(close / equity - 1.0);
        equity = close;
    }
    let mean = returns.iter().sum::<f64>() / 21.0;
    let deviation = (returns.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / 20.0).sqrt();
    let sharpe = mean / deviation * 365.0_f64.sqrt();
    assert!((report.sharpe.expect("it traded") - sharpe).abs() < 1e-9, "{:?} is not {sharpe}", report.sharpe);
    assert!(closes.keys().any(|day| *day < first), "the journal has the warm-up, the figures do not");
    // Nor does the ledger of the run's folder.
    let folder = std::fs::read_dir(environment.path("runs")).expect("runs").flatten().next().expect("a run");
    let daily = std::fs::read_to_string(folder.path().join("daily.csv")).expect("the days");
    assert!(daily.contains("2026-01-05") && !daily.contains("2026-01-04"), "{daily}");
}

#[test]
fn a_paced_run_takes_its_time_and_gives_the_same_figures() {
    let environment = environment();
    let started = Instant::now();
    // The last poll is 30 s before the end of the hour, at 3,600 times real speed.
    let args = format!("run --strategy {RANGE_BUYER} --for 1h --markets 2 --speed 3600 --journal j --format json");
    let paced = environment.run(&args).success();
    assert!(started.elapsed() >= Duration::from_secs_f64(3_570.0 / 3_600.0), "{:?}", started.elapsed());
    let unpaced = environment.run(&args.replace("--speed 3600 --journal j", "--journal k")).success();
    assert_eq!(without_clock(&paced), without_clock(&unpaced));
}

#[test]
fn a_journal_never_overwrites_a_file() {
    let environment = environment();
    environment.write("mine.journal", "mine");
    let said = run(&environment, "--journal mine.journal").failure(1);
    insta::assert_snapshot!(said, @"
    error: cannot keep the journal mine.journal
      `mine.journal` exists already: a run gets a journal of its own; choose another name

    hint: `--set runs.folder=FOLDER` keeps runs somewhere else; `--no-journal` keeps nothing
    ");
    assert_eq!(environment.read("mine.journal"), "mine");
}

#[test]
fn impossible_options_are_refused_before_a_journal_is_begun() {
    let check = |options: &str, code: i32, expect: &str| {
        let environment = environment();
        let said = environment.run(&format!("run --strategy {RANGE_BUYER} {options}")).failure(code);
        assert!(said.contains(expect), "{options}: {said}");
        assert!(!environment.path("runs").exists(), "{options}: a journal was begun");
    };
    check("--for 0s", 2, "shorter than one poll interval, 30s");
    check("--for 5s", 2, "shorter than one poll interval, 30s");
    check("--speed 0", 2, "simulated seconds per second");
    check("--speed nan", 2, "simulated seconds per second");
    check("--markets 0", 2, "--markets");
    check("--fill-model kind", 2, "write instant, touch, queue, probabilistic or coin");
    check("--set risk.max_daily_loss=-1", 1, "risk.max_daily_loss");
    check("--start yesterday", 2, "--start");
}
