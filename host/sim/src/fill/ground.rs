//! The ground that fills stand on, under the models with a queue.

/// The ground that the fills of orders with a place in the queue stand on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueGround {
    /// Orders that have joined.
    pub joined: u64,
    /// Those among them of which nobody knows what is ahead: the rows have no sizes, or the price was worse than the
    /// best one. Until it is known, they fill as under `touch`.
    pub unknown: u64,
    /// Those that joined when no trades were known, so that decreases of the displayed size stood in for them.
    pub without_trades: u64,
}
