//! The embedded exchange of back tests and paper trading: orders in, what a venue would say out.
//!
//! A pure state machine: it must never read a clock, and draws chance only from its seed and an order's number. It never
//! fills more than was ordered, nor after an order has ended, nor before it was made.
//!
//! What the models assume, and which way they err:
//!
//! - `instant` fills every order in full, at its limit, at once. Far too kind to passive orders: no one has to come to
//!   them, and none is missed. It is the case study's back test and exists to compare with it.
//! - `touch` fills when the market comes to the order. On arrival an order takes what the other side displays at its
//!   limit or better, at the displayed price, up to the displayed size. What is left rests, and fills at its limit, as
//!   maker, when a later row shows the other side at its limit or better, up to the displayed size; or when a trade
//!   prints beyond its limit, or at its limit while no one else bid (offered) as much, up to the traded volume.
//!   Displayed size that was taken stays taken until the level's price or size changes, so nothing fills twice from it.
//!   Where the tape has no sizes or no volume, nothing caps the fill: too kind to large orders. It sees the top of the
//!   book only, so an order larger than it waits for the next row; it ignores the queue before an order that joins a
//!   price, except that trades at that price do not fill it, and what moves between two rows: too hard on passive orders.
//!   Orders do not move the market: too kind to large ones.
//! - `probabilistic` asks chance, not the market: with `fill_probability` an order fills, after an exponential latency,
//!   at its limit plus normal slippage (symmetric, so it may be better or worse than the limit), `partial_probability` of
//!   these in part. The rest works until it expires or is cancelled. Which orders are missed has nothing to do with
//!   where the market went, so it knows no adverse selection: too kind to passive orders. It is the case study's paper
//!   trader.

mod agenda;
mod chance;
mod settings;
mod touch;
mod working;

use std::collections::BTreeMap;

use host_core::{
    Market, MarketId, Order, OrderId, OrderState, Price, Qty, Quote, QuotesView, Settlement, TimeInForce, Timestamp,
    VenueEvent,
};

use self::agenda::{Agenda, Due, DueKind};
use self::touch::Top;
use self::working::{Desk, Working};
use crate::fees::FeeSchedule;

pub use self::settings::{ExchangeSettings, FillModel, InvalidSetting};

/// The exchange. Events are appended in time order; what falls between two rows is said when the later one comes.
#[derive(Debug)]
pub struct Exchange {
    settings: ExchangeSettings,
    fees: FeeSchedule,
    /// By market number.
    desks: Vec<Desk>,
    /// By market number: whether a row of it matters. Apart from `desks`, since every row of the tape asks.
    watched: Vec<bool>,
    /// How many markets are watched.
    watching: usize,
    /// Where each working order is.
    market_of: BTreeMap<OrderId, MarketId>,
    agenda: Agenda,
}

impl Exchange {
    /// An exchange without markets. Settings are not checked here: see [`ExchangeSettings::validate`].
    pub fn new(settings: ExchangeSettings) -> Self {
        Exchange {
            fees: settings.fees.schedule(settings.fee_multiplier_percent),
            settings,
            desks: Vec::new(),
            watched: Vec::new(),
            watching: 0,
            market_of: BTreeMap::new(),
            agenda: Agenda::new(),
        }
    }

    /// How many orders can still fill.
    pub fn working(&self) -> usize {
        self.market_of.len()
    }

    /// Announces a market, or its new close time: what still works then is cancelled. Orders in a market that was never
    /// announced work too; it then closes when it settles.
    pub fn list(&mut self, market: &Market) {
        self.make_room(market.id);
        let desk = &mut self.desks[market.id.index()];
        let before = std::mem::replace(&mut desk.closes, market.closes);
        for working in &desk.orders {
            working.dues(before).for_each(|due| self.agenda.remove(due));
            working.dues(market.closes).for_each(|due| self.agenda.insert(due));
        }
    }

    /// Takes an order. `quote` is its market's latest row at `order.created`, which is the exchange's time afterwards.
    ///
    /// An order that no venue would take ends at once as [`OrderState::Rejected`], with the reason.
    pub fn place(&mut self, order: &Order, quote: &Quote, out: &mut Vec<VenueEvent>) {
        self.advance(order.created, out);
        self.make_room(order.market);
        let is_marketable = touch::crosses(quote, order.side, order.price);
        let mut working = Working::new(order, is_marketable);
        if let Some(reason) = self.refusal(order, quote) {
            out.push(working.closed(order.created, OrderState::Rejected, reason));
            return;
        }
        match self.settings.fill_model {
            FillModel::Instant => {
                out.push(working.fill(self.fees, order.created, order.price, order.qty, is_marketable));
            }
            FillModel::Touch => self.take_on_arrival(&mut working, quote, out),
            FillModel::Probabilistic => working.answer = Some(chance::answer(&self.settings, order)),
        }
        if !working.left.is_zero() {
            if order.time_in_force == TimeInForce::ImmediateOrCancel && working.answer.is_none() {
                out.push(leftover(&working, order.created));
            } else {
                self.rest(working);
            }
        }
        self.watch(order.market);
    }

    /// Cancels an order. One that has ended, or does so at `now`, is left alone: its last event stands.
    pub fn cancel(&mut self, order: OrderId, now: Timestamp, out: &mut Vec<VenueEvent>) {
        self.advance(now, out);
        let market = self.market_of.get(&order).copied();
        if let Some(working) = market.and_then(|market| self.remove(market, order)) {
            out.push(working.closed(now, OrderState::Cancelled, "cancelled by the host"));
        }
    }

    /// Shows every row of the tape, in time order, before the engine sees the poll that it belongs to.
    pub fn on_quotes(&mut self, rows: &QuotesView<'_>, out: &mut Vec<VenueEvent>) {
        let Some(&last) = rows.time.last() else { return };
        if self.watching == 0 {
            // Nothing depends on a row: the ends and answers up to the last one are all that can happen.
            return self.advance(Timestamp(last), out);
        }
        // Rows add nothing to the agenda, so what is not due at the last row is due at none.
        let is_due = self.agenda.is_due(Timestamp(last));
        for (row, &market) in rows.market.iter().enumerate() {
            if is_due {
                self.advance(Timestamp(rows.time[row]), out);
            }
            if self.watched.get(market as usize).is_some_and(|&watched| watched) {
                self.on_row(&rows.row(row), out);
            }
        }
    }

    /// Lets time pass where no row comes.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<VenueEvent>) {
        if !self.agenda.is_due(now) {
            return;
        }
        while let Some(due) = self.agenda.pop(now) {
            match due.kind {
                DueKind::End => self.end(due, out),
                DueKind::Answer => self.answer(due, out),
            }
        }
    }

    /// A market has resolved: what works in it is cancelled, and nothing is taken any more.
    pub fn settle(&mut self, settlement: Settlement, out: &mut Vec<VenueEvent>) {
        self.advance(settlement.time, out);
        self.make_room(settlement.market);
        let desk = &mut self.desks[settlement.market.index()];
        desk.is_settled = true;
        let mut orders: Vec<OrderId> = desk.orders.iter().map(|working| working.order.id).collect();
        orders.sort_unstable();
        for order in orders {
            if let Some(working) = self.remove(settlement.market, order) {
                out.push(working.closed(settlement.time, OrderState::Cancelled, "the market has settled"));
            }
        }
    }

    fn make_room(&mut self, market: MarketId) {
        if self.desks.len() <= market.index() {
            self.desks.resize_with(market.index() + 1, Desk::default);
            self.watched.resize(market.index() + 1, false);
        }
    }

    /// Why no venue would take `order`.
    fn refusal(&self, order: &Order, quote: &Quote) -> Option<String> {
        let desk = &self.desks[order.market.index()];
        match order.time_in_force {
            _ if desk.is_settled => Some("the market has settled".to_owned()),
            _ if desk.closes.is_some_and(|closes| closes <= order.created) => Some("the market is closed".to_owned()),
            _ if order.qty <= Qty::ZERO => Some(format!("quantity {} is not positive", order.qty)),
            _ if order.price <= Price::ZERO || order.price >= Price::ONE => {
                Some(format!("price {} is not between 0 and 1", order.price))
            }
            _ if self.market_of.contains_key(&order.id) => Some("an order of this number works already".to_owned()),
            _ if quote.market != order.market => Some("the quote shown is another market's".to_owned()),
            TimeInForce::GoodTill(time) if time <= order.created => Some(format!("expires at {time}, when it is made")),
            _ => None,
        }
    }

    /// The touch model's first look: `working` takes what the other side displays.
    fn take_on_arrival(&mut self, working: &mut Working, quote: &Quote, out: &mut Vec<VenueEvent>) {
        // Should the quote be newer than the last row, then the orders that rest come first.
        self.on_row(quote, out);
        let (order, fees) = (&working.order, self.fees);
        let top = self.desks[order.market.index()].top.get_or_insert_with(|| Top::new(quote));
        let (time, price) = (order.created, top.take_price(order.side));
        let qty = top.take(order.side, order.price, order.qty);
        if let Some(price) = price.filter(|_| !qty.is_zero()) {
            out.push(working.fill(fees, time, price, qty, true));
        }
    }

    /// A row of a watched market: resting orders fill, best price first.
    fn on_row(&mut self, quote: &Quote, out: &mut Vec<VenueEvent>) {
        let Desk { top, orders, .. } = &mut self.desks[quote.market.index()];
        let Some(top) = top.as_mut().filter(|top| top.quote.time <= quote.time) else { return };
        let mut print = top.observe(quote);
        let mut has_filled = false;
        for working in orders.iter_mut().filter(|working| working.order.created <= quote.time) {
            let (side, limit) = (working.order.side, working.order.price);
            let mut qty = top.take(side, limit, working.left);
            if let Some(print) = &mut print {
                qty += print.take(side, limit, working.left - qty);
            }
            if !qty.is_zero() {
                out.push(working.fill(self.fees, quote.time, limit, qty, false));
                has_filled = true;
            }
        }
        if has_filled {
            let filled: Vec<_> = orders.iter().filter(|one| one.left.is_zero()).map(|one| one.order.id).collect();
            for order in filled {
                self.remove(quote.market, order);
            }
        }
        self.watch(quote.market);
    }

    /// `working` stays until it fills or ends.
    fn rest(&mut self, working: Working) {
        let desk = &mut self.desks[working.order.market.index()];
        working.dues(desk.closes).for_each(|due| self.agenda.insert(due));
        self.market_of.insert(working.order.id, working.order.market);
        desk.insert(working);
    }

    /// Takes an order out, with all that was due for it.
    fn remove(&mut self, market: MarketId, order: OrderId) -> Option<Working> {
        let desk = &mut self.desks[market.index()];
        let index = desk.orders.iter().position(|working| working.order.id == order)?;
        let working = desk.orders.remove(index);
        working.dues(desk.closes).for_each(|due| self.agenda.remove(due));
        self.market_of.remove(&order);
        self.watch(market);
        Some(working)
    }

    /// Starts or stops looking at a market's rows, as it needs.
    fn watch(&mut self, market: MarketId) {
        let (desk, watched) = (&mut self.desks[market.index()], &mut self.watched[market.index()]);
        let needs_rows = desk.needs_rows();
        if !needs_rows {
            desk.top = None;
        }
        self.watching = self.watching + usize::from(needs_rows) - usize::from(*watched);
        *watched = needs_rows;
    }

    /// An order's time has run out, or its market closes.
    fn end(&mut self, due: Due, out: &mut Vec<VenueEvent>) {
        let Some(working) = self.remove(due.market, due.order) else { return };
        out.push(if working.expiry().is_some_and(|expiry| expiry <= due.time) {
            working.closed(due.time, OrderState::Expired, "its time ran out")
        } else {
            working.closed(due.time, OrderState::Cancelled, "the market closed")
        });
    }

    /// The probabilistic model's verdict on an order arrives.
    fn answer(&mut self, due: Due, out: &mut Vec<VenueEvent>) {
        let orders = &mut self.desks[due.market.index()].orders;
        let Some(working) = orders.iter_mut().find(|working| working.order.id == due.order) else { return };
        if let Some((price, qty)) = working.answer.take().and_then(|answer| answer.fill) {
            let taker = working.is_marketable;
            out.push(working.fill(self.fees, due.time, price, qty, taker));
        }
        if working.left.is_zero() {
            self.remove(due.market, due.order);
        } else if working.order.time_in_force == TimeInForce::ImmediateOrCancel {
            out.push(leftover(working, due.time));
            self.remove(due.market, due.order);
        }
    }
}

/// What an immediate-or-cancel order could not fill at once is cancelled.
fn leftover(working: &Working, time: Timestamp) -> VenueEvent {
    working.closed(time, OrderState::Cancelled, "not filled at once")
}
