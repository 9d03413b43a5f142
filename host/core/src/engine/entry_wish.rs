//! An entry that a strategy asks for, until all strategies were asked.

use crate::market::MarketId;
use crate::order::Side;
use crate::strategy::{Signal, SlotId};

/// An entry that a strategy asks for.
#[derive(Clone, Debug)]
pub(super) struct EntryWish {
    pub slot: SlotId,
    pub market: MarketId,
    pub side: Side,
    pub signal: Signal,
    /// Size of the score, or the confidence if the strategy gives none.
    pub rank: f64,
}
