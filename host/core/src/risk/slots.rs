//! Single slots as the risk manager knows them: their limits, what counts towards them, and what stops them alone.

use serde::Serialize;

use crate::money::Usd;
use crate::strategy::SlotId;
use crate::time::Timestamp;

use super::manager::{LimitUsage, RiskManager};
use super::slot_limits::SlotLimits;
use super::slot_risk::SlotChange;

/// The current usage of one slot's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SlotUsage {
    /// The figures that the account has too.
    pub limits: LimitUsage,
    /// Orders and cancels of the last minute, if it has a limit for them.
    pub messages: usize,
}

impl RiskManager {
    /// Names a slot: the limits of that name are its own from now on.
    pub fn name_slot(&mut self, slot: SlotId, name: &str) {
        self.slots.name(slot, name);
    }

    /// Returns the limits of `slot`, if it has own ones.
    pub fn slot_limits(&self, slot: SlotId) -> Option<&SlotLimits> {
        self.slots.limits(slot, &self.limits)
    }

    /// Returns the current usage of the limits of `slot`. Losses are known only of a slot that has limits.
    pub fn slot_usage(&self, slot: SlotId) -> SlotUsage {
        let share = self.slots.share(slot);
        let (day_loss, drawdown) = share.and_then(|share| share.latches.losses()).unwrap_or_default();
        SlotUsage {
            limits: LimitUsage {
                exposure: self.exposure.slot_total(slot),
                open_positions: self.exposure.slot_open(slot),
                day_loss,
                drawdown,
                losing_trades: share.map_or(0, |share| share.latches.losing_trades()),
            },
            messages: share.map_or(0, |share| share.messages.len()),
        }
    }

    /// Returns the reasons why entries of `slot` alone are stopped: one line for each engaged latch.
    pub fn slot_reasons(&self, slot: SlotId) -> Vec<String> {
        self.slots.share(slot).map(|share| share.latches.reasons()).unwrap_or_default()
    }

    /// Returns the slots whose profit must be told with [`RiskManager::on_slot_profit`] whenever it may have changed.
    pub fn watched_slots(&self) -> Vec<SlotId> {
        self.slots.watched(&self.limits)
    }

    /// Takes the profit of one slot, realised and unrealised, at `now`.
    pub fn on_slot_profit(&mut self, slot: SlotId, now: Timestamp, profit: Usd) -> Option<SlotChange> {
        self.slots.on_profit(slot, now, profit, &self.limits)
    }

    /// Lets the entries of one slot go on, as a person demands: its latches are released, and its losses are measured
    /// anew. The account's latches stay.
    pub fn resume_slot(&mut self, slot: SlotId) {
        self.repeated_executions.clear_slot(slot);
        if self.slots.share(slot).is_some() {
            self.slots.share_mut(slot).latches.resume_slot();
        }
    }
}
