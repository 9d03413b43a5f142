//! Rate limit of commands on a connection. The venue has such a limit (error 27) but does not publish it.

use host_core::{Span, Timestamp};

/// Commands that may be sent at once.
const BURST: i64 = 200;
/// Exchange time after which another command is allowed.
const EACH: Span = Span::millis(50);

/// Commands left of a connection's limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommandAllowance {
    commands: i64,
    /// Time of the last refill.
    at: Timestamp,
}

impl CommandAllowance {
    /// Returns the full allowance.
    pub(super) const fn new(now: Timestamp) -> CommandAllowance {
        CommandAllowance { commands: BURST, at: now }
    }

    /// Takes one command; returns true if one was left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let inflow = (now - self.at).0.max(0) / EACH.0;
        self.at = self.at + Span(inflow * EACH.0);
        self.commands = self.commands.saturating_add(inflow).min(BURST);
        let is_left = self.commands > 0;
        self.commands -= i64::from(is_left);
        is_left
    }
}
