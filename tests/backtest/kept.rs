//! The folder that a back test leaves: ledgers that add up to its figures, a journal that is replayed with the tape,
//! and what makes the run again.

use std::path::PathBuf;

use host_store::journal::{Journal, Mode};
use rusqlite::Connection;

use crate::support::environment::Environment;
use crate::support::files;
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};
use crate::support::tapes::{figures, import, quotes_csv, tape, without_clock};

/// The only run's folder.
fn folder(environment: &Environment) -> PathBuf {
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(environment.path("runs")).expect("runs").flatten().map(|entry| entry.path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// The rows of a CSV without quoted cells, by heading.
fn rows(environment: &Environment, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(folder(environment).join(name)).expect("a ledger");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let headings = lines.next().expect("headings");
    lines.map(|cells| headings.iter().cloned().zip(cells).collect()).collect()
}

fn sum(rows: &[std::collections::BTreeMap<String, String>], column: &str) -> f64 {
    rows.iter().map(|row| row[column].parse::<f64>().unwrap_or_else(|_| panic!("{column} of {row:?}"))).sum()
}

#[test]
fn ledgers_add_up_to_the_figures() {
    let (environment, tape) = (environment(), tape());
    let args = format!("backtest --strategy {} --tape {} --format json", mean_reversion(), tape.path());
    let fees = "--set exchange.fees=kalshi_with_maker_fees";
    let printed = environment.run(&format!("{args} {fees}")).success();
    let report = figures(&printed);
    assert_eq!(std::fs::read_to_string(folder(&environment).join("report.json")).expect("figures"), printed);
    let [trades, orders, fills, daily] =
        ["trades.csv", "orders.csv", "fills.csv", "daily.csv"].map(|name| rows(&environment, name));
    let counts = [&trades, &orders, &fills, &daily].map(|rows| rows.len() as u64);
    assert_eq!(counts, [report.trades, report.orders, report.fills, report.days]);
    assert!(report.trades > 10, "{} trades prove nothing", report.trades);
    let close = |sum: f64, figure: f64| assert!((sum - figure).abs() < 1e-6, "{sum} is not {figure}");
    close(sum(&fills, "fee"), report.fees.0.as_dollars());
    close(sum(&orders, "fees"), report.fees.0.as_dollars());
    close(sum(&daily, "fees"), report.fees.0.as_dollars());
    close(sum(&daily, "equity_change"), report.net_pnl.0.as_dollars());
    close(sum(&orders, "filled"), sum(&fills, "contracts"));
    close(sum(&daily, "trades"), report.trades as f64);
    let wins = trades.iter().filter(|trade| !trade["net_pnl"].starts_with('-')).count() as u64;
    assert_eq!(wins, report.wins + report.ties);
    assert!(trades.iter().all(|trade| trade["opened"].ends_with('Z') && trade["opened"] <= trade["closed"]));
    let names: Vec<&str> = trades.iter().map(|trade| trade["strategy"].as_str()).collect();
    assert!(names.iter().all(|name| *name == "mean-reversion"), "{names:?}");
}

#[test]
fn a_back_test_is_replayed_with_its_tape() {
    let tape = tape();
    let check = |strategies: &str, options: &str| {
        let environment = environment();
        environment.run(&format!("backtest {strategies} --tape {} -q {options}", tape.path())).success();
        let path = folder(&environment);
        let journal = Journal::open(path.join("run.journal")).expect("a journal");
        assert_eq!(journal.run_info().expect("the run").mode, Mode::Backtest);
        assert!(journal.count().expect("records") > 50, "{strategies} {options}: too few records prove nothing");
        let connection = Connection::open(path.join("run.journal")).expect("SQLite");
        let sql = "SELECT count(*) FROM events WHERE kind IN ('preview', 'poll')";
        let held: i64 = connection.query_row(sql, [], |row| row.get(0)).expect("a count");
        assert_eq!(held, 0, "it holds rows of the tape");
        drop((connection, journal));
        let said = environment.run(&format!("replay {}", path.display())).success();
        assert!(said.ends_with(" records: identical\n"), "{strategies} {options}: {said}");
    };
    let reversion = format!("--strategy {}", mean_reversion());
    check(&reversion, "");
    check(&reversion, "--from 2026-01-12 --until 2026-02-01");
    check(&reversion, "--poll 17m");
    check(&format!("{reversion} --strategy {RANGE_BUYER}"), "--fill-model coin");
}

#[test]
fn a_tape_that_was_moved_or_changed_is_noticed() {
    let environment = environment();
    let quotes = |ask: i64| quotes_csv((0..50).map(|poll| (poll * 30, "FED", 30, ask + poll % 3)));
    import(&environment, &quotes(38));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    let run = folder(&environment).display().to_string();
    assert!(environment.run(&format!("replay {run}")).success().contains("identical"));
    std::fs::rename(environment.path("tape"), environment.path("moved")).expect("moved");
    let said = environment.run(&format!("replay {run}")).failure(1);
    assert!(said.contains("cannot read the tape of the run") && said.contains("--tape TAPE"), "{said}");
    assert!(environment.run(&format!("replay {run} --tape moved")).success().contains("identical"));
    let compared = environment.run(&format!("replay {run} --tape moved --param buy_below=0.2")).success();
    assert!(compared.contains("they differ on"), "{compared}");
    import(&environment, &quotes(39));
    let said = environment.run(&format!("replay {run}")).failure(1);
    assert!(said.contains("is not the tape of the run") && said.contains("digest"), "{said}");
}

#[test]
fn a_run_is_made_again_from_its_folder() {
    let (environment, tape) = (environment(), tape());
    let options = "--param threshold=1.2 --set risk.max_open_positions=3 --fill-model instant --format json";
    let args = format!("backtest --strategy {} --tape {} {options}", mean_reversion(), tape.path());
    let first = environment.run(&args).success();
    let run = folder(&environment);
    let facts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(run.join("run.json")).expect("facts")).expect("JSON");
    let command: Vec<&str> =
        facts["command"].as_array().expect("a list").iter().filter_map(|arg| arg.as_str()).collect();
    assert_eq!(command.join(" "), args);
    assert_eq!(facts["strategies"][0]["parameters"]["threshold"], serde_json::json!(1.2), "{facts}");
    // The configuration in force stands for file, environment and options.
    let without = format!(
        "backtest --strategy {} --tape {} --param threshold=1.2 --format json --no-journal",
        mean_reversion(),
        tape.path()
    );
    let config = run.join("config.toml").display().to_string();
    let again = environment.run(&format!("{without} --config {config}")).success();
    assert_eq!(without_clock(&again), without_clock(&first));
    assert_ne!(without_clock(&environment.run(&without).success()), without_clock(&first));
    assert_eq!(std::fs::read_dir(environment.path("runs")).expect("runs").count(), 1, "--no-journal keeps nothing");
}

#[test]
fn runs_are_listed_shown_and_removed() {
    let environment = environment();
    assert!(environment.run("runs list").stderr.contains("no runs in runs"));
    import(&environment, &quotes_csv((0..50).map(|poll| (poll * 30, "FED", 30, 38))));
    for _ in 0..3 {
        environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    }
    let list = || -> Vec<serde_json::Value> {
        serde_json::from_str(&environment.run("runs list --format json").success()).expect("JSON")
    };
    let runs = list();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run["state"] == "ended" && run["strategies"][0] == "range-buyer"), "{runs:?}");
    let last = runs[2]["run"].as_str().expect("a name");
    let shown = environment.run("runs show latest").success();
    assert!(shown.contains(last) && shown.contains("Total trades") && shown.contains("backtest --strategy"), "{shown}");
    assert_eq!(environment.run(&format!("runs show {last}")).success(), shown);
    let said = environment.run("runs show lastest").failure(1);
    assert!(said.contains("did you mean `latest`?"), "{said}");
    let said = environment.run("runs show backtest").failure(1);
    assert!(said.contains("several runs begin with `backtest`"), "{said}");
    let _ = environment.run("runs prune").failure(2);
    let said = environment.run("runs prune --older-than 1d").stderr;
    assert_eq!(said, "0 runs removed\n");
    assert_eq!(environment.run("runs prune --keep 1 --dry-run").success().lines().count(), 2);
    environment.run("runs prune --keep 1").success();
    assert_eq!(list().iter().map(|run| run["run"].as_str()).collect::<Vec<_>>(), [Some(last)]);
    assert_eq!(files::below(&environment.path("runs")).len(), 12);
}
