//! The health of the venue as its answers show it, and what is known of the account.

use std::collections::BTreeSet;

use host_core::{Command, OrderId, Span, Timestamp};
use host_venues::client::HealedReads;
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::model::{Accepted, MarketRow, UnreadableRow};

use super::LiveHost;
use crate::error::Result;
use crate::link::{Endpoints, LinkChange};
use crate::notice::{Notice, NoticeCode, Severity};

/// Shortest time between two notices of reads that had to be repeated.
const HEALED_EVERY: Span = Span::minutes(1);
/// Answers in a row that must lack a market: one list may lack a row.
const LACKING: u32 = 2;

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
        if let Err(PlaceError::Rejected { .. } | PlaceError::OutcomeUnknown(_)) = answer {
            // It may have stopped trading.
            self.venue_word.doubt(self.requests.now());
        }
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

    /// Tells people of reads that failed and were healed by a repetition: the first at once, and those of a minute
    /// together.
    pub(super) fn tell_healed(&mut self) {
        let now = self.requests.now();
        let healed = if now < self.healed_from { None } else { self.requests.venue().take_healed() };
        let Some(HealedReads { count, last }) = healed else { return };
        self.healed_from = now + HEALED_EVERY;
        let what = match count {
            1 => "a request succeeded only when it was repeated".to_owned(),
            _ => format!("{count} requests succeeded only when they were repeated, the last one"),
        };
        let notice = Notice::new(Severity::Warning, now, NoticeCode::ReadsRepeated, format!("{what}: {last}"));
        self.notices.publish(notice.of_times(count));
    }

    /// Tells people once of each held market that the venue does not list any more. `tickers` are those that were asked
    /// for.
    pub(super) fn tell_delisted(&mut self, tickers: &[String], rows: &[MarketRow]) {
        self.tell_relisted(&rows.iter().map(|row| row.ticker.as_str()).collect());
        let now = self.requests.now();
        for ticker in tickers.iter().filter(|ticker| rows.iter().all(|row| row.ticker != **ticker)) {
            if self.told.is_news(NoticeCode::MarketDelisted, ticker, LACKING) {
                let text = format!(
                    "the venue does not list {ticker} any more, in which a position or an order is held: nothing can \
                     be traded there; look at it at the venue"
                );
                let notice = Notice::new(Severity::Alert, now, NoticeCode::MarketDelisted, text);
                self.notices.publish(notice.of_market(ticker));
            }
        }
    }

    /// Tells people once of each market of which they were told that the venue does not list it, and which is among
    /// `listed` again.
    pub(super) fn tell_relisted(&mut self, listed: &BTreeSet<&str>) {
        for ticker in self.told.subjects(NoticeCode::MarketDelisted) {
            if listed.contains(ticker.as_str()) && self.told.is_over(NoticeCode::MarketDelisted, &ticker, LACKING) {
                let text = format!("{ticker} is listed at the venue again");
                let notice = Notice::new(Severity::Info, self.requests.now(), NoticeCode::MarketRelisted, text);
                self.notices.publish(notice.of_market(&ticker));
            }
        }
    }

    /// Tells people once of each row of the account that cannot be read.
    pub(super) fn tell_unreadable(&mut self, lists: &[&[UnreadableRow]]) {
        for row in lists.iter().copied().flatten() {
            let UnreadableRow { list, id, reason, .. } = row;
            if self.told.is_news(NoticeCode::RowUnreadable, &format!("{list} {id} {reason}"), 1) {
                let text = format!("row `{id}` of the account's {list} is left out: {reason}");
                self.notices.alert(self.requests.now(), NoticeCode::RowUnreadable, text);
            }
        }
    }
}
