//! The state machine of the simulated exchange.

use std::collections::BTreeMap;
use std::ops::Range;

use host_core::{
    Market, MarketId, Order, OrderId, OrderState, Price, PublicTrades, Qty, Quote, QuotesView, Settlement, TimeInForce,
    Timestamp, VenueEvent,
};

use super::ground::QueueGround;
use super::queue::TradedAtBest;
use super::schedule::{OrderSchedule, ScheduledEvent, ScheduledKind};
use super::settings::{ExchangeSettings, FillModel};
use super::touch::TouchMemory;
use super::working::{MarketOrders, SimulatedOrder};
use super::{chance, touch};
use host_core::fees::FeeSchedule;

/// Simulates a venue's order handling. Events are appended in time order; those between two rows are reported when
/// the later row arrives.
#[derive(Debug)]
pub struct SimulatedExchange {
    pub(super) settings: ExchangeSettings,
    pub(super) fees: FeeSchedule,
    /// By market number.
    pub(super) markets: Vec<MarketOrders>,
    /// By market number: true if the market's rows matter. Kept apart from `markets` because every row of the tape
    /// reads it.
    pub(super) watched: Vec<bool>,
    /// Number of watched markets.
    pub(super) watching: usize,
    /// The market of each working order.
    pub(super) market_of: BTreeMap<OrderId, MarketId>,
    pub(super) schedule: OrderSchedule,
    /// The times at which all trades are shown.
    pub(super) told_of_trades: Option<Range<Timestamp>>,
    pub(super) draws_by_ticker: bool,
    pub(super) ground: QueueGround,
}

impl SimulatedExchange {
    /// Returns an exchange without markets. The settings are not checked here; see [`ExchangeSettings::validate`].
    pub fn new(settings: ExchangeSettings) -> Self {
        SimulatedExchange {
            fees: settings.fees.schedule(settings.fee_multiplier_percent),
            settings,
            markets: Vec::new(),
            watched: Vec::new(),
            watching: 0,
            market_of: BTreeMap::new(),
            schedule: OrderSchedule::new(),
            told_of_trades: None,
            draws_by_ticker: false,
            ground: QueueGround::default(),
        }
    }

    /// Returns the number of orders that can still fill.
    pub fn working(&self) -> usize {
        self.market_of.len()
    }

    /// Returns true if something in a market matters: an order works in it, or displayed size counts as taken. Rows of
    /// other markets change nothing, nor do earlier ones of a market in which nothing matters.
    pub fn is_watching(&self, market: MarketId) -> bool {
        let market_orders = self.markets.get(market.index());
        self.watched.get(market.index()).is_some_and(|watched| *watched)
            || market_orders.is_some_and(|market_orders| !market_orders.orders.is_empty())
    }

    /// Announces a market or its new close time, at which orders still working are cancelled. Orders work in a market
    /// that was never announced too; it closes when it settles.
    pub fn list(&mut self, market: &Market) {
        self.make_room(market.id);
        let market_orders = &mut self.markets[market.id.index()];
        market_orders.drawn_as = self.draws_by_ticker.then(|| chance::market_of_ticker(&market.ticker));
        market_orders.worse_on = self.settings.one_tick_worse.then(|| market.ticks.clone());
        let before = std::mem::replace(&mut market_orders.closes, market.closes);
        for working in &market_orders.orders {
            working.scheduled(before).for_each(|event| self.schedule.remove(event));
            working.scheduled(market.closes).for_each(|event| self.schedule.insert(event));
        }
    }

    /// Places an order. `quote` is its market's latest row at `order.created`, which becomes the exchange's time.
    ///
    /// An order that no venue would accept ends at once as [`OrderState::Rejected`], with the reason.
    pub fn place(&mut self, order: &Order, quote: &Quote, out: &mut Vec<VenueEvent>) {
        self.advance(order.created, out);
        self.make_room(order.market);
        let stream = self.stream_of(order);
        let is_marketable = touch::crosses(quote, order.side, order.price);
        let grid = self.markets[order.market.index()].worse_on.clone();
        let mut working = SimulatedOrder::new(order, is_marketable).worse_on(grid);
        if let Some(reason) = self.rejection_reason(order, quote) {
            out.push(working.closed(order.created, OrderState::Rejected, reason));
            return;
        }
        match self.settings.fill_model {
            FillModel::Instant => {
                out.push(working.fill(self.fees, order.created, order.price, order.qty, is_marketable));
            }
            FillModel::Touch => self.take_on_arrival(&mut working, quote, out),
            FillModel::Queue | FillModel::Probabilistic => {
                self.send(working, stream, quote, out);
                return self.watch(order.market);
            }
            FillModel::Coin => working.outcome = Some(chance::draw_outcome(&self.settings, order, stream)),
        }
        if !working.left.is_zero() {
            if order.time_in_force == TimeInForce::ImmediateOrCancel && working.outcome.is_none() {
                out.push(working.leftover(order.created));
            } else {
                self.rest(working);
            }
        }
        self.watch(order.market);
    }

    /// Cancels an order, at once or, under the models with a queue, when the cancel reaches the venue. One that has
    /// ended, or ends at `now`, is left alone: its last event stands.
    pub fn cancel(&mut self, order: OrderId, now: Timestamp, out: &mut Vec<VenueEvent>) {
        self.advance(now, out);
        if self.send_cancel(order, now) {
            return;
        }
        let market = self.market_of.get(&order).copied();
        if let Some(working) = market.and_then(|market| self.remove(market, order)) {
            out.push(working.closed(now, OrderState::Cancelled, "cancelled by the host"));
        }
    }

    /// Takes in every row of the tape, in time order, before the engine sees the poll that the row belongs to.
    pub fn on_quotes(&mut self, rows: &QuotesView<'_>, out: &mut Vec<VenueEvent>) {
        let Some(&last) = rows.time.last() else { return };
        if self.watching == 0 {
            // Nothing depends on the rows: only ends and fills due by the last one can happen.
            return self.advance(Timestamp(last), out);
        }
        // Rows add nothing to the schedule, so if nothing is due at the last row, nothing is due before it.
        let is_due = self.schedule.is_due(Timestamp(last));
        for (row, &market) in rows.market.iter().enumerate() {
            if is_due {
                self.advance(Timestamp(rows.time[row]), out);
            }
            if self.watched.get(market as usize).is_some_and(|&watched| watched) {
                self.on_row(&rows.row(row), out);
            }
        }
    }

    /// Takes in rows as [`SimulatedExchange::on_quotes`] does, and the trades of `trades` from number `from` on that
    /// are not later than `until`, each before the rows of its time; no row is later than `until`. Returns the number
    /// of the first trade that is.
    pub fn on_market_data(
        &mut self,
        rows: &QuotesView<'_>,
        (trades, from): (&PublicTrades, usize),
        until: Timestamp,
        out: &mut Vec<VenueEvent>,
    ) -> usize {
        let end = from + trades.time[from..].partition_point(|&time| time <= until.0);
        if from == end {
            self.on_quotes(rows, out);
            return end;
        }
        let (mut shown, mut next) = (0, from);
        while next < end && self.watching > 0 {
            // Trades of one market's silence cost nothing: rows up to the next trade are shown at once.
            let time = trades.time[next];
            let before = shown + rows.time[shown..].partition_point(|&row| row < time);
            self.on_quotes(&rows.slice(shown..before), out);
            shown = before;
            if let Some(trade) = trades.row(next) {
                self.on_trade(&trade, out);
            }
            next += 1;
        }
        self.on_quotes(&rows.slice(shown..rows.len()), out);
        end
    }

    /// Lets time pass where there is no row.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<VenueEvent>) {
        if !self.schedule.is_due(now) {
            return;
        }
        while let Some(event) = self.schedule.pop(now) {
            match event.kind {
                ScheduledKind::End => self.end(event, out),
                ScheduledKind::Cancel => self.cancel_arrives(event, out),
                ScheduledKind::Join => self.join(event, out),
                ScheduledKind::Outcome => self.apply_outcome(event, out),
            }
        }
    }

    /// Settles a market: its working orders are cancelled, and it accepts no more.
    pub fn settle(&mut self, settlement: Settlement, out: &mut Vec<VenueEvent>) {
        self.advance(settlement.time, out);
        self.make_room(settlement.market);
        let market_orders = &mut self.markets[settlement.market.index()];
        market_orders.is_settled = true;
        let mut orders: Vec<OrderId> = market_orders.orders.iter().map(|working| working.order.id).collect();
        orders.sort_unstable();
        for order in orders {
            if let Some(working) = self.remove(settlement.market, order) {
                out.push(working.closed(settlement.time, OrderState::Cancelled, "the market has settled"));
            }
        }
        // No order comes any more, so it does not matter what was taken of the displayed size.
        self.markets[settlement.market.index()].top = None;
        self.watch(settlement.market);
    }

    fn make_room(&mut self, market: MarketId) {
        if self.markets.len() <= market.index() {
            self.markets.resize_with(market.index() + 1, MarketOrders::default);
            self.watched.resize(market.index() + 1, false);
        }
    }

    /// Returns the number of the stream of the draws of `order`.
    fn stream_of(&self, order: &Order) -> u64 {
        let drawn_as = self.markets[order.market.index()].drawn_as;
        chance::stream_of(order, drawn_as.unwrap_or(u64::from(order.market.0)))
    }

    /// Returns the reason why no venue would accept `order`.
    fn rejection_reason(&self, order: &Order, quote: &Quote) -> Option<String> {
        let market_orders = &self.markets[order.market.index()];
        match order.time_in_force {
            _ if market_orders.is_settled => Some("the market has settled".to_owned()),
            _ if market_orders.closes.is_some_and(|closes| closes <= order.created) => {
                Some("the market is closed".to_owned())
            }
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

    /// Lets an arriving order take what the other side displays (touch model).
    fn take_on_arrival(&mut self, working: &mut SimulatedOrder, quote: &Quote, out: &mut Vec<VenueEvent>) {
        // If the quote is newer than the last row, orders already resting fill first.
        self.on_row(quote, out);
        let fees = self.fees;
        let top = self.top_of(quote);
        let order = &working.order;
        let (time, price) = (order.created, top.take_price(order.side));
        let qty = top.take(order.side, order.price, order.qty);
        if let Some(price) = price.filter(|_| !qty.is_zero()) {
            out.push(working.fill(fees, time, price, qty, true));
        }
    }

    /// Returns the memory of the market of `quote`, made of it if there is none.
    pub(super) fn top_of(&mut self, quote: &Quote) -> &mut TouchMemory {
        let MarketOrders { top, traded, .. } = &mut self.markets[quote.market.index()];
        top.get_or_insert_with(|| {
            *traded = TradedAtBest::default();
            TouchMemory::new(quote)
        })
    }

    /// Fills the resting orders of a watched market against a new row, best price first.
    pub(super) fn on_row(&mut self, quote: &Quote, out: &mut Vec<VenueEvent>) {
        if self.settings.fill_model.queues() {
            return self.on_queued_row(quote, out);
        }
        let MarketOrders { top, orders, .. } = &mut self.markets[quote.market.index()];
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
            self.remove_filled(quote.market);
        }
        self.watch(quote.market);
    }

    /// Removes the orders of a market that have filled.
    pub(super) fn remove_filled(&mut self, market: MarketId) {
        let orders = &self.markets[market.index()].orders;
        let filled: Vec<_> = orders.iter().filter(|one| one.left.is_zero()).map(|one| one.order.id).collect();
        for order in filled {
            self.remove(market, order);
        }
    }

    /// Adds an order that works until it fills or ends.
    pub(super) fn rest(&mut self, working: SimulatedOrder) {
        let market_orders = &mut self.markets[working.order.market.index()];
        working.scheduled(market_orders.closes).for_each(|event| self.schedule.insert(event));
        self.market_of.insert(working.order.id, working.order.market);
        market_orders.insert(working);
    }

    /// Removes an order and everything scheduled for it.
    pub(super) fn remove(&mut self, market: MarketId, order: OrderId) -> Option<SimulatedOrder> {
        let market_orders = &mut self.markets[market.index()];
        let index = market_orders.orders.iter().position(|working| working.order.id == order)?;
        let working = market_orders.orders.remove(index);
        working.scheduled(market_orders.closes).for_each(|event| self.schedule.remove(event));
        self.market_of.remove(&order);
        self.watch(market);
        Some(working)
    }

    /// Starts or stops watching a market's rows, as needed.
    pub(super) fn watch(&mut self, market: MarketId) {
        let (market_orders, watched) = (&mut self.markets[market.index()], &mut self.watched[market.index()]);
        let needs_rows = market_orders.needs_rows();
        if !needs_rows {
            market_orders.top = None;
        }
        self.watching = self.watching + usize::from(needs_rows) - usize::from(*watched);
        *watched = needs_rows;
    }

    /// Ends an order that has expired or whose market closes.
    fn end(&mut self, event: ScheduledEvent, out: &mut Vec<VenueEvent>) {
        let Some(working) = self.remove(event.market, event.order) else { return };
        out.push(if working.expiry().is_some_and(|expiry| expiry <= event.time) {
            working.closed(event.time, OrderState::Expired, "its time ran out")
        } else {
            working.closed(event.time, OrderState::Cancelled, "the market closed")
        });
    }

    /// Applies the coin's outcome to an order.
    fn apply_outcome(&mut self, event: ScheduledEvent, out: &mut Vec<VenueEvent>) {
        let orders = &mut self.markets[event.market.index()].orders;
        let Some(working) = orders.iter_mut().find(|working| working.order.id == event.order) else { return };
        if let Some((price, qty)) = working.outcome.take().and_then(|outcome| outcome.fill) {
            let taker = working.is_marketable;
            out.push(working.fill(self.fees, event.time, price, qty, taker));
        }
        if working.left.is_zero() {
            self.remove(event.market, event.order);
        } else if working.order.time_in_force == TimeInForce::ImmediateOrCancel {
            out.push(working.leftover(event.time));
            self.remove(event.market, event.order);
        }
    }
}
