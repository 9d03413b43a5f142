//! Undefined metrics are null, never NaN, infinity or a sentinel.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use common::*;
use host_core::{OrderState, Side, Timestamp, Usd};
use host_report::{Recorder, RecorderSettings, Report, RunFigures, Stopped, StoppedBy, Window};
use proptest::prelude::*;
use serde_json::Value;

/// Checks that all of `keys` are null.
fn check_null(report: &Report, keys: &[&str]) {
    let json = serde_json::to_value(report).unwrap();
    for key in keys {
        let (_, figure) = key.split('.').fold(("", &json), |(_, value), part| (part, &value[part]));
        assert!(figure.is_null(), "{key} is {figure}");
        let parent = key.rsplit_once('.').map_or(&json, |(path, _)| &json[path]);
        let name = key.rsplit('.').next().unwrap();
        assert!(parent.as_object().unwrap().contains_key(name), "{key} is missing");
    }
}

#[test]
fn a_run_without_anything_has_no_figures() {
    let recorder = Recorder::new(RecorderSettings { start_equity: Usd::ZERO, window: window(0, 86_400) });
    // It was stopped before its first event.
    let stopped = Some(Stopped { at: Timestamp(i64::MIN), by: StoppedBy::Interrupt });
    let report = recorder.finish(&RunFigures { stopped, ..RunFigures::default() }, &[]);
    check_null(
        &report,
        &[
            "start",
            "end",
            "updates_per_second",
            "win_rate",
            "average_win",
            "average_loss",
            "expectancy",
            "profit_factor",
            "average_holding_seconds",
            "total_return",
            "cagr",
            "sharpe",
            "sharpe_standard_error",
            "sortino",
            "calmar",
            "fill_rate",
            "cancel_ratio",
            "average_slippage",
            "average_slippage_bps",
            "turnover",
            "time_in_market",
            "max_drawdown_fraction",
            "drawdown.fraction",
            "drawdown.deepest",
            "drawdown.daily_fraction",
            "drawdown.start",
            "order_fills.rate",
            "time_to_fill.p50_seconds",
            "maker.share",
            "taker.average_slippage",
        ],
    );
    assert!(report.markouts.iter().all(|markout| markout.average.is_none()));
    assert!(serde_json::to_value(&report).unwrap().get("probabilities").is_none());
}

#[test]
fn only_wins_have_no_profit_factor_and_only_losses_no_average_win() {
    check_null(&report(&[trade(0, Usd::dollars(1), 0, 1)], 1), &["profit_factor", "average_loss"]);
    let losses = report(&[trade(0, Usd::dollars(-1), 0, 1)], 1);
    check_null(&losses, &["average_win"]);
    assert_eq!(losses.profit_factor, Some(0.0));
}

#[test]
fn one_day_flat_days_and_equal_returns_have_no_sharpe_ratio() {
    let one_day = [day_close(0, Usd::dollars(1_000))];
    check_null(&report(&one_day, 1), &["sharpe", "sharpe_standard_error", "sortino"]);
    check_null(&report(&[], 10), &["sharpe", "sortino", "drawdown.fraction", "calmar"]);
    // 1 % on each of two days, which differ slightly as floats.
    let mut equal = recorder(2);
    equal.record(&day_close(0, Usd::dollars(1_010)));
    let report = equal.finish(&run(Usd::micros(1_020_100_000)), &[]);
    check_null(&report, &["sharpe", "sortino"]);
    assert_eq!(report.sharpe_days, 2);
}

#[test]
fn a_lost_account_has_no_returns_afterwards() {
    let mut recorder = recorder(2);
    recorder.record(&day_close(0, Usd::ZERO));
    let report = recorder.finish(&run(Usd::dollars(-5)), &[]);
    check_null(&report, &["sharpe", "sortino", "turnover", "cagr"]);
    assert_eq!(report.max_drawdown.to_string(), "1005.00");
}

#[test]
fn markouts_that_wait_are_bounded() {
    let mut recorder = recorder(1);
    for order in 0..20_000 {
        recorder.record(&filled(order, 0, Side::Buy, 42, 1, 0));
    }
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    // Five requests per fill, 65,536 at once.
    assert_eq!(report.markouts_dropped, 100_000 - 65_536);
    // All of them expire if no quotes arrive in time.
    recorder.on_quotes(&quotes(&[(1_800, 1, 8_600), (86_400, 1, 8_600)]).all());
    assert!(!recorder.pending_markouts());
}

#[test]
fn a_journal_without_quotes_drops_what_nobody_can_answer() {
    let mut recorder = recorder(2);
    for order in 0..100_000 {
        recorder.record(&filled(order, 0, Side::Buy, 42, 1, order as i64));
    }
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    assert_eq!((report.fills, report.markouts_dropped), (100_000, 0));
    assert!(report.markouts.iter().all(|markout| markout.fills == 0));
}

fn assert_finite(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(assert_finite),
        Value::Object(fields) => fields.values().for_each(assert_finite),
        Value::Number(number) => assert!(number.as_f64().unwrap().is_finite()),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// For any numbers, making a report does not panic, and the report is finite and survives a round trip through
    /// JSON.
    #[test]
    fn a_report_survives_the_trip_through_json(
        start in -2_000i64..2_000, end in -2_000i64..2_000, days in 0i64..400, seconds in prop::num::f64::ANY,
        closes in prop::collection::vec((0i64..400, -2_000i64..2_000), 0..20),
        nets in prop::collection::vec(-50_000_000i64..50_000_000, 0..20),
    ) {
        let start_equity = Usd::dollars(start);
        let window = window(0, (days * 86_400).max(1));
        let mut recorder = Recorder::new(RecorderSettings { start_equity, window });
        closes.iter().for_each(|&(day, equity)| recorder.record(&day_close(day, Usd::dollars(equity))));
        nets.iter().for_each(|&net| recorder.record(&trade(0, Usd::micros(net), 0, 100)));
        recorder.record(&done(1, OrderState::Working, 0, 0));
        let run = RunFigures { seconds, updates: 5, ..run(Usd::dollars(end)) };
        let report = recorder.finish(&run, &[]);
        let text = serde_json::to_string(&report).unwrap();
        assert_finite(&serde_json::from_str(&text).unwrap());
        prop_assert!(serde_json::from_str::<Report>(&text).unwrap() == report, "{}", text);
    }

    /// Extreme times do not overflow.
    #[test]
    fn absurd_times_do_no_harm(end: i64, start: i64) {
        let (from, until) = (Timestamp(start.min(end)), Timestamp(start.max(end)));
        prop_assert_eq!(Window::new(until, from), None);
        let Some(window) = Window::new(from, until) else { return Ok(()) };
        let recorder = Recorder::new(RecorderSettings { start_equity: Usd::dollars(1), window });
        prop_assert!(recorder.finish(&RunFigures::default(), &[]).days < 220_000);
        let stopped = Some(Stopped { at: Timestamp(end), by: StoppedBy::Fault });
        let run = RunFigures { stopped, ..RunFigures::default() };
        prop_assert!(recorder.finish(&run, &[]).days < 220_000);
    }
}
