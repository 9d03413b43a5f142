//! Profit and loss over time: equity less what it began with, with its falls from the peak shaded.

use host_core::Usd;
use host_report::{Column, Money, Point, deepest_fall};

use super::headline::level;
use super::subject::Subject;
use crate::chart::{Anchor, Plot, Scale, TimeAxis, WIDTH, area, down_sampled, line};
use crate::numbers::{change, money, whole_change};

/// Number of columns of the line.
const COLUMNS: usize = 400;
/// Height of the chart, in pixels.
const HEIGHT: f64 = 216.0;

/// Returns the chart; nothing without equity.
pub(super) fn chart(subject: &Subject<'_>) -> String {
    let (report, window) = (subject.report, subject.course.window());
    let (Some(first), Some(last)) = (subject.equity.first(), subject.equity.last()) else { return String::new() };
    let start = report.start_equity.0.0;
    let columns = down_sampled(subject.equity, COLUMNS);
    let profit = |value: i64| Usd(value - start).as_dollars();
    let values = columns.iter().flat_map(|column| [column.lowest.value, column.highest.value]);
    let (low, high) = values.fold((start, start), |(low, high), value| (low.min(value), high.max(value)));
    let axis = TimeAxis::new(window.from().min(first.first.time), window.until().max(last.last.time));
    let title =
        format!("Profit and loss: {} at the end, deepest fall {}", change(report.net_pnl), money(report.max_drawdown));
    let scale = Scale::new(profit(low), profit(high), 0.01);
    let mut plot =
        Plot::new(&title, HEIGHT, scale).grid(|value| Usd::from_dollars(value).map_or_else(String::new, whole_change));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(profit(point.value)));
    let (peaks, lows) = peaks_and_lows(&columns, start);
    let [above, below] = [&peaks, &lows].map(|points| points.iter().map(|point| place(*point)).collect::<Vec<_>>());
    let (shaded, drawn) = (area(&above, &below), line([columns.as_slice()], place));
    plot.path("under", &shaded);
    plot.path("ours", &drawn);
    let mut plot = plot.times(&axis);
    let end = Anchor::End;
    plot.say(1.0, profit(last.last.value), -8.0, end, &change(report.net_pnl));
    if let Some((point, _)) = deepest_fall(subject.equity, start).filter(|_| report.max_drawdown.0 > Usd::ZERO) {
        let at = axis.place(point.time);
        let said = format!("{}, the deepest", change(Money(Usd::ZERO - report.max_drawdown.0)));
        plot.say(at, profit(point.value), 16.0, if at < 0.55 { Anchor::Start } else { Anchor::End }, &said);
    }
    plot.finish()
}

/// Returns what is said below the chart.
pub(super) fn caption(subject: &Subject<'_>) -> String {
    if subject.equity.is_empty() {
        return "The journal keeps no equity over time: a host before 0.2 wrote it.".to_owned();
    }
    format!(
        "Equity less the {} at the start: cash and positions at their mark, after fees, after every event. Shaded: how \
         far below the highest point so far. Times are UTC.",
        level(subject.report.start_equity)
    )
}

/// Returns for each column the peak so far and the lowest point.
fn peaks_and_lows(columns: &[Column], start: i64) -> (Vec<Point>, Vec<Point>) {
    let mut peak = start;
    let pair = |column: &Column| {
        peak = peak.max(column.highest.value);
        let time = column.last.time;
        (Point { time, value: peak }, Point { time, value: column.lowest.value })
    };
    columns.iter().map(pair).unzip()
}
