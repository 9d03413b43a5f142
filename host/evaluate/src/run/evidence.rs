//! The steps on the way to a trade, by slot and market: signals, orders and refusals. They tell why a trade of another
//! run did not happen in this one.

use std::collections::BTreeMap;

use host_core::{Intent, MarketId, OrderId, Qty, Record, Side, SignalAction, SlotId, Timestamp};

/// One step on the way to a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub time: Timestamp,
    pub what: Intention,
}

/// The content of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intention {
    Signal(SignalAction),
    /// An order, by its place among the orders of the run.
    Order(usize),
    /// A refusal, by the place of its code.
    Refused {
        side: Option<Side>,
        code: u16,
    },
}

/// An order, from its decision to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderLife {
    pub(crate) side: Side,
    pub(crate) intent: Intent,
    pub(crate) qty: Qty,
    pub(crate) filled: Qty,
    pub(crate) created: Timestamp,
    /// `None` while it works.
    pub(crate) ended: Option<Timestamp>,
}

/// The reason why a run did not do a trade of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The strategy gave no signal for it.
    NoSignal,
    /// The order was refused, with this code.
    Refused(String),
    /// An order was sent, and did not fill.
    NotFilled,
    /// There was a signal, and neither an order nor a refusal.
    NoOrder,
}

/// The steps of a run, by slot and market.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    steps: BTreeMap<(SlotId, MarketId), Vec<Step>>,
    orders: Vec<OrderLife>,
    places: BTreeMap<OrderId, usize>,
    codes: Vec<String>,
}

impl Evidence {
    pub fn record(&mut self, record: &Record) {
        match record {
            Record::Signal(signal) => {
                self.add(signal.slot, signal.market, signal.time, Intention::Signal(signal.action));
            }
            Record::Placed { order, .. } => {
                let place = self.orders.len();
                self.places.insert(order.id, place);
                self.orders.push(OrderLife {
                    side: order.side,
                    intent: order.intent,
                    qty: order.qty,
                    filled: Qty::ZERO,
                    created: order.created,
                    ended: None,
                });
                self.add(order.slot, order.market, order.created, Intention::Order(place));
            }
            Record::Filled { fill, .. } => {
                if let Some(order) = self.order_mut(fill.order) {
                    order.filled += fill.qty;
                    if order.filled >= order.qty {
                        order.ended = Some(fill.time);
                    }
                }
            }
            Record::Done { order, time, .. } => {
                if let Some(order) = self.order_mut(*order) {
                    order.ended.get_or_insert(*time);
                }
            }
            Record::Refused(refused) => {
                let code = self.code(&refused.verdict.code);
                let what = Intention::Refused { side: refused.side, code };
                self.add(refused.slot, refused.market, refused.time, what);
            }
            _ => {}
        }
    }

    fn add(&mut self, slot: SlotId, market: MarketId, time: Timestamp, what: Intention) {
        self.steps.entry((slot, market)).or_default().push(Step { time, what });
    }

    fn order_mut(&mut self, order: OrderId) -> Option<&mut OrderLife> {
        let place = *self.places.get(&order)?;
        self.orders.get_mut(place)
    }

    fn code(&mut self, code: &str) -> u16 {
        let place = self.codes.iter().position(|known| known == code).unwrap_or_else(|| {
            self.codes.push(code.to_owned());
            self.codes.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Returns the reason why the slot did not open a position on `side` of the market between `from` and `until`: that
    /// of the first order or refusal since, or of an order that was working then.
    pub(crate) fn missing(
        &self,
        slot: SlotId,
        market: MarketId,
        side: Side,
        from: Timestamp,
        until: Timestamp,
    ) -> Missing {
        let steps = self.steps.get(&(slot, market)).map(Vec::as_slice).unwrap_or_default();
        let begin = steps.partition_point(|step| step.time < from);
        let is_entry = |order: &&OrderLife| order.intent == Intent::Entry && order.side == side;
        let order = |step: &Step| match step.what {
            Intention::Order(place) => self.orders.get(place),
            _ => None,
        };
        let before = steps[..begin].iter().rev().filter_map(order).find(is_entry);
        if before.is_some_and(|order| order.ended.is_none_or(|ended| ended >= from)) {
            return Missing::NotFilled;
        }
        let mut wanted = false;
        for step in steps[begin..].iter().take_while(|step| step.time <= until) {
            match step.what {
                Intention::Signal(action) => wanted |= opens(action) == Some(side),
                Intention::Order(_) if order(step).as_ref().is_some_and(is_entry) => return Missing::NotFilled,
                Intention::Refused { side: refused, code } if refused.is_none_or(|refused| refused == side) => {
                    let code = self.codes.get(usize::from(code)).cloned().unwrap_or_default();
                    return Missing::Refused(code);
                }
                _ => {}
            }
        }
        if wanted { Missing::NoOrder } else { Missing::NoSignal }
    }

    /// Returns the contracts ordered and filled by the entry orders of the slot in the market between `from` and
    /// `until`.
    pub(crate) fn entered(&self, slot: SlotId, market: MarketId, from: Timestamp, until: Timestamp) -> (Qty, Qty) {
        let steps = self.steps.get(&(slot, market)).map(Vec::as_slice).unwrap_or_default();
        let begin = steps.partition_point(|step| step.time < from);
        let orders = steps[begin..].iter().take_while(|step| step.time <= until).filter_map(|step| match step.what {
            Intention::Order(place) => self.orders.get(place).filter(|order| order.intent == Intent::Entry),
            _ => None,
        });
        orders.fold((Qty::ZERO, Qty::ZERO), |(ordered, filled), order| (ordered + order.qty, filled + order.filled))
    }
}

/// Returns the side on which a signal opens a position.
fn opens(action: SignalAction) -> Option<Side> {
    match action {
        SignalAction::Buy => Some(Side::Buy),
        SignalAction::Sell => Some(Side::Sell),
        SignalAction::Exit => None,
    }
}
