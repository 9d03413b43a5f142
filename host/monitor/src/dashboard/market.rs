//! The page of one market: its price as the host recorded it, with the account's fills and what its strategy drew.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{Market, MarketId, Record, Side, Span, Timestamp};
use host_pages::chart::{Plot, Scale, TimeAxis, WIDTH, lines, step_line, without_gaps};
use host_pages::numbers;
use host_report::{Columns, Point};
use host_session::SessionError;
use host_session::row_history::RowHistory;
use host_store::journal::{EQUITY_SPAN, Journal};
use host_store::lines::LinePoint;
use host_store::live::market_lines;

use super::source::JournalFiles;

/// Time that is shown.
const SHOWN: Span = Span::days(7);
const COLUMNS: usize = 320;
const HEIGHT: f64 = 240.0;
/// Time without a row from which the line has a gap.
const GAP: Span = Span::minutes(30);
/// Most fills that are looked at.
const FILLS: usize = 2_000;

/// A market with its chart.
#[derive(Debug)]
pub struct MarketChart {
    pub market: Market,
    /// Empty if no price was recorded.
    pub chart: String,
    /// The meaning of the strategy's lines in it; empty without any.
    pub legend: &'static str,
}

/// Lines by name: twice the value, in 1/10,000 dollar, as prices are.
type LineColumns = BTreeMap<String, Columns>;

/// Returns the market that the journal of `files` knows as `ticker`; `None` if there is none.
///
/// # Errors
/// The journal or the recording cannot be read.
pub fn read(files: &JournalFiles, ticker: &str) -> Result<Option<MarketChart>, SessionError> {
    let journal = Journal::open(&files.journal).map_err(SessionError::JournalNotRead)?;
    let found = journal.market_of_ticker(ticker).map_err(SessionError::JournalNotRead)?;
    let Some(market) = found else { return Ok(None) };
    // Equity is kept for every time with prices, whatever the way in which they are.
    let last = journal.last_equity().map_err(SessionError::JournalNotRead)?.map(|point| point.start + EQUITY_SPAN);
    let Some(last) = last else { return Ok(Some(MarketChart { market, chart: String::new(), legend: "" })) };
    let from = Timestamp(last.0.saturating_sub(SHOWN.0));
    let mut columns = Columns::new(COLUMNS);
    let wanted = BTreeSet::from([market.id]);
    let rows = RowHistory::open(journal.path(), files.mode, None, None)?;
    let until = Timestamp(last.0.saturating_add(1));
    rows.within(&[from..until], Some(&wanted), &mut |rows| {
        for row in (0..rows.len()).filter(|row| rows.market[*row] == market.id.0) {
            let quote = rows.row(row);
            if let Some(mid) = quote.mid_doubled() {
                columns.push(quote.time, i64::from(mid));
            }
        }
    })?;
    let fills = journal.newest("filled", 0, FILLS).map_err(SessionError::JournalNotRead)?;
    let lines = named(&drawn_in(files, &journal, &market, from)?);
    let chart = drawn(&market, &columns, &lines, &fills);
    let legend = if lines.is_empty() || chart.is_empty() { "" } else { lines::LEGEND };
    Ok(Some(MarketChart { market, chart, legend }))
}

/// Returns the points of all lines in `market` from `from` on. A run has them once it is over.
fn drawn_in(
    files: &JournalFiles,
    journal: &Journal,
    market: &Market,
    from: Timestamp,
) -> Result<Vec<LinePoint>, SessionError> {
    if files.mode.is_account() {
        return Ok(market_lines(journal, market.id, from)?);
    }
    host_store::lines::read_market(&files.folder, &market.ticker, from).map_err(SessionError::LinesNotRead)
}

/// Returns the lines of the first slot by name: two strategies in one market would not be told apart.
fn named(points: &[LinePoint]) -> LineColumns {
    let mut lines = LineColumns::new();
    for point in points.iter().take_while(|point| point.slot == points[0].slot) {
        let columns = lines.entry(point.name.clone()).or_insert_with(|| Columns::new(COLUMNS));
        columns.push(point.time, (point.value.clamp(0.0, 1.0) * 20_000.0).round() as i64);
    }
    lines
}

fn drawn(market: &Market, columns: &Columns, lines: &LineColumns, fills: &[(i64, Record)]) -> String {
    let columns = columns.as_slice();
    let Some((first, last)) = columns.first().zip(columns.last()) else { return String::new() };
    // Twice the mid, in 1/10,000 dollar, as cents.
    let cents = |value: i64| value as f64 / 200.0;
    let own: Vec<(Timestamp, f64, Side)> = fills_in(market.id, fills, first.first.time);
    let prices = columns.iter().flat_map(|column| [column.lowest.value, column.highest.value]).map(cents);
    let values = prices.chain(lines::values(lines).map(cents)).chain(own.iter().map(|(_, price, _)| *price));
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let axis = TimeAxis::new(first.first.time, last.last.time);
    let title = format!("Price of {}, now {}¢", market.shown_title(), numbers::trimmed(cents(last.last.value), 2));
    let plot = Plot::new(&title, HEIGHT, Scale::new(low, high, 1.0));
    let mut plot = plot.grid(|value| format!("{}¢", numbers::trimmed(value, 1)));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(cents(point.value)));
    let length = last.last.time.0 - first.first.time.0;
    let gap = Span(GAP.0.max(length / COLUMNS as i64 * 3));
    let path = step_line(without_gaps(columns, gap), place);
    let scale = plot.clone();
    lines::draw(&mut plot, lines, gap, |point| (axis.place(point.time) * WIDTH, scale.inner_y(cents(point.value))));
    plot.path("price", &path);
    for (time, price, side) in own {
        let mark = if side == Side::Buy { "▲" } else { "▼" };
        plot.say(axis.place(time), price, 4.0, host_pages::chart::Anchor::Middle, mark);
    }
    plot.times(&axis).finish()
}

/// Returns time, price in cents and side of the fills in `market` from `from` on.
fn fills_in(market: MarketId, fills: &[(i64, Record)], from: Timestamp) -> Vec<(Timestamp, f64, Side)> {
    let own = fills.iter().filter_map(|(_, record)| match record {
        Record::Filled { market: of, side, fill, .. } if *of == market && fill.time >= from => {
            Some((fill.time, fill.price.dollars() * 100.0, *side))
        }
        _ => None,
    });
    own.collect()
}
