//! The plan of a download: what was asked for, by all downloads into one tape together. It is pinned in time, so that
//! it means the same requests however often it is interrupted.

use std::path::Path;

use host_core::{Span, Timestamp};
use host_system::files;
use serde::{Deserialize, Serialize};

use crate::error::DownloadError;
use crate::request::{CandlePeriod, DownloadRequest};
use crate::selection::Selection;

/// Answers about times that were not older than this may have changed since, and are asked for again by a later
/// download. A plan that is older is made anew.
pub const YOUNG: Span = Span::DAY;
/// The venue may still count what has just happened.
const UNSETTLED: Span = Span::minutes(2);
/// Version of the file.
const FORMAT: u32 = 1;

/// A plan, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) format: u32,
    /// Counts the plans of a tape.
    pub(crate) number: u32,
    /// The venue's environment.
    pub(crate) venue: String,
    pub(crate) selection: Selection,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// The end is the venue's present, because a later one or none was asked for.
    pub(crate) until_present: bool,
    pub(crate) period: CandlePeriod,
    pub(crate) trades: bool,
    /// The venue's time when it was made.
    pub(crate) now: Timestamp,
    /// The tape was written.
    pub(crate) is_done: bool,
    /// Numbers of the former plans whose tapes were written.
    pub(crate) done_before: Vec<u32>,
}

impl Job {
    /// Reads the plan at `path`, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Job>, DownloadError> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes =
            host_system::capped::read(path, host_system::capped::SETTINGS).map_err(DownloadError::io("read", path))?;
        let bad = |reason: String| DownloadError::BadPlan { path: path.to_owned(), reason };
        let job: Job = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        match job.format {
            FORMAT => Ok(Some(job)),
            other => Err(bad(format!("it has format {other}, and this host reads {FORMAT}"))),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), DownloadError> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        let written = text.and_then(|text| files::replace(path, &[&text]));
        written.map_err(DownloadError::io("write", path))
    }

    /// Returns the plan for `request` after `before`: the same one if it was not finished and means the same.
    pub(crate) fn plan(
        request: &DownloadRequest,
        before: Option<Job>,
        venue: &str,
        now: Timestamp,
    ) -> Result<Job, DownloadError> {
        let Some(before) = before else { return Job::first(request, venue, now) };
        let differs = |what, has: &str, asked: &str| DownloadError::Differs {
            path: request.out.clone(),
            what,
            has: has.to_owned(),
            asked: asked.to_owned(),
        };
        if before.venue != venue {
            return Err(differs("the venue", &before.venue, venue));
        }
        let period = request.period.unwrap_or(before.period);
        if period != before.period {
            return Err(differs("periods of", before.period.as_str(), period.as_str()));
        }
        let (asked_from, asked_until) = (request.from.unwrap_or(before.from), request.until);
        check_period(asked_from, asked_until.unwrap_or(now), now)?;
        if asked_from > before.until || asked_until.is_some_and(|until| until < before.from) {
            return Err(DownloadError::Hole {
                has_from: before.from,
                has_until: before.until,
                from: asked_from,
                until: asked_until.unwrap_or(now),
            });
        }
        let selection = before.selection.and(&request.selection);
        let from = asked_from.min(before.from);
        let trades = request.trades || before.trades;
        let is_same_end = match asked_until {
            Some(until) => until <= before.until || before.until_present,
            None => before.until_present,
        };
        let is_same = (&selection, from, trades) == (&before.selection, before.from, before.trades) && is_same_end;
        if !before.is_done && is_same && now - before.now < YOUNG {
            return Ok(before);
        }
        let present = present(now, period);
        let wanted = asked_until.unwrap_or(Timestamp(i64::MAX)).max(before.until);
        let mut done_before = before.done_before;
        done_before.extend(before.is_done.then_some(before.number));
        Ok(Job {
            number: before.number + 1,
            selection,
            from,
            until: wanted.min(present),
            until_present: wanted > present,
            trades,
            now,
            is_done: false,
            done_before,
            ..before
        })
    }

    fn first(request: &DownloadRequest, venue: &str, now: Timestamp) -> Result<Job, DownloadError> {
        if request.selection.is_empty() {
            return Err(DownloadError::NothingSelected);
        }
        let from = request.from.ok_or(DownloadError::NoBeginning)?;
        let period = request.period.unwrap_or_default();
        let present = present(now, period);
        let wanted = request.until.unwrap_or(Timestamp(i64::MAX));
        check_period(from, wanted, now)?;
        let until = wanted.min(present);
        if from >= until {
            return Err(DownloadError::Future { from, now });
        }
        Ok(Job {
            format: FORMAT,
            number: 1,
            venue: venue.to_owned(),
            selection: request.selection.clone(),
            from,
            until,
            until_present: wanted > present,
            period,
            trades: request.trades,
            now,
            is_done: false,
            done_before: Vec::new(),
        })
    }

    /// Returns a plan of nothing, for a question that is of no plan.
    pub(crate) fn nowhere() -> Job {
        Job {
            format: FORMAT,
            number: 0,
            venue: String::new(),
            selection: Selection::default(),
            from: Timestamp(0),
            until: Timestamp(0),
            until_present: false,
            period: CandlePeriod::Minute,
            trades: false,
            now: Timestamp(0),
            is_done: false,
            done_before: Vec::new(),
        }
    }

    /// Returns the length of a period, in nanoseconds.
    pub(crate) fn period_ns(&self) -> i64 {
        self.period.span().0
    }

    /// Returns the time before which answers of a job that began at `asked` are final.
    pub(crate) fn final_before(asked: Timestamp) -> Timestamp {
        asked - YOUNG
    }
}

fn check_period(from: Timestamp, until: Timestamp, now: Timestamp) -> Result<(), DownloadError> {
    if from >= now {
        return Err(DownloadError::Future { from, now });
    }
    if from >= until {
        return Err(DownloadError::EmptyPeriod { from, until });
    }
    Ok(())
}

/// Returns the end of the last period that is certainly over.
fn present(now: Timestamp, period: CandlePeriod) -> Timestamp {
    let length = period.span().0;
    Timestamp((now - UNSETTLED).0.div_euclid(length) * length)
}
