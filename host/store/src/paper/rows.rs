//! The rows of a ledger, and what changes them.

use host_core::{Fill, Order, OrderState, Price, Qty, Timestamp, Usd, VenueEvent};

/// An order that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerOrder {
    /// The host's id of it.
    pub client_order_id: String,
    pub ticker: String,
    /// As it was accepted; `id` is its number in the ledger, and its market's number means nothing.
    pub order: Order,
    pub filled: Qty,
    /// `Working`, `Filled`, `Cancelled` or `Expired`.
    pub state: OrderState,
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFill {
    /// Its number in the ledger.
    pub number: i64,
    pub ticker: String,
    pub order: Order,
    pub fill: Fill,
}

/// An open position: positive is YES.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPosition {
    pub ticker: String,
    pub qty: Qty,
    /// Cost, fees excluded; negative if it brought money in.
    pub cost: Usd,
    pub fees: Usd,
}

/// A payout of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout<'a> {
    pub ticker: &'a str,
    pub time: Timestamp,
    /// Payout of one YES contract.
    pub payout: Price,
}

/// One change of the books, all or nothing.
#[derive(Clone, Debug, Default)]
pub struct LedgerStep<'a> {
    /// Inputs of the fill model, as JSON by ticker, in order.
    pub inputs: Vec<(&'a str, String)>,
    /// An order that was accepted.
    pub accepted: Option<&'a LedgerOrder>,
    /// Events of orders, in order.
    pub events: &'a [VenueEvent],
    /// Payouts of markets; those without a position change nothing.
    pub paid: Vec<Payout<'a>>,
    /// Markets of which the fill model need not be shown anything again.
    pub quiet: Vec<&'a str>,
}
