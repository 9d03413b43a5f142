//! Back tests in which nothing happens, or not what the user thinks: the output says why, and what its figures are of.

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};
use crate::support::tapes::{figures, import, quotes_csv, tape};

/// A tape of one market with rows for 29 hours, its ticker as it is at Kalshi.
fn short_tape() -> Environment {
    let environment = environment();
    let rows = (0..=29 * 12).map(|step| (300 * step, "KXTEMP-26JAN05-B40", 38 + step % 3, 41 + step % 3));
    import(&environment, &quotes_csv(rows));
    environment
}

#[test]
fn a_run_without_a_trade_says_at_which_step_and_why() {
    let environment = short_tape();
    let shown = |strategy: &str, options: &str| {
        environment.run(&format!("backtest --strategy {strategy} --tape tape -q {options}")).success()
    };
    let text = shown(mean_reversion(), "");
    assert!(text.contains("no scores: no market had 72 h of history; the longest 29 h"), "{text}");
    let text = shown(mean_reversion(), "--param min_history_hours=1 --param threshold=9");
    assert!(text.contains("no signals: none of ") && text.contains(" scores led to one; the largest was "), "{text}");
    let text = shown(RANGE_BUYER, "--param buy_below=0.5 --set risk.allowed_markets=[\"FED*\"]");
    assert!(text.contains("no orders: allowed_markets matches none of 1\n"), "{text}");
    environment.write("host.toml", "[execution]\nentry_pricing = \"behind 5\"\n");
    let text = shown(RANGE_BUYER, "--param buy_below=0.5");
    assert!(text.contains("no fills: no order met a price under the fill model touch: "), "{text}");
}

#[test]
fn fees_are_those_of_the_tapes_venue_unless_they_are_set() {
    let environment = short_tape();
    let fees = |options: &str| {
        let crossing = "--param buy_below=0.5 --set execution.entry_pricing=cross --format json";
        let args = format!("backtest --strategy {RANGE_BUYER} --tape tape {crossing} {options}");
        let report = figures(&environment.run(&args).success());
        assert!(report.fills > 0);
        (report.fees.0.0 > 0, report.about.expect("what it is of").fees)
    };
    let (charged, said) = fees("");
    assert!(charged && said.starts_with("Kalshi's, for takers (the markets are Kalshi's"), "{said}");
    assert_eq!(fees("--set exchange.fees=none"), (false, "none".to_owned()));
    assert_eq!(fees("--set exchange.fees=kalshi"), (true, "Kalshi's, for takers".to_owned()));
}

#[test]
fn synthetic_figures_are_called_synthetic_in_every_format_even_when_quiet() {
    let tape = tape();
    for (format, expect) in [
        ("table", "Back test on SYNTHETIC markets\n"),
        ("json", "\"origin\": \"synthetic\""),
        ("csv", "\nabout.origin,synthetic\n"),
    ] {
        let args = format!("backtest --strategy {RANGE_BUYER} --tape {} -q --format {format}", tape.path());
        let outcome = environment().run(&args);
        assert_eq!(outcome.stderr, "", "{format}");
        let text = outcome.success();
        assert!(text.contains(expect), "{format}: {text}");
    }
    let changed = format!("backtest --strategy {RANGE_BUYER} --tape {} -q --param buy_below=0.3", tape.path());
    let text = environment().run(&format!("{changed} --set capital.stage=0.25 --until 2026-01-15")).success();
    for expect in [
        "\nPeriod    2026-01-01 00:00 to 2026-01-15 00:00 UTC, 14 days\n",
        "\nCapital   $500.00 at the stage of 25% of $2,000.00\n",
        "\nStrategy  range-buyer 1.0.0, buy_below=0.3\n",
        "\nFills     queue; fees: none\n",
    ] {
        assert!(text.contains(expect), "{expect}: {text}");
    }
}
