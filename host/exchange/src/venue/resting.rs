//! Orders on the book: entering, shrinking, ending, and reporting these changes.

use host_core::{MarketId, Qty, Span};
use uuid::Uuid;

use super::book::{QueueKey, Resting};
use super::error::{Resource, VenueError};
use super::ids::MemberId;
use super::market::MarketStatus;
use super::order::{BookOrder, CancelReason, OrderStatus};
use super::schedule::ScheduledAction;
use super::state::Venue;
use super::update::{BookDelta, Change};

/// Time for which it is remembered that a member cancelled an order: as long as reads may lag.
const REMEMBERED: Span = Span::seconds(1);

impl BookOrder {
    pub(super) const fn queue_key(&self) -> QueueKey {
        QueueKey { side: self.side, price: self.price, priority: self.priority }
    }
}

impl Venue {
    /// Puts an order on the book, at the end of its price's queue.
    pub(super) fn rest(&mut self, order: &BookOrder) {
        let (key, resting) = (order.queue_key(), Resting { order: order.number, qty: order.remaining });
        if let Some(market) = self.markets.get_mut(order.market.index()) {
            market.book.insert(key, resting);
        }
        if let Ok(ledger) = self.ledger_or_new(order.account) {
            ledger.holdings.entry(order.market).or_default().book.insert(key, resting);
        }
        if let Some(expires) = order.expires() {
            self.schedule.insert((expires, ScheduledAction::Expire(order.number)));
        }
        self.join_group(order);
        self.emit_delta(order, order.remaining);
    }

    /// Reduces a resting order by `qty`, in the market's book and in the account's.
    pub(super) fn shrink(&mut self, order: &mut BookOrder, qty: Qty) {
        if let Some(market) = self.markets.get_mut(order.market.index()) {
            market.book.reduce(order.queue_key(), qty);
        }
        let market = order.market;
        if let Some(holding) = self.ledger_mut(order.account).and_then(|ledger| ledger.holdings.get_mut(&market)) {
            holding.book.reduce(order.queue_key(), qty);
        }
        order.remaining -= qty;
        order.updated = self.now;
        self.emit_delta(order, -qty);
    }

    /// Ends a resting order; does nothing if it does not rest.
    pub(super) fn end_order(&mut self, number: u64, reason: CancelReason) {
        if self.orders.get(&number).is_none_or(|order| order.status != OrderStatus::Resting) {
            return;
        }
        let Some(mut order) = self.orders.remove(&number) else { return };
        let left = order.remaining;
        self.shrink(&mut order, left);
        self.mark_canceled(&mut order, reason);
        if reason == CancelReason::Member {
            self.note_cancel(&order);
        }
        self.forget(&order);
        self.reclaim(&order);
        self.keep(&order);
        self.emit_order(&order);
    }

    /// Remembers for a moment that a member cancelled an order.
    fn note_cancel(&mut self, order: &BookOrder) {
        let now = self.now;
        let member = self.members.get_mut(order.account.member.0 as usize).filter(|member| !member.id.is_house());
        if let Some(member) = member {
            while member.cancelled.pop_front_if(|(time, _)| *time < now - REMEMBERED).is_some() {}
            member.cancelled.push_back((now, order.number));
        }
    }

    pub(super) fn mark_canceled(&self, order: &mut BookOrder, reason: CancelReason) {
        order.status = OrderStatus::Canceled;
        order.cancel_reason = Some(reason);
        order.remaining = Qty::ZERO;
        order.updated = self.now;
    }

    /// Removes a formerly resting order from the schedule and its group.
    pub(super) fn forget(&mut self, order: &BookOrder) {
        if let Some(expires) = order.expires() {
            self.schedule.remove(&(expires, ScheduledAction::Expire(order.number)));
        }
        self.leave_group(order);
    }

    /// Stores the order as it is now; house orders only while they rest.
    pub(super) fn keep(&mut self, order: &BookOrder) {
        if order.status == OrderStatus::Resting || !order.account.member.is_house() {
            self.orders.insert(order.number, order.clone());
        }
    }

    /// Recomputes what the resting orders in an order's account and market reserve.
    pub(super) fn reclaim(&mut self, order: &BookOrder) {
        if order.account.member.is_house() {
            return;
        }
        let fees = self.fees_for(order.account.member, order.market);
        if let Some(ledger) = self.ledger_mut(order.account) {
            ledger.reclaim(order.market, fees);
        }
    }

    /// Records the top of a market's book in its statistics.
    pub(super) fn note_book(&mut self, market: MarketId) {
        let now = self.now;
        if let Some(market) = self.markets.get_mut(market.index()) {
            let top = market.book.top();
            market.stats.note(top, now);
            // The book is emptied when a market closes, which is no news about prices.
            if market.status < MarketStatus::Closed {
                market.candles.note(top, market.stats.open_interest, now);
            }
        }
    }

    pub(super) fn emit_order(&mut self, order: &BookOrder) {
        if !order.account.member.is_house() {
            self.emit(Change::Order(Box::new(order.clone())));
        }
    }

    pub(super) fn emit_delta(&mut self, order: &BookOrder, delta: Qty) {
        self.emit(Change::Book(BookDelta {
            market: order.market,
            side: order.side,
            price: order.price,
            delta,
            member: order.account.member,
            client_order_id: order.client_order_id.clone(),
        }));
    }

    /// Returns the number of a member's order.
    pub(super) fn number_of(&self, member: MemberId, order: Uuid) -> Result<u64, VenueError> {
        let number = self
            .order_of_id
            .get(&order)
            .copied()
            .filter(|number| self.orders.get(number).is_some_and(|order| order.account.member == member));
        number.ok_or(VenueError::NotFound(Resource::Order))
    }
}
