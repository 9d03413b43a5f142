//! Execution quality of the period and of the periods before it, with its trend.

use host_core::{QuotesView, Record, Timestamp};
use host_report::{Markout, Money, Recorder, RecorderSettings, Report, RunFigures, Shortfall, Window};
use serde::Serialize;

use crate::run::equity::equity_at;
use crate::run::{RunSource, WantedRows};

/// Fewest periods that a trend is told of.
const POINTS_OF_TREND: usize = 8;

/// The kinds of records that figures of execution and forecasts are made of.
const NEEDED: [&str; 6] = ["signal", "placed", "filled", "done", "trade", "settled"];

/// Execution quality.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Execution {
    /// The periods, each as long as the one that was asked for, which comes last.
    pub periods: Vec<ExecutionPeriod>,
    /// The directions of figures over the periods; null for fewer than 8 of them.
    pub trend: Option<Trend>,
}

/// Execution quality of one period.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExecutionPeriod {
    pub from: String,
    pub until: String,
    pub orders: u64,
    /// Contracts filled over contracts submitted.
    pub fill_rate: Option<f64>,
    /// Dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
    pub markouts: Vec<Markout>,
    pub shortfall: Shortfall,
    /// Time from the decision to the first fill.
    pub time_to_fill_p50_seconds: Option<f64>,
    pub time_to_fill_p95_seconds: Option<f64>,
    pub fees: Money,
}

/// The mean change from one period to the next, by least squares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Trend {
    pub fill_rate: Option<f64>,
    /// In dollars per contract.
    pub average_slippage: Option<f64>,
}

/// Recorders of the periods, and the rows that their later mids come from.
pub(super) struct ExecutionReader<'a> {
    recorders: Vec<(Window, Recorder)>,
    rows: QuotesView<'a>,
    /// The number of rows that have been shown.
    shown: usize,
}

impl<'a> ExecutionReader<'a> {
    pub(super) fn new(source: &RunSource, periods: &[Window], rows: &'a WantedRows) -> ExecutionReader<'a> {
        let recorder = |window: &Window| {
            let first = source.equity.first().map(|point| point.first);
            let start_equity = equity_at(&source.equity, window.from()).or(first).unwrap_or_default();
            (*window, Recorder::new(RecorderSettings { start_equity, window: *window }))
        };
        ExecutionReader { recorders: periods.iter().map(recorder).collect(), rows: rows.rows().all(), shown: 0 }
    }

    /// Reads all records of the run.
    pub(super) fn read(mut self, source: &RunSource) -> Vec<(Window, Report)> {
        let Some((journal, info)) = &source.journal else { return Vec::new() };
        // Damage has been told of by the first pass, which has counted the refusals, too.
        for record in journal.records_of(&NEEDED).map_while(Result::ok) {
            if let Some(time) = record.time() {
                self.show_rows(time);
                self.take(&record, time);
            }
        }
        self.show_rows(Timestamp(i64::MAX));
        let reports = self.recorders.iter().map(|(window, recorder)| {
            let final_equity = equity_at(&source.equity, window.until()).unwrap_or_default();
            (*window, recorder.finish(&RunFigures { final_equity, ..RunFigures::default() }, &info.markets))
        });
        reports.collect()
    }

    fn take(&mut self, record: &Record, time: Timestamp) {
        let within = |window: &Window| time >= window.from() && time < window.until();
        for (_, recorder) in self.recorders.iter_mut().filter(|(window, _)| within(window)) {
            recorder.record(record);
        }
    }

    /// Shows the rows before `time`: those of a moment come after its records.
    fn show_rows(&mut self, time: Timestamp) {
        let end = self.shown + self.rows.time[self.shown..].partition_point(|&row| row < time.0);
        if end > self.shown {
            let rows = self.rows.slice(self.shown..end);
            for (_, recorder) in &mut self.recorders {
                if recorder.pending_markouts() {
                    recorder.on_quotes(&rows);
                }
            }
            self.shown = end;
        }
    }
}

impl Execution {
    pub(super) fn of(reports: &[(Window, Report)]) -> Execution {
        let periods: Vec<ExecutionPeriod> = reports.iter().map(|(window, report)| period(*window, report)).collect();
        let slippage = |period: &ExecutionPeriod| period.average_slippage.map(|money| money.0.as_dollars());
        let trend = Trend {
            fill_rate: slope(periods.iter().map(|period| period.fill_rate)),
            average_slippage: slope(periods.iter().map(slippage)),
        };
        Execution { periods, trend: Some(trend).filter(|trend| *trend != Trend::default()) }
    }
}

fn period(window: Window, report: &Report) -> ExecutionPeriod {
    ExecutionPeriod {
        from: window.from().to_string(),
        until: window.until().to_string(),
        orders: report.orders,
        fill_rate: report.fill_rate,
        average_slippage: report.average_slippage,
        markouts: report.markouts.clone(),
        shortfall: report.implementation_shortfall,
        time_to_fill_p50_seconds: report.time_to_fill.p50_seconds,
        time_to_fill_p95_seconds: report.time_to_fill.p95_seconds,
        fees: report.fees,
    }
}

/// Returns the slope of the line of least squares through the figures, by period; `None` for fewer than 8.
fn slope(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        figures.enumerate().filter_map(|(place, figure)| Some((place as f64, figure?))).collect();
    if points.len() < POINTS_OF_TREND {
        return None;
    }
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
    let (up, across) = points
        .iter()
        .fold((0.0, 0.0), |(up, across), point| (up + (point.0 - x) * (point.1 - y), across + (point.0 - x).powi(2)));
    Some(up / across).filter(|slope| slope.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_needs_eight_figures() {
        let figures = |count: usize| (0..count).map(|place| Some(0.5 - 0.02 * place as f64));
        assert_eq!(slope(figures(7)), None);
        assert!(slope(figures(8)).is_some_and(|slope| (slope + 0.02).abs() < 1e-12));
        assert_eq!(slope(figures(8).chain([None]).take(9)).map(|slope| slope < 0.0), Some(true));
    }
}
