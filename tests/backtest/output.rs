//! The output of `host backtest`: every figure in every format, consistent with each other, and the same for the same
//! input.

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};
use crate::support::tapes::{TAPE, figures, tape, without_clock};

/// The keys of the figures that every version of the host prints, and `true` for money.
const KEYS: [(&str, bool); 20] = [
    ("updates", false),
    ("seconds", false),
    ("updates_per_second", false),
    ("signals", false),
    ("orders", false),
    ("fills", false),
    ("trades", false),
    ("win_rate", false),
    ("average_win", true),
    ("average_loss", true),
    ("profit_factor", false),
    ("max_drawdown", true),
    ("sharpe", false),
    ("average_holding_seconds", false),
    ("fees", true),
    ("net_pnl", true),
    ("fill_rate", false),
    ("average_slippage", true),
    ("rejections", false),
    ("final_positions", false),
];

fn is_decimal(text: &str) -> bool {
    let (whole, part) = text.strip_prefix('-').unwrap_or(text).split_once('.').unwrap_or((text, ""));
    !whole.is_empty() && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) && part.len() >= 2
}

fn backtest(environment: &Environment, options: &str) -> String {
    let tape = tape();
    environment.run(&format!("backtest --strategy {} --tape {} {options}", mean_reversion(), tape.path())).success()
}

#[test]
fn json_has_every_figure_and_money_is_decimal() {
    let (environment, tape) = (environment(), tape());
    let json = backtest(&environment, "--format json");
    let figures: Value = serde_json::from_str(&json).expect("JSON");
    for (key, is_money) in KEYS {
        let figure = figures.get(key).unwrap_or_else(|| panic!("no `{key}` in {json}"));
        match is_money {
            true => assert!(figure.as_str().is_some_and(is_decimal), "{key}: {figure}"),
            false => assert!(!figure.is_string() && !figure.is_null(), "{key}: {figure}"),
        }
    }
    let shown = environment.run(&format!("data info {} --format json", tape.path())).success();
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(figures["updates"], shown["rows"]);
    assert!(figures["trades"].as_u64() > Some(10), "too few trades to prove anything: {json}");
    let is_digest = |value: &Value| value.as_str().is_some_and(|text| text.len() == 64);
    assert!(is_digest(&figures["data_digest"]) && is_digest(&figures["components"][0]["sha256"]), "{json}");
    assert_eq!(figures["components"][0]["name"], "mean-reversion");
    let rejections = figures["rejections"].as_object().expect("by code");
    assert!(rejections.values().all(|count| count.as_u64() > Some(0)), "{rejections:?}");
}

#[test]
fn undefined_figures_are_null() {
    // Too short for any score, so nothing is traded.
    let json = backtest(&environment(), "--until 2026-01-02 --format json");
    let figures: Value = serde_json::from_str(&json).expect("JSON");
    let undefined: Vec<&str> = KEYS.iter().map(|(key, _)| *key).filter(|key| figures[key].is_null()).collect();
    let expect =
        "win_rate average_win average_loss profit_factor sharpe average_holding_seconds fill_rate average_slippage";
    assert_eq!(undefined.join(" "), expect);
    assert_eq!((&figures["net_pnl"], &figures["orders"]), (&"0.00".into(), &0.into()));
    assert!(!json.contains("NaN") && !json.contains("inf"), "{json}");
}

#[test]
fn tables_and_csv_show_the_same_figures_as_json() {
    let (environment, _tape) = (environment(), tape());
    let report = figures(&backtest(&environment, "--format json"));
    let table = backtest(&environment, "");
    for name in ["Total trades", "Win rate", "Average win", "Average loss", "Net P&L", "Max drawdown", "Fill rate"] {
        assert!(table.contains(&format!("\n{name} ")), "no {name}:\n{table}");
    }
    let lower = report.lower_estimate.as_ref().expect("the tape has trades");
    let counts = table.lines().find_map(|line| line.strip_prefix("Total trades"));
    let counts: Vec<&str> = counts.into_iter().flat_map(str::split_whitespace).collect();
    assert_eq!(counts, [report.trades.to_string(), lower.trades.to_string()]);
    let csv = backtest(&environment, "--format csv");
    let value = |key: &str| {
        let line = csv.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(','));
        line.unwrap_or_else(|| panic!("no {key}:\n{csv}")).to_owned()
    };
    assert_eq!(value("net_pnl"), report.net_pnl.to_string());
    assert_eq!(value("trades"), report.trades.to_string());
    assert_eq!(value("drawdown.amount"), report.max_drawdown.to_string());
    // An empty list has no line.
    let lists = ["rejections", "final_positions"];
    for (key, _) in KEYS.iter().filter(|(key, _)| !lists.contains(key)) {
        assert!(csv.contains(&format!("\n{key},")), "no {key}:\n{csv}");
    }
}

#[test]
fn the_same_input_gives_the_same_output_byte_for_byte() {
    let (one, other, _tape) = (environment(), environment(), tape());
    let options = "--format json --fill-model coin --scores scores.csv";
    let (first, second) = (backtest(&one, options), backtest(&other, options));
    assert_eq!(without_clock(&first), without_clock(&second));
    assert_eq!(one.read("scores.csv"), other.read("scores.csv"));
    // Also with a tape that is generated anew, and with an empty compile cache.
    let fresh = environment();
    fresh.run(&format!("data generate {TAPE} --out tape")).success();
    let fresh_cache = Environment::new();
    let tape = fresh.path("tape").display().to_string();
    let third = fresh_cache.run(&format!("backtest --strategy {} --tape {tape} {options}", mean_reversion())).success();
    assert_eq!(without_clock(&first), without_clock(&third));
}

#[test]
fn figures_add_up() {
    let _tape = tape();
    for model in ["instant", "touch", "queue", "probabilistic", "coin"] {
        let report = figures(&backtest(&environment(), &format!("--format json --fill-model {model}")));
        let micros = |money: host_report::Money| money.0.0;
        let parts = report.by_market.iter().filter_map(|line| line.net_pnl).map(micros).sum::<i64>();
        let days = report.by_day.iter().map(|day| micros(day.net_pnl)).sum::<i64>();
        assert_eq!((parts, days), (micros(report.net_pnl), micros(report.net_pnl)), "{model}");
        assert_eq!(micros(report.realised_pnl) + micros(report.open_pnl), micros(report.net_pnl), "{model}");
        assert_eq!(micros(report.final_equity) - micros(report.start_equity), micros(report.net_pnl), "{model}");
        assert_eq!(report.wins + report.losses + report.ties, report.trades, "{model}");
        let ends = report.order_ends;
        let ended = ends.filled + ends.cancelled + ends.expired + ends.rejected;
        assert_eq!(ended + ends.working, report.orders, "{model}");
    }
}

#[test]
fn a_back_test_on_synthetic_markets_says_so() {
    let tape = tape();
    let outcome = environment().run(&format!("backtest --strategy {RANGE_BUYER} --tape {} --format json", tape.path()));
    assert!(outcome.stderr.contains("synthetic markets, seed 3"), "{outcome}");
    let report = figures(&outcome.success());
    assert!(report.notes.iter().any(|note| note.contains("synthetic markets, seed 3")), "{:?}", report.notes);
}

#[test]
fn parameters_change_what_is_traded_and_wrong_ones_are_refused() {
    let (environment, tape) = (environment(), tape());
    let at = |threshold: &str| {
        figures(&backtest(&environment, &format!("--format json --param threshold={threshold}"))).signals
    };
    assert!(at("1.3") > at("2.5"));
    let args = format!("backtest --strategy {} --tape {}", mean_reversion(), tape.path());
    let said = environment.run(&format!("{args} --param treshold=1")).failure(1);
    assert!(said.contains("did you mean `threshold`?"), "{said}");
    let said = environment.run(&format!("{args} --param exit_distance=9")).failure(5);
    assert!(said.contains("an exit has to come before the opposite entry"), "{said}");
}
