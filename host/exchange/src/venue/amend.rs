//! Changes to resting orders: cancel, decrease, amend.
//!
//! A smaller size or a new expiry keeps the order's place in the queue; a new price or a larger size loses it.

use host_core::{Qty, Timestamp};
use uuid::Uuid;

use super::create::{check_client_order_id, check_count};
use super::error::{InvalidOrder, Resource, VenueError};
use super::ids::MemberId;
use super::market::MarketStatus;
use super::order::{
    Amendment, BookOrder, CancelReason, Expiration, OrderStatus, Placed, Reduced, Reduction, TimeInForce,
};
use super::schedule::ScheduledAction;
use super::state::Venue;

impl Venue {
    /// Cancels a resting order.
    ///
    /// # Errors
    /// [`VenueError::NotFound`] if the member has no such order or it has ended; [`VenueError::MarketInactive`] if its
    /// market is closed, which has ended it; [`VenueError::ExchangeIsPaused`] if the exchange is closed.
    pub fn cancel(&mut self, member: MemberId, order: Uuid, now: Timestamp) -> Result<Reduced, VenueError> {
        self.reduce(member, order, CancelReason::Member, now, Ok)
    }

    /// Cancels several orders; each succeeds or fails on its own.
    pub fn cancel_batch(
        &mut self,
        member: MemberId,
        orders: &[Uuid],
        now: Timestamp,
    ) -> Vec<Result<Reduced, VenueError>> {
        orders.iter().map(|&order| self.cancel(member, order, now)).collect()
    }

    /// Cancels all resting orders of a member, or of one subaccount; returns their number.
    ///
    /// # Errors
    /// [`VenueError::ExchangeIsPaused`] if the exchange is closed.
    pub fn cancel_all(
        &mut self,
        member: MemberId,
        subaccount: Option<u8>,
        now: Timestamp,
    ) -> Result<usize, VenueError> {
        self.advance(now);
        self.check_writable()?;
        let is_meant = |order: &&BookOrder| subaccount.is_none_or(|subaccount| order.account.subaccount == subaccount);
        let resting: Vec<(u64, _)> =
            self.resting_orders(member).filter(is_meant).map(|order| (order.number, order.market)).collect();
        for &(number, market) in &resting {
            self.end_order(number, CancelReason::Member);
            self.note_book(market);
        }
        Ok(resting.len())
    }

    /// Reduces the size of a resting order, which keeps its place in the queue. Reduced to zero, the order is
    /// cancelled.
    ///
    /// # Errors
    /// [`VenueError::NotFound`] as for [`Venue::cancel`]; [`VenueError::InvalidOrder`] if the order would not shrink.
    pub fn decrease(
        &mut self,
        member: MemberId,
        order: Uuid,
        reduction: Reduction,
        now: Timestamp,
    ) -> Result<Reduced, VenueError> {
        self.reduce(member, order, CancelReason::Decreased, now, |remaining| match reduction {
            Reduction::By(qty) if qty <= Qty::ZERO => Err(InvalidOrder::Count),
            Reduction::By(qty) => Ok(qty.min(remaining)),
            Reduction::To(qty) if qty < Qty::ZERO => Err(InvalidOrder::Count),
            Reduction::To(qty) if qty >= remaining => Err(InvalidOrder::NotADecrease),
            Reduction::To(qty) => Ok(remaining - qty),
        })
    }

    /// Changes the price, size, expiry or client order id of a resting order. At a price that crosses, the order
    /// takes.
    ///
    /// # Errors
    /// As for [`Venue::create`] and [`Venue::cancel`]; the order is then unchanged.
    pub fn amend(
        &mut self,
        member: MemberId,
        order: Uuid,
        amendment: &Amendment,
        now: Timestamp,
    ) -> Result<Placed, VenueError> {
        self.advance(now);
        let before = self.resting(member, order)?.clone();
        let after = self.amended(&before, amendment)?;
        let keeps_place = after.price == before.price && after.remaining <= before.remaining;
        let order = if keeps_place { self.amend_in_place(&before, after) } else { self.amend_anew(&before, after)? };
        if let Some(id) = &amendment.updated_client_order_id {
            self.members[member.0 as usize].client_order_ids.insert(id.clone());
        }
        self.note_book(order.market);
        Ok(Placed::of(&order, self.now))
    }

    /// Returns a member's resting order.
    fn resting(&self, member: MemberId, order: Uuid) -> Result<&BookOrder, VenueError> {
        self.check_writable()?;
        let order = self.order(member, order)?;
        let is_over = self.market(order.market).is_some_and(|market| market.status >= MarketStatus::Closed);
        match order.status {
            OrderStatus::Resting => Ok(order),
            _ if is_over => Err(VenueError::MarketInactive),
            _ => Err(VenueError::NotFound(Resource::Order)),
        }
    }

    /// Reduces a resting order by what `by` returns for its remaining contracts.
    fn reduce(
        &mut self,
        member: MemberId,
        order: Uuid,
        reason: CancelReason,
        now: Timestamp,
        by: impl Fn(Qty) -> Result<Qty, InvalidOrder>,
    ) -> Result<Reduced, VenueError> {
        self.advance(now);
        let mut order = self.resting(member, order)?.clone();
        let reduced_by = by(order.remaining)?;
        if reduced_by == order.remaining {
            self.end_order(order.number, reason);
            order.remaining = Qty::ZERO;
        } else {
            self.shrink(&mut order, reduced_by);
            self.reclaim(&order);
            self.keep(&order);
            self.emit_order(&order);
        }
        self.note_book(order.market);
        let BookOrder { id, client_order_id, remaining, .. } = order;
        Ok(Reduced { order_id: id, client_order_id, reduced_by, remaining, time: self.now })
    }

    /// Returns `before` with `amendment` applied.
    fn amended(&self, before: &BookOrder, amendment: &Amendment) -> Result<BookOrder, VenueError> {
        let market = self.market(before.market).ok_or(VenueError::NotFound(Resource::Market))?;
        self.check_trading(market)?;
        let is_same_order = market.listing.ticker == amendment.ticker
            && before.side == amendment.side
            && amendment.client_order_id.as_ref().is_none_or(|id| *id == before.client_order_id);
        if !is_same_order {
            return Err(InvalidOrder::AmendMismatch.into());
        }
        if !market.listing.structure.allows(amendment.price) {
            return Err(VenueError::InvalidPrice);
        }
        check_count(amendment.count)?;
        if amendment.count <= before.filled {
            return Err(InvalidOrder::CountBelowFilled.into());
        }
        let mut after = before.clone();
        after.time_in_force = match amendment.expiration {
            Expiration::Keep => before.time_in_force,
            Expiration::Clear => TimeInForce::GoodTillCanceled(None),
            Expiration::At(time) if time <= self.now => return Err(InvalidOrder::Expiration.into()),
            Expiration::At(time) => TimeInForce::GoodTillCanceled(Some(time)),
        };
        if let Some(id) = &amendment.updated_client_order_id {
            check_client_order_id(id)?;
            let member = self.member(before.account.member).ok_or(VenueError::NotFound(Resource::Member))?;
            if *id != before.client_order_id && member.client_order_ids.contains(id) {
                return Err(VenueError::OrderAlreadyExists);
            }
            after.client_order_id.clone_from(id);
        }
        (after.price, after.initial, after.remaining) =
            (amendment.price, amendment.count, amendment.count - before.filled);
        after.updated = self.now;
        Ok(after)
    }

    fn amend_in_place(&mut self, before: &BookOrder, mut after: BookOrder) -> BookOrder {
        let less = before.remaining - after.remaining;
        after.remaining = before.remaining;
        if !less.is_zero() {
            self.shrink(&mut after, less);
        }
        for (order, is_due) in [(before, false), (&after, true)] {
            let Some(expires) = order.expires() else { continue };
            let due = (expires, ScheduledAction::Expire(order.number));
            if is_due {
                self.schedule.insert(due)
            } else {
                self.schedule.remove(&due)
            };
        }
        self.reclaim(&after);
        self.keep(&after);
        self.emit_order(&after);
        after
    }

    /// Takes `before` off the book and enters `after` at the end of the queue.
    fn amend_anew(&mut self, before: &BookOrder, mut after: BookOrder) -> Result<BookOrder, VenueError> {
        if after.post_only && self.would_take(&after) {
            return Err(InvalidOrder::PostOnlyCross.into());
        }
        let plan = self.plan(&after);
        after.priority = self.next_number();
        self.check_balance(&after, &plan, Some(before))?;
        let mut gone = before.clone();
        self.shrink(&mut gone, before.remaining);
        self.forget(before);
        self.orders.remove(&before.number);
        Ok(self.execute(after, &plan))
    }
}
