//! The engine: quotes → strategies → pricing and sizing → risk → orders → portfolio, as one pure state machine.
//!
//! [`Engine::step`] takes one event and appends effects. The same events yield the same effects, byte for byte. The
//! engine must never read a clock, do I/O, draw a random number, or let an order out that [`crate::risk`] has not
//! approved.
//!
//! The methods of [`Engine`] are grouped by subject: `step` (events in), `entries` and `exits` (signals to orders),
//! `fills` (venue events), `funds` (cash), `marks` (the value of positions), `snapshot` (restarts), `swap` (strategies
//! replaced while they trade), `quarantine` (strategies that fail), `deferred` (those that take long). This file holds
//! the state itself and read access to it.

mod deferred;
mod entries;
mod entry_wish;
mod exits;
mod fills;
mod funds;
mod latest_quotes;
mod market_set;
mod marks;
mod occupant;
mod one_sided;
mod past;
mod quarantine;
mod slot;
mod snapshot;
mod standing;
mod step;
mod swap;
#[cfg(test)]
mod tests;
mod wanted_exit;
mod working_orders;

use std::collections::BTreeMap;

use deferred::Deferred;
use entry_wish::EntryWish;
use latest_quotes::LatestQuotes;
use market_set::MarketSet;
pub use one_sided::MarkBasis;
use one_sided::OneSidedBooks;
pub use slot::ScoreCount;
use slot::Slot;
pub use snapshot::{EngineSnapshot, RestoreError, ResumedStrategy, SlotBooks};
pub use standing::Quarantine;
use standing::Standing;
pub use swap::Newcomer;
pub use wanted_exit::BlockedExit;
use wanted_exit::WantedExit;
use working_orders::WorkingOrders;

use crate::entry_cost::EntryCost;
use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::{Order, OrderId, Side};
use crate::portfolio::Portfolio;
use crate::pricing::OrderPolicy;
use crate::quote::{Quote, Quotes};
use crate::record::Record;
use crate::risk::{Approved, RiskManager};
use crate::strategy::{Decisions, Manifest, SlotId, Strategy};
use crate::time::Timestamp;

/// One thing for the host to do or to write down. Effects must be carried out in the order in which they are emitted.
#[derive(Debug)]
pub enum Effect {
    /// Send this order to the venue.
    Place(Approved<Order>),
    /// Cancel this order. A cancel needs no approval.
    Cancel(OrderId),
    /// Write this record to the journal.
    Record(Record),
}

/// The trading engine of one account.
#[derive(Debug)]
pub struct Engine {
    policy: OrderPolicy,
    /// The terms on which entries are filled.
    entry_cost: EntryCost,
    risk: RiskManager,
    portfolio: Portfolio,
    /// In the order of their numbers, of which some may be missing after a restart.
    markets: Vec<Market>,
    quotes: LatestQuotes,
    orders: WorkingOrders,
    slots: Vec<Slot>,
    exits: BTreeMap<(SlotId, MarketId), WantedExit>,
    /// The earliest time at which a refused entry may be tried again. A refused buy does not hold back a sell.
    entry_retries: BTreeMap<(SlotId, MarketId, Side), Timestamp>,
    /// The entries that strategies ask for in the poll that is being handled.
    wishes: Vec<EntryWish>,
    one_sided: OneSidedBooks,
    /// By market number: true while there is a position or a working order, so that rows of all other markets are
    /// cheap.
    watched: Vec<bool>,
    /// The last poll, if a former strategy of a slot has not been shown it yet.
    unshown: Option<Quotes>,
    /// The slots that decide a poll after the others.
    deferred: Deferred,
    /// Markets that have paid out.
    settled: MarketSet,
    /// Signals on rows before this time are warm-up.
    trade_from: Timestamp,
    /// The standing that slots had before a restart, until they are added.
    returning: BTreeMap<SlotId, Standing>,
    now: Timestamp,
    /// The UTC day that is open; `None` before the first event and after [`Engine::finish`].
    day: Option<i64>,
    polls: u64,
    updates: u64,
    /// Those that are no warm-up.
    traded_updates: u64,
}

impl Engine {
    /// Creates an engine that starts with `capital` in cash. Signals on rows before `trade_from` are warm-up: they open
    /// no position.
    pub fn new(policy: OrderPolicy, risk: RiskManager, capital: Usd, trade_from: Timestamp) -> Engine {
        Engine {
            policy,
            entry_cost: EntryCost::default(),
            risk,
            portfolio: Portfolio::new(capital),
            markets: Vec::new(),
            quotes: LatestQuotes::default(),
            orders: WorkingOrders::default(),
            slots: Vec::new(),
            exits: BTreeMap::new(),
            entry_retries: BTreeMap::new(),
            wishes: Vec::new(),
            one_sided: OneSidedBooks::default(),
            watched: Vec::new(),
            unshown: None,
            deferred: Deferred::default(),
            settled: MarketSet::default(),
            trade_from,
            returning: BTreeMap::new(),
            now: Timestamp(i64::MIN),
            day: None,
            polls: 0,
            updates: 0,
            traded_updates: 0,
        }
    }

    /// Adds a strategy in a new slot of this name and returns the slot's number.
    pub fn add_strategy(&mut self, name: &str, strategy: Box<dyn Strategy>) -> SlotId {
        self.add_slot(Slot::new(name, strategy, &self.markets))
    }

    /// Adds a slot that has no strategy now: its positions stay its own, and the slots behind it keep their numbers.
    pub fn add_vacant_slot(&mut self, name: &str) -> SlotId {
        self.add_slot(Slot::vacant(name))
    }

    fn add_slot(&mut self, mut slot: Slot) -> SlotId {
        let id = SlotId(self.slots.len() as u16);
        slot.standing = self.returning.remove(&id).unwrap_or_default();
        self.risk.name_slot(id, slot.name());
        self.slots.push(slot);
        id
    }

    /// Returns the account's cash, positions and profit.
    pub fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Returns the risk manager.
    pub fn risk(&self) -> &RiskManager {
        &self.risk
    }

    /// Returns the markets listed so far, by number. After a restart those that were over before it are missing.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Returns the market with the number `id`, if it is listed.
    pub fn market(&self, id: MarketId) -> Option<&Market> {
        self.place(id).ok().map(|place| &self.markets[place])
    }

    /// Returns the place of a market among those listed, or where it would be inserted.
    fn place(&self, id: MarketId) -> Result<usize, usize> {
        // Without a restart no number is missing.
        match self.markets.get(id.index()) {
            Some(market) if market.id == id => Ok(id.index()),
            _ => self.markets.binary_search_by_key(&id, |market| market.id),
        }
    }

    /// Returns the latest quote of `market`, or `None` before its first row.
    pub fn quote(&self, market: MarketId) -> Option<Quote> {
        self.quotes.quote(market)
    }

    /// Returns the decisions of the strategy in `slot` on the rows that it was shown last.
    pub fn decisions(&self, slot: SlotId) -> Option<&Decisions> {
        self.slots.get(usize::from(slot.0)).and_then(Slot::decisions)
    }

    /// Returns the manifest of the strategy in `slot`.
    pub fn manifest(&self, slot: SlotId) -> Option<&Manifest> {
        self.slots.get(usize::from(slot.0)).and_then(Slot::manifest)
    }

    /// Returns the name of `slot`; empty if there is no such slot.
    pub fn slot_name(&self, slot: SlotId) -> &str {
        self.slots.get(usize::from(slot.0)).map_or("", Slot::name)
    }

    /// Returns the names of the slots, in the order of their numbers.
    pub fn slot_names(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(Slot::name)
    }

    /// Returns the number of strategies that are not quarantined.
    pub fn running_slots(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_running()).count()
    }

    /// Returns the number of signals received so far, including warm-up.
    pub fn signals(&self) -> u64 {
        self.slots.iter().map(|slot| slot.signals).sum()
    }

    /// Returns the number of polls and of quote rows seen so far.
    pub fn seen(&self) -> (u64, u64) {
        (self.polls, self.updates)
    }

    /// Returns the number of quote rows seen that are no warm-up.
    pub fn traded_updates(&self) -> u64 {
        self.traded_updates
    }

    /// Returns the count of the scores that all strategies gave on rows that are no warm-up.
    pub fn scores(&self) -> ScoreCount {
        self.slots.iter().fold(ScoreCount::default(), |sum, slot| sum.plus(slot.scores))
    }

    /// Returns the working orders, each with the quantity that is filled.
    pub fn open_orders(&self) -> impl Iterator<Item = (&Order, Qty)> {
        self.orders.iter().map(|working| (&working.order, working.filled))
    }

    /// Returns the number of working orders.
    pub fn working_orders(&self) -> usize {
        self.orders.len()
    }

    /// Returns the time of the latest event.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the slot's position in `market`, in contracts; negative is short.
    pub fn held(&self, slot: SlotId, market: MarketId) -> Qty {
        self.portfolio.held(slot, market)
    }
}
