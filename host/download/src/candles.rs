//! Asks for the candlesticks that are missing.

use futures_util::StreamExt;
use host_core::Timestamp;
use host_venues::kalshi::history::{self, CandleRange, CandlesOfMarket, HistoryRequest, Tier};

use crate::answers::{AnswerHeader, CoveredKind, Covers};
use crate::error::DownloadError;
use crate::find::FoundMarket;
use crate::job::Job;
use crate::source::Source;
use crate::windows::{CandleBatch, Piece, Range, batches, missing, parts};

/// Requests that are under way at a time: the budget is spent although each answer takes its time.
pub(crate) const AT_ONCE: usize = 4;

/// A request for candlesticks.
#[derive(Clone, Debug)]
pub(crate) enum CandleStep {
    /// Of live markets together.
    Batch(CandleBatch),
    /// Of a historical market.
    One(Piece),
}

/// Returns the numbers of the periods that the job needs of a market: those whose ends lie in its life and in the
/// job's period, and those of the day before, for the volume of 24 hours and the state in which the tape begins.
pub(crate) fn needed(job: &Job, found: &FoundMarket) -> Range {
    let period = job.period_ns();
    let before = host_core::Span(host_core::Span::DAY.0.max(period));
    let from = (job.from - before).max(found.row.opens);
    let until = job.until.min(found.row.closes);
    (from.0.div_euclid(period) + 1, until.0.div_euclid(period))
}

/// Returns the range that an answer covers, as far as it is final for `job`.
fn covered(job: &Job, header: &AnswerHeader, covers: &Covers) -> Range {
    let period = job.period_ns();
    let number = |second: i64| Timestamp(second.saturating_mul(1_000_000_000)).0.div_euclid(period);
    let last = Job::final_before(header.asked).0.div_euclid(period);
    (number(covers.first_s), number(covers.last_s).min(last))
}

/// Returns what has to be asked for beyond the answers of former jobs, whatever this one has received already: so it is
/// the same list however often the job is interrupted.
pub(crate) fn plan(job: &Job, markets: &[FoundMarket], headers: &[AnswerHeader]) -> Vec<CandleStep> {
    let places: std::collections::HashMap<&str, usize> =
        markets.iter().enumerate().map(|(place, found)| (found.row.ticker.as_str(), place)).collect();
    let mut known: Vec<Vec<Range>> = vec![Vec::new(); markets.len()];
    for header in headers.iter().filter(|header| header.job < job.number && header.status == 200) {
        let Some(covers) = header.covers.as_ref().filter(|covers| covers.kind == CoveredKind::Candles) else {
            continue;
        };
        let range = covered(job, header, covers);
        for place in covers.tickers.iter().filter_map(|ticker| places.get(ticker.as_str())) {
            known[*place].push(range);
        }
    }
    let (mut live, mut historical) = (Vec::new(), Vec::new());
    for (market, found) in markets.iter().enumerate() {
        let need = needed(job, found);
        // The market opened before what is asked for: its state then is wanted, even if nothing has changed since.
        let opened_before = found.row.opens.0.div_euclid(job.period_ns()) + 1 < need.0;
        for range in missing(need, &known[market]).into_iter().flat_map(parts) {
            let with_latest = opened_before && range.0 == need.0 && found.tier == Tier::Live;
            let pieces = if found.tier == Tier::Live { &mut live } else { &mut historical };
            pieces.push(Piece { market, range, with_latest });
        }
    }
    let live = batches(live).into_iter().map(CandleStep::Batch);
    live.chain(historical.into_iter().map(CandleStep::One)).collect()
}

/// Carries out `steps`; tells after each how many are done. Returns the tickers that no tier has candlesticks of.
pub(crate) async fn fetch(
    source: &Source<'_>,
    markets: &[FoundMarket],
    steps: Vec<CandleStep>,
    on_step: &mut dyn FnMut(u64) -> Result<(), DownloadError>,
) -> Result<Vec<String>, DownloadError> {
    let mut done = 0;
    let mut absent = Vec::new();
    let work = steps.into_iter().map(|step| carry_out(source, markets, step));
    let mut work = futures_util::stream::iter(work).buffered(AT_ONCE);
    while let Some(step) = work.next().await {
        absent.extend(step?);
        done += 1;
        on_step(done)?;
    }
    absent.sort_unstable();
    absent.dedup();
    Ok(absent)
}

async fn carry_out(
    source: &Source<'_>,
    markets: &[FoundMarket],
    step: CandleStep,
) -> Result<Vec<String>, DownloadError> {
    let mut absent = Vec::new();
    match step {
        CandleStep::One(piece) => {
            let found = &markets[piece.market];
            if !one(source, found, &piece, [Tier::Historical, Tier::Live]).await? {
                absent.push(found.row.ticker.clone());
            }
        }
        CandleStep::Batch(batch) => {
            let range = range_s(source.job, batch.range);
            let mut tickers: Vec<String> =
                batch.pieces.iter().map(|piece| markets[piece.market].row.ticker.clone()).collect();
            tickers.sort_unstable();
            let request = history::candles_of_many(&tickers, range, batch.with_latest);
            let answer = candles(source, &request, range).await?.unwrap_or_default();
            for piece in &batch.pieces {
                let found = &markets[piece.market];
                // A market that the live tier has no more has moved meanwhile.
                if !answer.iter().any(|market| market.ticker == found.row.ticker)
                    && !one(source, found, piece, [Tier::Historical, Tier::Live]).await?
                {
                    absent.push(found.row.ticker.clone());
                }
            }
        }
    }
    Ok(absent)
}

/// Asks for the candlesticks of one market in the first tier that has it; returns false if none does.
async fn one(source: &Source<'_>, found: &FoundMarket, piece: &Piece, tiers: [Tier; 2]) -> Result<bool, DownloadError> {
    let range = range_s(source.job, piece.range);
    for tier in tiers {
        let request = history::candles_of_one(tier, &found.series, &found.row.ticker, range, piece.with_latest);
        let bad = |reason| DownloadError::BadName { name: found.row.ticker.clone(), reason };
        let request = request.map_err(bad)?;
        if candles(source, &request, range).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn candles(
    source: &Source<'_>,
    request: &HistoryRequest<Vec<CandlesOfMarket>>,
    range: CandleRange,
) -> Result<Option<Vec<CandlesOfMarket>>, DownloadError> {
    let covers = |markets: &Vec<CandlesOfMarket>| {
        Some(Covers {
            kind: CoveredKind::Candles,
            tickers: markets.iter().map(|market| market.ticker.clone()).collect(),
            first_s: range.first_s,
            last_s: range.last_s,
            is_last: true,
        })
    };
    source.get(request, "", covers).await
}

/// Returns the seconds of periods.
fn range_s(job: &Job, (first, last): Range) -> CandleRange {
    let period_s = job.period_ns() / 1_000_000_000;
    CandleRange { first_s: first * period_s, last_s: last * period_s, period_s }
}
