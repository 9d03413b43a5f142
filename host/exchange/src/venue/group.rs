//! One order group.

use std::collections::{BTreeSet, VecDeque};

use host_core::{Qty, Span, Timestamp};
use uuid::Uuid;

use super::ids::AccountId;

/// Time for which a match counts towards the limit.
pub(super) const WINDOW: Span = Span::seconds(15);
#[derive(Debug)]
pub(super) struct OrderGroup {
    pub(super) account: AccountId,
    /// Counts up in the order of creation.
    pub(super) number: u64,
    pub(super) limit: Qty,
    pub(super) is_triggered: bool,
    /// Matches within the window, oldest first.
    pub(super) matched: VecDeque<(Timestamp, Qty)>,
    /// Numbers of its resting orders.
    pub(super) orders: BTreeSet<u64>,
}

/// An order group as members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    pub id: Uuid,
    pub account: AccountId,
    /// Contracts within any 15 seconds.
    pub limit: Qty,
    /// True if its orders were cancelled, and new ones are refused until it is reset.
    pub is_triggered: bool,
    /// Ids of its resting orders, oldest first.
    pub orders: Vec<Uuid>,
}

impl OrderGroup {
    pub(super) fn matched_since(&self, from: Timestamp) -> Qty {
        self.matched.iter().rev().take_while(|(time, _)| *time > from).map(|&(_, qty)| qty).sum()
    }
}
