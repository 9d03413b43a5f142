//! The health of the venue as its answers show it, and what is known of the account.

use host_core::{Command, OrderId, Timestamp};
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::model::{Accepted, UnreadableRow};

use super::LiveHost;
use crate::error::Result;
use crate::link::{Endpoints, LinkChange};
use crate::notice::NoticeCode;

/// Most rows of the account that are told: a venue with more has a fault that the first ones show.
const MOST_ROWS: usize = 1_000;

impl LiveHost {
    /// Returns what a read has brought, and tells people once when endpoints of the venue stop answering, and once when
    /// they answer again.
    pub(super) fn note_health<T>(&mut self, of: Endpoints, answer: Result<T, ReadError>) -> Option<T> {
        let (answer, change) = self.link.note(of, answer);
        self.tell_link(change);
        answer
    }

    /// Takes note of what the answer to an order says of the venue. An order that never left says nothing.
    pub(super) fn note_creation(&mut self, answer: &Result<Accepted, PlaceError>) {
        let answered = match answer {
            Ok(_) | Err(PlaceError::Rejected { .. }) => Ok(()),
            Err(error @ (PlaceError::Unreachable(_) | PlaceError::OutcomeUnknown(_))) => Err(error),
            Err(PlaceError::NotPlaced(_)) => return,
            Err(PlaceError::Throttled(why)) => {
                if self.requests.limits() {
                    let text = format!(
                        "the venue takes fewer orders than it said, so its limits are asked for again: {why}; what is \
                         not sent is no error of the venue's"
                    );
                    self.notices.warn(self.requests.now(), NoticeCode::Throttled, text);
                }
                return;
            }
        };
        let (_, change) = self.link.note(Endpoints::Orders, answered);
        self.tell_link(change);
    }

    /// Takes note of what the answer to a cancel says of the venue.
    pub(super) fn note_cancel(&mut self, order: OrderId, answer: &Result<(), CancelError>) {
        if let Err(error) = answer {
            tracing::debug!("cancel of order {}: {error}", order.0);
        }
        let answered = match answer {
            Err(error @ CancelError::OutcomeUnknown(_)) => Err(error),
            Ok(()) | Err(CancelError::Gone | CancelError::Rejected { .. }) => Ok(()),
        };
        let (_, change) = self.link.note(Endpoints::Orders, answered);
        self.tell_link(change);
    }

    fn tell_link(&self, change: Option<LinkChange>) {
        let now = self.requests.now();
        match change {
            Some(LinkChange::Up(of)) => {
                self.notices.info(now, NoticeCode::VenueUp, format!("{of}: the venue answers again"));
            }
            Some(LinkChange::Down(of, why)) => {
                self.notices.alert(now, NoticeCode::VenueDown, format!("{of}: the venue does not answer: {why}"));
            }
            None => {}
        }
    }

    /// Tells the engine when the account was not seen for too long, and when it is seen again.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn watch_account(&mut self, now: Timestamp) -> Result<()> {
        if self.stopping {
            return Ok(());
        }
        let missing = self.sight.missing(now, self.is_looking());
        match (missing, self.engine.risk().is_account_unseen()) {
            (Some(reason), false) => self.command(Command::Unseen { time: self.now(), reason }),
            (None, true) if self.sight.has_seen() => self.command(Command::Seen { time: self.now() }),
            _ => Ok(()),
        }
    }

    /// Tells people once when no poll is shown to strategies.
    pub(super) fn watch_polls(&mut self, now: Timestamp) {
        let late = if self.stopping { None } else { self.feed.take_late(now, self.timers.poll_interval()) };
        let Some(since) = late else { return };
        let ahead = self.feed.last_poll().filter(|last| *last > now);
        let why = match (ahead, self.link.is_down(Endpoints::MarketData)) {
            (Some(last), _) => format!("the last one's time, {last}, is ahead of the venue's"),
            (None, Some(why)) => format!("the list of markets cannot be read: {why}"),
            (None, None) => "the list of markets came too late, or has no news".to_owned(),
        };
        let text = format!("strategies were shown no poll since {since}, for more than three intervals: {why}");
        self.notices.alert(now, NoticeCode::PollsMissing, text);
    }

    /// Tells people once of each row of the account that cannot be read.
    pub(super) fn tell_unreadable(&mut self, lists: &[&[UnreadableRow]]) {
        for row in lists.iter().copied().flatten() {
            if self.unreadable.len() < MOST_ROWS && self.unreadable.insert(row.clone()) {
                let UnreadableRow { list, id, reason, .. } = row;
                let text = format!("row `{id}` of the account's {list} is left out: {reason}");
                self.notices.alert(self.requests.now(), NoticeCode::RowUnreadable, text);
            }
        }
    }
}
