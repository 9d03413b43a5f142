//! The falls of equity from a peak, in dollars and in percent, and the figures of a run that was stopped.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use common::*;
use host_core::Usd;
use host_core::portfolio::Fall;
use host_report::{Money, Report, RunFigures, Stopped, StoppedBy};

fn usd(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn close_to(found: Option<f64>, expect: f64) {
    let found = found.expect("a figure");
    assert!((found - expect).abs() <= 1e-9 * expect.abs().max(1.0), "{found} is not {expect}");
}

/// Returns the report of a run with equity 1,000 at the start, then `equity` at the ends of days.
fn of_equity(closes: &[i64]) -> Report {
    let mut recorder = recorder(closes.len() as i64);
    for (day, equity) in closes.iter().enumerate() {
        recorder.record(&day_close(day as i64, Usd::dollars(*equity)));
    }
    recorder.finish(&run(Usd::dollars(*closes.last().unwrap())), &[])
}

#[test]
fn drawdown_by_days_where_ticks_are_unknown() {
    let report = of_equity(&[1_200, 1_080, 1_150, 1_200, 1_190]);
    let drawdown = report.drawdown;
    assert_eq!((report.max_drawdown, drawdown.peak), (usd("120"), Some(usd("1200"))));
    close_to(drawdown.fraction, 0.1);
    assert_eq!(drawdown.start.as_deref(), Some("2026-01-01"));
    assert_eq!(drawdown.trough.as_deref(), Some("2026-01-02"));
    assert_eq!(drawdown.recovery.as_deref(), Some("2026-01-04"));
    assert_eq!(drawdown.days_under_water, Some(3));
}

#[test]
fn drawdown_on_ticks_beats_that_of_days() {
    let mut recorder = recorder(3);
    // On day 1 equity rose to 1,300 and fell to 1,000 within the day: no close shows it.
    recorder.record(&fallen(0, Usd::dollars(1_100), Usd::ZERO, Usd::dollars(1_100)));
    recorder.record(&fallen(1, Usd::dollars(1_250), Usd::dollars(300), Usd::dollars(1_300)));
    recorder.record(&fallen(2, Usd::dollars(1_250), Usd::dollars(300), Usd::dollars(1_300)));
    let mut run = run(Usd::dollars(1_250));
    let reported = recorder.finish(&run, &[]);
    assert_eq!(reported.max_drawdown, usd("300"));
    close_to(reported.drawdown.fraction, 300.0 / 1_300.0);
    assert_eq!(reported.drawdown.trough.as_deref(), Some("2026-01-02"));
    assert_eq!((reported.drawdown.recovery, reported.drawdown.days_under_water), (None, Some(2)));

    // With the engine's times: peak at noon of day 1, bottom an hour later, back on day 2.
    run.largest_fall = Fall {
        amount: Usd::dollars(300),
        peak: Usd::dollars(1_300),
        start: Some(at(86_400 + 43_200)),
        trough: Some(at(86_400 + 46_800)),
        recovered: Some(at(2 * 86_400 + 60)),
    };
    let exact = recorder.finish(&run, &[]).drawdown;
    assert_eq!(exact.start.as_deref(), Some("2026-01-02"));
    assert_eq!(exact.recovery.as_deref(), Some("2026-01-03"));
    assert_eq!(exact.days_under_water, Some(1));
}

#[test]
fn the_largest_fall_in_dollars_and_the_largest_in_percent_are_two() {
    // 50 to 40 is 20 %, 75 to 64.50 is 14 %.
    let report = of_equity(&[50, 40, 75, 65, 70]);
    let drawdown = report.drawdown;
    // From the 1,000 of the start.
    assert_eq!((report.max_drawdown, drawdown.peak), (usd("960"), Some(usd("1000"))));

    let mut recorder = recorder(3);
    (0..3).for_each(|day| recorder.record(&day_close(day, Usd::dollars(1_000))));
    let fall = |amount: i64, peak: i64, day: i64| Fall {
        amount: Usd::micros(amount * 10_000),
        peak: Usd::micros(peak * 10_000),
        start: Some(at(day * 86_400)),
        trough: Some(at(day * 86_400 + 60)),
        recovered: None,
    };
    let figures = RunFigures {
        largest_fall: fall(1_050, 7_500, 1),
        deepest_fall: fall(1_000, 5_000, 0),
        ..run(Usd::dollars(1_000))
    };
    let report = recorder.finish(&figures, &[]);
    let drawdown = report.drawdown;
    assert_eq!((report.max_drawdown, drawdown.amount), (usd("10.50"), usd("10.50")));
    assert_eq!((drawdown.peak, drawdown.start.as_deref()), (Some(usd("75")), Some("2026-01-02")));
    close_to(report.max_drawdown_fraction, 0.2);
    close_to(drawdown.fraction, 0.2);
    let deepest = drawdown.deepest.unwrap();
    assert_eq!((deepest.amount, deepest.peak, deepest.start.as_deref()), (usd("10"), usd("50"), Some("2026-01-01")));
    assert_eq!(drawdown.daily_fraction, None);
}

#[test]
fn a_run_that_was_stopped_has_the_figures_up_to_there_and_says_so() {
    let finish = |at: Option<i64>| {
        let mut recorder = recorder(10);
        (0..2).for_each(|day| recorder.record(&day_close(day, Usd::dollars(1_100))));
        let stopped = at.map(|second| Stopped { at: common::at(second), by: StoppedBy::Interrupt });
        recorder.finish(&RunFigures { stopped, ..run(Usd::dollars(1_210)) }, &[])
    };
    let whole = finish(None);
    assert_eq!((whole.complete, whole.stopped_by, whole.days, whole.sharpe_days), (true, None, 10, 10));
    assert_eq!(whole.end.as_deref(), Some("2026-01-11T00:00:00.000Z"));
    let stopped = finish(Some(2 * 86_400 + 60));
    assert_eq!((stopped.complete, stopped.stopped_by), (false, Some(StoppedBy::Interrupt)));
    assert_eq!((stopped.days, stopped.sharpe_days, stopped.by_day.len()), (3, 3, 3));
    assert_eq!(stopped.end.as_deref(), Some("2026-01-03T00:01:00.000Z"));
    // In warm-up, before the window: nothing was traded, so there is no period either.
    let early = finish(Some(-1));
    assert_eq!((early.complete, early.days, early.start, early.end), (false, 0, None, None));
    assert!(early.by_day.is_empty() && early.sharpe.is_none());
}
