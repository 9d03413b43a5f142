//! Equity over time as one line of text.

use host_core::Usd;

use crate::report::Report;

/// Columns of the line.
const COLUMNS: usize = 60;
/// The marks, from the lowest to the highest.
const MARKS: [char; 7] = ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}'];

/// Returns the equity at the start and at the end of each day as a line that ends in a line feed; `None` if that is
/// fewer than three. Of many days, evenly spaced ones are shown, the last among them.
pub fn sparkline(report: &Report) -> Option<String> {
    let days = report.by_day.iter().map(|day| day.equity.0);
    let equity: Vec<Usd> = std::iter::once(report.start_equity.0).chain(days).collect();
    if equity.len() < 3 {
        return None;
    }
    let columns = equity.len().min(COLUMNS);
    let shown: Vec<Usd> = (0..columns).map(|at| equity[at * (equity.len() - 1) / (columns - 1)]).collect();
    let (low, high) = (shown.iter().min()?.0, shown.iter().max()?.0);
    let mark = |equity: &Usd| {
        let part = (i128::from(equity.0) - i128::from(low)) * (MARKS.len() as i128 - 1);
        let place = if high == low { 0 } else { part / (i128::from(high) - i128::from(low)) };
        MARKS[place as usize]
    };
    let line: String = shown.iter().map(mark).collect();
    Some(format!("equity  {line}\n        {} to {}\n", Usd(low).shown(), Usd(high).shown()))
}
