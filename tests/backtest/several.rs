//! Several strategies at once: each has its own slot, and all share the account and its limits.

use crate::support::strategies::{RANGE_BUYER, calendar_spread, environment, mean_reversion};
use crate::support::tapes::{figures, tape};

/// Limits wide enough that no strategy uses up what another one needs.
const WIDE: &str = "--set risk.max_open_positions=1000 --set risk.max_portfolio_exposure=1000000 \
                    --set risk.max_category_exposure=1000000 --set risk.max_event_exposure=1000000 \
                    --set risk.max_position_size=100000 --set risk.max_position_value=100000 \
                    --set risk.max_daily_loss=100000 --set risk.max_drawdown=100000 \
                    --set risk.max_consecutive_losses=1000 --set risk.max_messages_per_minute=100000";

fn backtest(strategies: &[&str], options: &str) -> host_report::Report {
    backtest_on(&tape().path(), strategies, options)
}

fn backtest_on(tape: &str, strategies: &[&str], options: &str) -> host_report::Report {
    let strategies: String = strategies.iter().map(|strategy| format!("--strategy {strategy} ")).collect();
    let args = format!("backtest {strategies} --tape {tape} --fill-model instant --format json {WIDE} {options}");
    figures(&environment().run(&args).success())
}

#[test]
fn strategies_that_share_no_limit_trade_as_they_would_alone() {
    // Here no book lacks a side while a strategy holds a position, which would hold back the other's entries.
    let markets = environment();
    markets.run("data generate --markets 6 --for 40d --poll 5m --seed 14 --start 2026-01-01 --out tape").success();
    let tape = markets.path("tape").display().to_string();
    let backtest = |strategies: &[&str]| backtest_on(&tape, strategies, "");
    let ours = |report: &host_report::Report, name: &str| {
        report.by_strategy.iter().find(|line| line.name == name).expect("its line").clone()
    };
    let together = backtest(&[mean_reversion(), RANGE_BUYER]);
    assert!(!together.rejections.contains_key("equity_unknown"), "{:?}", together.rejections);
    let names = ["mean-reversion", "range-buyer"];
    for (name, alone) in names.into_iter().zip([mean_reversion(), RANGE_BUYER]) {
        let alone = ours(&backtest(&[alone]), name);
        assert!(alone.trades > 0, "{alone:?}");
        assert_eq!(ours(&together, name), alone);
    }
    let reversed = backtest(&[RANGE_BUYER, mean_reversion()]);
    assert_eq!((reversed.net_pnl, reversed.orders), (together.net_pnl, together.orders));
    assert_eq!(names.map(|name| ours(&reversed, name)), names.map(|name| ours(&together, name)));
}

#[test]
fn risk_limits_apply_to_all_strategies_together() {
    let _tape = tape();
    let report = backtest(&[mean_reversion(), RANGE_BUYER], "--set risk.max_open_positions=1");
    assert!(report.rejections.contains_key("max_open_positions"), "{:?}", report.rejections);
}

#[test]
fn parameters_go_to_the_strategy_that_they_name() {
    let _tape = tape();
    let both = [calendar_spread(), RANGE_BUYER];
    let fills = |options: &str| {
        let report = backtest(&both, options);
        let of = |name: &str| report.by_strategy.iter().find(|line| line.name == name).map_or(0, |line| line.fills);
        (of("calendar-spread"), of("range-buyer"))
    };
    let (usual, silenced) = (fills(""), fills("--param range-buyer.buy_below=0"));
    assert!(usual.1 > 0 && silenced.1 == 0 && usual.0 == silenced.0, "{usual:?} {silenced:?}");
}

#[test]
fn two_slots_of_one_strategy_take_different_parameters() {
    let _tape = tape();
    let run = |strategies: [String; 2], options: &str| {
        let report = backtest(&strategies.each_ref().map(String::as_str), options);
        report.by_strategy.iter().map(|line| (line.name.clone(), line.fills)).collect::<Vec<_>>()
    };
    let slots = |names: [&str; 2]| names.map(|name| format!("{name}={RANGE_BUYER}"));
    let usual = run(slots(["a", "b"]), "");
    let [(a, some), (b, same)] = &usual[..] else { panic!("{usual:?}") };
    assert!((a.as_str(), b.as_str()) == ("a", "b") && *some > 0 && some == same, "{usual:?}");
    let silenced = run(slots(["a", "b"]), "--param a.buy_below=0");
    assert_eq!(silenced, [("b".to_owned(), *some)]);
    // Whatever the order of slots; and what names a slot wins over what names none.
    for order in [["a", "b"], ["b", "a"]] {
        assert_eq!(run(slots(order), "--param b.buy_below=0.40 --param buy_below=0"), silenced, "{order:?}");
        assert_eq!(run(slots(order), "--param buy_below=0"), []);
    }
}

#[test]
fn a_slot_or_parameter_that_is_not_there_is_named() {
    let (environment, tape) = (environment(), tape());
    let run = |strategies: &str, param: &str| {
        environment.run(&format!("backtest {strategies} --tape {} --param {param}", tape.path()))
    };
    let both = format!("--strategy spread={} --strategy range={RANGE_BUYER}", calendar_spread());
    let said = run(&both, "rnage.buy_below=0.3").failure(2);
    insta::assert_snapshot!(said, @"
    error: `--param rnage.buy_below=0.3`: there is no slot `rnage`

    hint: did you mean `range`?
    ");
    let said = run(&both, "buy_bellow=0.3").failure(1);
    insta::assert_snapshot!(said, @"
    error: `--param buy_bellow=0.3`: none of the strategies has a parameter `buy_bellow`

    hint: did you mean `buy_below`?
    ");
    let said = run(&both, "range.buy_bellow=0.3").failure(1);
    insta::assert_snapshot!(said, @"
    error: command line: range-buyer has no parameter `buy_bellow`; it has buy_below, exit_above, wait_rows, log_fills, series

    hint: did you mean `buy_below`?
    ");
    let said = run(&format!("--strategy {RANGE_BUYER} --strategy {RANGE_BUYER}"), "buy_below=0.3").failure(2);
    insta::assert_snapshot!(said, @"
    error: two strategies cannot both have the slot `range-buyer`

    hint: give each slot a name: `--strategy one=PATH --strategy two=PATH`
    ");
}
