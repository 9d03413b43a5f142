//! Counts the rows of a tape while they are written, for its description.

use host_core::{MarketId, QuotesView, Timestamp};

use super::meta::{FORMAT, MarketCoverage, TapeMeta};

/// Counts over all rows so far. Memory grows with the number of markets, not of rows.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    /// Time of the last row; `i64::MIN` before the first.
    pub(crate) last: i64,
    /// Time range of each market's rows so far, by id.
    pub(crate) coverage: Vec<Option<MarketCoverage>>,
    has_sizes: bool,
    has_last: bool,
    has_volume: bool,
}

impl Tally {
    pub(crate) fn new() -> Tally {
        Tally { rows: 0, last: i64::MIN, coverage: Vec::new(), has_sizes: false, has_last: false, has_volume: false }
    }

    /// Returns the counts of the rows that `meta` describes.
    pub(crate) fn of(meta: &TapeMeta) -> Tally {
        let TapeMeta { rows, has_sizes, has_last, has_volume, .. } = *meta;
        let last = if rows == 0 { i64::MIN } else { meta.last.0 };
        let mut tally = Tally { rows, last, coverage: Vec::new(), has_sizes, has_last, has_volume };
        for life in &meta.coverage {
            *tally.life(life.market) = Some(*life);
        }
        tally
    }

    /// Adds `rows`, which are in time order and later than those before.
    pub(crate) fn note(&mut self, rows: QuotesView<'_>) {
        let any = |column: &[f64]| column.iter().any(|value| !value.is_nan());
        self.has_sizes |= any(rows.bid_size) || any(rows.ask_size);
        self.has_last |= any(rows.last);
        self.has_volume |= any(rows.volume);
        for (&market, &time) in rows.market.iter().zip(rows.time) {
            let (market, time) = (MarketId(market), Timestamp(time));
            let life = self.life(market).get_or_insert(MarketCoverage { market, first: time, last: time, rows: 0 });
            life.last = time;
            life.rows += 1;
        }
        self.rows += rows.len() as u64;
        self.last = rows.time.last().copied().unwrap_or(self.last);
    }

    /// Returns the description `rest` with the fields about rows filled in.
    pub(crate) fn describe(&self, rest: TapeMeta) -> TapeMeta {
        let coverage: Vec<MarketCoverage> = self.coverage.iter().flatten().copied().collect();
        TapeMeta {
            format: FORMAT,
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

    fn life(&mut self, market: MarketId) -> &mut Option<MarketCoverage> {
        if self.coverage.len() <= market.index() {
            self.coverage.resize(market.index() + 1, None);
        }
        &mut self.coverage[market.index()]
    }
}
