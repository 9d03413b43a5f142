//! Statistics of a tape: time span, spreads, moves of mids, gaps. They are measured in one pass, in memory that does
//! not grow with the tape. This module must never change a tape.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use host_core::{Market, Price, Quotes, QuotesView, Span, Timestamp};
use serde::Serialize;

use crate::tape::{Tape, TapeError, TapeSource};

/// Shortest silence of all markets that counts as a gap if the poll interval is unknown.
const GAP: Span = Span::hours(1);
/// Shortest silence that counts as a gap, in poll intervals, if the interval is known.
const GAP_POLLS: i64 = 3;
/// Number of gaps listed, the longest first.
const GAPS_LISTED: usize = 10;

/// Statistics of a tape. Prices are in cents, shares are fractions; undefined values are `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TapeInfo {
    pub source: TapeSource,
    /// Poll interval, if the markets were polled.
    pub poll_seconds: Option<f64>,
    /// Number of rows.
    pub rows: u64,
    /// Number of public trades.
    pub trades: u64,
    /// Number of listed markets.
    pub markets: u64,
    /// Number of events of these markets.
    pub events: u64,
    /// Number of series of these events.
    pub series: u64,
    /// Number of markets with a known result.
    pub settlements: u64,
    /// The price steps of the markets, the most frequent first.
    pub price_steps: Vec<PriceSteps>,
    /// Number of markets whose price steps are inferred from their prices, because nothing states them.
    pub inferred_price_steps: u64,
    /// Time of the first row, ISO 8601.
    pub first: String,
    /// Time of the last row, ISO 8601.
    pub last: String,
    /// Number of UTC days with rows.
    pub days: u64,
    /// Size on disk.
    pub bytes: u64,
    /// True if any row has a size.
    pub has_sizes: bool,
    /// True if any row has a last price.
    pub has_last: bool,
    /// True if any row has a volume.
    pub has_volume: bool,
    pub quotes: QuoteFigures,
}

/// Price steps, and the number of markets that have them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceSteps {
    /// Text for people, such as `0.01`.
    pub steps: String,
    pub markets: u64,
}

/// Statistics of quote rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuoteFigures {
    /// Share of rows with a bid or an ask but not both.
    pub one_sided_share: Option<f64>,
    /// Share of rows with neither bid nor ask.
    pub empty_share: Option<f64>,
    /// Rows with the bid above the ask.
    pub crossed_rows: u64,
    /// Mean spread of the rows with both sides.
    pub spread_mean_cents: Option<f64>,
    pub spread_median_cents: Option<f64>,
    pub spread_p90_cents: Option<f64>,
    pub spread_p99_cents: Option<f64>,
    /// Shares of the rows with both sides whose spread, rounded up, is 1, 2, ... 8 cents.
    pub spread_shares: Vec<f64>,
    /// Share of consecutive rows of one market with the same mid.
    pub unchanged_mid_share: Option<f64>,
    /// Standard deviation of a mid's change from one row of a market to its next.
    pub mid_change_std_cents: Option<f64>,
    /// Largest change of a mid from one row of a market to its next.
    pub mid_change_max_cents: Option<f64>,
    /// Shortest silence of all markets that counts as a gap.
    pub gap_seconds: f64,
    /// Number of gaps.
    pub gaps: u64,
    /// Total length of all gaps.
    pub gaps_total_seconds: f64,
    /// The longest gaps, longest first.
    pub longest_gaps: Vec<Gap>,
}

/// A period without rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Time of the last row before the gap, ISO 8601.
    pub from: String,
    pub seconds: f64,
}

/// Measures a tape.
///
/// # Errors
/// Returns the error of [`crate::tape::TapeReader::next_batch`] for the first bad row.
pub fn info(tape: &Tape) -> Result<TapeInfo, TapeError> {
    let mut figures = TapeStatistics::new(tape.meta().poll);
    let (mut reader, mut rows) = (tape.reader(), Quotes::default());
    while reader.next_batch(&mut rows)? {
        figures.add(rows.all());
    }
    Ok(describe(tape, &figures))
}

/// Combines the statistics with the tape's description.
pub(crate) fn describe(tape: &Tape, figures: &TapeStatistics) -> TapeInfo {
    let (meta, markets) = (tape.meta(), tape.markets());
    let distinct = |names: BTreeSet<&str>| names.len() as u64;
    TapeInfo {
        source: meta.source.clone(),
        poll_seconds: meta.poll.map(Span::as_seconds),
        rows: meta.rows,
        trades: meta.trades(),
        markets: markets.len() as u64,
        events: distinct(markets.iter().map(|market| market.event.as_str()).collect()),
        series: distinct(markets.iter().map(|market| market.series.as_str()).collect()),
        settlements: meta.settlements.len() as u64,
        price_steps: price_steps(markets),
        inferred_price_steps: meta.inferred_ticks,
        first: meta.first.to_string(),
        last: meta.last.to_string(),
        days: distinct_days(tape),
        bytes: folder_bytes(tape.path()),
        has_sizes: meta.has_sizes,
        has_last: meta.has_last,
        has_volume: meta.has_volume,
        quotes: figures.result(),
    }
}

fn price_steps(markets: &[Market]) -> Vec<PriceSteps> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for market in markets {
        *counts.entry(market.ticks.to_string()).or_default() += 1;
    }
    let mut steps: Vec<PriceSteps> = counts.into_iter().map(|(steps, markets)| PriceSteps { steps, markets }).collect();
    steps.sort_by_key(|steps| std::cmp::Reverse(steps.markets));
    steps
}

/// Counts the days: a recording may have several files of one day.
fn distinct_days(tape: &Tape) -> u64 {
    tape.meta().days.iter().map(|file| file.day).collect::<BTreeSet<i64>>().len() as u64
}

/// Returns the size of all files in `folder` and in folders within it, those that can be read.
fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => folder_bytes(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}

/// Collects statistics row by row. Memory grows with the number of markets only.
#[derive(Clone, Debug)]
pub(crate) struct TapeStatistics {
    gap: Span,
    rows: u64,
    one_sided: u64,
    empty: u64,
    crossed: u64,
    /// Number of rows by spread in 1/10,000 dollar. Crossed rows count as 0.
    spreads: Vec<u64>,
    /// Twice the mid of each market's last row with both sides.
    mids: Vec<Option<i32>>,
    changes: u64,
    unchanged: u64,
    /// Sum, and below the sum of squares, of the changes of twice the mid.
    change_sum: i64,
    change_squares: i64,
    change_max: i32,
    previous: Option<Timestamp>,
    gaps: u64,
    gaps_total: Span,
    longest: Vec<(Span, Timestamp)>,
}

impl TapeStatistics {
    pub(crate) fn new(poll: Option<Span>) -> TapeStatistics {
        TapeStatistics {
            gap: poll.map_or(GAP, |poll| poll * GAP_POLLS),
            rows: 0,
            one_sided: 0,
            empty: 0,
            crossed: 0,
            spreads: vec![0; Price::ONE.0 as usize + 1],
            mids: Vec::new(),
            changes: 0,
            unchanged: 0,
            change_sum: 0,
            change_squares: 0,
            change_max: 0,
            previous: None,
            gaps: 0,
            gaps_total: Span::ZERO,
            longest: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, rows: QuotesView<'_>) {
        for row in 0..rows.len() {
            let quote = rows.row(row);
            self.rows += 1;
            self.note_time(quote.time);
            match (quote.spread(), quote.mid_doubled()) {
                (Some(spread), Some(mid)) => {
                    self.crossed += u64::from(spread < Price::ZERO);
                    self.spreads[spread.0.max(0) as usize] += 1;
                    self.note_mid(quote.market.index(), mid);
                }
                _ if quote.bid.is_none() && quote.ask.is_none() => self.empty += 1,
                _ => self.one_sided += 1,
            }
        }
    }

    fn note_time(&mut self, time: Timestamp) {
        let silence = self.previous.map_or(Span::ZERO, |previous| time - previous);
        if let Some(previous) = self.previous
            && silence >= self.gap
        {
            self.gaps += 1;
            self.gaps_total = self.gaps_total + silence;
            self.longest.push((silence, previous));
            self.longest.sort_by_key(|&(silence, from)| (std::cmp::Reverse(silence), from));
            self.longest.truncate(GAPS_LISTED);
        }
        self.previous = Some(time);
    }

    fn note_mid(&mut self, market: usize, mid: i32) {
        if self.mids.len() <= market {
            self.mids.resize(market + 1, None);
        }
        if let Some(previous) = self.mids[market].replace(mid) {
            let change = mid - previous;
            self.changes += 1;
            self.unchanged += u64::from(change == 0);
            self.change_sum += i64::from(change);
            self.change_squares += i64::from(change) * i64::from(change);
            self.change_max = self.change_max.max(change.abs());
        }
    }

    fn result(&self) -> QuoteFigures {
        let two_sided: u64 = self.spreads.iter().sum();
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let total: u64 = self.spreads.iter().zip(0..).map(|(rows, spread)| rows * spread).sum();
        let by_cent = |cents: usize| self.spreads[(cents - 1) * 100 + 1..=cents * 100].iter().sum::<u64>();
        let n = self.changes as f64;
        let variance = (self.change_squares as f64 - (self.change_sum as f64).powi(2) / n) / (n - 1.0);
        // Doubled mids are in 1/20,000 dollar: 200 per cent.
        let mid_cents = |doubled: f64| (self.changes > 1).then_some(doubled / 200.0);
        QuoteFigures {
            one_sided_share: share(self.one_sided, self.rows),
            empty_share: share(self.empty, self.rows),
            crossed_rows: self.crossed,
            spread_mean_cents: share(total, two_sided).map(|mean| mean / 100.0),
            spread_median_cents: self.spread_quantile(two_sided, 0.5),
            spread_p90_cents: self.spread_quantile(two_sided, 0.9),
            spread_p99_cents: self.spread_quantile(two_sided, 0.99),
            spread_shares: (1..=8).filter_map(|cents| share(by_cent(cents), two_sided)).collect(),
            unchanged_mid_share: share(self.unchanged, self.changes),
            mid_change_std_cents: mid_cents(variance.max(0.0).sqrt()),
            mid_change_max_cents: mid_cents(f64::from(self.change_max)),
            gap_seconds: self.gap.as_seconds(),
            gaps: self.gaps,
            gaps_total_seconds: self.gaps_total.as_seconds(),
            longest_gaps: self
                .longest
                .iter()
                .map(|&(silence, from)| Gap { from: from.to_string(), seconds: silence.as_seconds() })
                .collect(),
        }
    }

    /// Returns the smallest spread, in cents, that at least `share` of the rows with both sides do not exceed.
    fn spread_quantile(&self, two_sided: u64, share: f64) -> Option<f64> {
        let wanted = (two_sided as f64 * share).ceil() as u64;
        let mut seen = 0;
        let place = self.spreads.iter().position(|rows| {
            seen += rows;
            seen >= wanted
        });
        place.filter(|_| two_sided > 0).map(|spread| spread as f64 / 100.0)
    }
}
