//! New orders: what they must be, and the way they go in.

use host_core::{Qty, Timestamp};

use super::Venue;
use super::error::{InvalidOrder, Thing, VenueError};
use super::ids::{Account, MemberId};
use super::matching::crosses;
use super::order::{NewOrder, Order, Placed, TimeInForce};

/// A billion contracts: what is beyond could not be paid for, and its cost might overflow.
pub(super) const LARGEST_COUNT: Qty = Qty::contracts(1_000_000_000);

impl Venue {
    /// Makes an order: it takes what it can, and rests or ends, as it says.
    ///
    /// # Errors
    /// If the exchange refuses it: see [`VenueError`].
    pub fn create(&mut self, member: MemberId, order: &NewOrder, now: Timestamp) -> Result<Placed, VenueError> {
        self.advance(now);
        let order = self.accept(member, order)?;
        let plan = self.plan(&order);
        if order.post_only && self.would_take(&order) {
            return Err(InvalidOrder::PostOnlyCross.into());
        }
        if order.time_in_force == TimeInForce::FillOrKill && !plan.left.is_zero() {
            self.use_client_order_id(&order);
            return Err(VenueError::FillOrKillInsufficientRestingVolume);
        }
        self.check_balance(&order, &plan, None)?;
        self.use_client_order_id(&order);
        self.register(&order);
        let order = self.execute(order, &plan);
        Ok(Placed::of(&order, self.now))
    }

    /// Makes several orders, one after the other: each succeeds or fails on its own.
    pub fn create_batch(
        &mut self,
        member: MemberId,
        orders: &[NewOrder],
        now: Timestamp,
    ) -> Vec<Result<Placed, VenueError>> {
        orders.iter().map(|order| self.create(member, order, now)).collect()
    }

    /// Checks everything about a new order that does not depend on the book.
    fn accept(&mut self, member: MemberId, new: &NewOrder) -> Result<Order, VenueError> {
        self.check_writable()?;
        let market = self.market_by_ticker(&new.ticker).ok_or(VenueError::NotFound(Thing::Market))?;
        check_form(new, market.listing.structure.allows(new.price), self.now)?;
        self.check_trading(market)?;
        let (market, account) = (market.id, Account { member, subaccount: new.subaccount });
        let known = self.member(member).ok_or(VenueError::NotFound(Thing::Member))?;
        if known.client_order_ids.contains(&new.client_order_id) {
            return Err(VenueError::OrderAlreadyExists);
        }
        if let Some(group) = new.group {
            self.check_group(account, group)?;
        }
        let mut count = new.count;
        if new.reduce_only {
            let holding = known.ledgers.get(&account.subaccount).and_then(|ledger| ledger.holdings.get(&market));
            count = count.min(holding.map_or(Qty::ZERO, |holding| holding.closable(new.side)));
            if count.is_zero() {
                return Err(InvalidOrder::NothingToReduce.into());
            }
        }
        self.ledger_or_new(account)?;
        let (id, number) = (self.ids.draw(), self.next_number());
        let mut order = Order::new(new, (id, number), account, market, self.now);
        (order.initial, order.remaining) = (count, count);
        Ok(order)
    }

    /// Whether there is anything on the other side that `order` would meet.
    pub(super) fn would_take(&self, order: &Order) -> bool {
        let best = self.market(order.market).and_then(|market| market.book.depth(order.side.opposite()).next());
        best.is_some_and(|(price, _)| crosses(order.side, order.price, price))
    }

    fn use_client_order_id(&mut self, order: &Order) {
        if let Some(member) = self.members.get_mut(order.account.member.0 as usize)
            && !order.client_order_id.is_empty()
        {
            member.client_order_ids.insert(order.client_order_id.clone());
        }
    }

    /// Makes a member's order known by its id, for good. The house's orders come and go unnamed.
    fn register(&mut self, order: &Order) {
        if order.account.member.is_house() {
            return;
        }
        self.order_of_id.insert(order.id, order.number);
        self.members[order.account.member.0 as usize].orders.push(order.number);
    }
}

/// Checks an order against itself.
fn check_form(order: &NewOrder, is_on_grid: bool, now: Timestamp) -> Result<(), InvalidOrder> {
    check_count(order.count)?;
    let rule = match order.time_in_force {
        _ if !is_on_grid => InvalidOrder::Price,
        _ if order.subaccount > Account::LAST_SUBACCOUNT => InvalidOrder::Subaccount,
        TimeInForce::GoodTillCanceled(Some(expires)) if expires <= now => InvalidOrder::Expiration,
        TimeInForce::FillOrKill | TimeInForce::ImmediateOrCancel if order.post_only => {
            InvalidOrder::PostOnlyNeedsGoodTillCanceled
        }
        TimeInForce::FillOrKill | TimeInForce::GoodTillCanceled(_) if order.reduce_only => {
            InvalidOrder::ReduceOnlyNeedsImmediateOrCancel
        }
        _ => return Ok(()),
    };
    Err(rule)
}

/// Checks that a number of contracts is one.
pub(super) fn check_count(count: Qty) -> Result<(), InvalidOrder> {
    if count <= Qty::ZERO || count > LARGEST_COUNT { Err(InvalidOrder::Count) } else { Ok(()) }
}
