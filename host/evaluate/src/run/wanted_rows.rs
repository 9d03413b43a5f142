//! The few rows of a long history that figures ask for: some markets, for some time after some moments.

use std::collections::BTreeMap;
use std::ops::Range;

use host_core::{MarketId, Quote, Quotes, Span, Timestamp};

use super::source::RunSource;
use crate::error::Result;

/// Parts closer than this are read as one.
const CLOSE: Span = Span::minutes(30);

/// Rows that are wanted, and those that were found.
#[derive(Debug, Default)]
pub(crate) struct WantedRows {
    wanted: BTreeMap<MarketId, Vec<Range<Timestamp>>>,
    found: Quotes,
    /// The places of each market's rows.
    by_market: BTreeMap<MarketId, Vec<usize>>,
}

impl WantedRows {
    /// Asks for the rows of `market` from `from` on, for `span`.
    pub(crate) fn want(&mut self, market: MarketId, from: Timestamp, span: Span) {
        self.wanted.entry(market).or_default().push(from..from + span);
    }

    /// Reads the rows that were asked for.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) fn read(&mut self, source: &RunSource) -> Result<()> {
        self.wanted.values_mut().for_each(|parts| *parts = merged(std::mem::take(parts), Span::ZERO));
        let all = merged(self.wanted.values().flatten().cloned().collect(), CLOSE);
        if all.is_empty() {
            return Ok(());
        }
        let WantedRows { wanted, found, by_market } = self;
        let markets = wanted.keys().copied().collect();
        source.rows()?.within(&all, Some(&markets), &mut |rows| {
            for row in 0..rows.len() {
                let (market, time) = (MarketId(rows.market[row]), Timestamp(rows.time[row]));
                let parts = wanted.get(&market).map(Vec::as_slice).unwrap_or_default();
                let part = parts.partition_point(|part| part.end <= time);
                if parts.get(part).is_some_and(|part| part.start <= time) {
                    by_market.entry(market).or_default().push(found.len());
                    found.append(rows.slice(row..row + 1));
                }
            }
        })?;
        Ok(())
    }

    /// Returns the quotes of `market` that were found from `from` to `until`, in time order.
    pub(crate) fn of(&self, market: MarketId, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Quote> {
        let rows = self.by_market.get(&market).map(Vec::as_slice).unwrap_or_default();
        let begin = rows.partition_point(|row| self.found.time[*row] < from.0);
        let end = rows.partition_point(|row| self.found.time[*row] <= until.0);
        rows[begin..end].iter().map(|row| self.found.all().row(*row))
    }

    /// Returns what was found, in time order.
    pub(crate) fn rows(&self) -> &Quotes {
        &self.found
    }
}

/// Returns `parts` in order, joined where they overlap or are at most `gap` apart.
fn merged(mut parts: Vec<Range<Timestamp>>, gap: Span) -> Vec<Range<Timestamp>> {
    parts.sort_by_key(|part| part.start);
    let mut merged: Vec<Range<Timestamp>> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.start <= last.end + gap => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_close_are_read_as_one() {
        let parts = |all: &[(i64, i64)]| all.iter().map(|(from, to)| Timestamp(*from)..Timestamp(*to)).collect();
        let check = |gap, given: &[(i64, i64)], expect: &[(i64, i64)]| {
            let expect: Vec<Range<Timestamp>> = parts(expect);
            assert_eq!(merged(parts(given), Span(gap)), expect, "{given:?}");
        };
        check(0, &[(5, 9), (0, 3), (2, 4)], &[(0, 4), (5, 9)]);
        check(1, &[(5, 9), (0, 3), (2, 4)], &[(0, 9)]);
        check(0, &[(0, 9), (2, 3)], &[(0, 9)]);
        check(0, &[], &[]);
    }
}
