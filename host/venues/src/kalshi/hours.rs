//! The times in which the exchange takes no orders by its schedule. Its hours are those of New York, with their summer
//! time.

use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::America::New_York;
use host_core::{Span, Timestamp};

use super::wire::{WireSchedule, WireWeek, WireWindow};
use crate::model::{Closure, ClosureKind};

/// The schedule is read this far ahead: a week, and a day more.
const AHEAD: Span = Span::days(8);

const DAY_MINUTES: u32 = 24 * 60;

/// Returns the closures that end after `now` and begin within eight days, in the order of their beginnings. One that is
/// under way outside the hours begins at `now`.
pub(super) fn closures(schedule: &WireSchedule, now: Timestamp) -> Vec<Closure> {
    let until = now + AHEAD;
    let lies_in = |window: &&WireWindow| now < window.until && window.from < window.until && window.from < until;
    let maintenance = schedule.maintenance_windows.iter().filter(lies_in).map(|window| Closure {
        kind: ClosureKind::Maintenance,
        from: window.from,
        until: Some(window.until),
    });
    let mut closures: Vec<Closure> = outside_hours(&schedule.standard_hours, now, until);
    closures.extend(maintenance);
    closures.sort_by_key(|closure| closure.from);
    closures
}

/// Returns the gaps between the sessions of `weeks`, from `now` to `until`; none where there is no week at all.
fn outside_hours(weeks: &[WireWeek], now: Timestamp, until: Timestamp) -> Vec<Closure> {
    if weeks.is_empty() {
        return Vec::new();
    }
    let mut sessions: Vec<(Timestamp, Timestamp)> = weeks.iter().flat_map(|week| sessions(week, now, until)).collect();
    sessions.sort_unstable();
    let closed = |from, until| Closure { kind: ClosureKind::OutsideHours, from, until };
    let (mut closures, mut open_until) = (Vec::new(), now);
    for (opens, closes) in sessions {
        if opens > open_until {
            closures.push(closed(open_until, Some(opens)));
        }
        open_until = open_until.max(closes);
    }
    if open_until < until {
        closures.push(closed(open_until, None));
    }
    closures.retain(|closure| closure.from < until);
    closures
}

/// Returns the sessions of a week's hours between `now` and a day after `until`, as far as those hours hold then.
fn sessions(week: &WireWeek, now: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let first = New_York.timestamp_nanos(now.0).date_naive() - TimeDelta::days(1);
    let last = New_York.timestamp_nanos(until.0).date_naive() + TimeDelta::days(1);
    let mut sessions = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= last) {
        for session in week.sessions(day.weekday()) {
            let closes = if session.closes > session.opens { session.closes } else { session.closes + DAY_MINUTES };
            let Some((opens, closes)) = at(day, session.opens).zip(at(day, closes)) else { continue };
            let held = (opens.max(week.start_time), closes.min(week.end_time));
            if held.0 < held.1 && held.1 > now {
                sessions.push(held);
            }
        }
    }
    sessions
}

/// Returns the time at which the clocks of New York show `minutes` after the beginning of `day`. A time that they skip
/// in spring is the one an hour later, and one that they show twice in autumn the first of both.
fn at(day: NaiveDate, minutes: u32) -> Option<Timestamp> {
    let shown = day.and_hms_opt(0, 0, 0)? + TimeDelta::minutes(minutes.into());
    let place = |shown| New_York.from_local_datetime(&shown).earliest();
    let time = place(shown).or_else(|| place(shown + TimeDelta::hours(1)))?;
    time.timestamp_nanos_opt().map(Timestamp)
}
