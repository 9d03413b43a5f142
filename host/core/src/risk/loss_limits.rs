//! The losses at which an account or a slot stops.

use crate::money::Usd;

/// The losses at which entries stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct LossLimits {
    /// Loss since the end of the previous UTC day.
    pub daily: Usd,
    /// Fall from the highest equity.
    pub drawdown: Usd,
    /// Losing trades in a row.
    pub consecutive: u32,
}
