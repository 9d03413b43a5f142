//! Counts the rows of a tape while they are written, for its description.

use std::collections::BTreeMap;

use host_core::{MarketId, QuotesView, Timestamp};

use super::meta::{MarketCoverage, TapeMeta};

/// Counts over all rows so far. Memory grows with the number of markets that have rows, not with that of rows.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    /// Time of the last row; `i64::MIN` before the first.
    pub(crate) last: i64,
    pub(crate) coverage: Coverage,
    has_sizes: bool,
    has_last: bool,
    has_volume: bool,
}

impl Tally {
    pub(crate) fn new() -> Tally {
        let coverage = Coverage::default();
        Tally { rows: 0, last: i64::MIN, coverage, has_sizes: false, has_last: false, has_volume: false }
    }

    /// Adds the rows that `meta` describes, which are later than those before.
    pub(crate) fn add(&mut self, meta: &TapeMeta) {
        for life in &meta.coverage {
            let known = self.coverage.life(life.market, life.first);
            known.last = life.last;
            known.rows += life.rows;
        }
        if meta.rows > 0 {
            self.last = meta.last.0;
        }
        self.rows += meta.rows;
        self.has_sizes |= meta.has_sizes;
        self.has_last |= meta.has_last;
        self.has_volume |= meta.has_volume;
    }

    /// Adds `rows`, which are in time order and later than those before.
    pub(crate) fn note(&mut self, rows: QuotesView<'_>) {
        let any = |column: &[f64]| column.iter().any(|value| !value.is_nan());
        self.has_sizes |= any(rows.bid_size) || any(rows.ask_size);
        self.has_last |= any(rows.last);
        self.has_volume |= any(rows.volume);
        for (&market, &time) in rows.market.iter().zip(rows.time) {
            let life = self.coverage.life(MarketId(market), Timestamp(time));
            life.last = Timestamp(time);
            life.rows += 1;
        }
        self.rows += rows.len() as u64;
        self.last = rows.time.last().copied().unwrap_or(self.last);
    }

    /// Returns the description `rest` with the fields about rows filled in.
    pub(crate) fn describe(&self, rest: TapeMeta) -> TapeMeta {
        let coverage = self.coverage.by_market();
        TapeMeta {
            rows: self.rows,
            first: coverage.iter().map(|life| life.first).min().unwrap_or_default(),
            last: coverage.iter().map(|life| life.last).max().unwrap_or_default(),
            has_sizes: self.has_sizes,
            has_last: self.has_last,
            has_volume: self.has_volume,
            coverage,
            ..rest
        }
    }
}

/// The time range of each market's rows so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    /// In the order of the markets' first rows.
    lives: Vec<MarketCoverage>,
    places: BTreeMap<MarketId, usize>,
    /// The place of the market that is expected next: polls name markets in one order, so most are found without a
    /// search.
    next: usize,
}

impl Coverage {
    /// Returns the range of `market`, which begins at `time` if it has no rows yet.
    fn life(&mut self, market: MarketId, time: Timestamp) -> &mut MarketCoverage {
        let place = match self.lives.get(self.next) {
            Some(expected) if expected.market == market => self.next,
            _ => *self.places.entry(market).or_insert(self.lives.len()),
        };
        if place == self.lives.len() {
            self.lives.push(MarketCoverage { market, first: time, last: time, rows: 0 });
        }
        self.next = place + 1;
        &mut self.lives[place]
    }

    /// Returns the ranges by the markets' numbers.
    pub(crate) fn by_market(&self) -> Vec<MarketCoverage> {
        self.places.values().map(|&place| self.lives[place]).collect()
    }

    /// Returns the number that follows those of all markets with rows.
    pub(crate) fn end(&self) -> usize {
        self.places.last_key_value().map_or(0, |(market, _)| market.index() + 1)
    }
}
