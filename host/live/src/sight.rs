//! The age of what the host knows of the account: orders and fills as they were last listed, and the books as they were
//! last compared.
//!
//! While orders work, a host that does not see the account does not know what it holds. So what is overdue for too long
//! stops entries until it was seen.

use host_core::{Span, Timestamp};

/// The times of the last looks at the account.
#[derive(Clone, Copy, Debug)]
pub struct AccountSight {
    /// Interval between looks at orders and fills, while there is something to look at.
    look: Span,
    /// Interval between comparisons.
    audit: Span,
    /// Longest time for which either may be overdue.
    limit: Span,
    /// The last look at orders and fills, or the start.
    listed: Timestamp,
    /// The last comparison with positions and cash, or the start.
    compared: Timestamp,
    /// The time since which there is something to look at.
    looking: Option<Timestamp>,
    /// True once the books were compared since the start.
    seen: bool,
}

impl AccountSight {
    /// A sight that begins at `now`, of an account that is looked at every `look` and compared every `audit`.
    pub fn new(look: Span, audit: Span, limit: Span, now: Timestamp) -> AccountSight {
        AccountSight { look, audit, limit, listed: now, compared: now, looking: None, seen: false }
    }

    /// Takes note of orders and fills that were read from `asked` on.
    pub fn on_listed(&mut self, asked: Timestamp) {
        self.listed = self.listed.max(asked);
    }

    /// Takes note of a comparison at `now`, whatever it found. It reads orders and fills as well.
    pub fn on_compared(&mut self, now: Timestamp) {
        (self.listed, self.compared) = (self.listed.max(now), self.compared.max(now));
        self.seen = true;
    }

    /// Returns what was not seen for too long at `now`, if anything was. `is_looking` says if there is something to
    /// look at.
    pub fn missing(&mut self, now: Timestamp, is_looking: bool) -> Option<String> {
        self.looking = is_looking.then(|| self.looking.unwrap_or(now));
        let listed = self.looking.map(|since| since.max(self.listed));
        if listed.is_some_and(|listed| now - listed > self.look + self.limit) {
            return Some(format!("orders and fills were not seen since {}", self.listed));
        }
        let is_old = now - self.compared > self.audit + self.limit;
        is_old.then(|| format!("positions and cash were not compared since {}", self.compared))
    }

    /// Returns true if the account was seen since the start.
    pub fn has_seen(&self) -> bool {
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    fn at(seconds: i64) -> Timestamp {
        START + Span::seconds(seconds)
    }

    /// Looks every 10 s, comparisons every 300 s, each of which may be 60 s late.
    fn sight() -> AccountSight {
        AccountSight::new(Span::seconds(10), Span::seconds(300), Span::seconds(60), START)
    }

    #[test]
    fn what_is_overdue_for_longer_than_the_limit_is_missing() {
        let mut sight = sight();
        assert!(!sight.has_seen());
        assert_eq!(sight.missing(at(70), true), None);
        assert_eq!(sight.missing(at(70), false), None, "nothing to look at");
        // Something to look at since 100 s: a look that nobody asked for is not overdue.
        assert_eq!(sight.missing(at(100), true), None);
        assert_eq!(sight.missing(at(170), true), None);
        let missing = "orders and fills were not seen since 2026-01-01T00:00:00.000Z";
        assert_eq!(sight.missing(at(171), true).as_deref(), Some(missing));
        sight.on_listed(at(165));
        assert_eq!(sight.missing(at(235), true), None);
        assert!(sight.missing(at(236), true).is_some());
        let missing = "positions and cash were not compared since 2026-01-01T00:00:00.000Z";
        assert_eq!(sight.missing(at(360), false), None);
        assert_eq!(sight.missing(at(361), false).as_deref(), Some(missing));
        sight.on_compared(at(361));
        assert_eq!(sight.missing(at(362), false), None);
        assert!(sight.has_seen());
    }
}
