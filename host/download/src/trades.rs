//! Asks for the public trades that are missing, in both tiers.
//!
//! Trades move to the historical tier by their own time while a download is under way. The live tier is read first,
//! then the cut-off again, then the historical tier up to that: whatever moves in between is in one of them or in both.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use host_core::Timestamp;
use host_venues::kalshi::history::{self, Tier, seconds};
use host_venues::past::HistoryCutoff;

use crate::answers::{AnswerHeader, CoveredKind, Covers};
use crate::candles::AT_ONCE;
use crate::error::DownloadError;
use crate::find::FoundMarket;
use crate::job::Job;
use crate::source::Source;
use crate::windows::{Range, missing};

/// Trades of one market, from the first to the last second.
#[derive(Clone, Debug)]
pub(crate) struct TradeStep {
    market: usize,
    range_s: Range,
}

/// Returns what has to be asked for beyond what former downloads have.
pub(crate) fn plan(job: &Job, markets: &[FoundMarket], headers: &[AnswerHeader]) -> Vec<TradeStep> {
    let mut known: BTreeMap<&str, Vec<Range>> = BTreeMap::new();
    for header in headers.iter().filter(|header| job.done_before.contains(&header.job) && header.status == 200) {
        let Some(covers) = header.covers.as_ref().filter(|covers| covers.kind == CoveredKind::Trades && covers.is_last)
        else {
            continue;
        };
        let last = seconds(Job::final_before(header.asked)).min(covers.last_s);
        for ticker in &covers.tickers {
            known.entry(ticker).or_default().push((covers.first_s, last));
        }
    }
    let mut steps = Vec::new();
    for (market, found) in markets.iter().enumerate() {
        let from = job.from.max(found.row.opens);
        // Trades of the last second count.
        let until = job.until.min(found.row.closes);
        let need = (seconds(from), seconds(until) + 1);
        let covered = known.get(found.row.ticker.as_str()).map_or(&[][..], Vec::as_slice);
        // The seconds in which two ranges meet are asked for twice: the venue may count them on either side.
        let wider = |(first, last): Range| (need.0.max(first - 1), need.1.min(last + 1));
        steps.extend(missing(need, covered).into_iter().map(|range| TradeStep { market, range_s: wider(range) }));
    }
    steps
}

/// Returns the part of `steps` that `tier` may have.
pub(crate) fn of_tier(steps: &[TradeStep], tier: Tier, cutoff: HistoryCutoff) -> Vec<TradeStep> {
    let cutoff_s = seconds(cutoff.trades);
    let has = |step: &&TradeStep| match tier {
        Tier::Live => step.range_s.1 >= cutoff_s,
        Tier::Historical => step.range_s.0 <= cutoff_s,
    };
    steps.iter().filter(has).cloned().collect()
}

/// Carries out `steps`; tells after each how many are done.
pub(crate) async fn fetch(
    source: &Source<'_>,
    markets: &[FoundMarket],
    tier: Tier,
    steps: Vec<TradeStep>,
    on_step: &mut dyn FnMut(u64) -> Result<(), DownloadError>,
) -> Result<(), DownloadError> {
    let mut done = 0;
    let work = steps.iter().map(|step| carry_out(source, &markets[step.market].row.ticker, tier, step.range_s));
    let mut work = futures_util::stream::iter(work).buffered(AT_ONCE);
    while let Some(step) = work.next().await {
        step?;
        done += 1;
        on_step(done)?;
    }
    Ok(())
}

async fn carry_out(source: &Source<'_>, ticker: &str, tier: Tier, range_s: Range) -> Result<(), DownloadError> {
    let (mut cursor, mut cursors) = (String::new(), BTreeSet::new());
    loop {
        let request = history::trades(tier, ticker, range_s, &cursor);
        let page = source.get(&request, "", |page| {
            Some(Covers {
                kind: CoveredKind::Trades,
                tickers: vec![ticker.to_owned()],
                first_s: range_s.0,
                last_s: range_s.1,
                is_last: page.cursor.is_empty(),
            })
        });
        match page.await? {
            // A cursor that comes back would lead round for ever.
            Some(page) if !page.cursor.is_empty() && cursors.insert(page.cursor.clone()) => cursor = page.cursor,
            _ => return Ok(()),
        }
    }
}

/// Returns true if a trade at `time` belongs to the tape.
pub(crate) fn is_in(job: &Job, time: Timestamp) -> bool {
    job.from <= time && time <= job.until
}
