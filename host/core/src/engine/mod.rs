//! The engine: book → strategy → pricing and sizing → risk → orders → portfolio, as one pure state machine.
//!
//! [`Engine::step`] takes an event and appends effects. The same events give the same effects, byte for byte. It must
//! never read a clock, do I/O, draw a random number, or let an order out that [`crate::risk`] has not approved.

mod book;
mod entries;
mod exits;
mod orders;
mod restart;
mod slot;
#[cfg(test)]
mod tests;
mod venue;

use std::collections::BTreeMap;

use book::Book;
use exits::WantedExit;
use orders::Orders;
pub use restart::{EngineSnapshot, RestoreError};
use slot::Slot;

use crate::event::{Command, Disputed, Event};
use crate::execution::Settings;
use crate::market::{Market, MarketId, Settlement};
use crate::money::{Qty, Usd};
use crate::order::{Intent, Order, OrderId};
use crate::portfolio::Portfolio;
use crate::quote::{Quote, QuotesView};
use crate::record::{DayClose, Record, TradingState};
use crate::risk::{Approved, RiskManager, TradingChange};
use crate::strategy::{Action, Decisions, Manifest, PositionView, Signal, SlotId, Strategy};
use crate::time::Timestamp;

/// What the shell is to do, and what it is to write down. In order.
#[derive(Debug)]
pub enum Effect {
    /// Send this order.
    Place(Approved<Order>),
    /// Cancel this order. A cancel needs no approval.
    Cancel(OrderId),
    /// Write this down.
    Record(Record),
}

/// The state machine.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    risk: RiskManager,
    portfolio: Portfolio,
    markets: Vec<Market>,
    book: Book,
    orders: Orders,
    slots: Vec<Slot>,
    exits: BTreeMap<(SlotId, MarketId), WantedExit>,
    /// When a refused entry may be tried again.
    entry_retries: BTreeMap<(SlotId, MarketId), Timestamp>,
    /// By market: whether its rows touch money, so that all others cost nothing.
    watched: Vec<bool>,
    /// Markets that have paid out.
    settled: restart::Numbers,
    trade_from: Timestamp,
    now: Timestamp,
    day: Option<i64>,
    polls: u64,
    updates: u64,
}

impl Engine {
    /// An engine that starts with `capital` in cash. Signals on rows before `trade_from` are warm-up: they open nothing.
    pub fn new(settings: Settings, risk: RiskManager, capital: Usd, trade_from: Timestamp) -> Engine {
        Engine {
            settings,
            risk,
            portfolio: Portfolio::new(capital),
            markets: Vec::new(),
            book: Book::default(),
            orders: Orders::default(),
            slots: Vec::new(),
            exits: BTreeMap::new(),
            entry_retries: BTreeMap::new(),
            watched: Vec::new(),
            settled: restart::Numbers::default(),
            trade_from,
            now: Timestamp(i64::MIN),
            day: None,
            polls: 0,
            updates: 0,
        }
    }

    /// Puts a strategy into a slot of its own.
    pub fn add_strategy(&mut self, strategy: Box<dyn Strategy>) -> SlotId {
        let id = SlotId(self.slots.len() as u16);
        self.slots.push(Slot::new(strategy, &self.markets));
        id
    }

    /// Shows a run of coming polls to every strategy that decides on prices alone: one call instead of many. The
    /// answers wait until [`Event::Poll`] brings these same rows, poll by poll. Markets first seen in these rows must
    /// have been listed before. Changes no decision: rows are decided as if each came alone.
    pub fn preview(&mut self, rows: QuotesView<'_>) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.feedback()) {
            slot.show(rows, &[]);
        }
    }

    /// Takes one event and appends what follows from it to `effects`.
    pub fn step(&mut self, event: Event<'_>, effects: &mut Vec<Effect>) {
        match event {
            Event::Market(market) => self.on_market(market),
            Event::Poll(rows) => self.on_poll(rows, effects),
            Event::Venue(event) => self.on_venue(event, effects),
            Event::Settled(settlement) => self.on_settled(settlement, effects),
            Event::Command(command) => self.on_command(command, effects),
        }
    }

    fn on_market(&mut self, market: &Market) {
        let index = market.id.index();
        match self.markets.get_mut(index) {
            Some(known) => known.clone_from(market),
            None => {
                debug_assert_eq!(index, self.markets.len(), "market numbers are dense and come in order");
                self.markets.push(market.clone());
                self.watched.push(false);
            }
        }
        self.book.list(market.id);
        self.risk.list(market);
        for slot in &mut self.slots {
            slot.announce(market);
        }
    }

    fn on_poll(&mut self, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let Some(&time) = rows.time.first() else { return };
        self.advance_to(Timestamp(time), effects);
        self.polls += 1;
        self.updates += rows.len() as u64;
        let mut touched = false;
        for row in 0..rows.len() {
            self.book.update(&rows, row);
            self.risk.on_row(MarketId(rows.market[row]), rows.bid[row], rows.ask[row]);
            if self.watched.get(rows.market[row] as usize).copied().unwrap_or(false) {
                self.on_watched_row(MarketId(rows.market[row]));
                touched = true;
            }
        }
        if touched {
            self.on_equity(effects);
        }
        for slot in 0..self.slots.len() {
            self.run_slot(SlotId(slot as u16), rows, effects);
        }
        self.quote_exits(effects);
    }

    /// A row of a market in which there is a position or a working order.
    fn on_watched_row(&mut self, market: MarketId) {
        if let Some(mid) = self.book.mid_doubled(market) {
            self.portfolio.mark(market, mid);
        }
    }

    /// Tells risk what the account is worth, and acts on what it says.
    fn on_equity(&mut self, effects: &mut Vec<Effect>) {
        let equity = self.portfolio.tick(self.now);
        if let Some(change) = self.risk.on_equity(self.now, equity) {
            self.on_trading_change(change, effects);
        }
    }

    fn on_trading_change(&mut self, change: TradingChange, effects: &mut Vec<Effect>) {
        let TradingChange { state, reason } = change;
        effects.push(Effect::Record(Record::Trading { time: self.now, state, reason }));
        match state {
            TradingState::Active => {}
            TradingState::Reduce => self.cancel_where(|order| order.intent == Intent::Entry, effects),
            TradingState::Halted => self.cancel_where(|_| true, effects),
        }
    }

    fn cancel_where(&mut self, wanted: impl Fn(&Order) -> bool, effects: &mut Vec<Effect>) {
        for working in self.orders.iter_mut().filter(|working| !working.cancelling && wanted(&working.order)) {
            working.cancelling = true;
            self.risk.on_cancel(self.now);
            effects.push(Effect::Cancel(working.order.id));
        }
    }

    /// Time has come to `time`, unless it is there already: a day that ended is closed before what happens now.
    fn advance_to(&mut self, time: Timestamp, effects: &mut Vec<Effect>) {
        if time > self.now {
            self.now = time;
            self.roll_day(effects);
        }
    }

    /// Closes the books of a UTC day when the first event of the next one comes.
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

    /// Ends a run: the last day's books are closed.
    pub fn finish(&mut self, effects: &mut Vec<Effect>) {
        if let Some(day) = self.day.take() {
            effects.push(Effect::Record(self.day_close(day)));
        }
    }

    fn run_slot(&mut self, id: SlotId, rows: QuotesView<'_>, effects: &mut Vec<Effect>) {
        let index = usize::from(id.0);
        if !self.slots[index].has_answered(rows.len()) {
            let positions = if self.slots[index].feedback() { self.position_views(id) } else { Vec::new() };
            self.slots[index].show(rows, &positions);
        }
        if let Some(fault) = self.slots[index].fault.take() {
            self.slots[index].quarantined = true;
            effects.push(Effect::Record(Record::Fault { slot: id, time: self.now, fault }));
            self.cancel_where(|order| order.slot == id, effects);
        }
        if self.slots[index].quarantined {
            return;
        }
        let (decisions, first_row, first_signal) = self.slots[index].take(rows.len());
        let mut next = first_signal;
        while let Some(signal) = decisions.signals.get(next).filter(|s| (s.row as usize) < first_row + rows.len()) {
            next += 1;
            self.slots[index].signals += 1;
            self.on_signal(id, MarketId(rows.market[signal.row as usize - first_row]), signal, effects);
        }
        self.slots[index].give_back(decisions, next);
    }

    fn on_signal(&mut self, slot: SlotId, market: MarketId, signal: &Signal, effects: &mut Vec<Effect>) {
        match signal.action {
            Action::Buy => self.on_entry_signal(slot, market, crate::order::Side::Buy, signal, effects),
            Action::Sell => self.on_entry_signal(slot, market, crate::order::Side::Sell, signal, effects),
            Action::Exit => self.on_exit_signal(slot, market, signal, effects),
        }
    }

    fn position_views(&self, slot: SlotId) -> Vec<PositionView> {
        let own = self.portfolio.positions().filter(|(_, owner, _)| *owner == slot);
        own.map(|(market, _, position)| PositionView {
            market,
            quantity: position.qty.as_contracts(),
            average_price: position.average_price(),
        })
        .collect()
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
        self.exits.retain(|(_, of), _| *of != market);
        self.entry_retries.retain(|(_, of), _| *of != market);
        self.rewatch(market);
        self.on_equity(effects);
    }

    fn on_command(&mut self, command: &Command, effects: &mut Vec<Effect>) {
        if let Some(change) = self.risk.command(command) {
            self.on_trading_change(change, effects);
        }
        // An exit there could open the other side.
        if let Command::Mismatch { disputed: Disputed::Markets(markets), .. } = command {
            self.cancel_where(|order| markets.contains(&order.market), effects);
        }
    }

    /// Looks again whether rows of `market` touch money.
    fn rewatch(&mut self, market: MarketId) {
        let watched = self.portfolio.holds(market) || self.orders.in_market(market);
        if let Some(flag) = self.watched.get_mut(market.index()) {
            *flag = watched;
        }
    }

    /// What is owned.
    pub fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// The risk manager.
    pub fn risk(&self) -> &RiskManager {
        &self.risk
    }

    /// All markets listed so far, by number.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// The latest quote of `market`; `None` before its first row.
    pub fn quote(&self, market: MarketId) -> Option<Quote> {
        self.book.quote(market)
    }

    /// What the strategy in `slot` answered to the rows that it was shown last.
    pub fn decisions(&self, slot: SlotId) -> Option<&Decisions> {
        self.slots.get(usize::from(slot.0)).map(Slot::decisions)
    }

    /// What the strategy in `slot` says of itself.
    pub fn manifest(&self, slot: SlotId) -> Option<&Manifest> {
        self.slots.get(usize::from(slot.0)).map(|slot| slot.strategy().manifest())
    }

    /// How many strategies still answer.
    pub fn running_slots(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.quarantined).count()
    }

    /// Signals received so far, warm-up included.
    pub fn signals(&self) -> u64 {
        self.slots.iter().map(|slot| slot.signals).sum()
    }

    /// Polls and rows seen so far.
    pub fn seen(&self) -> (u64, u64) {
        (self.polls, self.updates)
    }

    /// How many orders are working.
    pub fn working_orders(&self) -> usize {
        self.orders.len()
    }

    /// The time of the latest event.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A slot's contracts in a market; negative is short.
    pub fn held(&self, slot: SlotId, market: MarketId) -> Qty {
        self.portfolio.held(slot, market)
    }
}
