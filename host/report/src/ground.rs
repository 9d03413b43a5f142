//! The ground that simulated fills stand on, where orders have a place in a queue.

use serde::{Deserialize, Serialize};

use crate::format::grouped;

/// Orders by what was known when they took their place in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillGround {
    /// Orders that took a place.
    pub orders: u64,
    /// Those among them of which nobody knew what was ahead: the data have no sizes, or their price was worse than the
    /// best one.
    pub unknown_place: u64,
    /// Those that came when no trades were known, so that decreases of the displayed size stood in.
    pub without_trades: u64,
}

impl FillGround {
    /// Returns what is to be said of it, a sentence for each.
    pub(crate) fn sentences(self) -> Vec<String> {
        let of = |part: u64| format!("{} of {} orders", grouped(part), grouped(self.orders));
        let mut sentences = Vec::new();
        if self.without_trades > 0 {
            let when = match self.without_trades == self.orders {
                true => "are known".to_owned(),
                false => format!("were known when {} came", of(self.without_trades)),
            };
            sentences.push(format!("no trades {when}: decreases of the displayed size stood in for them"));
        }
        if self.unknown_place > 0 {
            sentences.push(format!(
                "{} had no known place in the queue (no displayed size at their price): until they had one, only what \
                 went beyond their price filled them, as under `touch`",
                of(self.unknown_place)
            ));
        }
        sentences
    }
}
