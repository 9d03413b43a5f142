//! Orders on the book: how they get there, shrink and end, and who has to know of it.

use host_core::{MarketId, Qty};
use uuid::Uuid;

use super::Venue;
use super::book::{Place, Resting};
use super::error::{Thing, VenueError};
use super::ids::MemberId;
use super::lifecycle::Due;
use super::order::{CancelReason, Order, OrderStatus};
use super::update::{BookDelta, Change};

impl Order {
    pub(super) const fn place(&self) -> Place {
        Place { side: self.side, price: self.price, priority: self.priority }
    }
}

impl Venue {
    /// Puts an order on the book, at the end of its price's queue.
    pub(super) fn rest(&mut self, order: &Order) {
        let (place, resting) = (order.place(), Resting { order: order.number, qty: order.remaining });
        if let Some(market) = self.markets.get_mut(order.market.index()) {
            market.book.insert(place, resting);
        }
        if let Ok(ledger) = self.ledger_or_new(order.account) {
            ledger.holdings.entry(order.market).or_default().book.insert(place, resting);
        }
        if let Some(expires) = order.expires() {
            self.agenda.insert((expires, Due::Expire(order.number)));
        }
        self.join_group(order);
        self.emit_delta(order, order.remaining);
    }

    /// Takes `qty` off a resting order, on all books.
    pub(super) fn shrink(&mut self, order: &mut Order, qty: Qty) {
        if let Some(market) = self.markets.get_mut(order.market.index()) {
            market.book.reduce(order.place(), qty);
        }
        let market = order.market;
        if let Some(holding) = self.ledger_mut(order.account).and_then(|ledger| ledger.holdings.get_mut(&market)) {
            holding.book.reduce(order.place(), qty);
        }
        order.remaining -= qty;
        order.updated = self.now;
        self.emit_delta(order, -qty);
    }

    /// Ends a resting order; nothing happens to one that does not rest.
    pub(super) fn end_order(&mut self, number: u64, reason: CancelReason) {
        if self.orders.get(&number).is_none_or(|order| order.status != OrderStatus::Resting) {
            return;
        }
        let Some(mut order) = self.orders.remove(&number) else { return };
        let left = order.remaining;
        self.shrink(&mut order, left);
        self.mark_canceled(&mut order, reason);
        self.forget(&order);
        self.reclaim(&order);
        self.keep(&order);
        self.emit_order(&order);
    }

    pub(super) fn mark_canceled(&self, order: &mut Order, reason: CancelReason) {
        order.status = OrderStatus::Canceled;
        order.cancel_reason = Some(reason);
        order.remaining = Qty::ZERO;
        order.updated = self.now;
    }

    /// An order that rested does so no more: nothing falls due for it.
    pub(super) fn forget(&mut self, order: &Order) {
        if let Some(expires) = order.expires() {
            self.agenda.remove(&(expires, Due::Expire(order.number)));
        }
        self.leave_group(order);
    }

    /// Stores an order as it is now; the house's only as long as they rest.
    pub(super) fn keep(&mut self, order: &Order) {
        if order.status == OrderStatus::Resting || !order.account.member.is_house() {
            self.orders.insert(order.number, order.clone());
        }
    }

    /// Recomputes what the resting orders of an order's account and market lay claim to.
    pub(super) fn reclaim(&mut self, order: &Order) {
        if order.account.member.is_house() {
            return;
        }
        let fees = self.fees_for(order.account.member, order.market);
        if let Some(ledger) = self.ledger_mut(order.account) {
            ledger.reclaim(order.market, fees);
        }
    }

    /// Lets a market's figures know what its book shows now.
    pub(super) fn note_book(&mut self, market: MarketId) {
        let now = self.now;
        if let Some(market) = self.markets.get_mut(market.index()) {
            let top = market.book.top();
            market.stats.note(top, now);
            market.candles.note(top, market.stats.open_interest, now);
        }
    }

    pub(super) fn emit_order(&mut self, order: &Order) {
        if !order.account.member.is_house() {
            self.emit(Change::Order(Box::new(order.clone())));
        }
    }

    pub(super) fn emit_delta(&mut self, order: &Order, delta: Qty) {
        self.emit(Change::Book(BookDelta {
            market: order.market,
            side: order.side,
            price: order.price,
            delta,
            member: order.account.member,
            client_order_id: order.client_order_id.clone(),
        }));
    }

    /// The number of a member's order.
    pub(super) fn number_of(&self, member: MemberId, order: Uuid) -> Result<u64, VenueError> {
        let number = self
            .order_of_id
            .get(&order)
            .copied()
            .filter(|number| self.orders.get(number).is_some_and(|order| order.account.member == member));
        number.ok_or(VenueError::NotFound(Thing::Order))
    }
}
