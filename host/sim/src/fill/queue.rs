//! The queue at a price: what stands ahead of an order, and what takes it away.
//!
//! Everything is written for a buyer, as in [`super::touch`].

use host_core::{Price, Qty, Quote, Side, Timestamp};

use super::cancels::{QueueCancels, whole_part};
use super::touch::{own, own_size, seen_by};

/// Share of the decrease of a best price's displayed size that was traded, where no trades are known; the rest was
/// cancelled. Measured on full books (Kalshi's 15-minute bitcoin markets, 3.6 million changes).
const TRADED_SHARE: f64 = 0.38;

/// An order's place in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueuePlace {
    /// The time at which it reaches the venue: what happened up to then is before it.
    pub(super) joins: Timestamp,
    pub(super) has_joined: bool,
    /// Time that a cancel takes to the venue, in nanoseconds.
    pub(super) cancel_latency_ns: i64,
    /// The time at which a cancel that was sent reaches the venue.
    pub(super) cancelled_at: Option<Timestamp>,
    /// Part of the size displayed at its price that it stands behind, 0 to 1.
    pub(super) behind: f64,
    pub(super) cancels: QueueCancels,
    /// Contracts of others ahead of it; `None` while they are unknown: the price is worse than the best one, or the
    /// rows have no sizes.
    pub(super) ahead: Option<Qty>,
}

impl QueuePlace {
    pub(super) fn new(joins: Timestamp, cancel_latency_ns: i64, behind: f64, cancels: QueueCancels) -> QueuePlace {
        let (has_joined, cancelled_at, ahead) = (false, None, None);
        QueuePlace { joins, has_joined, cancel_latency_ns, cancelled_at, behind, cancels, ahead }
    }

    /// Takes its place at `limit` in the book that `quote` shows.
    pub(super) fn join(&mut self, quote: &Quote, side: Side, limit: Price) {
        self.has_joined = true;
        let best = own(quote, side).map(|best| seen_by(side, best));
        self.ahead = match best {
            Some(best) if best > seen_by(side, limit) => None,
            Some(best) if best == seen_by(side, limit) => own_size(quote, side).map(|size| self.part_of(size)),
            _ => Some(Qty::ZERO),
        };
    }

    /// Returns true if the contracts ahead of it are known.
    pub(super) fn is_known(&self) -> bool {
        self.ahead.is_some()
    }

    fn part_of(&self, size: Qty) -> Qty {
        whole_part(size, self.behind).min(size)
    }

    /// Takes in what became of the best price of its side.
    pub(super) fn observe(&mut self, limit: Price, level: &LevelChange) {
        match level.best {
            Some(best) if best > limit => {}
            Some(best) if best == limit => {
                let Some(size) = level.size else { return };
                self.ahead = Some(match self.ahead {
                    None => self.part_of(size),
                    Some(ahead) if level.best_before == level.best => {
                        let gone = self.cancels.ahead_of(level.cancelled, ahead, level.size_before);
                        (ahead - gone).min(size)
                    }
                    Some(ahead) => ahead.min(size),
                });
            }
            // The others at its price have gone.
            _ => self.ahead = Some(Qty::ZERO),
        }
    }
}

/// Contracts traded at the best prices of a market since its last row: at the bid, and at the ask.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TradedAtBest([Qty; 2]);

impl TradedAtBest {
    /// Adds a trade at `price` that came to the orders of `side`.
    pub(super) fn add(&mut self, quote: &Quote, side: Side, price: Price, qty: Qty) {
        if own(quote, side) == Some(price) {
            self.0[side as usize] += qty;
        }
    }

    pub(super) fn of(self, side: Side) -> Qty {
        self.0[side as usize]
    }
}

/// The change of one side's best price from one row to the next, with prices as that side's buyers see them.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelChange {
    best_before: Option<Price>,
    /// Size at the best price before, less what was traded there since.
    size_before: Qty,
    best: Option<Price>,
    size: Option<Qty>,
    /// The decrease that no trade explains.
    cancelled: Qty,
}

impl LevelChange {
    /// Returns the change for `side`, of whose orders at the best price `traded` contracts were traded between the rows.
    pub(super) fn between(before: &Quote, after: &Quote, side: Side, traded: Qty) -> LevelChange {
        let best = |quote: &Quote| own(quote, side).map(|best| seen_by(side, best));
        let (best_before, best_after) = (best(before), best(after));
        let size_before = own_size(before, side).map_or(Qty::ZERO, |size| (size - traded).max(Qty::ZERO));
        let size = own_size(after, side);
        let decrease = match best_after.cmp(&best_before) {
            // None sorts below any price: the side is empty now.
            std::cmp::Ordering::Less => size_before,
            std::cmp::Ordering::Equal => size.map_or(Qty::ZERO, |size| (size_before - size).max(Qty::ZERO)),
            std::cmp::Ordering::Greater => Qty::ZERO,
        };
        LevelChange { best_before, size_before, best: best_after, size, cancelled: decrease }
    }

    /// Returns the contracts that stand in for trades where none are known: a share of the decrease, or `printed`
    /// contracts where the rows say so.
    pub(super) fn stand_in(&self, printed: Qty) -> Qty {
        whole_part(self.cancelled, TRADED_SHARE).max(printed)
    }

    /// Returns the change with `traded` contracts of the decrease explained.
    pub(super) fn explained(self, traded: Qty) -> LevelChange {
        let cancelled = (self.cancelled - traded).max(Qty::ZERO);
        let size_before = (self.size_before - traded).max(Qty::ZERO);
        LevelChange { cancelled, size_before, ..self }
    }
}
