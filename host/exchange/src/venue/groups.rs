//! Order groups: a limit on what a group's orders may trade within any 15 seconds.
//!
//! A group that hits its limit is triggered: its orders are cancelled, and new ones are refused until it is reset.

use std::collections::{BTreeSet, VecDeque};

use host_core::{Qty, Span, Timestamp};
use uuid::Uuid;

use super::Venue;
use super::error::{InvalidOrder, Thing, VenueError};
use super::ids::{Account, MemberId};
use super::order::{CancelReason, Order};
use super::update::{Change, GroupEvent};

/// How long a match counts.
const WINDOW: Span = Span::seconds(15);
/// The venue's own bound, for each member.
const MOST_GROUPS: usize = 100_000;

#[derive(Debug)]
pub(super) struct Group {
    account: Account,
    /// In the order of making.
    number: u64,
    limit: Qty,
    is_triggered: bool,
    /// What was matched within the window, oldest first.
    matched: VecDeque<(Timestamp, Qty)>,
    /// Numbers of the orders that rest.
    orders: BTreeSet<u64>,
}

/// An order group as members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// The venue's id.
    pub id: Uuid,
    /// Whose.
    pub account: Account,
    /// Contracts within any 15 seconds.
    pub limit: Qty,
    /// Whether its orders were cancelled, and new ones are refused until it is reset.
    pub is_triggered: bool,
    /// Ids of its resting orders, oldest first.
    pub orders: Vec<Uuid>,
}

impl Venue {
    /// A new order group.
    ///
    /// # Errors
    /// If there is no such member or subaccount, the limit is not positive, or the member has too many groups.
    pub fn create_group(&mut self, account: Account, limit: Qty, now: Timestamp) -> Result<Uuid, VenueError> {
        self.advance(now);
        self.check_writable()?;
        check_limit(limit)?;
        self.ledger_or_new(account)?;
        let (id, number) = (self.ids.draw(), self.next_number());
        let member = self.members.get_mut(account.member.0 as usize).ok_or(VenueError::NotFound(Thing::Member))?;
        if member.groups.len() >= MOST_GROUPS {
            return Err(VenueError::BadRequest("too many order groups: delete some first"));
        }
        member.groups.insert(number, id);
        let group =
            Group { account, number, limit, is_triggered: false, matched: VecDeque::new(), orders: BTreeSet::new() };
        self.groups.insert(id, group);
        self.emit(Change::Group { account, group: id, event: GroupEvent::Created(limit) });
        Ok(id)
    }

    /// Cancels a group's orders and refuses new ones until it is reset.
    ///
    /// # Errors
    /// If the member has no such group, or the exchange is closed.
    pub fn trigger_group(&mut self, member: MemberId, id: Uuid, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.group_mut(member, id)?;
        self.trigger(id);
        Ok(())
    }

    /// Lets a group take orders again; what was matched before counts no more.
    ///
    /// # Errors
    /// If the member has no such group, or the exchange is closed.
    pub fn reset_group(&mut self, member: MemberId, id: Uuid, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        let group = self.group_mut(member, id)?;
        group.is_triggered = false;
        group.matched.clear();
        let account = group.account;
        self.emit(Change::Group { account, group: id, event: GroupEvent::Reset });
        Ok(())
    }

    /// Sets a group's limit; one that has been hit already triggers it.
    ///
    /// # Errors
    /// If the member has no such group, the limit is not positive, or the exchange is closed.
    pub fn limit_group(&mut self, member: MemberId, id: Uuid, limit: Qty, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        check_limit(limit)?;
        let group = self.group_mut(member, id)?;
        group.limit = limit;
        let account = group.account;
        self.emit(Change::Group { account, group: id, event: GroupEvent::LimitUpdated(limit) });
        self.trigger_if_full(id);
        Ok(())
    }

    /// Deletes a group and cancels its orders.
    ///
    /// # Errors
    /// If the member has no such group, or the exchange is closed.
    pub fn delete_group(&mut self, member: MemberId, id: Uuid, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        let group = self.group_mut(member, id)?;
        let (account, number) = (group.account, group.number);
        self.cancel_group(id);
        self.groups.remove(&id);
        if let Some(member) = self.members.get_mut(member.0 as usize) {
            member.groups.remove(&number);
        }
        self.emit(Change::Group { account, group: id, event: GroupEvent::Deleted });
        Ok(())
    }

    /// A member's group.
    ///
    /// # Errors
    /// If he has no such group.
    pub fn group(&self, member: MemberId, id: Uuid) -> Result<GroupView, VenueError> {
        let group = self.groups.get(&id).filter(|group| group.account.member == member);
        Ok(self.view(id, group.ok_or(VenueError::NotFound(Thing::OrderGroup))?))
    }

    /// A member's groups, or those of one of his subaccounts, oldest first.
    pub fn groups(&self, member: MemberId, subaccount: Option<u8>) -> Vec<GroupView> {
        let ids = self.member(member).map(|member| member.groups.values()).into_iter().flatten();
        let groups = ids.filter_map(|&id| Some((id, self.groups.get(&id)?)));
        let meant = groups.filter(|(_, group)| subaccount.is_none_or(|number| group.account.subaccount == number));
        meant.map(|(id, group)| self.view(id, group)).collect()
    }

    fn view(&self, id: Uuid, group: &Group) -> GroupView {
        let orders = group.orders.iter().filter_map(|number| self.orders.get(number)).map(|order| order.id);
        GroupView {
            id,
            account: group.account,
            limit: group.limit,
            is_triggered: group.is_triggered,
            orders: orders.collect(),
        }
    }

    fn group_mut(&mut self, member: MemberId, id: Uuid) -> Result<&mut Group, VenueError> {
        self.check_writable()?;
        let group = self.groups.get_mut(&id).filter(|group| group.account.member == member);
        group.ok_or(VenueError::NotFound(Thing::OrderGroup))
    }

    /// Whether an order of `account` may join a group.
    pub(super) fn check_group(&self, account: Account, id: Uuid) -> Result<(), VenueError> {
        let group = self.groups.get(&id).filter(|group| group.account == account);
        match group.ok_or(VenueError::NotFound(Thing::OrderGroup))?.is_triggered {
            true => Err(InvalidOrder::GroupTriggered.into()),
            false => Ok(()),
        }
    }

    /// Contracts that a group may still match now; without limit for a group that is gone.
    pub(super) fn allowance(&self, id: Uuid) -> Qty {
        self.groups.get(&id).map_or(Qty(i64::MAX), |group| group.limit - group.matched_since(self.now - WINDOW))
    }

    pub(super) fn count_in_group(&mut self, id: Uuid, qty: Qty) {
        let now = self.now;
        if let Some(group) = self.groups.get_mut(&id) {
            group.matched.push_back((now, qty));
            while group.matched.pop_front_if(|(time, _)| *time <= now - WINDOW).is_some() {}
        }
    }

    /// Triggers a group that has hit its limit; whether it had.
    pub(super) fn trigger_if_full(&mut self, id: Uuid) -> bool {
        let is_full = self.groups.contains_key(&id) && self.allowance(id) <= Qty::ZERO;
        if is_full {
            self.trigger(id);
        }
        is_full
    }

    fn trigger(&mut self, id: Uuid) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let was_triggered = std::mem::replace(&mut group.is_triggered, true);
        let account = group.account;
        self.cancel_group(id);
        if !was_triggered {
            self.emit(Change::Group { account, group: id, event: GroupEvent::Triggered });
        }
    }

    fn cancel_group(&mut self, id: Uuid) {
        let Some(group) = self.groups.get(&id) else { return };
        for number in Vec::from_iter(group.orders.iter().copied()) {
            let market = self.orders.get(&number).map(|order| order.market);
            self.end_order(number, CancelReason::Group);
            market.into_iter().for_each(|market| self.note_book(market));
        }
    }

    pub(super) fn join_group(&mut self, order: &Order) {
        if let Some(group) = order.group.and_then(|id| self.groups.get_mut(&id)) {
            group.orders.insert(order.number);
        }
    }

    pub(super) fn leave_group(&mut self, order: &Order) {
        if let Some(group) = order.group.and_then(|id| self.groups.get_mut(&id)) {
            group.orders.remove(&order.number);
        }
    }
}

impl Group {
    fn matched_since(&self, from: Timestamp) -> Qty {
        self.matched.iter().rev().take_while(|(time, _)| *time > from).map(|&(_, qty)| qty).sum()
    }
}

fn check_limit(limit: Qty) -> Result<(), VenueError> {
    if limit <= Qty::ZERO { Err(VenueError::BadRequest("contracts_limit must be positive")) } else { Ok(()) }
}
