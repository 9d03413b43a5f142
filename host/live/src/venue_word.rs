//! The venue's word about itself, how old that word is, and when it is asked again. Pure: the time comes in.
//!
//! It is asked no more often than prices are polled, because no order leaves before the next poll anyway. A word that
//! cannot be read changes nothing: it stays as it is, and grows old. A pause that was not heard of again for
//! too long is no longer believed, because exits wait for its end; orders are tried then, and the venue answers them.

use host_core::{Span, Timestamp};
use host_venues::error::ReadError;
use host_venues::model::{Announcement, Closure, VenueStatus};

/// Time between two questions whether the venue takes orders.
const STATUS_EVERY: Span = Span::minutes(1);
/// The same while it does not, and the shortest time between two of them.
const STATUS_SOON: Span = Span::seconds(10);
/// Time between two readings of its announcements and its schedule.
const PLANS_EVERY: Span = Span::minutes(15);
/// The same after a reading that failed.
const PLANS_AGAIN: Span = Span::minutes(1);
/// Its word about itself counts for this many intervals between two questions.
const COUNTS_FOR: i64 = 5;

/// The latest word about a subject, and why there is no later one.
#[derive(Debug)]
struct Heard<T> {
    last: Option<(Timestamp, T)>,
    problem: Option<String>,
}

impl<T> Heard<T> {
    const NOTHING: Heard<T> = Heard { last: None, problem: None };

    /// Takes note of an answer. Returns true if it could be read.
    fn note(&mut self, now: Timestamp, answer: Result<T, ReadError>) -> bool {
        match answer {
            Ok(word) => {
                *self = Heard { last: Some((now, word)), problem: None };
                true
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                false
            }
        }
    }

    fn at(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|(at, _)| *at)
    }
}

/// A question that recurs, and is not asked again before it is answered.
#[derive(Clone, Copy, Debug)]
struct Question {
    due: Timestamp,
    asked: Option<Timestamp>,
}

impl Question {
    fn take(&mut self, now: Timestamp) -> bool {
        let is_due = self.asked.is_none() && now >= self.due;
        self.asked = self.asked.or(is_due.then_some(now));
        is_due
    }

    fn answered(&mut self, due: Timestamp) {
        *self = Question { due, asked: None };
    }
}

/// A change of whether the venue takes orders, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PauseChange {
    /// It says that it takes none.
    Paused(String),
    /// It says that it takes them again.
    Resumed,
    /// It was not heard for too long to know.
    NotKnown(String),
}

/// The venue's word about itself.
#[derive(Debug)]
pub struct VenueWord {
    began: Timestamp,
    /// The interval between polls.
    poll: Span,
    status: Heard<VenueStatus>,
    announcements: Heard<Vec<Announcement>>,
    closures: Heard<Vec<Closure>>,
    status_question: Question,
    plans_question: Question,
}

impl VenueWord {
    /// Knows nothing at `now`, and asks at once. `poll` is the interval between polls.
    pub fn new(now: Timestamp, poll: Span) -> VenueWord {
        let question = Question { due: now, asked: None };
        VenueWord {
            began: now,
            poll,
            status: Heard::NOTHING,
            announcements: Heard::NOTHING,
            closures: Heard::NOTHING,
            status_question: question,
            plans_question: question,
        }
    }

    /// Returns true if the venue is to be asked now whether it takes orders.
    pub fn take_status(&mut self, now: Timestamp) -> bool {
        self.status_question.take(now)
    }

    /// Returns true if its announcements and its schedule are to be read now.
    pub fn take_plans(&mut self, now: Timestamp) -> bool {
        self.plans_question.take(now)
    }

    /// Returns the time when something is to be asked next.
    pub fn next(&self) -> Timestamp {
        let questions = [self.status_question, self.plans_question].into_iter();
        let waiting = questions.filter(|question| question.asked.is_none()).map(|question| question.due);
        waiting.min().unwrap_or(Timestamp(i64::MAX))
    }

    /// Takes note of its word whether it takes orders. When that changes, it may have more to say.
    pub fn on_status(&mut self, now: Timestamp, answer: Result<VenueStatus, ReadError>) {
        let before = self.is_paused();
        self.status.note(now, answer);
        let every = if self.is_paused() { STATUS_SOON } else { STATUS_EVERY };
        self.status_question.answered(now + every.max(self.poll));
        if before != self.is_paused() {
            self.plans_question.due = self.plans_question.due.min(now);
        }
    }

    /// Takes note of its announcements and its schedule.
    pub fn on_plans(
        &mut self,
        now: Timestamp,
        announcements: Result<Vec<Announcement>, ReadError>,
        closures: Result<Vec<Closure>, ReadError>,
    ) {
        let is_read = self.announcements.note(now, announcements) & self.closures.note(now, closures);
        let every = if is_read { PLANS_EVERY } else { PLANS_AGAIN };
        self.plans_question.answered(now + every.max(self.poll));
    }

    /// Asks soon whether it takes orders: it has just turned one away, or did not say what became of it.
    pub fn doubt(&mut self, now: Timestamp) {
        let soonest = self.status.at().map_or(now, |at| at + STATUS_SOON.max(self.poll));
        self.status_question.due = self.status_question.due.min(soonest);
    }

    /// Returns true if its last word was that it takes no orders.
    fn is_paused(&self) -> bool {
        self.status.last.as_ref().is_some_and(|(_, status)| !status.is_active || !status.is_trading)
    }

    /// Returns the age up to which its word about itself counts.
    fn counts_for(&self) -> Span {
        Span(STATUS_EVERY.max(self.poll).0.saturating_mul(COUNTS_FOR))
    }

    /// Returns the change at `now`, if there is one. `is_paused` says if orders wait for the venue.
    pub fn change(&self, now: Timestamp, is_paused: bool) -> Option<PauseChange> {
        let heard = self.status.at().unwrap_or(self.began);
        let counts = now - heard <= self.counts_for();
        match (&self.status.last, is_paused) {
            (Some((_, status)), false) if counts && self.is_paused() => Some(PauseChange::Paused(pause(status))),
            (Some(_), true) if !self.is_paused() => Some(PauseChange::Resumed),
            (_, true) if !counts => {
                Some(PauseChange::NotKnown(format!("the venue's status is not known since {heard}")))
            }
            _ => None,
        }
    }

    /// Returns its word whether it takes orders, unless that is too old to count, and its age.
    pub fn status(&self, now: Timestamp) -> (Option<&VenueStatus>, Option<Timestamp>) {
        let last = self.status.last.as_ref();
        (last.filter(|(at, _)| now - *at <= self.counts_for()).map(|(_, status)| status), self.status.at())
    }

    /// Returns the reason why a part of it could not be read the last time.
    pub fn problem(&self) -> Option<&str> {
        let parts = [&self.status.problem, &self.announcements.problem, &self.closures.problem];
        parts.into_iter().flatten().next().map(String::as_str)
    }

    /// Returns its announcements that hold, the newest first, and the time at which they were read.
    pub fn announcements(&self) -> (impl Iterator<Item = &Announcement>, Option<Timestamp>) {
        let all = self.announcements.last.iter().flat_map(|(_, all)| all);
        (all.filter(|one| one.is_active), self.announcements.at())
    }

    /// Returns the times in which it takes no orders by its schedule, and the time at which they were read.
    pub fn closures(&self) -> (&[Closure], Option<Timestamp>) {
        (self.closures.last.as_ref().map_or(&[], |(_, all)| all.as_slice()), self.closures.at())
    }
}

/// Returns the venue's word that it takes no orders.
fn pause(status: &VenueStatus) -> String {
    let what = if status.is_active { "trading is paused" } else { "the exchange is closed" };
    let back = status.resumes.map_or_else(String::new, |time| format!(", and expects to be back at {time}"));
    format!("the venue says that {what}{back}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);
    const OPEN: VenueStatus = VenueStatus { is_active: true, is_trading: true, resumes: None };
    const PAUSED: VenueStatus = VenueStatus { is_active: true, is_trading: false, resumes: None };

    fn at(seconds: i64) -> Timestamp {
        START + Span::seconds(seconds)
    }

    fn failure() -> ReadError {
        ReadError::Failing { request: "GET /exchange/status".to_owned(), status: 500, attempts: 1 }
    }

    fn asked(word: &mut VenueWord, seconds: i64) -> bool {
        word.take_status(at(seconds))
    }

    #[test]
    fn it_is_asked_at_once_then_each_minute_and_more_often_while_it_is_paused() {
        let mut word = VenueWord::new(START, Span::seconds(5));
        assert!(asked(&mut word, 0) && !asked(&mut word, 100), "not before the answer");
        word.on_status(at(1), Ok(OPEN));
        assert!(!asked(&mut word, 60) && asked(&mut word, 61));
        word.on_status(at(61), Ok(PAUSED));
        assert!(!asked(&mut word, 70) && asked(&mut word, 71));
        word.on_status(at(71), Err(failure()));
        assert!(asked(&mut word, 81), "as often, whether it can be read or not");
        word.on_status(at(81), Ok(OPEN));
        word.doubt(at(85));
        assert!(!asked(&mut word, 90) && asked(&mut word, 91), "an order was turned away");
    }

    #[test]
    fn its_plans_are_read_each_quarter_of_an_hour_and_when_a_pause_begins_or_ends() {
        let mut word = VenueWord::new(START, Span::seconds(5));
        assert!(word.take_plans(START));
        word.on_plans(START, Ok(Vec::new()), Ok(Vec::new()));
        assert!(!word.take_plans(at(899)) && word.take_plans(at(900)));
        word.on_plans(at(900), Err(failure()), Ok(Vec::new()));
        assert!(word.problem().is_some() && !word.take_plans(at(959)) && word.take_plans(at(960)));
        word.on_plans(at(960), Ok(Vec::new()), Ok(Vec::new()));
        word.on_status(at(961), Ok(OPEN));
        assert!(word.problem().is_none() && !word.take_plans(at(962)));
        word.on_status(at(963), Ok(PAUSED));
        assert!(word.take_plans(at(963)));
    }

    #[test]
    fn waking_up_is_always_for_something() {
        for second in 0..2_000 {
            let mut word = VenueWord::new(START, Span::seconds(5));
            let now = at(second);
            assert!(word.take_status(now) && word.take_plans(now));
            assert_eq!(word.next(), Timestamp(i64::MAX), "all is asked");
            word.on_status(now, if second % 2 == 0 { Ok(OPEN) } else { Err(failure()) });
            word.on_plans(now, Err(failure()), Err(failure()));
            assert!(word.next() > now);
        }
    }

    #[test]
    fn a_pause_begins_and_ends_by_its_word_and_is_not_believed_for_ever() {
        let mut word = VenueWord::new(START, Span::seconds(5));
        assert_eq!(word.change(START, false), None);
        assert_eq!(word.change(at(300), true), None, "a pause from before the start stays until it is heard");
        let unheard =
            PauseChange::NotKnown("the venue's status is not known since 2026-01-01T00:00:00.000Z".to_owned());
        assert_eq!(word.change(at(301), true), Some(unheard));
        word.on_status(at(310), Ok(VenueStatus { resumes: Some(at(3_600)), ..PAUSED }));
        let reason = "the venue says that trading is paused, and expects to be back at 2026-01-01T01:00:00.000Z";
        assert_eq!(word.change(at(310), false), Some(PauseChange::Paused(reason.to_owned())));
        assert_eq!(word.change(at(310), true), None);
        word.on_status(at(400), Err(failure()));
        assert_eq!((word.change(at(610), true), word.status(at(610)).0.is_some()), (None, true));
        assert!(matches!(word.change(at(611), true), Some(PauseChange::NotKnown(_))));
        assert_eq!((word.change(at(611), false), word.status(at(611))), (None, (None, Some(at(310)))));
        word.on_status(at(620), Ok(VenueStatus { is_active: false, ..OPEN }));
        let closed = PauseChange::Paused("the venue says that the exchange is closed".to_owned());
        assert_eq!(word.change(at(620), false), Some(closed));
        word.on_status(at(630), Ok(OPEN));
        assert_eq!((word.change(at(630), true), word.change(at(630), false)), (Some(PauseChange::Resumed), None));
    }
}
