//! The venue's word about itself, and what follows: orders that wait for it, notices, the next scheduled change.

use host_core::{Command, Timestamp};
use host_venues::error::ReadError;
use host_venues::model::{Announcement, Closure, ClosureKind, VenueStatus};

use super::LiveHost;
use crate::account_dir::VENUE;
use crate::control::status::Ago;
use crate::control::venue_says::{AnnouncementLine, NextChange, VenueSays};
use crate::error::Result;
use crate::notice::NoticeCode;
use crate::venue_word::PauseChange;

/// Most announcements that are shown and told.
const MOST_ANNOUNCEMENTS: usize = 5;

impl LiveHost {
    /// Asks the venue what is due, and holds orders back while it says that it takes none.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn watch_venue(&mut self, now: Timestamp) -> Result<()> {
        if self.stopping {
            return Ok(());
        }
        if self.venue_word.take_status(now) {
            self.requests.venue_status();
        }
        if self.venue_word.take_plans(now) {
            self.requests.venue_plans();
        }
        let Some(change) = self.venue_word.change(now, self.engine.risk().is_venue_paused()) else { return Ok(()) };
        let time = self.now();
        match change {
            PauseChange::Paused(reason) => {
                let text = format!("{reason}: no order leaves until it takes them again");
                self.notices.warn(now, NoticeCode::VenuePaused, text);
                self.command(Command::VenuePaused { time, reason })
            }
            PauseChange::Resumed => {
                self.notices.info(now, NoticeCode::VenueResumed, "the venue says that it takes orders again");
                self.command(Command::VenueResumed { time, reason: "the venue takes orders again".to_owned() })
            }
            PauseChange::NotKnown(reason) => {
                let text = format!("{reason}, and it was paused then: orders are tried again");
                self.notices.warn(now, NoticeCode::VenueResumed, text);
                self.command(Command::VenueResumed { time, reason })
            }
        }
    }

    /// Takes the venue's word whether it takes orders. A failure is shown, and disturbs nothing.
    pub(super) fn on_venue_status(&mut self, answer: Result<VenueStatus, ReadError>) {
        self.venue_word.on_status(self.requests.now(), answer);
    }

    /// Takes the venue's announcements and its schedule, and tells people once of each announcement.
    pub(super) fn on_venue_plans(
        &mut self,
        announcements: Result<Vec<Announcement>, ReadError>,
        closures: Result<Vec<Closure>, ReadError>,
    ) {
        let now = self.requests.now();
        self.venue_word.on_plans(now, announcements, closures);
        let mut latest: Vec<&Announcement> = self.venue_word.announcements().0.take(MOST_ANNOUNCEMENTS).collect();
        latest.reverse();
        for announcement in latest {
            let line = announcement_line(announcement, now);
            let text = format!("{VENUE} announces ({}): {}", line.heading(), line.text);
            if self.told.is_news(NoticeCode::VenueAnnouncement, &text, 1) {
                self.notices.info(now, NoticeCode::VenueAnnouncement, text);
            }
        }
    }

    /// Returns what the venue says of itself, for the status.
    pub(super) fn venue_says(&self, now: Timestamp) -> VenueSays {
        let (status, at) = self.venue_word.status(now);
        let (announcements, announcements_at) = self.venue_word.announcements();
        let lines = announcements.take(MOST_ANNOUNCEMENTS).map(|announcement| announcement_line(announcement, now));
        VenueSays {
            exchange_active: status.map(|status| status.is_active),
            trading_active: status.map(|status| status.is_trading),
            resumes: status.and_then(|status| status.resumes).map(|time| time.to_string()),
            at: at.map(|time| ago(time, now)),
            problem: self.venue_word.problem().map(str::to_owned),
            announcements: lines.collect(),
            announcements_at: announcements_at.map(|time| ago(time, now)),
            schedule_at: self.venue_word.closures().1.map(|time| ago(time, now)),
        }
    }

    /// Returns the next thing that is scheduled: the venue's maintenance and hours, swaps, the closes of markets in
    /// which something is held, and the day's end.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<NextChange> {
        let closures = self.venue_word.closures().0.iter().filter_map(|closure| closure_change(closure, now));
        let swaps = self.swaps.waiting().filter_map(|candidate| {
            let slot = self.engine.slot_name(candidate.slot.number);
            Some((candidate.order.at?, format!("{} takes over slot {slot}", candidate.name())))
        });
        let markets = self.feed.markets();
        let closes = self.engine.portfolio().positions().filter_map(|(market, _, position)| {
            let held = position.qty.shown_held();
            Some((markets.closes(market)?, format!("{} closes, in which {held} are held", markets.ticker(market))))
        });
        let midnight = (Timestamp::start_of_day(now.day() + 1), "the day's loss limit starts anew".to_owned());
        let all = closures.chain(swaps).chain(closes).chain([midnight]).filter(|(at, _)| *at > now);
        // Of several at one time, the first of this list.
        let (at, what) = all.min_by_key(|(at, _)| *at)?;
        Some(NextChange { at: at.to_string(), in_seconds: (at - now).as_seconds(), what })
    }
}

fn ago(time: Timestamp, now: Timestamp) -> Ago {
    Ago { time: time.to_string(), age_seconds: (now - time).as_seconds() }
}

fn announcement_line(announcement: &Announcement, now: Timestamp) -> AnnouncementLine {
    let Announcement { time, kind, text, .. } = announcement;
    AnnouncementLine { at: time.map(|time| ago(time, now)), kind: kind.clone(), text: text.clone() }
}

/// Returns the next change that a closure brings: its beginning, or its end if it is under way.
fn closure_change(closure: &Closure, now: Timestamp) -> Option<(Timestamp, String)> {
    let &Closure { kind, from, until } = closure;
    let (begins, ends) = match kind {
        ClosureKind::Maintenance => ("maintenance", "maintenance ends"),
        ClosureKind::OutsideHours => ("trading hours end", "trading hours begin"),
    };
    match until {
        Some(until) if from <= now => Some((until, ends.to_owned())),
        Some(until) => Some((from, format!("{begins} until {}", clock_after(from, until)))),
        None => Some((from, begins.to_owned())),
    }
}

/// Returns the time of day of `until`, with its date if that is not the one of `from`.
fn clock_after(from: Timestamp, until: Timestamp) -> String {
    let text = until.to_string().replace('T', " ");
    let start = if from.day() == until.day() { 11 } else { 0 };
    text.get(start..16).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use host_core::Span;

    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    #[test]
    fn a_closure_changes_something_at_its_beginning_and_at_its_end() {
        let check = |kind: ClosureKind, from: i64, until: Option<i64>, expect: Option<(i64, &str)>| {
            let at = |hours: i64| START + Span::hours(hours);
            let found = closure_change(&Closure { kind, from: at(from), until: until.map(at) }, at(2));
            assert_eq!(found, expect.map(|(hours, what)| (at(hours), what.to_owned())));
        };
        check(ClosureKind::Maintenance, 8, Some(10), Some((8, "maintenance until 10:00")));
        check(ClosureKind::Maintenance, 23, Some(25), Some((23, "maintenance until 2026-01-02 01:00")));
        check(ClosureKind::Maintenance, 2, Some(3), Some((3, "maintenance ends")));
        check(ClosureKind::OutsideHours, 8, Some(10), Some((8, "trading hours end until 10:00")));
        check(ClosureKind::OutsideHours, 8, None, Some((8, "trading hours end")));
        check(ClosureKind::OutsideHours, 1, Some(3), Some((3, "trading hours begin")));
    }
}
