//! A naive model of the outbox, and random operations for both the model and the store.

use std::collections::BTreeMap;

use host_core::OrderState;
use host_core::{OrderId, Qty};
use host_store::live::{Commit, LiveStore, OutboxRow};
use proptest::prelude::*;

use crate::support::*;

/// An operation on a store.
#[derive(Clone, Debug)]
pub enum Act {
    /// The engine places so many orders.
    Place(u64),
    Ack(u64),
    Unknown(u64),
    WantCancel(u64),
    /// A fill of so many contracts.
    Fill(u64, i64),
    End(u64, OrderState),
}

/// Generates operations on the first dozen orders. Many are not allowed at their time; the model tells which.
pub fn act() -> impl Strategy<Value = Act> {
    let id = 1..=12u64;
    let ends = vec![OrderState::Cancelled, OrderState::Expired, OrderState::Rejected, OrderState::NotPlaced];
    prop_oneof![
        2 => (1..=3u64).prop_map(Act::Place),
        4 => id.clone().prop_map(Act::Ack),
        1 => id.clone().prop_map(Act::Unknown),
        1 => id.clone().prop_map(Act::WantCancel),
        4 => (id.clone(), 1..=10i64).prop_map(|(id, contracts)| Act::Fill(id, contracts)),
        2 => (id, proptest::sample::select(ends)).prop_map(|(id, state)| Act::End(id, state)),
    ]
}

/// An order as the model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modelled {
    pub state: OrderState,
    pub filled: Qty,
    pub cancel_wanted: bool,
    /// True once the venue's id of it is known.
    pub named: bool,
}

/// The expected content of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub orders: BTreeMap<u64, Modelled>,
    /// The venue's ids of all fills.
    pub fills: Vec<String>,
    /// Number of commits, which is the body of the last snapshot.
    pub commits: u64,
}

impl Model {
    fn state(&self, id: u64) -> Option<OrderState> {
        self.orders.get(&id).map(|order| order.state)
    }

    /// Applies `act` if it is allowed. Returns true if it is.
    pub fn apply(&mut self, act: &Act) -> bool {
        use OrderState::{Cancelled, Expired, Filled, NotPlaced, Rejected, Sent, Unknown, Working};
        let next = match *act {
            Act::Place(n) => {
                for _ in 0..n {
                    let id = self.orders.len() as u64 + 1;
                    self.orders
                        .insert(id, Modelled { state: Sent, filled: Qty::ZERO, cancel_wanted: false, named: false });
                }
                self.commits += 1;
                return true;
            }
            Act::WantCancel(id) => {
                let Some(order) = self.orders.get_mut(&id).filter(|order| !order.state.is_terminal()) else {
                    return false;
                };
                order.cancel_wanted = true;
                return true;
            }
            Act::Fill(id, contracts) => {
                let at_venue = |order: &&mut Modelled| order.named && matches!(order.state, Working | Unknown);
                let Some(order) = self.orders.get_mut(&id).filter(at_venue) else { return false };
                order.filled += Qty::contracts(contracts);
                order.state = if order.filled >= Qty::contracts(10) { Filled } else { Working };
                self.fills.push(format!("fill-{}", self.fills.len()));
                self.commits += 1;
                return true;
            }
            Act::Ack(id) if matches!(self.state(id), Some(Sent | Unknown)) => (id, Working),
            // A repetition.
            Act::Ack(id) if self.state(id) == Some(Working) => return true,
            Act::Unknown(id) if matches!(self.state(id), Some(Sent | Working)) => (id, Unknown),
            Act::End(id, to) => match (self.state(id), to) {
                (Some(Unknown), Cancelled | Expired) if !self.orders[&id].named => return false,
                (Some(Working | Unknown), Cancelled | Expired) | (Some(Sent | Unknown), Rejected | NotPlaced) => {
                    self.commits += 1;
                    (id, to)
                }
                _ => return false,
            },
            _ => return false,
        };
        let order = self.orders.get_mut(&next.0).unwrap();
        order.state = next.1;
        order.named |= next.1 == Working;
        true
    }

    /// Applies `act` to the store. `self` is the model before it.
    pub fn act(&self, store: &mut LiveStore, act: &Act) -> Result<(), host_store::live::StoreError> {
        let snapshot = (self.commits + 1).to_string();
        let rest = Commit { snapshot: Some(&snapshot), ..Commit::at(at(self.commits)) };
        match *act {
            Act::Place(n) => {
                let first = self.orders.len() as u64 + 1;
                let orders: Vec<_> = (first..first + n).map(order).collect();
                commit(store, &Commit { orders: &orders, ..rest }).map(drop)
            }
            Act::Ack(id) => ack(store, id),
            Act::Unknown(id) => store.unknown(OrderId(id), "no answer", at(1)),
            Act::WantCancel(id) => store.cancels_wanted(&[OrderId(id)], at(1)),
            Act::Fill(id, contracts) => {
                let fill = fill(id, &format!("fill-{}", self.fills.len()), contracts);
                commit(store, &Commit { fills: &[fill], ..rest }).map(drop)
            }
            Act::End(id, state) => {
                let ending = host_store::live::Ending { order: OrderId(id), state, reason: String::new() };
                commit(store, &Commit { endings: &[ending], ..rest }).map(drop)
            }
        }
    }

    /// Returns the content of a store as a model. `fills` are the ids of fills that may be in it.
    pub fn of(store: &LiveStore, orders: u64, fills: usize) -> Model {
        let row = |row: OutboxRow| Modelled {
            state: row.state,
            filled: row.filled,
            cancel_wanted: row.cancel_wanted.is_some(),
            named: row.venue_order_id.is_some(),
        };
        let read = |id| Some((id, row(store.order(OrderId(id)).unwrap()?)));
        let known = |n: &usize| store.has_fill(&format!("fill-{n}")).unwrap();
        Model {
            orders: (1..=orders + 1).filter_map(read).collect(),
            fills: (0..=fills).filter(known).map(|n| format!("fill-{n}")).collect(),
            commits: store.snapshot().unwrap().map_or(0, |snapshot| snapshot.body.parse().unwrap()),
        }
    }
}
