//! How many commands a connection may send. The venue has such a limit (error 27) and does not say what it is.

use host_core::{Span, Timestamp};

/// So many at once.
const BURST: i64 = 200;
/// Exchange time after which there is one more.
const EACH: Span = Span::millis(50);

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    commands: i64,
    /// When the last one flowed in.
    at: Timestamp,
}

impl Allowance {
    /// All of it.
    pub(super) const fn new(now: Timestamp) -> Allowance {
        Allowance { commands: BURST, at: now }
    }

    /// Takes one command; whether there was one.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let inflow = (now - self.at).0.max(0) / EACH.0;
        self.at = self.at + Span(inflow * EACH.0);
        self.commands = self.commands.saturating_add(inflow).min(BURST);
        let is_left = self.commands > 0;
        self.commands -= i64::from(is_left);
        is_left
    }
}
