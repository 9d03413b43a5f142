//! `host calibrate` on runs whose settings the tests know.

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};

/// The settings of the case study's paper trader, and those that it should have had by its month of live trading.
const STUDY: &str = "\
# Alex's settings.
[exchange]
fill_model = \"coin\" # as in the study
fill_probability = 0.8

slippage_std = 0.002
";
const LIVE: &str = "--set exchange.fill_probability=0.7 --set exchange.slippage_std=0.005";

/// Limits under which a strategy trades much.
const WIDE: &str = "--set risk.max_open_positions=60 --set risk.max_portfolio_exposure=100000 \
                    --set risk.max_category_exposure=100000 --set risk.max_event_exposure=100000 \
                    --set capital.target=100000 --set risk.max_daily_loss=50000 --set risk.max_drawdown=50000 \
                    --set risk.max_consecutive_losses=10000 --set risk.max_repeated_executions=10000";

/// Runs a strategy on paper, with `options`.
fn ran(environment: &Environment, options: &str) {
    environment.run(&format!("run -q --strategy {RANGE_BUYER} --set feed.poll=2m {options}")).success();
}

fn calibrated(environment: &Environment, options: &str) -> Value {
    serde_json::from_str(&environment.run(&format!("calibrate {options} --format json")).success()).expect("JSON")
}

/// Returns the entry of the coin's setting `key`.
fn coin<'a>(found: &'a Value, key: &str) -> &'a Value {
    let all = found["coin"].as_array().expect("the coin");
    all.iter().find(|one| one["key"] == format!("exchange.{key}")).unwrap_or_else(|| panic!("no {key} in {found}"))
}

/// Asserts that the interval of `key` holds `inside`, and not `outside`.
fn assert_told(found: &Value, key: &str, inside: f64, outside: f64) {
    let estimate = &coin(found, key)["found"];
    let [low, high] = ["low", "high"].map(|end| estimate[end].as_f64().expect("a number"));
    assert!(low <= inside && inside <= high, "{key}: {estimate} lacks {inside}");
    assert!(outside < low || high < outside, "{key}: {estimate} holds {outside}");
    assert_eq!(estimate["further"], 0, "{key}: {estimate}");
}

#[test]
fn the_case_studys_correction_comes_out_of_a_journal_made_with_its_parameters() {
    let environment = environment();
    environment.write("host.toml", STUDY);
    ran(&environment, &format!("--markets 60 --for 30d --seed 21 {WIDE} {LIVE}"));
    let found = calibrated(&environment, "--live latest");
    assert_told(&found, "fill_probability", 0.7, 0.8);
    assert_told(&found, "slippage_std", 0.005, 0.002);
    assert_told(&found, "partial_probability", 0.2, 0.5);
    assert_told(&found, "latency_mean_ms", 150.0, 300.0);
    assert_eq!(
        (&coin(&found, "fill_probability")["old"], &coin(&found, "slippage_std")["old"]),
        (&0.8.into(), &0.002.into())
    );

    let written = environment.run("calibrate --live latest --write");
    assert!(written.stderr.contains("exchange.fill_probability = 0.7"), "{written}");
    let file = environment.read("host.toml");
    assert!(
        file.starts_with("# Alex's settings.\n[exchange]\nfill_model = \"coin\" # as in the study\n# 20"),
        "{file}"
    );
    assert!(file.contains(": calibrated from latest") || file.contains(": calibrated from paper-"), "{file}");
    assert!(file.contains("of ten, of ") && file.contains("; was 0.8\nfill_probability = 0.7"), "{file}");
    assert!(file.contains("; was 0.002\nslippage_std = 0.00"), "{file}");
    // What was written is what the orders say: nothing is left to change.
    let again = environment.run("calibrate --live latest --write");
    assert!(again.code == Some(1) && again.stderr.contains("nothing is written"), "{again}");
    assert_eq!(environment.read("host.toml"), file);
}

#[test]
fn the_rule_by_which_others_cancel_is_found_again() {
    let environment = environment();
    environment.run("data generate --markets 60 --for 12d --poll 30s --seed 4 --start 2026-01-01 --out tape").success();
    let join = "--set execution.entry_pricing=join --set execution.order_expiry=30m";
    for (rule, other) in [("front", "back"), ("back", "front")] {
        let settings = format!("--fill-model queue --set exchange.queue_cancels={rule} {join} {WIDE}");
        environment.run(&format!("backtest -q --strategy {RANGE_BUYER} --tape tape {settings}")).success();
        let found = calibrated(&environment, &format!("--live latest --set exchange.queue_cancels={other}"));
        assert_eq!(found["old_queue_cancels"], other, "{found}");
        assert_ne!(found["queue_cancels"], other, "{found}");
        let fits = found["queue"].as_array().expect("models");
        let of = |rule: &str| fits.iter().find(|fit| fit["cancels"] == rule).expect("each rule");
        // The same orders on the same rows and trades: what the run did comes out again.
        assert_eq!(of(rule)["agreement"], 1.0, "{found}");
        assert!(of(other)["agreement"].as_f64() < Some(1.0), "{found}");
    }
}

#[test]
fn too_few_orders_conclude_nothing_and_say_how_many_more_it_takes() {
    let environment = environment();
    environment.write("host.toml", STUDY);
    ran(&environment, "--for 4d --markets 2 --set risk.max_open_positions=1");
    let shown = environment.run("calibrate --live latest").success();
    assert!(shown.contains("more orders needed"), "{shown}");
    let refused = environment.run("calibrate --live latest --write");
    let said = "exchange.fill_probability stays: ";
    assert!(refused.code == Some(1) && refused.stderr.contains(said), "{refused}");
    assert!(refused.stderr.contains("more orders are needed"), "{refused}");
    assert_eq!(environment.read("host.toml"), STUDY);
}

#[test]
fn runs_of_different_strategies_and_runs_without_orders_are_refused() {
    let environment = environment();
    ran(&environment, "--markets 20 --for 4d --journal a.journal");
    let other = format!("run -q --strategy {} --markets 5 --for 4d --journal b.journal", mean_reversion());
    environment.run(&other).success();
    let refused = environment.run("calibrate --live a.journal --paper b.journal").failure(1);
    assert!(refused.contains("are of different strategies"), "{refused}");
    let same = calibrated(&environment, "--live a.journal --paper a.journal");
    let fitted = coin(&same, "fill_probability");
    assert_eq!(fitted["found"], fitted["paper"]);
    let none = environment.run("calibrate --live nobody").failure(1);
    assert!(none.contains("nobody"), "{none}");
}
