//! The operator's requests: a kill, a resume, a stop.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{Command, Disputed, MarketId, Outcome, Settlement, SlotId, TradingState};
use host_store::journal::events::EventRef;
use host_store::live::OperatorEntry;

use super::LiveHost;
use crate::capital_stage::STAGES;
use crate::control::OperatorRequest;
use crate::control::protocol::{SettleOrder, SlotOrder, StageOrder};
use crate::error::Result;
use crate::notice::{Notice, NoticeCode, Severity};
use crate::reconcile::NOT_COMPARED;

impl LiveHost {
    /// Carries out the operator's requests. Returns true if one is to stop.
    ///
    /// # Errors
    /// One could not be written down.
    pub(super) fn poll_operator(&mut self) -> Result<bool> {
        // However the switch was engaged: the engine then cancels, and the journal says who it was.
        if let Some(killed) = self.operator.take_kill() {
            self.log_operator(&killed.by, "kill", &killed.reason)?;
            let reason = format!("{}: {}", killed.by, killed.reason);
            self.command(Command::Kill { time: self.now(), reason })?;
        }
        while let Some(request) = self.operator.take_request() {
            match request {
                OperatorRequest::Stop => return Ok(true),
                // The switch is engaged already: taken above, or at the next turn.
                OperatorRequest::Kill { .. } => {}
                // The operator has been told that it was not done.
                OperatorRequest::Resume { answer, .. } if answer.is_abandoned() => {}
                OperatorRequest::Resume { seen, answer, .. } if seen != self.operator.kill_switch().engagements() => {
                    answer.send(Err("it was killed again meanwhile".to_owned()));
                }
                OperatorRequest::Settle { answer, .. } if answer.is_abandoned() => {}
                OperatorRequest::Settle { order, answer } => {
                    let settled = self.settle_by_hand(&order)?;
                    answer.send(settled);
                }
                OperatorRequest::Resume { reason, by, answer, .. } => {
                    self.resume(&reason, &by)?;
                    answer.send(Ok("resumed: what waited for a person is released".to_owned()));
                }
                OperatorRequest::ResumeSlot { answer, .. }
                | OperatorRequest::Swap { answer, .. }
                | OperatorRequest::SwapBack { answer, .. }
                | OperatorRequest::Promote { answer, .. }
                | OperatorRequest::EndShadow { answer, .. }
                | OperatorRequest::Stage { answer, .. }
                | OperatorRequest::Reload { answer, .. }
                | OperatorRequest::Close { answer, .. }
                    if answer.is_abandoned() => {}
                OperatorRequest::Swap { candidate, answer } => self.plan_swap(*candidate, answer)?,
                OperatorRequest::Promote { order, at, answer } => self.promote(&order, at, answer)?,
                other => self.carry_out(other)?,
            }
        }
        Ok(false)
    }

    /// Carries out a request of one step, and answers it.
    ///
    /// # Errors
    /// It could not be written down.
    fn carry_out(&mut self, request: OperatorRequest) -> Result<()> {
        let (answer, done) = match request {
            OperatorRequest::SwapBack { order, answer } => (answer, self.swap_back(&order)?),
            OperatorRequest::ResumeSlot { order, answer } => (answer, self.resume_slot(&order)?),
            OperatorRequest::Stage { order, answer } => (answer, self.set_stage(&order)?),
            OperatorRequest::Reload { order, answer } => (answer, self.reload(*order)?),
            OperatorRequest::Close { reason, by, answer } => (answer, self.close_positions(&reason, &by)?),
            OperatorRequest::EndShadow { order, answer } => (answer, self.end_shadow(&order)?),
            OperatorRequest::Stop
            | OperatorRequest::Kill { .. }
            | OperatorRequest::Resume { .. }
            | OperatorRequest::Settle { .. }
            | OperatorRequest::Swap { .. }
            | OperatorRequest::Promote { .. } => return Ok(()),
        };
        self.answer(answer, done);
        Ok(())
    }

    /// Trades again at the operator's word, who accepts the differences that they were told of.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn resume(&mut self, reason: &str, by: &str) -> Result<()> {
        self.reconciler.accept_told();
        self.log_operator(by, "resume", reason)?;
        self.command(Command::Resume { time: self.now(), reason: format!("{by}: {reason}") })?;
        match self.reconciler.on_resumed() {
            true => self.dispute(NOT_COMPARED.to_owned(), Disputed::Everything),
            false => Ok(()),
        }
    }

    /// Lets a slot go on at the operator's word. Returns what was done, or why nothing was.
    ///
    /// # Errors
    /// It could not be written down.
    fn resume_slot(&mut self, order: &SlotOrder) -> Result<Result<String, String>> {
        let SlotOrder { slot: name, reason, by } = order;
        let named = (0..).map(SlotId).zip(self.engine.slot_names());
        let Some(slot) = named.into_iter().find(|(_, own)| own == name).map(|(slot, _)| slot) else {
            let names: Vec<&str> = self.engine.slot_names().filter(|name| !name.is_empty()).collect();
            return Ok(Err(format!("there is no slot `{name}`: they are {}", names.join(", "))));
        };
        self.log_operator(by, "resume a slot", &format!("{name}: {reason}"))?;
        self.command(Command::ResumeSlot { time: self.now(), slot, reason: format!("{by}: {reason}") })?;
        if let Some(quarantine) = self.engine.quarantine_of(slot) {
            return Ok(Err(format!("its strategy cannot be made again: {}", quarantine.reason)));
        }
        Ok(Ok(format!("resumed: slot {name} goes on; {}", self.when_trades(slot))))
    }

    /// Returns from when `slot` trades, and what of the account keeps it from trading until then, in words.
    fn when_trades(&self, slot: SlotId) -> String {
        let (from, risk) = (self.engine.trades_from(slot), self.engine.risk());
        let trades = match from > self.now() {
            true => format!("it trades from {from}, when it has its history"),
            false => "it trades".to_owned(),
        };
        match risk.state() {
            _ if risk.is_killed() || self.operator.kill_switch().is_engaged() => {
                format!("the kill switch is engaged: nothing trades until `host resume`; then {trades}")
            }
            TradingState::Active => trades,
            TradingState::Reduce | TradingState::Halted => {
                format!("the account opens nothing yet ({}); then {trades}", risk.reasons().join("; "))
            }
        }
    }

    /// Closes a market in the books at the operator's word. Returns what was done, or why it cannot be.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn settle_by_hand(&mut self, order: &SettleOrder) -> Result<Result<String, String>> {
        let SettleOrder { ticker, payout, reason, by } = order;
        let market = self.feed.markets().number(ticker);
        let Some(market) = market.filter(|market| self.engine.portfolio().holds(*market)) else {
            return Ok(Err(format!("the host holds no position in {ticker}")));
        };
        if self.orders.iter().any(|tracked| tracked.order.market == market) {
            return Ok(Err(format!("an order in {ticker} is open still: wait until it has ended")));
        }
        // Should the host stop before its own books have it, a person says it again, and this does nothing.
        if let Err(error) = self.requests.venue().settle_by_hand(ticker, *payout) {
            return Ok(Err(error.to_string()));
        }
        self.log_operator(by, "settle", &format!("{ticker} at {payout}: {reason}"))?;
        let settlement = Settlement { market, time: self.now(), outcome: Outcome::Value(*payout) };
        self.payouts.forget(market);
        self.apply(EventRef::Settled(settlement))?;
        self.journal.record_settlement(&settlement)?;
        let text = format!("{ticker} is closed in the books at {payout}, by {by}: {reason}");
        let notice = Notice::new(Severity::Info, self.now(), NoticeCode::MarketSettled, text);
        self.notices.publish(notice.of_market(ticker));
        self.timers.audit_at(self.soon());
        Ok(Ok(format!("settled: {ticker} has paid {payout} in the books")))
    }

    /// Trades at another stage at the operator's word. Returns what was done, or why nothing was.
    ///
    /// # Errors
    /// It could not be written down.
    fn set_stage(&mut self, order: &StageOrder) -> Result<Result<String, String>> {
        let &StageOrder { percent, ref reason, ref by } = order;
        if !STAGES.contains(&percent) {
            return Ok(Err(format!("{percent} % is no stage")));
        }
        self.log_operator(by, "stage", reason)?;
        let limits = Box::new(self.stages.limits.scaled(percent));
        self.command(Command::Stage { time: self.now(), percent, limits })?;
        self.stage_percent = percent;
        self.schedule = std::mem::take(&mut self.schedule).at_stage(percent);
        if let Some(command) = self.schedule.command(self.now(), self.engine.risk().scheduled()) {
            self.command(command)?;
        }
        // The capital follows as far as the account has it.
        self.reconciler.set_capital(self.stages.capital(percent));
        self.timers.audit_at(self.requests.now());
        let text = format!("the stage of the capital is changed by {by}: {reason}");
        self.notices.warn(self.now(), NoticeCode::SettingsChanged, text);
        Ok(Ok(format!("the host trades at {percent} % from now on")))
    }

    /// Lets no entry leave and closes all positions, across the spread, at the operator's word. Returns what was begun,
    /// or why nothing was.
    ///
    /// # Errors
    /// It could not be written down.
    fn close_positions(&mut self, reason: &str, by: &str) -> Result<Result<String, String>> {
        let risk = self.engine.risk();
        let waits = if risk.is_venue_paused() { ", as soon as the venue takes orders again" } else { "" };
        if risk.state() == TradingState::Halted && (risk.is_killed() || !risk.is_venue_paused()) {
            return Ok(Err("trading is halted, so no exit leaves either: `host resume` first".to_owned()));
        }
        self.log_operator(by, "close", reason)?;
        let why = format!("{by} closes all positions: {reason}");
        self.command(Command::Reduce { time: self.now(), reason: why })?;
        let slots: BTreeSet<SlotId> = self.engine.portfolio().positions().map(|(_, slot, _)| slot).collect();
        for slot in slots {
            self.command(Command::WindDown { time: self.now(), slot, at_once: true })?;
        }
        self.send_cancels()?;
        let held = self.engine.portfolio().positions().count();
        Ok(Ok(format!("{held} positions are being closed{waits}; no entry leaves until `host resume`")))
    }

    /// Begins with what its start is told: closes the positions of `vacant` slots, whose strategy is not loaded, at the
    /// operator's word, and says from when the others trade.
    ///
    /// # Errors
    /// It could not be written down.
    pub(crate) fn begin(&mut self, vacant: &BTreeMap<SlotId, Vec<MarketId>>) -> Result<()> {
        for (&slot, markets) in vacant {
            self.command(Command::WindDown { time: self.now(), slot, at_once: false })?;
            let text = format!("slot {}: its {} positions are closed", self.engine.slot_name(slot), markets.len());
            self.notices
                .publish(Notice::new(Severity::Warning, self.now(), NoticeCode::SlotVacant, text).of_strategy(slot));
        }
        self.tell_waits();
        Ok(())
    }

    pub(super) fn log_operator(&mut self, who: &str, what: &str, reason: &str) -> Result<()> {
        let (who, what, reason) = (who.to_owned(), what.to_owned(), reason.to_owned());
        self.journal.log_operator(&OperatorEntry { time: self.now(), who, what, reason })
    }

    /// Tells the engine a command and does what follows from it.
    pub(super) fn command(&mut self, command: Command) -> Result<()> {
        self.apply(EventRef::Command(&command))
    }
}
