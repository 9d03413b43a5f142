//! The order desk: where each order of this host stands at the venue, and what the venue's answers mean for it.
//!
//! It holds only orders that have not ended. It decides nothing about money and does no I/O: answers go in, [`Word`]s come
//! out, in the order in which they must be written down. It never takes silence for an answer: an order of which nothing
//! is known stays `Unknown`, and counts, until the venue has shown it or has had [`GRACE`] to do so.

mod desked;

use std::collections::{BTreeMap, HashMap};

use host_core::{OrderId, Span, TimeInForce, Timestamp};
use host_store::live::OutboxState;
use host_venues::error::{CancelError, PlaceError};
use host_venues::model::{Accepted, VenueFill, VenueOrder};

use desked::Cancel;

pub use desked::{Desked, Standing};

/// An order that was sent may show up at the venue so much later: only then "not found" means "never placed".
pub const GRACE: Span = Span::seconds(90);

/// So many looks after that must not find it: one list may lack a row.
const LOOKS: u32 = 2;

/// What an answer means. To be written down and told to the engine, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// The venue has the order.
    Acked {
        /// Which.
        order: OrderId,
        /// The venue's id of it.
        venue_id: String,
    },
    /// What became of the order is not known.
    Unknown {
        /// Which.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// A fill that was not booked before.
    Filled {
        /// Of which order.
        order: OrderId,
        /// As the venue tells it.
        fill: VenueFill,
    },
    /// The order has ended otherwise than by a full fill.
    Ended {
        /// Which.
        order: OrderId,
        /// How.
        state: OutboxState,
        /// In words.
        reason: String,
    },
}

/// All orders that have not ended.
#[derive(Debug, Default)]
pub struct Desk {
    orders: BTreeMap<OrderId, Desked>,
    by_venue_id: HashMap<String, OrderId>,
    by_client_id: HashMap<String, OrderId>,
}

impl Desk {
    /// Takes on an order that is about to be sent, or that a former run of the host sent.
    pub fn take_on(&mut self, desked: Desked) {
        let id = desked.order.id;
        self.by_client_id.insert(desked.client_order_id.clone(), id);
        if let Standing::Resting { venue_id } = &desked.standing {
            self.by_venue_id.insert(venue_id.clone(), id);
        }
        self.orders.insert(id, desked);
    }

    /// An order, unless it has ended.
    pub fn get(&self, id: OrderId) -> Option<&Desked> {
        self.orders.get(&id)
    }

    /// All orders that have not ended.
    pub fn orders(&self) -> impl Iterator<Item = &Desked> {
        self.orders.values()
    }

    /// How many have not ended.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether all have ended.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// How many of them nobody knows the outcome of.
    pub fn unknown(&self) -> usize {
        self.orders().filter(|desked| matches!(desked.standing, Standing::Unknown { .. })).count()
    }

    /// From when on looks say of an order that nobody knows of that it was never placed: the earliest.
    pub fn grace_ends(&self) -> Option<Timestamp> {
        self.graces().min()
    }

    /// From when on looks can say of all orders what became of them: the latest such end.
    pub fn knowable(&self) -> Option<Timestamp> {
        self.graces().max()
    }

    fn graces(&self) -> impl Iterator<Item = Timestamp> {
        self.orders().filter_map(|desked| match desked.standing {
            Standing::Unknown { since } => Some(since + GRACE),
            Standing::Sent | Standing::Resting { .. } => None,
        })
    }

    /// Whether an order is on its way.
    pub fn has_sent(&self) -> bool {
        self.orders().any(|desked| desked.standing == Standing::Sent)
    }

    /// When the oldest of them was made.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.orders().map(|desked| desked.order.created).min()
    }

    /// The venue's ids of those that it has acknowledged.
    pub fn venue_ids(&self) -> impl Iterator<Item = &str> {
        self.orders().filter_map(|desked| match &desked.standing {
            Standing::Resting { venue_id } => Some(venue_id.as_str()),
            Standing::Sent | Standing::Unknown { .. } => None,
        })
    }

    /// Whose order the venue's `order_id` is, as far as that is known.
    pub fn by_venue_id(&self, order_id: &str) -> Option<OrderId> {
        self.by_venue_id.get(order_id).copied()
    }

    /// The order is gone: it was filled in full, or it ended.
    pub fn forget(&mut self, id: OrderId) {
        let Some(desked) = self.orders.remove(&id) else { return };
        self.by_client_id.remove(&desked.client_order_id);
        if let Standing::Resting { venue_id } = &desked.standing {
            self.by_venue_id.remove(venue_id);
        }
    }

    /// Someone wants the order cancelled.
    pub fn want_cancel(&mut self, id: OrderId) {
        if let Some(desked) = self.orders.get_mut(&id).filter(|desked| desked.cancel == Cancel::No) {
            desked.cancel = Cancel::Wanted { from: Timestamp(i64::MIN), failed: 0 };
        }
    }

    /// Cancels that can be sent at `now`, each with the venue's id; they count as on their way from here on.
    pub fn take_cancels(&mut self, now: Timestamp) -> Vec<(OrderId, String)> {
        let mut due = Vec::new();
        for (id, desked) in &mut self.orders {
            if let (Cancel::Wanted { from, failed }, Standing::Resting { venue_id }) = (desked.cancel, &desked.standing)
                && now >= from
            {
                due.push((*id, venue_id.clone()));
                desked.cancel = Cancel::InFlight { failed };
            }
        }
        due
    }

    /// When the next cancel can be sent, if one waits.
    pub fn next_cancel(&self) -> Option<Timestamp> {
        let waiting = self.orders().filter_map(|desked| match (desked.cancel, &desked.standing) {
            (Cancel::Wanted { from, .. }, Standing::Resting { .. }) => Some(from),
            _ => None,
        });
        waiting.min()
    }

    /// The answer to a cancel. Whether it worked is seen at the next look; if not, it is sent again after a pause.
    pub fn on_cancelled(&mut self, id: OrderId, answer: &Result<(), CancelError>, now: Timestamp) {
        let worked = matches!(answer, Ok(()) | Err(CancelError::Gone));
        if let Some(desked) = self.orders.get_mut(&id).filter(|_| !worked) {
            desked.cancel = desked.cancel.failed(now);
        }
    }

    /// The answer to an order.
    pub fn on_created(&mut self, id: OrderId, answer: Result<Accepted, PlaceError>, now: Timestamp) -> Vec<Word> {
        let Some(desked) = self.orders.get_mut(&id) else { return Vec::new() };
        if desked.standing != Standing::Sent {
            // A look at the venue was quicker than the answer.
            return Vec::new();
        }
        let ended = |state: OutboxState, reason: String| vec![Word::Ended { order: id, state, reason }];
        match answer {
            Ok(accepted) => {
                let over = accepted.filled.is_zero() && accepted.remaining.is_zero();
                let mut words = self.ack(id, &accepted.order_id);
                if over {
                    let reason = "nothing to trade with at the limit".to_owned();
                    words.push(Word::Ended { order: id, state: OutboxState::Cancelled, reason });
                }
                words
            }
            Err(PlaceError::NotPlaced(reason)) => ended(OutboxState::NotPlaced, reason),
            Err(error @ PlaceError::Rejected { .. }) => ended(OutboxState::Rejected, error.to_string()),
            Err(PlaceError::OutcomeUnknown(reason)) => {
                desked.standing = Standing::Unknown { since: now };
                vec![Word::Unknown { order: id, reason }]
            }
        }
    }

    fn ack(&mut self, id: OrderId, venue_id: &str) -> Vec<Word> {
        let Some(desked) = self.orders.get_mut(&id) else { return Vec::new() };
        if matches!(desked.standing, Standing::Resting { .. }) {
            return Vec::new();
        }
        desked.standing = Standing::Resting { venue_id: venue_id.to_owned() };
        self.by_venue_id.insert(venue_id.to_owned(), id);
        vec![Word::Acked { order: id, venue_id: venue_id.to_owned() }]
    }

    /// Orders as the venue lists them: those that were unknown are found by their client order id.
    pub fn on_found(&mut self, orders: &[VenueOrder]) -> Vec<Word> {
        let mut words = Vec::new();
        for order in orders {
            let Some(&id) = self.by_client_id.get(&order.client_order_id) else { continue };
            // Another order under our name is none of ours; that the books differ will be seen.
            let ours = |desked: &Desked| desked.ticker == order.ticker && desked.order.side == order.side;
            if self.get(id).is_some_and(ours) {
                words.extend(self.ack(id, &order.order_id));
            }
        }
        words
    }

    /// A fill of one of our orders that was not booked before; `None` if its order is not known.
    pub fn on_fill(&mut self, fill: &VenueFill) -> Option<Word> {
        let id = self.by_venue_id(&fill.order_id)?;
        let desked = self.orders.get_mut(&id)?;
        desked.filled += fill.qty;
        Some(Word::Filled { order: id, fill: fill.clone() })
    }

    /// What a whole look at the venue, begun at `asked`, says about the ends of orders. Fills that it brought must have been
    /// booked before. `orders` are all of the account since the oldest order here was made.
    pub fn on_look(&mut self, orders: &[VenueOrder], asked: Timestamp, now: Timestamp) -> Vec<Word> {
        let seen: HashMap<&str, &VenueOrder> = orders.iter().map(|order| (order.order_id.as_str(), order)).collect();
        let mut words = Vec::new();
        for (&id, desked) in &mut self.orders {
            match &desked.standing {
                Standing::Resting { venue_id } => {
                    if let Some(order) = seen.get(venue_id.as_str()) {
                        words.extend(desked.shown(order, now));
                    }
                }
                Standing::Unknown { since } if asked >= *since + GRACE => {
                    desked.missed += 1;
                    if desked.missed >= LOOKS {
                        let reason = format!("the venue does not know it {GRACE} after it was sent");
                        words.push(Word::Ended { order: id, state: OutboxState::NotPlaced, reason });
                    }
                }
                Standing::Unknown { .. } | Standing::Sent => {}
            }
        }
        words
    }

    /// Orders that should have ended by themselves so long before a look began at `asked` that its list need not have them:
    /// to be asked for one by one.
    pub fn overdue(&self, asked: Timestamp) -> Vec<(OrderId, String)> {
        let of = |desked: &Desked| match (&desked.standing, desked.order.time_in_force) {
            (Standing::Resting { venue_id }, TimeInForce::GoodTill(end)) if asked >= end + GRACE => {
                Some((desked.order.id, venue_id.clone()))
            }
            _ => None,
        };
        self.orders().filter_map(of).collect()
    }

    /// What the venue says of one order that it was asked for; `None` if it does not know it.
    pub fn on_one(&mut self, id: OrderId, order: Option<&VenueOrder>, now: Timestamp) -> Option<Word> {
        let desked = self.orders.get_mut(&id)?;
        match order {
            Some(order) => desked.shown(order, now),
            None => {
                let reason = "the venue does not know it any more".to_owned();
                Some(Word::Ended { order: id, state: OutboxState::Cancelled, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests;
