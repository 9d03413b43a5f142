//! Keeping the states of strategies, so that a restart goes on from them.

use super::LiveHost;
use crate::error::Result;
use crate::notice::{Notice, NoticeCode, Severity};

impl LiveHost {
    /// Asks the strategies for their states and keeps them, if they have been shown anything since the last time.
    ///
    /// # Errors
    /// They could not be written down.
    pub(super) fn keep_states(&mut self) -> Result<()> {
        let now = self.now();
        let found = self.states.save(&mut self.engine, self.journal.events(), now)?;
        for (slot, why) in found.refused {
            let name = self.engine.slot_name(slot);
            let text = format!("strategy {name} does not save its state, so a restart warms it up: {why}");
            let notice = Notice::new(Severity::Warning, now, NoticeCode::StrategyNotResumed, text);
            self.notices.publish(notice.of_strategy(slot));
        }
        if found.states.is_empty() {
            return Ok(());
        }
        let snapshot = self.engine_as_text()?;
        self.journal.keep_states(&found.states, &snapshot, now)
    }
}
