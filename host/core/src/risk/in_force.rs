//! The limits in force: the usual ones, or those of the schedule.

use crate::order::Order;
use crate::record::Verdict;

use super::limits::RiskLimits;
use super::manager::{CheckContext, RiskManager};
use super::refusal_code::RefusalCode;
use super::scheduled::ScheduledLimits;

impl RiskManager {
    /// Puts an entry of the schedule in force, or the usual limits again. Limits that are not usable are left out: the
    /// usual ones hold. What is held already stays.
    pub fn set_schedule(&mut self, in_force: Option<ScheduledLimits>) {
        self.scheduled = in_force;
        self.fit_limits();
    }

    /// Works with other usual limits from now on, unless they are not usable. What is held already stays, and so does
    /// the entry of the schedule that is in force.
    pub fn set_limits(&mut self, limits: &RiskLimits) {
        if limits.validate().is_ok() {
            self.usual = limits.clone();
        }
        self.fit_limits();
    }

    /// Puts the scheduled limits in force, or else the usual ones.
    pub(super) fn fit_limits(&mut self) {
        let scheduled = self.scheduled.as_ref().map(|scheduled| &scheduled.limits);
        let usable = scheduled.filter(|limits| limits.validate().is_ok());
        self.limits = usable.unwrap_or(&self.usual).clone();
    }

    /// Returns the entry of the schedule that is in force, if any is.
    pub fn scheduled(&self) -> Option<&ScheduledLimits> {
        self.scheduled.as_ref()
    }

    /// Returns the name of the entry that pauses all entries, if one does.
    pub(super) fn pausing_schedule(&self) -> Option<&str> {
        self.scheduled.as_ref().filter(|scheduled| scheduled.entries_paused).map(|scheduled| scheduled.name.as_str())
    }

    /// Names the schedule in a verdict that `order` failed because of it: with the usual limits the same check would
    /// have passed, or have found another limit.
    pub(super) fn name_schedule(&mut self, order: &Order, context: &CheckContext<'_>, failed: Verdict) -> Verdict {
        let Some(name) = self.scheduled.as_ref().map(|scheduled| scheduled.name.clone()) else { return failed };
        if failed.code == RefusalCode::SchedulePaused.as_str() {
            return failed;
        }
        std::mem::swap(&mut self.limits, &mut self.usual);
        let usually = self.verdicts(order, context).err();
        std::mem::swap(&mut self.limits, &mut self.usual);
        let is_same = usually.is_some_and(|usual| usual.code == failed.code && usual.limit == failed.limit);
        if is_same { failed } else { Verdict { limit: format!("{} in schedule {name}", failed.limit), ..failed } }
    }
}
