//! The rules by which notices join into messages: the first one goes alone, those that come soon after it go together.

use host_core::{Span, Timestamp};

use super::clock_time::QuietHours;
use super::message::MessageKind;

/// Time in which critical notices join one message. Short: each must have left after 5 seconds.
const CRITICAL: Span = Span::seconds(2);

/// The rules by which notices wait for each other.
#[derive(Clone, Copy, Debug)]
pub struct Grouping {
    /// Least time between two messages of warnings.
    pub warnings: Span,
    pub quiet: Option<QuietHours>,
}

impl Grouping {
    /// Returns the time at which notices of `kind` leave, the first of which came at `came`. `last` is the time of the
    /// last message of that kind.
    pub fn due(self, kind: MessageKind, came: Timestamp, last: Option<Timestamp>) -> Timestamp {
        let window = if kind == MessageKind::Critical { CRITICAL } else { self.warnings };
        // A last message that lies ahead is from before the clock was set back.
        let due = last.filter(|last| *last <= came).map_or(came, |last| came.max(last + window));
        self.pass_quiet(kind, due)
    }

    /// Returns `moment`, or the end of the quiet hours if they hold back messages of `kind` then.
    pub fn pass_quiet(self, kind: MessageKind, moment: Timestamp) -> Timestamp {
        self.quiet.filter(|_| kind == MessageKind::Warning).map_or(moment, |quiet| quiet.pass(moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::clock_time::zone;

    /// Minutes after midnight.
    fn at(minutes: i64) -> Timestamp {
        Timestamp(Span::minutes(minutes).0)
    }

    #[test]
    fn the_first_goes_alone_and_the_next_wait_for_each_other() {
        let grouping = Grouping { warnings: Span::minutes(5), quiet: None };
        let check = |kind: MessageKind, came: i64, last: Option<i64>, expect: Timestamp| {
            assert_eq!(grouping.due(kind, at(came), last.map(at)), expect, "{kind:?} at {came}, last {last:?}");
        };
        check(MessageKind::Warning, 10, None, at(10));
        check(MessageKind::Warning, 10, Some(5), at(10));
        check(MessageKind::Warning, 10, Some(6), at(11));
        check(MessageKind::Warning, 10, Some(10), at(15));
        check(MessageKind::Critical, 10, None, at(10));
        check(MessageKind::Critical, 10, Some(10), at(10) + CRITICAL);
        check(MessageKind::Critical, 10, Some(9), at(10));
        // The clock was set back.
        check(MessageKind::Warning, 10, Some(600), at(10));
    }

    #[test]
    fn quiet_hours_hold_warnings_and_nothing_else() {
        let quiet = QuietHours::parse("22:00-07:00", zone("UTC").unwrap()).ok();
        let grouping = Grouping { warnings: Span::minutes(5), quiet };
        let midnight = at(24 * 60);
        assert_eq!(grouping.due(MessageKind::Warning, midnight, None), at(31 * 60));
        assert_eq!(grouping.due(MessageKind::Critical, midnight, None), midnight);
        assert_eq!(grouping.pass_quiet(MessageKind::Summary, midnight), midnight);
        // Due before they begin by when it came, but within them by when it may leave.
        assert_eq!(grouping.due(MessageKind::Warning, at(22 * 60 - 1), Some(at(22 * 60 - 2))), at(31 * 60));
    }
}
