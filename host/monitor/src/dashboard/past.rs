//! The parts of the dashboard that come from the journal: equity, the newest fills, notes. They are read when a page is
//! loaded, never kept.

use std::path::Path;

use host_core::{Record, Side, Timestamp};
use host_pages::chart::{Plot, Scale, TimeAxis, WIDTH, step_line, without_gaps};
use host_pages::numbers;
use host_report::{Column, Columns, Money, Point};
use host_session::decisions;
use host_store::journal::{EQUITY_SPAN, EquityPoint, Journal, JournalError};

use super::pages::{FromJournal, NoteRow, RecentFill};
use super::source::JournalFiles;
use super::view::cents;

/// Number of columns of the chart.
const COLUMNS: usize = 320;
/// Height of the chart, in pixels.
const HEIGHT: f64 = 180.0;
/// Most fills and notes that are shown.
const NEWEST: usize = 8;
/// Number of points of equity without one from which the line has a gap.
const GAP: i64 = 12;

/// Reads them from `files`. What cannot be read is said in its place.
pub fn read(files: &JournalFiles) -> FromJournal {
    let (equity, equity_heading, fills) = match drawn(&files.journal) {
        Ok(drawn) => drawn,
        Err(error) => (String::new(), format!("Equity: the journal cannot be read: {error}"), Vec::new()),
    };
    let notes = decisions::read(&files.folder).unwrap_or_default();
    let newest = notes.iter().rev().take(NEWEST).map(NoteRow::of).collect();
    FromJournal { equity, equity_heading, fills, notes: newest }
}

fn drawn(path: &Path) -> Result<(String, String, Vec<RecentFill>), JournalError> {
    let journal = Journal::open(path)?;
    let points = journal.equity()?;
    let (chart, heading) = equity(&points);
    let info = journal.run_info()?;
    let title = |market: host_core::MarketId| {
        info.markets.get(market.index()).map_or_else(String::new, |market| market.shown_title().to_owned())
    };
    let fills = journal.newest("filled", NEWEST)?.into_iter().filter_map(|record| match record {
        Record::Filled { market, side, fill, .. } => {
            // Selling YES is buying NO, at the price of NO.
            let price = fill.price.dollars();
            let (name, price) = if side == Side::Buy { ("YES", price) } else { ("NO", 1.0 - price) };
            Some(RecentFill {
                time: numbers::time(fill.time),
                title: title(market),
                what: format!("{} {name}", numbers::trimmed(fill.qty.as_contracts(), 2)),
                price: cents(price),
            })
        }
        _ => None,
    });
    Ok((chart, heading, fills.collect()))
}

/// Returns the chart of equity with the sentence above it.
fn equity(points: &[EquityPoint]) -> (String, String) {
    let Some((first, last)) = points.first().zip(points.last()) else {
        return (String::new(), "No equity is known yet".to_owned());
    };
    let mut columns = Columns::new(COLUMNS);
    for point in points {
        let at = |value: host_core::Usd| Point { time: point.start, value: value.0 };
        let ends = (at(point.first), at(point.last));
        columns.add(Column { first: ends.0, last: ends.1, lowest: at(point.lowest), highest: at(point.highest) });
    }
    let columns = columns.as_slice();
    let dollars = |value: i64| value as f64 / 1e10;
    let low = columns.iter().map(|column| dollars(column.lowest.value)).fold(f64::MAX, f64::min);
    let high = columns.iter().map(|column| dollars(column.highest.value)).fold(f64::MIN, f64::max);
    let since = Money(last.last - first.first);
    let heading = format!("{} since {}", numbers::change(since), numbers::full_day(first.start.day()));
    let axis = TimeAxis::new(first.start, Timestamp(last.start.0 + EQUITY_SPAN.0));
    let plot = Plot::new(&format!("Equity: {heading}"), HEIGHT, Scale::new(low, high, 0.01));
    let mut plot = plot.grid(|value| format!("${}", numbers::trimmed(value, 2)));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(dollars(point.value)));
    let length = last.start.0 - first.start.0;
    let gap = host_core::Span((EQUITY_SPAN.0 * GAP).max(length / COLUMNS as i64 * 3));
    let path = step_line(without_gaps(columns, gap), place);
    plot.path("line", &path);
    (plot.times(&axis).finish(), heading)
}
