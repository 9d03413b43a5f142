//! Faults of strategies: one is made again and decides on the same batch once more; one that fails again leaves its
//! slot quarantined, until a person resumes it or another version takes over.
//!
//! A quarantine stops the slot's feed and its entries. Its positions stay its own, and exits that were wanted are
//! worked as the policy says.

use super::occupant::Occupant;
use super::slot::Slot;
use super::standing::Quarantine;
use super::{Effect, Engine};
use crate::order::Intent;
use crate::quarantined_exits::QuarantinedExits;
use crate::quote::QuotesView;
use crate::record::{Record, SwapCause};
use crate::risk::SlotChange;
use crate::strategy::{Fault, FaultKind, SlotId};
use crate::time::{Span, Timestamp};

impl Engine {
    /// Acts on the fault of the strategy in `slot` at the poll of `rows`: the version from before comes back and
    /// decides, or the strategy is made again and decides, or the slot is quarantined.
    pub(super) fn on_fault(&mut self, slot: SlotId, fault: Fault, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let index = usize::from(slot.0);
        if self.swap_back(slot, SwapCause::Fault(fault.clone()), effects) {
            return self.show_after_fault(slot, rows, effects);
        }
        let is_last = self.slots[index].standing.count_fault(self.now)
            // One that took the machine's time must not hold its neighbours up for as long again.
            || fault.kind == FaultKind::TimedOut;
        let time = self.now;
        let made_again = if is_last { None } else { self.slots[index].running().and_then(Occupant::make_again) };
        match made_again {
            None => self.quarantine(slot, fault, effects),
            Some(Err(own)) => {
                effects.push(Effect::Record(Record::Restarted { slot, time, fault }));
                self.quarantine(slot, own, effects);
            }
            Some(Ok(())) => {
                effects.push(Effect::Record(Record::Restarted { slot, time, fault }));
                self.show_after_fault(slot, rows, effects);
            }
        }
    }

    /// Shows `rows` to the strategy that takes the place of one that failed at them.
    fn show_after_fault(&mut self, slot: SlotId, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let index = usize::from(slot.0);
        let trade_from = self.trades_from(slot);
        let positions = if self.slots[index].feedback() { self.position_views(slot) } else { Vec::new() };
        self.slots[index].show(rows, &positions, trade_from);
        if let Some(own) = self.slots[index].running().and_then(Occupant::take_fault) {
            self.quarantine(slot, own, effects);
        }
    }

    fn quarantine(&mut self, slot: SlotId, fault: Fault, effects: &mut Vec<Effect>) {
        let quarantine = Quarantine { since: self.now, reason: fault.message.clone() };
        self.slots[usize::from(slot.0)].standing.quarantine = Some(quarantine);
        effects.push(Effect::Record(Record::Fault { slot, time: self.now, fault }));
        match self.policy.quarantined_exits {
            QuarantinedExits::Work => {
                self.cancel_where(|order| order.slot == slot && order.intent == Intent::Entry, effects)
            }
            QuarantinedExits::Hold => self.cancel_where(|order| order.slot == slot, effects),
            QuarantinedExits::Cross => self.wind_down(slot, true, effects),
        }
    }

    /// Returns true if the wanted exits of `slot` wait until its quarantine ends.
    pub(super) fn holds_exits(&self, slot: SlotId) -> bool {
        self.policy.quarantined_exits == QuarantinedExits::Hold && self.quarantine_of(slot).is_some()
    }

    /// Lets a slot go on at a person's word: its own latches are released, and its strategy, made again, leaves
    /// quarantine. Of the polls meanwhile it knows nothing, so it opens nothing until it has seen as many as it asks
    /// for.
    pub(super) fn resume_slot(&mut self, slot: SlotId, reason: &str, effects: &mut Vec<Effect>) {
        self.risk.resume_slot(slot);
        if self.quarantine_of(slot).is_some() {
            let place = &mut self.slots[usize::from(slot.0)];
            if let Err(fault) = place.release(&self.markets) {
                return self.quarantine(slot, fault, effects);
            }
            let warm_up = place.manifest().map_or(Span::ZERO, |manifest| manifest.warm_up);
            self.wait_until(slot, self.now + warm_up);
        }
        self.on_slot_change(SlotChange { slot, stopped: false, reason: reason.to_owned() }, effects);
    }

    /// Returns the quarantine of `slot`, if it is in one.
    pub fn quarantine_of(&self, slot: SlotId) -> Option<&Quarantine> {
        self.slots.get(usize::from(slot.0))?.standing.quarantine.as_ref()
    }

    /// Returns true if the strategy in `slot` is quarantined.
    pub fn is_quarantined(&self, slot: SlotId) -> bool {
        self.quarantine_of(slot).is_some()
    }

    /// Returns true if any slot is quarantined.
    pub fn any_quarantined(&self) -> bool {
        self.slots.iter().any(Slot::is_quarantined)
    }

    /// Holds the entries of `slot` back until `time`, unless they are already held back for longer: its strategy lacks
    /// the history that it needs. Exits are not held back.
    pub fn wait_until(&mut self, slot: SlotId, time: Timestamp) {
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)).filter(|_| time > self.trade_from) {
            place.standing.trade_from = place.standing.trade_from.max(Some(time));
        }
    }

    /// Returns the time from which signals of `slot` count.
    pub fn trades_from(&self, slot: SlotId) -> Timestamp {
        let own = self.slots.get(usize::from(slot.0)).and_then(|place| place.standing.trade_from);
        own.map_or(self.trade_from, |own| own.max(self.trade_from))
    }

    /// Lets the strategy in `slot` fail with `faults`, one for each time that it is shown something next: faults that
    /// came from wall time, and come again only this way. To be called before the event at which they came.
    pub fn impose_faults(&mut self, slot: SlotId, faults: Vec<Fault>) {
        if let Some(occupant) = self.slots.get_mut(usize::from(slot.0)).and_then(|place| place.running()) {
            occupant.impose(faults);
        }
    }
}
