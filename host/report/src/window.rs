//! The traded window: every figure is of it, and both its ends are given by the caller. Neither a tape nor a trade ever
//! moves them.

use std::ops::RangeInclusive;

use host_core::{Record, Span, Timestamp};

/// A period of time that is not empty: from its start on, and before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    /// Returns the window from `from` on and before `until`; `None` if it is empty.
    pub fn new(from: Timestamp, until: Timestamp) -> Option<Window> {
        (from < until).then_some(Window { from, until })
    }

    /// Returns the window from `from` on that has no end.
    pub fn from_on(from: Timestamp) -> Window {
        Window { from, until: Timestamp(i64::MAX) }
    }

    /// Returns the shortest window that has `time` in it.
    pub fn moment(time: Timestamp) -> Window {
        let from = Timestamp(time.0.min(i64::MAX - 1));
        Window { from, until: Timestamp(from.0 + 1) }
    }

    /// Returns its start, which belongs to it.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Returns its end, which does not.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Returns its length.
    pub fn length(&self) -> Span {
        Span(self.until.0.saturating_sub(self.from.0))
    }

    /// Returns the UTC days that it touches, counted from 1970. One that ends at midnight does not touch the day that
    /// begins then.
    pub fn days(&self) -> RangeInclusive<i64> {
        self.from.day()..=Timestamp(self.until.0 - 1).day()
    }

    /// Returns true if `record` tells of something in this window, or of the close of one of its days.
    pub(crate) fn has(&self, record: &Record) -> bool {
        match record {
            Record::DayClose(close) => self.days().contains(&close.day),
            _ => record.time().is_some_and(|time| (self.from..self.until).contains(&time)),
        }
    }

    /// Returns the part of the window that a run has seen which was stopped after its event at `last`; `None` if that
    /// was before the window.
    pub(crate) fn up_to(&self, last: Timestamp) -> Option<Window> {
        Window::new(self.from, self.until.min(Timestamp(last.0.saturating_add(1))))
    }
}
