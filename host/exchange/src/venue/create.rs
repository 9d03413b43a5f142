//! New orders: validation and entry.

use host_core::{Qty, Timestamp};

use super::error::{InvalidOrder, LONGEST_CLIENT_ORDER_ID, Resource, VenueError};
use super::ids::{AccountId, MemberId};
use super::matching::crosses;
use super::order::{BookOrder, NewOrder, Placed, TimeInForce};
use super::state::Venue;

/// A billion contracts. Larger orders could not be paid for, and their cost might overflow.
pub(super) const LARGEST_COUNT: Qty = Qty::contracts(1_000_000_000);

impl Venue {
    /// Creates an order, which takes what it can, then rests or ends according to its time in force.
    ///
    /// # Errors
    /// If the exchange refuses the order; see [`VenueError`].
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

    /// Creates several orders in sequence; each succeeds or fails on its own.
    pub fn create_batch(
        &mut self,
        member: MemberId,
        orders: &[NewOrder],
        now: Timestamp,
    ) -> Vec<Result<Placed, VenueError>> {
        orders.iter().map(|order| self.create(member, order, now)).collect()
    }

    /// Checks everything about a new order that does not depend on the book.
    fn accept(&mut self, member: MemberId, new: &NewOrder) -> Result<BookOrder, VenueError> {
        self.check_writable()?;
        let market = self.market_by_ticker(&new.ticker).ok_or(VenueError::NotFound(Resource::Market))?;
        check_client_order_id(&new.client_order_id)?;
        if !market.listing.structure.allows(new.price) {
            return Err(VenueError::InvalidPrice);
        }
        check_form(new, self.now)?;
        self.check_trading(market)?;
        let (market, account) = (market.id, AccountId { member, subaccount: new.subaccount });
        let known = self.member(member).ok_or(VenueError::NotFound(Resource::Member))?;
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
        let mut order = BookOrder::new(new, (id, number), account, market, self.now);
        (order.initial, order.remaining) = (count, count);
        Ok(order)
    }

    /// Returns true if `order` would match something on the other side.
    pub(super) fn would_take(&self, order: &BookOrder) -> bool {
        let best = self.market(order.market).and_then(|market| market.book.depth(order.side.opposite()).next());
        best.is_some_and(|(price, _)| crosses(order.side, order.price, price))
    }

    fn use_client_order_id(&mut self, order: &BookOrder) {
        if let Some(member) = self.members.get_mut(order.account.member.0 as usize)
            && !order.client_order_id.is_empty()
        {
            member.client_order_ids.insert(order.client_order_id.clone());
        }
    }

    /// Makes a member's order known by its id, permanently. House orders are never registered.
    fn register(&mut self, order: &BookOrder) {
        if order.account.member.is_house() {
            return;
        }
        self.order_of_id.insert(order.id, order.number);
        self.members[order.account.member.0 as usize].orders.push(order.number);
    }
}

/// Checks the order's fields against each other and against the clock.
fn check_form(order: &NewOrder, now: Timestamp) -> Result<(), InvalidOrder> {
    check_count(order.count)?;
    let rule = match order.time_in_force {
        _ if order.subaccount > AccountId::LAST_SUBACCOUNT => InvalidOrder::Subaccount,
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

/// Checks the length and the characters of a client order id; an empty one is none.
pub(super) fn check_client_order_id(id: &str) -> Result<(), VenueError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_:+=/-".contains(&byte);
    if id.len() <= LONGEST_CLIENT_ORDER_ID && id.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(VenueError::InvalidClientOrderId)
    }
}

/// Checks that a number of contracts is positive and not too large.
pub(super) fn check_count(count: Qty) -> Result<(), InvalidOrder> {
    if count <= Qty::ZERO || count > LARGEST_COUNT { Err(InvalidOrder::Count) } else { Ok(()) }
}
