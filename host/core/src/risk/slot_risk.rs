//! The shares of the slots: what counts towards the limits of one slot, and the latches that stop it alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::Usd;
use crate::strategy::SlotId;
use crate::time::Timestamp;

use super::latch::Latch;
use super::latches::Latches;
use super::limits::RiskLimits;
use super::loss_limits::LossLimits;
use super::slot_limits::SlotLimits;
use super::throttle::MessageWindow;

/// A change of what one slot may do, for the journal and for alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// The slot.
    pub slot: SlotId,
    /// True if its entries are stopped from now on.
    pub stopped: bool,
    /// The reason, with value and limit where there are any.
    pub reason: String,
}

/// The part of one slot's share that survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotRisk {
    pub messages: MessageWindow,
    /// Of the slot's profit, which begins at zero.
    pub latches: Latches,
}

/// The slots of an account with their names, limits and shares in use.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotRisks {
    /// By slot number.
    names: Vec<String>,
    /// Those that have limits, or had some before a restart.
    shares: BTreeMap<SlotId, SlotRisk>,
}

impl SlotRisks {
    /// Continues with the shares of before a restart.
    pub fn restore(shares: Vec<(SlotId, SlotRisk)>) -> SlotRisks {
        SlotRisks { names: Vec::new(), shares: shares.into_iter().collect() }
    }

    /// Returns what survives a restart.
    pub fn kept(&self) -> Vec<(SlotId, SlotRisk)> {
        self.shares.iter().map(|(slot, share)| (*slot, share.clone())).collect()
    }

    /// Names a slot, so that the limits for that name are its own.
    pub fn name(&mut self, slot: SlotId, name: &str) {
        let at = usize::from(slot.0);
        if at >= self.names.len() {
            self.names.resize_with(at + 1, String::new);
        }
        name.clone_into(&mut self.names[at]);
    }

    /// Returns the name of `slot`; empty if it has none.
    pub fn name_of(&self, slot: SlotId) -> &str {
        self.names.get(usize::from(slot.0)).map_or("", String::as_str)
    }

    /// Returns the limits of `slot`, if it has own ones.
    pub fn limits<'a>(&self, slot: SlotId, account: &'a RiskLimits) -> Option<&'a SlotLimits> {
        // Nearly always there are none, and rows must not pay for that.
        if account.slots.is_empty() {
            return None;
        }
        account.slots.get(self.name_of(slot))
    }

    /// Returns the slots whose losses must be watched: those with limits, and those with a latch from before.
    pub fn watched(&self, account: &RiskLimits) -> Vec<SlotId> {
        if account.slots.is_empty() && self.shares.is_empty() {
            return Vec::new();
        }
        let named = (0..self.names.len()).map(|at| SlotId(at as u16));
        named.filter(|slot| self.limits(*slot, account).is_some() || self.shares.contains_key(slot)).collect()
    }

    pub fn share(&self, slot: SlotId) -> Option<&SlotRisk> {
        self.shares.get(&slot)
    }

    /// Returns the share of `slot`, creating an unused one if there is none.
    pub fn share_mut(&mut self, slot: SlotId) -> &mut SlotRisk {
        self.shares.entry(slot).or_default()
    }

    /// Returns the latch that stops the slot's entries, if one is engaged.
    pub fn latch(&self, slot: SlotId) -> Option<&Latch> {
        self.shares.get(&slot)?.latches.first()
    }

    /// Counts a message of `slot`, if it has a limit for them.
    pub fn count_message(&mut self, slot: SlotId, now: Timestamp, account: &RiskLimits) {
        if self.limits(slot, account).is_some_and(|own| own.max_messages_per_minute.is_some()) {
            self.share_mut(slot).messages.push(now);
        }
    }

    /// Returns the messages of the last minute that slots other than `slot` sent beyond what their own limits let them
    /// send as entries: cancels and exits, which nothing may hold. They take nothing from the share of `slot`.
    pub fn beyond_shares(&mut self, slot: SlotId, now: Timestamp, account: &RiskLimits) -> usize {
        for share in self.shares.values_mut() {
            share.messages.drop_old(now);
        }
        let others = self.shares.iter().filter(|(other, _)| **other != slot);
        let beyond = others.map(|(other, share)| {
            let most = self.limits(*other, account).and_then(|own| own.max_order_messages(account.cancel_share));
            most.map_or(0, |most| share.messages.len().saturating_sub(most))
        });
        beyond.sum()
    }

    /// Takes the profit of `slot`, realised and unrealised, at `now`.
    pub fn on_profit(&mut self, slot: SlotId, now: Timestamp, profit: Usd, account: &RiskLimits) -> Option<SlotChange> {
        let most = self.loss_limits(slot, account);
        let share = self.share_mut(slot);
        let change = share.latches.on_equity(now, profit, most)?;
        Some(SlotChange { slot, stopped: share.latches.first().is_some(), reason: change.reason })
    }

    /// Returns the losses at which `slot` stops by itself: without a limit of its own, never.
    pub fn loss_limits(&self, slot: SlotId, account: &RiskLimits) -> LossLimits {
        let own = self.limits(slot, account);
        LossLimits {
            daily: own.and_then(|own| own.max_daily_loss).unwrap_or(Usd(i64::MAX)),
            drawdown: own.and_then(|own| own.max_drawdown).unwrap_or(Usd(i64::MAX)),
            consecutive: own.and_then(|own| own.max_consecutive_losses).unwrap_or(u32::MAX),
        }
    }
}
