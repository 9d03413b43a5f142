//! The inputs of the fill model, as the ledger keeps them.

use host_core::{Market, OrderId, Price, Qty, Quote, Side, Timestamp};
use serde::{Deserialize, Serialize};

/// One thing that the fill model was shown. Only that of [`Input::Listed`] has its market's number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shown", rename_all = "snake_case")]
pub enum Input {
    /// The market as it was listed.
    Listed { market: Box<Market> },
    /// A row of it.
    Row { quote: Quote },
    /// An order that was accepted, with its market's row at that time.
    Placed { order: OrderId, quote: Quote },
    /// A trade of other people in it.
    Trade { id: String, time: Timestamp, price: Price, qty: Qty, taker: Option<Side> },
    /// A cancel.
    Cancelled { order: OrderId, time: Timestamp },
}
