//! A download from its beginning to the tape.

use host_core::Timestamp;
use host_venues::kalshi::Kalshi;
use host_venues::kalshi::history::{self, Tier};
use host_venues::model::MarketPhase;
use host_venues::past::HistoryCutoff;

use crate::build::{BuildCounts, build, description};
use crate::candles::{self, needed};
use crate::error::DownloadError;
use crate::find::{FoundMarket, FoundMarkets, find, result};
use crate::folder::{DownloadFolder, folder_of};
use crate::job::Job;
use crate::report::{DownloadEstimate, DownloadReport};
use crate::request::{DownloadPhase, DownloadProgress, DownloadRequest};
use crate::source::Source;
use crate::trades;
use crate::windows::Range;

/// Marks the second question for the cut-off.
const AT_END: &str = "#end";

/// Downloads what is missing, and makes the tape. `venue` names the venue's environment. `progress` returns false to
/// stop.
///
/// # Errors
/// See [`DownloadError`]. What was received is kept, and the tape that was there is as it was.
pub async fn download(
    request: &DownloadRequest,
    kalshi: &Kalshi,
    venue: &str,
    progress: &mut dyn FnMut(DownloadProgress) -> bool,
) -> Result<DownloadReport, DownloadError> {
    let folder = DownloadFolder::open(&request.out)?;
    let before = DownloadFolder::plan_of(&request.out)?;
    let worked = async {
        let now = venue_now(request, kalshi).await?;
        let job = Job::plan(request, before.clone(), venue, now)?;
        folder.write_plan(&job)?;
        let source = Source::new(kalshi, Some(&folder.answers), &job, request.patience);
        let report = carry_out(&source, &folder, progress).await?;
        folder.answers.prune(job.number)?;
        folder.write_plan(&Job { is_done: true, ..job })?;
        Ok(report)
    };
    let worked: Result<DownloadReport, DownloadError> = worked.await;
    let is_begun = || DownloadFolder::plan_of(&request.out).is_ok_and(|plan| plan.is_some());
    match (&worked, before) {
        // What cannot be carried out is no plan: the one before counts again.
        (Err(error), Some(before)) if error.is_of_request() => folder.write_plan(&before)?,
        (Err(error), None) if error.is_of_request() || !is_begun() => folder.remove(),
        _ => {}
    }
    worked
}

/// Returns what [`download`] would do; keeps nothing.
///
/// # Errors
/// See [`DownloadError`].
pub async fn estimate(
    request: &DownloadRequest,
    kalshi: &Kalshi,
    venue: &str,
    requests_per_second: u32,
) -> Result<DownloadEstimate, DownloadError> {
    let before = DownloadFolder::plan_of(&request.out)?;
    let folder = folder_of(&request.out);
    if request.out.exists() && before.is_none() {
        return Err(DownloadError::NotDownloaded { path: request.out.clone(), folder });
    }
    let job = Job::plan(request, before, venue, venue_now(request, kalshi).await?)?;
    let headers = match folder.exists() {
        true => DownloadFolder::open(&request.out)?.answers.headers()?,
        false => Vec::new(),
    };
    let source = Source::new(kalshi, None, &job, request.patience);
    let cutoff = cutoff(&source, "").await?;
    let FoundMarkets { markets, .. } = find(&source).await?;
    let steps = candles::plan(&job, &markets, &headers);
    let of_trades = if job.trades { trades::plan(&job, &markets, &headers) } else { Vec::new() };
    let tiers = [Tier::Live, Tier::Historical].map(|tier| trades::of_tier(&of_trades, tier, cutoff).len() as u64);
    let (candle_requests, trade_requests) = (steps.len() as u64, tiers.iter().sum::<u64>());
    Ok(DownloadEstimate {
        markets: markets.len() as u64,
        historical_markets: historical(&markets),
        candle_requests,
        trade_requests,
        most_candles: periods(&job, &markets),
        seconds: (candle_requests + trade_requests) as f64 / f64::from(requests_per_second.max(1)),
        from: job.from.to_string(),
        until: job.until.to_string(),
    })
}

/// Returns the venue's time.
async fn venue_now(request: &DownloadRequest, kalshi: &Kalshi) -> Result<Timestamp, DownloadError> {
    let job = Job::nowhere();
    let source = Source::new(kalshi, None, &job, request.patience);
    source.get(&history::status(), "", |_| None).await?;
    // Without a date in the answer, this machine's.
    Ok(kalshi.skew().map_or_else(|| kalshi.clock().now(), |time| time.earliest))
}

async fn cutoff(source: &Source<'_>, mark: &str) -> Result<HistoryCutoff, DownloadError> {
    let beginning = HistoryCutoff { markets: Timestamp(0), trades: Timestamp(0) };
    Ok(source.get(&history::cutoff(), mark, |_| None).await?.unwrap_or(beginning))
}

async fn carry_out(
    source: &Source<'_>,
    folder: &DownloadFolder,
    progress: &mut dyn FnMut(DownloadProgress) -> bool,
) -> Result<DownloadReport, DownloadError> {
    let job = source.job;
    let mut found = 0;
    let mut tell = |phase, done, total, markets| {
        let (requests, bytes) = (source.requests.get(), source.bytes.get());
        match progress(DownloadProgress { phase, done, total, markets, requests, bytes }) {
            true => Ok(()),
            false => Err(DownloadError::Stopped),
        }
    };
    tell(DownloadPhase::Markets, 0, 0, found)?;
    let begin = cutoff(source, "").await?;
    let FoundMarkets { markets, mut notes } = find(source).await?;
    found = markets.len() as u64;
    let headers = folder.answers.headers()?;
    let steps = candles::plan(job, &markets, &headers);
    let total = steps.len() as u64;
    let on_step = &mut |done| tell(DownloadPhase::Candles, done, total, found);
    on_step(0)?;
    let absent = candles::fetch(source, &markets, steps, on_step).await?;
    if !absent.is_empty() {
        notes.push(format!(
            "{} markets are listed, and neither tier has candles of them: {}",
            absent.len(),
            some(&absent)
        ));
    }
    if job.trades {
        let steps = trades::plan(job, &markets, &headers);
        for tier in [Tier::Live, Tier::Historical] {
            let cutoff = if tier == Tier::Live { begin } else { cutoff(source, AT_END).await? };
            let steps = trades::of_tier(&steps, tier, cutoff);
            let total = steps.len() as u64;
            let on_step = &mut |done| tell(DownloadPhase::Trades, done, total, found);
            on_step(0)?;
            trades::fetch(source, &markets, tier, steps, on_step).await?;
        }
    }
    let next = folder.next_tape()?;
    let on_answer = &mut |done, total| tell(DownloadPhase::Tape, done, total, found);
    let made = description(job, &markets, begin.markets);
    let (mut info, counts) = build(job, &markets, &folder.answers, &next, made, on_answer)?;
    let tape = folder.install()?;
    info.bytes = host_system::disk::size_of(tape.path()).unwrap_or(info.bytes);
    notes.extend(faults(&counts));
    notes.extend(late_beginnings(job, &markets, &counts));
    Ok(report(source, &markets, notes, &counts, info))
}

fn faults(counts: &BuildCounts) -> Option<String> {
    let first = counts.unreadable.first()?;
    Some(format!("candles or trades that cannot be read, left out: {}, the first of {first}", counts.unreadable_rows))
}

/// Returns the sentence about markets that were open when the tape begins, and of which no state is known then.
fn late_beginnings(job: &Job, markets: &[FoundMarket], counts: &BuildCounts) -> Option<String> {
    let is_late = |place: usize, found: &FoundMarket| {
        found.row.opens < job.from && !counts.has_beginning[place] && counts.candles[place] > 0
    };
    let late = markets.iter().enumerate().filter(|(place, found)| is_late(*place, found));
    let late: Vec<String> = late.map(|(_, found)| found.row.ticker.clone()).collect();
    let what =
        "markets were open at the beginning and have no candle of the day before it, so their quotes begin later";
    (!late.is_empty()).then(|| format!("{} {what}: {}", late.len(), some(&late)))
}

fn report(
    source: &Source<'_>,
    markets: &[FoundMarket],
    notes: Vec<String>,
    counts: &BuildCounts,
    tape: host_store::info::TapeInfo,
) -> DownloadReport {
    let job = source.job;
    let named = |is_meant: &dyn Fn(usize, &FoundMarket) -> bool| {
        let meant = markets.iter().enumerate().filter(|(place, found)| is_meant(*place, found));
        meant.map(|(_, found)| found.row.ticker.clone()).collect::<Vec<_>>()
    };
    let is_over = |found: &FoundMarket| found.row.closes < job.until && found.row.phase != MarketPhase::Open;
    DownloadReport {
        requests: source.requests.get(),
        bytes: source.bytes.get(),
        markets: markets.len() as u64,
        historical_markets: historical(markets),
        periods: periods(job, markets),
        candles: counts.candles.iter().sum(),
        trades: tape.trades,
        block_trades: counts.block_trades,
        markets_without_candles: named(&|place, _| counts.candles[place] == 0),
        markets_without_result: named(&|_, found| is_over(found) && result(&found.row, job.until).is_none()),
        markets_that_go_on: markets.iter().filter(|found| found.row.closes > job.until).count() as u64,
        from: job.from.to_string(),
        until: job.until.to_string(),
        notes,
        tape,
    }
}

fn historical(markets: &[FoundMarket]) -> u64 {
    markets.iter().filter(|found| found.tier == Tier::Historical).count() as u64
}

/// Returns the number of periods of all markets within the tape.
fn periods(job: &Job, markets: &[FoundMarket]) -> u64 {
    let begin = job.from.0.div_euclid(job.period_ns());
    let count = |(first, last): Range| u64::try_from(last - first.max(begin) + 1).unwrap_or(0);
    markets.iter().map(|found| count(needed(job, found))).sum()
}

/// Returns the first few of `names`.
fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    format!("{}{}", shown.join(", "), if names.len() > 3 { ", …" } else { "" })
}
