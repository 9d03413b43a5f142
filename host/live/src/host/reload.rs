//! Settings that a running host takes up: the engine is told by commands, so that a replay decides the same.

use host_core::Command;

use super::LiveHost;
use crate::control::ReloadOrder;
use crate::error::Result;
use crate::notice::NoticeCode;

impl LiveHost {
    /// Works with other limits and another schedule, at the stage in force. Returns what was done.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn reload(&mut self, order: ReloadOrder) -> Result<Result<String, String>> {
        let ReloadOrder { limits, schedule, changes, by } = order;
        let changes = changes.join("; ");
        self.log_operator(&by, "reload", &changes)?;
        let percent = self.stage_percent;
        if limits != self.stages.limits {
            let scaled = limits.scaled(percent);
            self.terms.set_limits(scaled.clone());
            self.command(Command::Stage { time: self.now(), percent, limits: Box::new(scaled) })?;
            self.stages.limits = limits;
        }
        self.schedule = schedule.at_stage(percent);
        if let Some(command) = self.schedule.command(self.now(), self.engine.risk().scheduled()) {
            self.command(command)?;
        }
        let text = format!("settings are changed by {by}: {changes}");
        self.notices.warn(self.now(), NoticeCode::SettingsChanged, text);
        Ok(Ok("the host works with them from now on".to_owned()))
    }
}
