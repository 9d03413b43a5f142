//! Order groups: limits on what a group's orders may trade within any 15 seconds.
//!
//! A group that hits its limit is triggered: its orders are cancelled, and new ones are refused until it is reset.

use std::collections::{BTreeSet, VecDeque};

use host_core::{Qty, Timestamp};
use uuid::Uuid;

use super::error::{InvalidOrder, Resource, VenueError};
use super::group::{GroupView, OrderGroup, WINDOW};
use super::ids::{AccountId, MemberId};
use super::order::{BookOrder, CancelReason};
use super::state::Venue;
use super::update::{Change, GroupEvent};

/// The venue's limit for each member.
const MOST_GROUPS: usize = 100_000;

impl Venue {
    /// Creates an order group and returns its id.
    ///
    /// # Errors
    /// If there is no such member or subaccount, the limit is not positive, or the member has too many groups.
    pub fn create_group(&mut self, account: AccountId, limit: Qty, now: Timestamp) -> Result<Uuid, VenueError> {
        self.advance(now);
        self.check_writable()?;
        check_limit(limit)?;
        self.ledger_or_new(account)?;
        let (id, number) = (self.ids.draw(), self.next_number());
        let member = self.members.get_mut(account.member.0 as usize).ok_or(VenueError::NotFound(Resource::Member))?;
        if member.groups.len() >= MOST_GROUPS {
            return Err(VenueError::BadRequest("too many order groups: delete some first"));
        }
        member.groups.insert(number, id);
        let group = OrderGroup {
            account,
            number,
            limit,
            is_triggered: false,
            matched: VecDeque::new(),
            orders: BTreeSet::new(),
        };
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

    /// Lets a group accept orders again; earlier matches no longer count.
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

    /// Sets a group's limit, which triggers the group at once if it is already reached.
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

    /// Returns a member's group.
    ///
    /// # Errors
    /// If the member has no such group.
    pub fn group(&self, member: MemberId, id: Uuid) -> Result<GroupView, VenueError> {
        let group = self.groups.get(&id).filter(|group| group.account.member == member);
        Ok(self.view(id, group.ok_or(VenueError::NotFound(Resource::OrderGroup))?))
    }

    /// Returns a member's groups, or those of one subaccount, oldest first.
    pub fn groups(&self, member: MemberId, subaccount: Option<u8>) -> Vec<GroupView> {
        let ids = self.member(member).map(|member| member.groups.values()).into_iter().flatten();
        let groups = ids.filter_map(|&id| Some((id, self.groups.get(&id)?)));
        let meant = groups.filter(|(_, group)| subaccount.is_none_or(|number| group.account.subaccount == number));
        meant.map(|(id, group)| self.view(id, group)).collect()
    }

    fn view(&self, id: Uuid, group: &OrderGroup) -> GroupView {
        let orders = group.orders.iter().filter_map(|number| self.orders.get(number)).map(|order| order.id);
        GroupView {
            id,
            account: group.account,
            limit: group.limit,
            is_triggered: group.is_triggered,
            orders: orders.collect(),
        }
    }

    fn group_mut(&mut self, member: MemberId, id: Uuid) -> Result<&mut OrderGroup, VenueError> {
        self.check_writable()?;
        let group = self.groups.get_mut(&id).filter(|group| group.account.member == member);
        group.ok_or(VenueError::NotFound(Resource::OrderGroup))
    }

    /// Checks that an order of `account` may join a group.
    pub(super) fn check_group(&self, account: AccountId, id: Uuid) -> Result<(), VenueError> {
        let group = self.groups.get(&id).filter(|group| group.account == account);
        match group.ok_or(VenueError::NotFound(Resource::OrderGroup))?.is_triggered {
            true => Err(InvalidOrder::GroupTriggered.into()),
            false => Ok(()),
        }
    }

    /// Returns the contracts that a group may still match now; unlimited for a group that no longer exists.
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

    /// Triggers a group that has hit its limit; returns true if it had.
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

    pub(super) fn join_group(&mut self, order: &BookOrder) {
        if let Some(group) = order.group.and_then(|id| self.groups.get_mut(&id)) {
            group.orders.insert(order.number);
        }
    }

    pub(super) fn leave_group(&mut self, order: &BookOrder) {
        if let Some(group) = order.group.and_then(|id| self.groups.get_mut(&id)) {
            group.orders.remove(&order.number);
        }
    }
}

fn check_limit(limit: Qty) -> Result<(), VenueError> {
    if limit <= Qty::ZERO { Err(VenueError::BadRequest("contracts_limit must be positive")) } else { Ok(()) }
}
