//! The handling of each kind of event.

use super::occupant::Occupant;
use super::{Effect, Engine};
use crate::event::{Command, Disputed, Event};
use crate::market::{Market, MarketId, Settlement};
use crate::order::{Intent, Order, Side};
use crate::quote::QuotesView;
use crate::record::{DayClose, Record, SwapCause, TradingState};
use crate::risk::{ScheduledLimits, SlotChange, TradingChange};
use crate::strategy::{PositionView, Signal, SignalAction, SlotId};
use crate::time::Timestamp;

impl Engine {
    /// Shows the rows of several coming polls to every strategy that does not need feedback: one call instead of many.
    /// The decisions wait until [`Event::Poll`] brings the same rows, poll by poll. Markets that appear in these rows
    /// must already be listed. This does not change any decision: such a strategy decides on each row as if it had
    /// arrived alone.
    pub fn preview(&mut self, rows: QuotesView<'_>) {
        for id in (0..self.slots.len()).map(|index| SlotId(index as u16)) {
            let trade_from = self.trades_from(id);
            self.slots[usize::from(id.0)].show_ahead(rows, trade_from);
        }
    }

    /// Handles one event and appends the resulting effects to `effects`.
    pub fn step(&mut self, event: Event<'_>, effects: &mut Vec<Effect>) {
        self.show_former();
        match event {
            Event::Market(market) => self.on_market(market),
            Event::Poll(rows) => self.on_poll(rows, effects),
            Event::Venue(event) => self.on_venue(event, effects),
            Event::Settled(settlement) => self.on_settled(settlement, effects),
            Event::Command(command) => self.on_command(command, effects),
        }
    }

    /// Ends a run by closing the last day.
    pub fn finish(&mut self, effects: &mut Vec<Effect>) {
        if let Some(day) = self.day.take() {
            effects.push(Effect::Record(self.day_close(day)));
        }
    }

    pub(super) fn on_market(&mut self, market: &Market) {
        let index = market.id.index();
        match self.place(market.id) {
            Ok(place) => self.markets[place].clone_from(market),
            Err(place) => self.markets.insert(place, market.clone()),
        }
        if self.watched.len() <= index {
            self.watched.resize(index + 1, false);
        }
        self.quotes.list(market.id);
        self.risk.list(market);
        for slot in &mut self.slots {
            slot.announce(market);
        }
    }

    fn on_poll(&mut self, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let Some(&time) = rows.time.first() else { return };
        // Whoever steps the engine may never have asked them; they must not miss a poll.
        self.ask_deferred(None, effects);
        self.advance_to(Timestamp(time), effects);
        self.polls += 1;
        self.updates += rows.len() as u64;
        if self.now >= self.trade_from {
            self.traded_updates += rows.len() as u64;
        }
        let mut touched = false;
        for row in 0..rows.len() {
            self.quotes.update(&rows, row);
            self.risk.on_row(MarketId(rows.market[row]), rows.bid[row], rows.ask[row]);
            if self.watched.get(rows.market[row] as usize).copied().unwrap_or(false) {
                self.mark_by_row(MarketId(rows.market[row]));
                touched = true;
            }
        }
        if self.mark_overdue() || touched {
            self.on_equity(effects);
        }
        self.tell_uncertain();
        for slot in (0..self.slots.len()).map(|slot| SlotId(slot as u16)) {
            if !self.deferred.contains(slot) {
                self.run_slot(slot, rows, effects);
            }
        }
        self.deferred.keep(rows, self.slots.len());
        self.act_on_decisions(effects);
        self.keep_for_former(rows);
    }

    /// Lets deferred slots decide the last poll, if they have not: `slot`, or all of them.
    pub(super) fn ask_deferred(&mut self, slot: Option<SlotId>, effects: &mut Vec<Effect>) {
        let asked = self.deferred.take(slot);
        if asked.is_empty() {
            return;
        }
        let poll = std::mem::take(self.deferred.poll());
        for slot in asked {
            self.run_slot(slot, poll.all(), effects);
        }
        *self.deferred.poll() = poll;
        self.act_on_decisions(effects);
    }

    /// Exits come before entries, so that no entry uses up what an exit needs.
    fn act_on_decisions(&mut self, effects: &mut Vec<Effect>) {
        self.quote_exits(effects);
        self.grant_wishes(effects);
    }

    /// Reports the account's equity to the risk manager and acts on its answer.
    pub(super) fn on_equity(&mut self, effects: &mut Vec<Effect>) {
        let equity = self.portfolio.tick(self.now);
        if let Some(change) = self.risk.on_equity(self.now, equity) {
            self.on_trading_change(change, effects);
        }
        for slot in self.risk.watched_slots() {
            let profit = self.portfolio.slot_profit(slot);
            if let Some(change) = self.risk.on_slot_profit(slot, self.now, profit.realised + profit.marked) {
                self.on_slot_change(change, effects);
            }
        }
    }

    /// Records that a slot is stopped or goes on, and cancels its entries if it is stopped.
    pub(super) fn on_slot_change(&mut self, change: SlotChange, effects: &mut Vec<Effect>) {
        let SlotChange { slot, stopped, reason } = change;
        effects.push(Effect::Record(Record::SlotTrading { slot, time: self.now, stopped, reason }));
        if stopped {
            self.cancel_where(|order| order.slot == slot && order.intent == Intent::Entry, effects);
        }
    }

    /// Records a change of the trading state and cancels the orders that it no longer allows.
    pub(super) fn on_trading_change(&mut self, change: TradingChange, effects: &mut Vec<Effect>) {
        let TradingChange { state, reason } = change;
        effects.push(Effect::Record(Record::Trading { time: self.now, state, reason }));
        match state {
            TradingState::Active => {}
            TradingState::Reduce => self.cancel_where(|order| order.intent == Intent::Entry, effects),
            TradingState::Halted => self.cancel_where(|_| true, effects),
        }
    }

    /// Cancels all working orders that `wanted` selects, except those with a cancel already sent.
    pub(super) fn cancel_where(&mut self, wanted: impl Fn(&Order) -> bool, effects: &mut Vec<Effect>) {
        for working in self.orders.iter_mut().filter(|working| !working.cancelling && wanted(&working.order)) {
            working.cancelling = true;
            self.risk.on_cancel(working.order.slot, self.now);
            effects.push(Effect::Cancel(working.order.id));
        }
    }

    /// Advances the engine's time to `time` if it is later, and closes the day that ended before anything of the new
    /// day is handled.
    pub(super) fn advance_to(&mut self, time: Timestamp, effects: &mut Vec<Effect>) {
        if time > self.now {
            self.now = time;
            self.roll_day(effects);
        }
    }

    /// Closes a UTC day when the first event of a later one arrives.
    fn roll_day(&mut self, effects: &mut Vec<Effect>) {
        let today = self.now.day();
        match self.day.replace(today) {
            Some(day) if day != today => {
                effects.push(Effect::Record(self.day_close(day)));
                self.on_equity(effects);
            }
            Some(_) => {}
            None => self.on_equity(effects),
        }
    }

    fn day_close(&self, day: i64) -> Record {
        let drawdown = self.portfolio.drawdown();
        Record::DayClose(DayClose {
            day,
            equity: self.portfolio.equity(),
            realised: self.portfolio.realised(),
            max_drawdown: drawdown.max,
            max_drawdown_peak: drawdown.max_peak,
        })
    }

    /// Obtains the slot's decisions on `rows`, unless a preview already did, and acts on each signal.
    fn run_slot(&mut self, id: SlotId, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let index = usize::from(id.0);
        if !self.slots[index].running().is_some_and(|occupant| occupant.has_answered(rows.len())) {
            let positions = if self.slots[index].feedback() { self.position_views(id) } else { Vec::new() };
            let trade_from = self.trades_from(id);
            self.slots[index].show(rows, &positions, trade_from);
        }
        if let Some(fault) = self.slots[index].running().and_then(Occupant::take_fault) {
            self.on_fault(id, fault, rows, effects);
        }
        let Some(occupant) = self.slots[index].running() else { return };
        let (decisions, first_row, first_signal) = occupant.take(rows.len());
        let mut next = first_signal;
        while let Some(signal) = decisions.signals.get(next).filter(|s| (s.row as usize) < first_row + rows.len()) {
            next += 1;
            self.slots[index].signals += 1;
            let score = decisions.scores.get(signal.row as usize).copied().filter(|score| !score.is_nan());
            self.on_signal(id, MarketId(rows.market[signal.row as usize - first_row]), signal, score, effects);
        }
        if let Some(occupant) = self.slots[index].running() {
            occupant.give_back(decisions, next);
        }
    }

    fn on_signal(
        &mut self,
        slot: SlotId,
        market: MarketId,
        signal: &Signal,
        score: Option<f64>,
        effects: &mut Vec<Effect>,
    ) {
        match signal.action {
            SignalAction::Buy => self.on_entry_signal(slot, market, Side::Buy, signal, score, effects),
            SignalAction::Sell => self.on_entry_signal(slot, market, Side::Sell, signal, score, effects),
            SignalAction::Exit => self.on_exit_signal(slot, market, signal, effects),
        }
    }

    /// Returns the slot's open positions in the form that strategies see.
    pub(super) fn position_views(&self, slot: SlotId) -> Vec<PositionView> {
        self.portfolio.views(slot)
    }

    fn on_settled(&mut self, settlement: Settlement, effects: &mut Vec<Effect>) {
        let Settlement { market, time, outcome } = settlement;
        self.advance_to(time, effects);
        effects.push(Effect::Record(Record::Settled { market, time, outcome }));
        self.settled.insert(market.0);
        self.cancel_where(|order| order.market == market, effects);
        for trade in self.portfolio.on_settled(market, time, outcome) {
            self.on_trade(trade, effects);
        }
        self.risk.on_settled(market);
        for slot in self.exits.keys().filter(|(_, of)| *of == market).map(|(slot, _)| *slot).collect::<Vec<_>>() {
            self.forget_exit(slot, market, effects);
        }
        self.entry_retries.retain(|(_, of, _), _| *of != market);
        self.one_sided.remove(market);
        self.update_watched(market);
        self.on_equity(effects);
    }

    fn on_command(&mut self, command: &Command, effects: &mut Vec<Effect>) {
        if let Command::Capital { capital, .. } = command {
            self.set_capital(*capital);
        }
        if let Command::Stage { time, limits, .. } = command {
            self.advance_to(*time, effects);
            self.risk.set_limits(limits);
        }
        if let Command::Schedule { time, in_force } = command {
            self.advance_to(*time, effects);
            self.follow_schedule(in_force.as_deref(), effects);
        }
        if let Command::WindDown { slot, time, at_once } = command {
            self.advance_to(*time, effects);
            self.wind_down(*slot, *at_once, effects);
        }
        if let Command::SwapBack { slot, time, reason } = command {
            self.ask_deferred(Some(*slot), effects);
            self.advance_to(*time, effects);
            self.swap_back(*slot, SwapCause::Back { reason: reason.clone() }, effects);
        }
        if let Command::ResumeSlot { slot, time, reason } = command {
            self.advance_to(*time, effects);
            self.resume_slot(*slot, reason, effects);
        }
        if let Command::Defer { slots, .. } = command {
            self.deferred.set(slots);
        }
        if let Command::AskDeferred { slot, .. } = command {
            self.ask_deferred(*slot, effects);
        }
        if let Some(change) = self.risk.command(command) {
            self.on_trading_change(change, effects);
        }
        // Exits are cancelled too: if the venue's position is not the engine's, an exit could open the other side.
        if let Command::Mismatch { disputed: Disputed::Markets(markets), .. } = command {
            self.cancel_where(|order| markets.contains(&order.market), effects);
        }
    }

    /// Puts an entry of the schedule in force, or the usual limits again.
    fn follow_schedule(&mut self, in_force: Option<&ScheduledLimits>, effects: &mut Vec<Effect>) {
        let entries_paused = in_force.is_some_and(|entry| entry.entries_paused);
        let (name, note) = in_force.map(|entry| (entry.name.clone(), entry.note.clone())).unzip();
        let note = note.unwrap_or_default();
        effects.push(Effect::Record(Record::Schedule { time: self.now, name, note, entries_paused }));
        self.risk.set_schedule(in_force.cloned());
        if entries_paused {
            self.cancel_where(|order| order.intent == Intent::Entry, effects);
        }
    }

    /// Updates the flag that says whether rows of `market` affect a position or an order.
    pub(super) fn update_watched(&mut self, market: MarketId) {
        let watched = self.portfolio.holds(market) || self.orders.in_market(market);
        if let Some(flag) = self.watched.get_mut(market.index()) {
            *flag = watched;
        }
    }
}
