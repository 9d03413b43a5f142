//! The marks of positions at a time, from the rows that a run has seen.

use std::collections::{BTreeMap, BTreeSet};

use host_core::risk::RiskLimits;
use host_core::{Market, MarketId, Price, Qty, Span, Timestamp};
use host_session::row_history::RowHistory;

use super::round_trip::Held;
use crate::error::Result;

/// Spans before a time in which a price is looked for, one after the other: most markets have a row in each poll.
const LOOK_BACK: [Span; 3] = [Span::minutes(15), Span::hours(6), Span::days(3)];

/// Returns twice the mark of each of `held` just before `at`, from `rows`, by the engine's rule: the mid of a book with
/// both sides; else the last one within what the book admits, and its worst once a side is missing for longer than
/// `limits` let a quote be old. Until the next row, a new position is marked at the price of its first fill, within the
/// book; `is_fresh` tells which are new since a row. A market without a row for three days has none. Like the engine,
/// which learns with a poll that time has passed, it goes by the last poll before `at`.
///
/// # Errors
/// The rows cannot be read.
pub(super) fn marks(
    rows: &RowHistory,
    at: Timestamp,
    held: &BTreeMap<MarketId, Held>,
    markets: &[Market],
    limits: &RiskLimits,
    is_fresh: &dyn Fn(MarketId, Timestamp) -> bool,
) -> Result<BTreeMap<MarketId, i32>> {
    let mut marks = BTreeMap::new();
    let mut polled = None;
    for span in LOOK_BACK {
        let missing: BTreeSet<MarketId> = held.keys().filter(|market| !marks.contains_key(*market)).copied().collect();
        if missing.is_empty() {
            break;
        }
        let mut books: BTreeMap<MarketId, Book> = BTreeMap::new();
        let part = Timestamp(at.0.saturating_sub(span.0))..at;
        // The last poll may have had no row of what is held.
        let wanted = (span != LOOK_BACK[0]).then_some(&missing);
        rows.within(&[part], wanted, &mut |rows| {
            for row in 0..rows.len() {
                let market = MarketId(rows.market[row]);
                polled = polled.max(Some(rows.row(row).time));
                if missing.contains(&market) {
                    let quote = rows.row(row);
                    books.entry(market).or_default().see(quote.time, quote.bid, quote.ask);
                }
            }
        })?;
        for (market, book) in books {
            let closes = markets.get(market.index()).and_then(|market| market.closes);
            let Some(held) = held.get(&market) else { continue };
            let (low, high) = book.admitted();
            let mark = match book.last.is_some_and(|last| is_fresh(market, last)) {
                true => Some((2 * held.price.0).clamp(low.min(high), high.max(low))),
                false => book.mark(polled.unwrap_or(at), held.qty, closes, limits.max_quote_age_seconds),
            };
            marks.extend(mark.map(|mark| (market, mark)));
        }
    }
    Ok(marks)
}

/// The last that was seen of a market's book.
#[derive(Clone, Copy, Debug, Default)]
struct Book {
    mark_doubled: Option<i32>,
    sides: (Option<Price>, Option<Price>),
    lacks_since: Option<Timestamp>,
    /// Time of the last row.
    last: Option<Timestamp>,
}

impl Book {
    fn see(&mut self, time: Timestamp, bid: Option<Price>, ask: Option<Price>) {
        (self.sides, self.last) = ((bid, ask), Some(time));
        match (bid, ask) {
            (Some(bid), Some(ask)) => (self.mark_doubled, self.lacks_since) = (Some(bid.0 + ask.0), None),
            _ => {
                let (low, high) = self.admitted();
                self.mark_doubled = self.mark_doubled.map(|mark| mark.clamp(low.min(high), high.max(low)));
                self.lacks_since.get_or_insert(time);
            }
        }
    }

    fn admitted(&self) -> (i32, i32) {
        let (bid, ask) = self.sides;
        (bid.map_or(0, |bid| 2 * bid.0), ask.map_or(2 * Price::ONE.0, |ask| 2 * ask.0))
    }

    fn mark(&self, polled: Timestamp, held: Qty, closes: Option<Timestamp>, max_age: Span) -> Option<i32> {
        let overdue = self.lacks_since.is_some_and(|since| polled - since > max_age);
        let is_closed = closes.is_some_and(|closes| closes <= polled);
        let (low, high) = self.admitted();
        match held.0.signum() {
            1 if overdue && !is_closed => Some(low),
            -1 if overdue && !is_closed => Some(high),
            _ => self.mark_doubled,
        }
    }
}
