//! Orders with a place in the queue: they reach the venue, are reached by trades, and watch the displayed size.

use host_core::{OrderId, OrderState, PublicTrade, Quote, Side, Taker, TimeInForce, Timestamp, VenueEvent};

use super::arrival::{Arrival, show};
use super::exchange::SimulatedExchange;
use super::ground::QueueGround;
use super::queue::LevelChange;
use super::schedule::{ScheduledEvent, ScheduledKind};
use super::working::{MarketOrders, SimulatedOrder};
use super::{chance, touch};

impl SimulatedExchange {
    /// Takes up that every trade from `from` on and before `until` will be shown. At other times, decreases of the
    /// displayed size stand in for trades.
    #[must_use]
    pub fn told_of_trades(self, from: Timestamp, until: Timestamp) -> SimulatedExchange {
        SimulatedExchange { told_of_trades: Some(from..until), ..self }
    }

    /// Draws for markets by their tickers instead of their numbers: for an account whose markets get other numbers
    /// after a restart.
    #[must_use]
    pub fn drawn_by_ticker(self) -> SimulatedExchange {
        SimulatedExchange { draws_by_ticker: true, ..self }
    }

    /// Returns the ground that fills stand on, under the models with a queue.
    pub fn ground(&self) -> QueueGround {
        self.ground
    }

    /// Takes in a trade, in time order with the rows, and before the rows of the same time: they show the book after
    /// it. It reaches no order that joined at its time or later. Only models that
    /// [read trades](super::FillModel::reads_trades) need them.
    pub fn on_trade(&mut self, trade: &PublicTrade, out: &mut Vec<VenueEvent>) {
        self.advance(trade.time, out);
        let is_watched = self.watched.get(trade.market.index()).is_some_and(|&watched| watched);
        if !is_watched || !self.settings.fill_model.queues() {
            return;
        }
        let MarketOrders { top, traded, orders, .. } = &mut self.markets[trade.market.index()];
        let Some(top) = top else { return };
        let sides: &[Side] = match trade.taker {
            Taker::Sells => &[Side::Buy],
            Taker::Buys => &[Side::Sell],
            Taker::Unknown => &[Side::Buy, Side::Sell],
        };
        let (mut qty, fees, mut has_filled) = (trade.qty, self.fees, false);
        for &side in sides {
            traded.add(&top.quote, side, trade.price, trade.qty);
            let arrival = Arrival { side, price: trade.price, qty, time: trade.time };
            qty = arrival.reach(orders, |working, qty| {
                out.push(working.fill(fees, trade.time, working.order.price, qty, false));
                has_filled = true;
            });
        }
        if has_filled {
            self.remove_filled(trade.market);
        }
    }

    /// Sends an order with a place in the queue on its way. Its draws come from the stream of this number.
    pub(super) fn send(&mut self, mut working: SimulatedOrder, stream: u64, quote: &Quote, out: &mut Vec<VenueEvent>) {
        let place = chance::draw_place(&self.settings, &working.order, stream);
        working.place = Some(place);
        self.on_row(quote, out);
        self.top_of(quote);
        let (order, market, created) = (working.order.id, working.order.market, working.order.created);
        let arrival = ScheduledEvent { time: place.joins, kind: ScheduledKind::Join, order, market };
        self.rest(working);
        if place.joins <= created {
            self.schedule.remove(arrival);
            self.join(arrival, out);
        }
    }

    /// Lets an order that reaches the venue take what the other side displays, and queue with the rest.
    pub(super) fn join(&mut self, event: ScheduledEvent, out: &mut Vec<VenueEvent>) {
        let market_orders = &mut self.markets[event.market.index()];
        let Some(index) = market_orders.orders.iter().position(|working| working.order.id == event.order) else {
            return;
        };
        let Some(top) = &mut market_orders.top else { return };
        let mut working = market_orders.orders.remove(index);
        let (side, limit) = (working.order.side, working.order.price);
        if let Some(place) = &mut working.place {
            place.join(&top.quote, side, limit);
            self.ground.joined += 1;
            self.ground.unknown += u64::from(!place.is_known());
            let is_told = self.told_of_trades.as_ref().is_some_and(|told| told.contains(&event.time));
            self.ground.without_trades += u64::from(!is_told);
        }
        let price = top.take_price(side);
        let qty = top.take(side, limit, working.left);
        if let Some(price) = price.filter(|_| !qty.is_zero()) {
            out.push(working.fill(self.fees, event.time, price, qty, true));
        }
        let is_immediate = working.order.time_in_force == TimeInForce::ImmediateOrCancel;
        if is_immediate && !working.left.is_zero() {
            out.push(working.leftover(event.time));
        }
        let is_over = is_immediate || working.left.is_zero();
        // Behind those of its price that have joined before it.
        self.markets[event.market.index()].insert(working);
        if is_over {
            self.remove(event.market, event.order);
        }
    }

    /// Sends a cancel on its way. Returns true if the order has a place in the queue, where it works until the cancel
    /// arrives; a second cancel changes nothing.
    pub(super) fn send_cancel(&mut self, order: OrderId, now: Timestamp) -> bool {
        let Some(market) = self.market_of.get(&order) else { return false };
        let orders = &mut self.markets[market.index()].orders;
        let working = orders.iter_mut().find(|working| working.order.id == order);
        let Some(place) = working.and_then(|working| working.place.as_mut()) else { return false };
        if place.cancelled_at.is_none() {
            // It does not overtake the order.
            let time = Timestamp(now.0.saturating_add(place.cancel_latency_ns)).max(place.joins);
            if time <= now {
                return false;
            }
            place.cancelled_at = Some(time);
            self.schedule.insert(ScheduledEvent { time, kind: ScheduledKind::Cancel, order, market: *market });
        }
        true
    }

    /// Ends an order whose cancel has arrived.
    pub(super) fn cancel_arrives(&mut self, event: ScheduledEvent, out: &mut Vec<VenueEvent>) {
        if let Some(working) = self.remove(event.market, event.order) {
            out.push(working.closed(event.time, OrderState::Cancelled, "cancelled by the host"));
        }
    }

    /// Shows a new row to the orders of its market: as under the touch model, and with what it says of the queue.
    pub(super) fn on_queued_row(&mut self, quote: &Quote, out: &mut Vec<VenueEvent>) {
        let is_told = self.told_of_trades.as_ref().is_some_and(|told| told.contains(&quote.time));
        let MarketOrders { top, traded, orders, .. } = &mut self.markets[quote.market.index()];
        let Some(top) = top.as_mut().filter(|top| top.quote.time <= quote.time) else { return };
        let (before, fees, mut has_filled) = (top.quote, self.fees, false);
        let traded = std::mem::take(traded);
        // Where trades are known, the row's last price and volume say nothing more.
        let mut print = top.observe(quote).filter(|_| !is_told);
        let mut fill = |working: &mut SimulatedOrder, qty| {
            out.push(working.fill(fees, quote.time, working.order.price, qty, false));
            has_filled = true;
        };
        for working in orders.iter_mut().filter(|working| working.has_joined()) {
            let (side, limit) = (working.order.side, working.order.price);
            let mut qty = top.take(side, limit, working.left);
            if let Some(print) = &mut print {
                qty += print.take(side, limit, working.left - qty);
            }
            if !qty.is_zero() {
                fill(working, qty);
            }
        }
        for side in [Side::Buy, Side::Sell] {
            let mut change = LevelChange::between(&before, quote, side, traded.of(side));
            let best = touch::own(&before, side);
            if let Some(price) = best.filter(|_| !is_told) {
                let printed = print.and_then(|print| print.left_at(best)).unwrap_or_default();
                let qty = change.stand_in(printed);
                Arrival { side, price, qty, time: quote.time }.reach(orders, &mut fill);
                change = change.explained(qty);
            }
            show(&change, orders, side);
        }
        if has_filled {
            self.remove_filled(quote.market);
        }
        self.watch(quote.market);
    }
}
