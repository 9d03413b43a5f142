//! Strategies that take over their slots while the host trades: between two polls, when nothing is on its way.

use std::time::Instant;

use host_core::{Command, Record, SlotId, Span, Timestamp};
use host_store::journal::events::{EventRef, Knowledge, Swap};

use super::LiveHost;
use crate::control::OperatorAnswer;
use crate::control::protocol::SlotOrder;
use crate::error::{LiveError, Result};
use crate::notice::{Notice, NoticeCode, Severity};
use crate::resume::StateMark;
use crate::swap::{Arrived, Ready, SwapCandidate};

impl LiveHost {
    /// Takes up a version that has passed all checks. One whose time has not come is planned.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn plan_swap(&mut self, candidate: SwapCandidate, answer: OperatorAnswer) -> Result<()> {
        let now = self.now();
        let (slot, name, due) = (candidate.slot.clone(), candidate.name(), candidate.due());
        if due <= now {
            self.swaps.take_up(candidate, Some(answer));
            return Ok(());
        }
        let by = candidate.order.by.clone();
        self.log_operator(&by, "plan a swap", &format!("{}: {name} at {due}: {}", slot.name, candidate.order.reason))?;
        self.keep(&candidate)?;
        self.swaps.take_up(candidate, None);
        self.keep_planned()?;
        let text = format!("slot {}: {name} takes over at {due}", slot.name);
        self.tell_swap(Severity::Info, NoticeCode::SwapPlanned, slot.number, text.clone());
        self.answer(answer, Ok(format!("planned: {text}; `host swap {} --back` calls it off", slot.name)));
        Ok(())
    }

    /// Brings those to the last poll whose time has come, and lets those take over that are there. To be called when
    /// nothing waits for it.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn go_on_with_swaps(&mut self, now: Timestamp) -> Result<()> {
        self.swaps.start_due(now, self.engine.markets());
        // An order that waits for its answer must not wait for this as well.
        while !self.orders.has_sent() && self.timers.has_time(now) {
            let Some(Arrived { candidate, ready, answer }) = self.swaps.take_arrived() else { return Ok(()) };
            let taken_over = match ready.and_then(|ready| self.to_last_poll(ready)) {
                Ok(ready) if candidate.order.shadow.is_some() => self.begin_shadow(ready)?,
                Ok(ready) => self.take_over(ready)?,
                Err(why) => Err(why),
            };
            if let Err(why) = &taken_over {
                let text = format!("slot {}: {} does not take over: {why}", candidate.slot.name, candidate.name());
                self.tell_swap(Severity::Alert, NoticeCode::SwapRefused, candidate.slot.number, text);
            }
            self.keep_planned()?;
            if let Some(answer) = answer {
                self.answer(answer, taken_over);
            }
        }
        Ok(())
    }

    /// Shows `ready` what has come since it was brought up.
    fn to_last_poll(&self, ready: Ready) -> Result<Ready, String> {
        match ready.upto == self.journal.events() {
            true => Ok(ready),
            false => self.swaps.go_on(ready, self.engine.markets()),
        }
    }

    /// Lets `ready` take over its slot. Returns what was done, or why it cannot be.
    fn take_over(&mut self, ready: Ready) -> Result<Result<String, String>> {
        let Ready { candidate, newcomer, knowledge, how, .. } = ready;
        let slot = candidate.slot.number;
        let unknown = self.engine.unknown_to(&newcomer, slot);
        if !unknown.is_empty() {
            let tickers: Vec<&str> = unknown.iter().map(|market| self.feed.markets().ticker(*market)).collect();
            let what = "it would not know of the slot's positions, and nothing would ask for their exit";
            return Ok(Err(format!("{what}: {}; close them first, or wait until they are closed", tickers.join(", "))));
        }
        let keep = candidate.order.keep;
        let swap = self.write_of(&candidate, ("swap", keep), knowledge)?;
        self.swaps.seat(candidate.seat(), newcomer);
        let begun = Instant::now();
        self.apply(EventRef::Swap(&swap))?;
        let took_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        if self.shadows.of_slot(slot).is_some_and(|shadow| shadow.sha256() == candidate.component.digest) {
            self.drop_shadow(slot)?;
        }
        if let Err(why) = self.swaps.record(&candidate) {
            self.notices.warn(self.now(), NoticeCode::StrategySwapped, format!("the lock does not record it: {why}"));
        }
        let name = candidate.name();
        Ok(Ok(format!(
            "swapped: {name} trades in slot {}; it {how}; the swap took {took_ms:.1} ms",
            candidate.slot.name
        )))
    }

    /// Keeps component and signature of a candidate, for replays and restarts.
    fn keep(&mut self, candidate: &SwapCandidate) -> Result<()> {
        if let Err(why) = self.swaps.keep_signature(candidate) {
            let text = format!("a restart will ask for the component's confirmation, its signature is not kept: {why}");
            self.notices.warn(self.now(), NoticeCode::StrategySwapped, text);
        }
        self.journal.keep_component(&candidate.component.digest, &candidate.bytes)
    }

    /// Writes down what a candidate that takes over, or begins in the shadow, is made again from. Returns the event.
    pub(super) fn write_of(
        &mut self,
        candidate: &SwapCandidate,
        (what, keep): (&str, Span),
        knowledge: Knowledge,
    ) -> Result<Swap> {
        let (order, slot) = (&candidate.order, candidate.slot.number);
        self.keep(candidate)?;
        let detail = format!("{}: {}: {}", candidate.slot.name, candidate.name(), order.reason);
        self.log_operator(&order.by, what, &detail)?;
        let started = serde_json::to_value(candidate.started()).map_err(LiveError::StateNotWritten)?;
        let former = self.engine.strategy(slot).map(|strategy| strategy.sha256().to_owned());
        let (time, reason) = (self.now(), format!("{}: {}", order.by, order.reason));
        Ok(Swap { slot, time, until: time + keep, started, former, reason, knowledge })
    }

    /// Puts the version from before back in its slot, or calls off a swap that waits. Returns what was done, or why
    /// nothing was.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn swap_back(&mut self, order: &SlotOrder) -> Result<Result<String, String>> {
        let SlotOrder { slot: name, reason, by } = order;
        let Some(seat) = self.swaps.seats.named(name) else {
            return Ok(Err(format!("there is no slot `{name}`: they are {}", self.swaps.seats.names().join(", "))));
        };
        let slot = seat.slot.number;
        if let Some(candidate) = self.swaps.call_off(slot) {
            self.log_operator(by, "call off a swap", &format!("{name}: {}: {reason}", candidate.name()))?;
            self.keep_planned()?;
            let text = format!("slot {name}: {} does not take over, it was called off", candidate.name());
            self.tell_swap(Severity::Info, NoticeCode::SwapPlanned, slot, text.clone());
            return Ok(Ok(text));
        }
        let Some((former, _)) = self.engine.former(slot) else {
            let why =
                format!("slot {name} has no version from before that could come back: its time is over, or it failed");
            return Ok(Err(format!("{why}; `host swap {name} FILE` lets any version take over")));
        };
        self.log_operator(by, "swap back", &format!("{name}: {former}: {reason}"))?;
        self.command(Command::SwapBack { time: self.now(), slot, reason: format!("{by}: {reason}") })?;
        Ok(Ok(format!("swapped back: {former} trades in slot {name}")))
    }

    /// Takes note of swaps among `records`, whatever led to them. Returns what a restart has to know of them, as JSON.
    ///
    /// # Errors
    /// A number cannot be expressed in JSON.
    pub(super) fn note_swaps<'a>(&mut self, records: impl Iterator<Item = &'a Record>) -> Result<Option<String>> {
        let mut any = false;
        for record in records {
            if let Record::Swapped { slot, cause, .. } = record {
                self.swaps.note(*slot, cause);
                if let Some(seat) = self.swaps.seats.in_slot(*slot) {
                    let mark = StateMark::of(&seat.started(), self.timers.poll_interval())?;
                    self.states.swapped(*slot, mark);
                }
                any = true;
            }
        }
        let text = any.then(|| serde_json::to_string(&self.swaps.swapped_in()).map_err(LiveError::StateNotWritten));
        text.transpose()
    }

    /// Answers a request, once the status says so too.
    pub(super) fn answer(&self, answer: OperatorAnswer, result: Result<String, String>) {
        self.publish_status();
        answer.send(result);
    }

    pub(super) fn tell_swap(&self, severity: Severity, code: NoticeCode, slot: SlotId, text: String) {
        self.notices.publish(Notice::new(severity, self.now(), code, text).of_strategy(slot));
    }

    /// Keeps the swaps that wait for their time, for a restart.
    fn keep_planned(&mut self) -> Result<()> {
        let planned = self.swaps.take_planned();
        planned.map_or(Ok(()), |planned| self.journal.keep_planned_swaps(&planned))
    }
}
