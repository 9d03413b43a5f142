//! Strategies that decide in the shadow of those in their slots.

use host_core::{SlotId, Timestamp};
use host_store::journal::events::EventRef;

use super::LiveHost;
use crate::control::OperatorAnswer;
use crate::control::protocol::SlotOrder;
use crate::error::Result;
use crate::notice::{NoticeCode, Severity};
use crate::shadow::Shadow;
use crate::swap::Ready;

impl LiveHost {
    /// Shows shadows what has come, keeps what they decided, and tells how those did whose time is over. To be called
    /// when nothing waits for it.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn go_on_with_shadows(&mut self, now: Timestamp) -> Result<()> {
        let steps = self.shadows.go_on();
        self.journal.note_shadows(&steps)?;
        for slot in self.shadows.take_due(now) {
            let Some(shadow) = self.shadows.of_slot(slot) else { continue };
            let name = &shadow.candidate.slot.name;
            let (severity, text) = match shadow.fault() {
                Some(_) => (Severity::Warning, format!("slot {name}: {}", shadow.told())),
                None => {
                    let what = format!("`host swap {name} --promote` lets it trade, `--end-shadow` ends it");
                    (Severity::Info, format!("slot {name}: {}; {what}", shadow.told()))
                }
            };
            self.tell_swap(severity, NoticeCode::Shadow, slot, text);
        }
        Ok(())
    }

    /// Lets `ready` begin in the shadow of the version in its slot. Returns what was done, or why it cannot be.
    pub(super) fn begin_shadow(&mut self, ready: Ready) -> Result<Result<String, String>> {
        let Ready { candidate, newcomer, knowledge, how, .. } = ready;
        let slot = candidate.slot.clone();
        let span = candidate.order.shadow.unwrap_or_default();
        let since = self.now();
        let session = match self.terms.session(newcomer, &slot, self.engine.markets(), since) {
            Ok(session) => session,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let event = self.write_of(&candidate, ("begin a shadow", span), knowledge)?;
        self.apply(EventRef::Shadow(&event))?;
        let begun = self.journal.events();
        let text = format!("{} decides in the shadow of slot {}; it {how}", candidate.name(), slot.name);
        self.shadows.add(slot.number, Shadow::new(candidate, session, (begun, since), since + span));
        self.journal.keep_shadows(&self.shadows)?;
        self.tell_swap(Severity::Info, NoticeCode::Shadow, slot.number, format!("slot {}: {text}", slot.name));
        Ok(Ok(format!("begun: {text}; people are told in {span} how it did")))
    }

    /// Lets the shadow of a slot take it over, at `at` or now: as with any swap it goes on from what the version that
    /// trades knows, since that knows the slot's positions.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn promote(&mut self, order: &SlotOrder, at: Option<Timestamp>, answer: OperatorAnswer) -> Result<()> {
        let SlotOrder { slot: name, reason, by } = order;
        let seat = self.swaps.seats.named(name);
        let Some(shadow) = seat.and_then(|seat| self.shadows.of_slot(seat.slot.number)) else {
            answer.send(Err(format!("slot {name} has no shadow: `host swap {name} FILE --shadow 1d` begins one")));
            return Ok(());
        };
        let mut candidate = shadow.candidate.clone();
        (candidate.order.shadow, candidate.order.at) = (None, at);
        (candidate.order.reason, candidate.order.by) = (reason.clone(), by.clone());
        self.plan_swap(candidate, answer)
    }

    /// Ends the shadow of a slot. Returns what was done, or why nothing was.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn end_shadow(&mut self, order: &SlotOrder) -> Result<Result<String, String>> {
        let SlotOrder { slot: name, reason, by } = order;
        let slot = self.swaps.seats.named(name).map(|seat| seat.slot.number);
        let Some(shadow) = slot.and_then(|slot| self.shadows.of_slot(slot)) else {
            return Ok(Err(format!("slot {name} has no shadow")));
        };
        let (slot, told) = (shadow.candidate.slot.number, shadow.told());
        self.log_operator(by, "end a shadow", &format!("{name}: {told}: {reason}"))?;
        self.drop_shadow(slot)?;
        Ok(Ok(format!("ended: {told}")))
    }

    /// Ends the shadow of `slot`, whose records stay in the journal.
    pub(super) fn drop_shadow(&mut self, slot: SlotId) -> Result<()> {
        let steps = self.shadows.go_on();
        self.journal.note_shadows(&steps)?;
        self.shadows.end(slot);
        self.journal.keep_shadows(&self.shadows)
    }
}
