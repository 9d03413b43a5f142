//! Exposure: the worst-case loss of positions and working orders, per market, event, category and in total.
//!
//! - An order counts from its approval until it reaches a terminal state (RTS 6 art. 15(2)).
//! - The venue nets the positions of all strategies in a market: +50 of one and -50 of another are flat there. So the
//!   account's net position counts, at its average cost. Orders are not netted with it.
//! - Per market, the YES side (longs, buys) is lost if the market resolves NO, and the NO side (shorts, sells) if it
//!   resolves YES. The market's worst-case loss is the larger of the two.
//! - Exits count nothing as far as they reduce the account's position. Beyond that, counted as if all entries on their
//!   side filled before them, they open risk and count as entries do.
//! - Positions count at cost, without fees.
//!
//! Every update is O(1) in history: it looks only at the orders and strategies of one market.

use std::collections::HashMap;

use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::{Fill, Intent, Order, OrderId, Side};
use crate::strategy::SlotId;

use super::limits::RiskLimits;
use super::market_exposure::{CountedOrder, MarketExposure};
use super::market_list::is_listed;
use super::slot_exposure::{HeldExposure, SlotExposure};

/// The markets of one event, and their exposure.
#[derive(Debug)]
struct EventExposure {
    /// True if at most one of its markets can resolve YES.
    exclusive: bool,
    markets: Vec<usize>,
    /// Sum of the markets' worst-case losses.
    sum: Usd,
}

/// The exposure of the whole account.
#[derive(Debug, Default)]
pub(super) struct ExposureLedger {
    /// By market number; `None` where no market is listed.
    markets: Vec<Option<MarketExposure>>,
    events: Vec<EventExposure>,
    /// Sum of the worst-case losses of each category's markets.
    categories: Vec<Usd>,
    event_ids: HashMap<String, usize>,
    category_ids: HashMap<String, usize>,
    total: Usd,
    /// Number of open positions, a working entry counted as one.
    open: u32,
    /// By slot number.
    slots: Vec<SlotTotal>,
}

/// The sums of one slot over all markets.
#[derive(Clone, Copy, Debug, Default)]
struct SlotTotal {
    /// Sum of the worst-case losses of its positions and entries.
    exposure: Usd,
    /// Number of its open positions.
    open: u32,
}

/// The effect of an order on a worst-case loss: an order that can lose `x` raises it to `max(now, start + x)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExposureDelta {
    /// The worst-case loss without the order.
    pub now: Usd,
    /// The worst-case loss over those outcomes in which the order loses.
    pub start: Usd,
}

impl ExposureDelta {
    /// Returns the worst-case loss with an order that can lose `loss`.
    pub fn after(self, loss: Usd) -> Usd {
        self.now.max(self.start + loss)
    }

    /// Returns the largest loss that an order may have without exceeding `cap`.
    pub fn headroom(self, cap: Usd) -> Usd {
        if self.now > cap { Usd::ZERO } else { (cap - self.start).max(Usd::ZERO) }
    }
}

/// The effect of an order on the four worst-case losses that it adds to.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExposureDeltas {
    pub market: ExposureDelta,
    pub event: ExposureDelta,
    pub category: ExposureDelta,
    pub portfolio: ExposureDelta,
}

impl ExposureLedger {
    /// Lists `market`, or moves its exposure if its event or category changed.
    pub fn list(&mut self, market: &Market, limits: &RiskLimits) {
        let event = self.event(&market.event, limits);
        let category = self.category(&market.category);
        let at = market.id.index();
        if at >= self.markets.len() {
            self.markets.resize_with(at + 1, || None);
        }
        let allowed = limits.allows(&market.ticker);
        let mut exposure = self.markets[at].take().unwrap_or_else(|| MarketExposure::new(event, category));
        let (worst, old_event) = (exposure.worst(), exposure.event);
        self.categories[exposure.category] -= worst;
        self.categories[category] += worst;
        self.events[old_event].sum -= worst;
        self.events[old_event].markets.retain(|&other| other != at);
        self.events[event].sum += worst;
        self.events[event].markets.push(at);
        (exposure.allowed, exposure.event, exposure.category) = (allowed, event, category);
        self.markets[at] = Some(exposure);
    }

    /// Returns the index of the event `name`, adding it if it is new.
    fn event(&mut self, name: &str, limits: &RiskLimits) -> usize {
        if let Some(&id) = self.event_ids.get(name) {
            return id;
        }
        let exclusive = is_listed(&limits.exclusive_events, name);
        self.events.push(EventExposure { exclusive, markets: Vec::new(), sum: Usd::ZERO });
        self.event_ids.insert(name.to_owned(), self.events.len() - 1);
        self.events.len() - 1
    }

    /// Returns the index of the category `name`, adding it if it is new.
    fn category(&mut self, name: &str) -> usize {
        if let Some(&id) = self.category_ids.get(name) {
            return id;
        }
        self.categories.push(Usd::ZERO);
        self.category_ids.insert(name.to_owned(), self.categories.len() - 1);
        self.categories.len() - 1
    }

    /// Returns whether `market` may be traded, or `None` if it is not listed.
    pub fn allowed(&self, market: MarketId) -> Option<bool> {
        self.in_market(market).map(|exposure| exposure.allowed)
    }

    /// Returns true if `market` has paid out.
    pub fn settled(&self, market: MarketId) -> bool {
        self.in_market(market).is_some_and(|exposure| exposure.settled)
    }

    /// Counts a new order, or one that is already working with `left` to fill.
    pub fn place(&mut self, order: &Order, left: Qty) {
        self.change(order.market, |exposure| {
            if order.intent == Intent::Entry {
                exposure.count_entry(order, left, 1);
                exposure.position(order.slot).entries += 1;
            }
            exposure.working.push(CountedOrder { order: order.clone(), left });
        });
    }

    /// Moves a fill from the working order to the position. Returns true if the order is now fully filled, and so
    /// terminal.
    pub fn fill(&mut self, order: &Order, fill: &Fill) -> bool {
        let left = self.change(order.market, |exposure| {
            exposure.position(order.slot).held.trade(order.side, fill);
            exposure.account.trade(order.side, fill);
            let working = exposure.working.iter_mut().find(|working| working.order.id == order.id)?;
            let taken = fill.qty.min(working.left);
            working.left -= taken;
            let left = working.left;
            if order.intent == Intent::Entry {
                exposure.count_entry(order, taken, -1);
            }
            Some(left)
        });
        left.flatten() == Some(Qty::ZERO) && self.close(order.market, order.id)
    }

    /// Releases the remaining exposure of an order that became terminal. Returns true if it was working.
    pub fn close(&mut self, market: MarketId, id: OrderId) -> bool {
        let closed = self.change(market, |exposure| {
            let at = exposure.working.iter().position(|working| working.order.id == id)?;
            let CountedOrder { order, left } = exposure.working.remove(at);
            if order.intent == Intent::Entry {
                exposure.count_entry(&order, left, -1);
                exposure.position(order.slot).entries -= 1;
            }
            Some(())
        });
        closed.flatten().is_some()
    }

    /// Drops all positions and orders of a market that paid out.
    pub fn settle(&mut self, market: MarketId) {
        self.change(market, |exposure| {
            *exposure = MarketExposure {
                allowed: exposure.allowed,
                settled: true,
                ..MarketExposure::new(exposure.event, exposure.category)
            };
        });
    }

    /// Sets a strategy's position, as read back from a journal or a venue. Returns true if the market is listed.
    pub fn set_position(&mut self, slot: SlotId, market: MarketId, qty: Qty, cost: Usd) -> bool {
        self.change(market, |exposure| exposure.set_position(slot, HeldExposure { qty, cost })).is_some()
    }

    /// Returns the worst-case loss of the account's net position in `market`.
    pub fn account_at_risk(&self, market: MarketId) -> Usd {
        self.in_market(market).map_or(Usd::ZERO, |exposure| exposure.account.cost)
    }

    /// Sets the worst-case loss of the account's net position in `market`, as it was before a restart.
    pub fn set_account_at_risk(&mut self, market: MarketId, cost: Usd) {
        self.change(market, |exposure| exposure.account.cost = cost);
    }

    /// Changes one market's exposure and carries the difference over to event, category and total.
    fn change<R>(&mut self, market: MarketId, change: impl FnOnce(&mut MarketExposure) -> R) -> Option<R> {
        let exposure = self.markets.get_mut(market.index())?.as_mut()?;
        let (worst, open) = (exposure.worst(), exposure.open());
        for position in &exposure.positions {
            let total = &mut self.slots[usize::from(position.slot.0)];
            total.exposure -= position.worst();
            total.open -= u32::from(position.is_open());
        }
        let result = change(exposure);
        for position in &exposure.positions {
            let at = usize::from(position.slot.0);
            if at >= self.slots.len() {
                self.slots.resize(at + 1, SlotTotal::default());
            }
            self.slots[at].exposure += position.worst();
            self.slots[at].open += u32::from(position.is_open());
        }
        let grown = exposure.worst() - worst;
        self.open = self.open + exposure.open() - open;
        self.events[exposure.event].sum += grown;
        self.categories[exposure.category] += grown;
        self.total += grown;
        Some(result)
    }

    fn in_market(&self, market: MarketId) -> Option<&MarketExposure> {
        self.markets.get(market.index())?.as_ref()
    }

    /// Returns the effect of an order on `side` of `market`, or `None` if the market is not listed.
    pub fn deltas(&self, market: MarketId, side: Side, intent: Intent) -> Option<ExposureDeltas> {
        let exposure = self.in_market(market)?;
        let side_loss = exposure.loss_before(side, intent);
        // A sum grows only once the order makes its side the market's worse side.
        let sum = |now: Usd| ExposureDelta { now, start: now - exposure.worst() + side_loss };
        let event = &self.events[exposure.event];
        Some(ExposureDeltas {
            market: ExposureDelta { now: exposure.worst(), start: side_loss },
            event: if event.exclusive { self.exclusive_delta(event, market, side, intent) } else { sum(event.sum) },
            category: sum(self.categories[exposure.category]),
            portfolio: sum(self.total),
        })
    }

    /// Returns the effect on an event of which at most one market resolves YES: the worst-case loss over its outcomes.
    /// If all markets resolve NO, every YES side is lost. If market k resolves YES, k's NO side is lost and the YES
    /// sides of all others.
    fn exclusive_delta(&self, event: &EventExposure, market: MarketId, side: Side, intent: Intent) -> ExposureDelta {
        let mut all_no = Usd::ZERO;
        // Extra loss, compared with all NO, if another market or this market resolves YES.
        let (mut others, mut own) = (Usd::ZERO, Usd::ZERO);
        for &at in &event.markets {
            let Some(exposure) = &self.markets[at] else { continue };
            all_no += exposure.loss(Side::Buy);
            let worse = exposure.loss(Side::Sell) - exposure.loss(Side::Buy);
            if at == market.index() { own = worse } else { others = others.max(worse) }
        }
        let start = match side {
            Side::Buy => all_no + others,
            Side::Sell => all_no + own,
        };
        let added = self.in_market(market).map(|exposure| exposure.loss_before(side, intent) - exposure.loss(side));
        ExposureDelta { now: all_no + others.max(own), start: start + added.unwrap_or_default() }
    }

    /// Returns the contracts on `side` of `market`: the account's position, or that of the strategy in `slot` if it is
    /// larger, and orders.
    pub fn side_qty(&self, slot: SlotId, market: MarketId, side: Side, intent: Intent) -> Qty {
        self.in_market(market).map_or(Qty::ZERO, |exposure| exposure.side_qty(slot, side, intent))
    }

    /// Returns the contracts by which `exit` opens risk for the account, and what they can lose.
    pub fn opened_by(&self, exit: &Order) -> (Qty, Usd) {
        let Some(exposure) = self.in_market(exit.market) else { return (exit.qty, Usd(i64::MAX)) };
        let (before, after) = (exposure.growing(exit.side, None), exposure.growing(exit.side, Some(exit)));
        (after.qty - before.qty, after.loss - before.loss)
    }

    /// Returns the contracts that a further exit on `side` of `market` can take from the account's position, which the
    /// venue nets over all strategies.
    pub fn reducible(&self, market: MarketId, side: Side) -> Qty {
        let left = |exposure: &MarketExposure| (exposure.closable(side) - exposure.exits(side)).max(Qty::ZERO);
        self.in_market(market).map_or(Qty::ZERO, left)
    }

    /// Returns the strategy's position in `market`, in contracts; negative is short.
    pub fn position(&self, slot: SlotId, market: MarketId) -> Qty {
        self.own(slot, market).map_or(Qty::ZERO, |position| position.held.qty)
    }

    /// Returns the worst-case loss of the strategy's position in `market`.
    pub fn at_risk(&self, slot: SlotId, market: MarketId) -> Usd {
        self.own(slot, market).map_or(Usd::ZERO, |position| position.held.cost)
    }

    /// Returns the contracts still to fill of the strategy's working orders on `side` of `market`, entries and exits.
    pub fn working_qty(&self, slot: SlotId, market: MarketId, side: Side) -> Qty {
        let own = |working: &&CountedOrder| working.order.slot == slot && working.order.side == side;
        self.working(market).iter().filter(own).map(|working| working.left).sum()
    }

    /// Returns a working order, of any strategy, that `order` would trade with.
    pub fn crossed_by(&self, order: &Order) -> Option<&Order> {
        let crosses = |other: &&Order| other.side != order.side && other.meets(order.price);
        self.working(order.market).iter().map(|working| &working.order).find(crosses)
    }

    fn working(&self, market: MarketId) -> &[CountedOrder] {
        self.in_market(market).map(|exposure| exposure.working.as_slice()).unwrap_or_default()
    }

    /// Returns the number of open positions if the strategy had one in `market` too; a working entry counts as one.
    pub fn open_with(&self, slot: SlotId, market: MarketId) -> u32 {
        let counted = self.own(slot, market).is_some_and(SlotExposure::is_open);
        self.open + u32::from(!counted)
    }

    /// Returns the worst-case loss of all positions and entries of `slot`.
    pub fn slot_total(&self, slot: SlotId) -> Usd {
        self.slots.get(usize::from(slot.0)).map_or(Usd::ZERO, |total| total.exposure)
    }

    /// Returns the number of open positions of `slot`; a working entry counts as one.
    pub fn slot_open(&self, slot: SlotId) -> u32 {
        self.slots.get(usize::from(slot.0)).map_or(0, |total| total.open)
    }

    /// Returns the effect of an entry on `side` of `market` on the worst-case loss of its slot.
    pub fn slot_delta(&self, slot: SlotId, market: MarketId, side: Side) -> ExposureDelta {
        let now = self.slot_total(slot);
        let (worst, side_loss) =
            self.own(slot, market).map_or((Usd::ZERO, Usd::ZERO), |own| (own.worst(), own.loss(side)));
        ExposureDelta { now, start: now - worst + side_loss }
    }

    /// Returns the number of open positions of `slot` if it had one in `market` too.
    pub fn slot_open_with(&self, slot: SlotId, market: MarketId) -> u32 {
        let counted = self.own(slot, market).is_some_and(SlotExposure::is_open);
        self.slot_open(slot) + u32::from(!counted)
    }

    /// Returns what `slot` has in `market`.
    fn own(&self, slot: SlotId, market: MarketId) -> Option<&SlotExposure> {
        self.in_market(market)?.positions.iter().find(|position| position.slot == slot)
    }

    /// Returns the category with the largest worst-case loss, if any can lose something.
    pub fn fullest_category(&self) -> Option<(&str, Usd)> {
        let all = self.category_ids.iter().map(|(name, &id)| (name.as_str(), self.categories[id]));
        all.filter(|(_, loss)| *loss > Usd::ZERO).max_by_key(|(name, loss)| (*loss, *name))
    }

    /// Returns the worst-case loss of the whole account.
    pub fn total(&self) -> Usd {
        self.total
    }

    /// Returns the number of open positions; a working entry counts as one.
    pub fn open(&self) -> u32 {
        self.open
    }
}
