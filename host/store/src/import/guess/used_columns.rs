//! The columns of a file, by meaning.

use super::finder::{NameField, PriceField};
use super::wide::WideColumn;

/// The columns of a file, by meaning.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct UsedColumns {
    pub(in crate::import) time: usize,
    /// `None` if each column is a market.
    pub(in crate::import) market: Option<NameField>,
    /// Bid, ask and last price.
    pub(in crate::import) prices: [Option<PriceField>; 3],
    /// The price of the candle before, for candles without a trade.
    pub(in crate::import) last_before: Option<usize>,
    /// Contracts at the bid and at the ask, and the volume.
    pub(in crate::import) sizes: [Option<usize>; 3],
    /// Event, series and category.
    pub(in crate::import) facts: [Option<NameField>; 3],
    pub(in crate::import) quantity: Option<usize>,
    pub(in crate::import) taker: Option<usize>,
    pub(in crate::import) wide: Vec<WideColumn>,
}
