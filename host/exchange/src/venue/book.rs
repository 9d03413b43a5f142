//! One market's resting orders in price-time order. It knows sizes and places; it must never know whose they are.

use std::collections::BTreeMap;

use host_core::{Price, Qty, Side};

/// The best prices and what stands there; a side that is empty is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Top {
    /// Best bid for YES.
    pub bid: Option<(Price, Qty)>,
    /// Best offer of YES.
    pub ask: Option<(Price, Qty)>,
}

/// A resting order's place: `priority` counts up with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) priority: u64,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resting {
    /// The order's number.
    pub(super) order: u64,
    pub(super) qty: Qty,
}

#[derive(Clone, Debug, Default)]
struct Level {
    total: Qty,
    /// By priority.
    queue: BTreeMap<u64, Resting>,
}

/// Both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// By rank, best first.
    bids: BTreeMap<i32, Level>,
    asks: BTreeMap<i32, Level>,
}

/// Lower is better.
const fn rank(side: Side, price: Price) -> i32 {
    match side {
        Side::Buy => -price.0,
        Side::Sell => price.0,
    }
}

const fn price(side: Side, rank: i32) -> Price {
    match side {
        Side::Buy => Price(-rank),
        Side::Sell => Price(rank),
    }
}

impl Book {
    const fn levels(&self, side: Side) -> &BTreeMap<i32, Level> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn levels_mut(&mut self, side: Side) -> &mut BTreeMap<i32, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Adds an order at its place, which must be free.
    pub(super) fn insert(&mut self, place: Place, resting: Resting) {
        let level = self.levels_mut(place.side).entry(rank(place.side, place.price)).or_default();
        level.total += resting.qty;
        level.queue.insert(place.priority, resting);
    }

    /// Takes `qty` off the order at `place`; with nothing left it is gone.
    pub(super) fn reduce(&mut self, place: Place, qty: Qty) {
        let (levels, rank) = (self.levels_mut(place.side), rank(place.side, place.price));
        let Some(level) = levels.get_mut(&rank) else { return };
        let Some(resting) = level.queue.get_mut(&place.priority) else { return };
        let taken = qty.min(resting.qty);
        resting.qty -= taken;
        level.total -= taken;
        if resting.qty.is_zero() {
            level.queue.remove(&place.priority);
        }
        if level.queue.is_empty() {
            levels.remove(&rank);
        }
    }

    /// Best prices and what stands there.
    pub(super) fn top(&self) -> Top {
        Top { bid: self.depth(Side::Buy).next(), ask: self.depth(Side::Sell).next() }
    }

    /// Prices of a side and what stands there, best first.
    pub(super) fn depth(&self, side: Side) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.levels(side).iter().map(move |(&rank, level)| (price(side, rank), level.total))
    }

    /// Orders of a side in the order in which they fill.
    pub(super) fn orders(&self, side: Side) -> impl Iterator<Item = (Price, Resting)> + '_ {
        let of_level = move |(&rank, level): (&i32, _)| (price(side, rank), level);
        self.levels(side)
            .iter()
            .map(of_level)
            .flat_map(|(price, level): (Price, &Level)| level.queue.values().map(move |&resting| (price, resting)))
    }

    /// Contracts that fill before the order at `place`.
    pub(super) fn ahead(&self, place: Place) -> Qty {
        let (levels, rank) = (self.levels(place.side), rank(place.side, place.price));
        let better: Qty = levels.range(..rank).map(|(_, level)| level.total).sum();
        let Some(level) = levels.get(&rank) else { return better };
        better + level.queue.range(..place.priority).map(|(_, resting)| resting.qty).sum()
    }
}
