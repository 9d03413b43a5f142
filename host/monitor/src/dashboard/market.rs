//! The page of one market: its price as the host recorded it, with the account's fills.

use std::collections::BTreeSet;

use host_core::{Market, MarketId, Record, Side, Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_pages::chart::{Plot, Scale, TimeAxis, WIDTH, step_line, without_gaps};
use host_pages::numbers;
use host_report::{Columns, Point};
use host_session::SessionError;
use host_session::row_history::RowHistory;
use host_store::journal::{Journal, Mode};

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
}

/// Returns the market that the account in `folder` knows as `ticker`; `None` if there is none.
///
/// # Errors
/// The journal or the recording cannot be read.
pub fn read(folder: &AccountDir, ticker: &str) -> Result<Option<MarketChart>, SessionError> {
    let journal = Journal::open(folder.journal()).map_err(SessionError::JournalNotRead)?;
    let found = journal.market_of_ticker(ticker).map_err(SessionError::JournalNotRead)?;
    let Some(market) = found else { return Ok(None) };
    let last = journal.last_poll().map_err(SessionError::JournalNotRead)?;
    let Some((_, last)) = last else { return Ok(Some(MarketChart { market, chart: String::new() })) };
    let from = Timestamp(last.0.saturating_sub(SHOWN.0));
    let mut columns = Columns::new(COLUMNS);
    let wanted = BTreeSet::from([market.id]);
    let rows = RowHistory::open(journal.path(), Mode::Live, None, None)?;
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
    let chart = drawn(&market, &columns, &fills);
    Ok(Some(MarketChart { market, chart }))
}

fn drawn(market: &Market, columns: &Columns, fills: &[(i64, Record)]) -> String {
    let columns = columns.as_slice();
    let Some((first, last)) = columns.first().zip(columns.last()) else { return String::new() };
    // Twice the mid, in 1/10,000 dollar, as cents.
    let cents = |value: i64| value as f64 / 200.0;
    let low = columns.iter().map(|column| cents(column.lowest.value)).fold(f64::MAX, f64::min);
    let high = columns.iter().map(|column| cents(column.highest.value)).fold(f64::MIN, f64::max);
    let own: Vec<(Timestamp, f64, Side)> = fills_in(market.id, fills, first.first.time);
    let low = own.iter().map(|(_, price, _)| *price).fold(low, f64::min);
    let high = own.iter().map(|(_, price, _)| *price).fold(high, f64::max);
    let axis = TimeAxis::new(first.first.time, last.last.time);
    let title = format!("Price of {}, now {}¢", market.shown_title(), numbers::trimmed(cents(last.last.value), 2));
    let plot = Plot::new(&title, HEIGHT, Scale::new(low, high, 1.0));
    let mut plot = plot.grid(|value| format!("{}¢", numbers::trimmed(value, 1)));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(cents(point.value)));
    let length = last.last.time.0 - first.first.time.0;
    let gap = Span(GAP.0.max(length / COLUMNS as i64 * 3));
    let path = step_line(without_gaps(columns, gap), place);
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
