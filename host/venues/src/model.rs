//! Markets, orders, fills and accounts as venues report them, in terms that no single venue owns.
//!
//! Prices and sides are those of the YES contract. `ticker` is the venue's name of a market; all other ids are opaque.

#![warn(missing_docs)]

use host_core::{OrderState, Outcome, Price, Qty, Side, Ticks, TimeInForce, Timestamp, Usd};

/// The venue's own report of whether it operates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueStatus {
    /// True unless the venue is closed as a whole, as during maintenance.
    pub is_active: bool,
    /// True while the venue accepts orders.
    pub is_trading: bool,
    /// Time at which the venue expects to be back, if it names one.
    pub resumes: Option<Timestamp>,
}

/// A message of the venue to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Time of its delivery, if the venue states it.
    pub time: Option<Timestamp>,
    /// The venue's word for its weight, such as `info` or `warning`; empty if it gives none.
    pub kind: String,
    /// Its text: short, on one line, and nothing in it is hidden. The venue wrote it, so it is to be escaped as any
    /// other.
    pub text: String,
    /// False once the venue says that it is over.
    pub is_active: bool,
}

/// The reason why a venue takes no orders for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureKind {
    /// Planned maintenance.
    Maintenance,
    /// It is outside the hours of trading.
    OutsideHours,
}

/// A time in which a venue takes no orders by its own schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closure {
    /// The reason.
    pub kind: ClosureKind,
    /// Its beginning.
    pub from: Timestamp,
    /// Its end; `None` if it lies beyond what was read.
    pub until: Option<Timestamp>,
}

/// A market's stage of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketPhase {
    /// Listed; trading has not opened yet.
    Upcoming,
    /// Trading.
    Open,
    /// Trading is suspended.
    Paused,
    /// Trading has ended; not paid out yet.
    Closed,
    /// Paid out.
    Settled,
    /// A status unknown to the client: not to be traded.
    Unknown,
}

/// A market's resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketResult {
    /// Not resolved yet.
    Open,
    /// Resolved to this outcome.
    Resolved(Outcome),
    /// Resolved to something that is not a payout per contract: a person must look at it.
    Unclear,
}

impl MarketResult {
    /// Returns the outcome, if the market has resolved to one.
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            MarketResult::Resolved(outcome) => Some(outcome),
            MarketResult::Open | MarketResult::Unclear => None,
        }
    }
}

/// A market's listing with its top of book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRow {
    /// The market's name.
    pub ticker: String,
    /// Name of the event; markets of one event resolve together.
    pub event: String,
    /// Title for people; empty if the venue gives none.
    pub title: String,
    /// Meaning of YES, for people.
    pub yes_title: String,
    /// Stage of life.
    pub phase: MarketPhase,
    /// Resolution.
    pub result: MarketResult,
    /// Time at which trading opens.
    pub opens: Timestamp,
    /// Time at which trading closes.
    pub closes: Timestamp,
    /// Time of the underlying event, if the venue names one.
    pub occurs: Option<Timestamp>,
    /// Time at which the market is expected to resolve.
    pub expected_expiration: Option<Timestamp>,
    /// Time of the payout.
    pub settled: Option<Timestamp>,
    /// Payout of one YES contract.
    pub settlement_value: Option<Price>,
    /// Price grid.
    pub ticks: Ticks,
    /// Best bid.
    pub bid: Option<Price>,
    /// Best ask.
    pub ask: Option<Price>,
    /// Contracts at the best bid; `None` without a bid.
    pub bid_size: Option<Qty>,
    /// Contracts at the best ask; `None` without an ask.
    pub ask_size: Option<Qty>,
    /// Price of the last trade.
    pub last: Option<Price>,
    /// Contracts traded in the last 24 hours.
    pub volume: Option<Qty>,
}

/// Selects the markets that a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketFilter {
    /// Open markets of these series; of all series if the list is empty.
    Open(Vec<String>),
    /// Markets by ticker, in any phase.
    Tickers(Vec<String>),
}

/// An event: the markets of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDescription {
    /// The event's name.
    pub ticker: String,
    /// Name of the series that the event belongs to.
    pub series: String,
    /// Title for people.
    pub title: String,
    /// The venue's category; empty if the venue states it only for the series.
    pub category: String,
    /// True if at most one of the event's markets resolves to YES.
    pub mutually_exclusive: bool,
}

/// A series: events that recur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesDescription {
    /// The series' name.
    pub ticker: String,
    /// Title for people.
    pub title: String,
    /// The venue's category.
    pub category: String,
}

/// The account's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountBalance {
    /// Cash to spend.
    pub cash: Usd,
    /// Value of the positions, to the cent.
    pub portfolio: Usd,
}

/// An order to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The host's id of the order: unique, stored before the order is sent, never reused.
    pub client_order_id: String,
    /// Market.
    pub ticker: String,
    /// Side.
    pub side: Side,
    /// Limit price; above 0 and below 1.
    pub price: Price,
    /// Contracts; positive.
    pub qty: Qty,
    /// Lifetime. A venue may count whole seconds; the client rounds down.
    pub time_in_force: TimeInForce,
    /// True if the order may only reduce a position.
    pub reduce_only: bool,
}

/// The venue's acceptance of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The venue's id of the order.
    pub order_id: String,
    /// Contracts filled at once; the fills themselves come with the next poll.
    pub filled: Qty,
    /// Contracts that still work.
    pub remaining: Qty,
}

/// The venue's confirmation of a cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// Contracts that worked until then.
    pub reduced_by: Qty,
}

/// An order as the venue reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueOrder {
    /// The venue's id.
    pub order_id: String,
    /// The host's id; empty if the order was placed by other means.
    pub client_order_id: String,
    /// Market.
    pub ticker: String,
    /// Side.
    pub side: Side,
    /// Limit price.
    pub price: Price,
    /// Contracts ordered.
    pub initial: Qty,
    /// Contracts filled.
    pub filled: Qty,
    /// Contracts that still work.
    pub remaining: Qty,
    /// `Working`; `Cancelled`, which a venue also says of orders that expired, possibly partially filled; or `Filled`,
    /// when nothing is left to fill. A client refuses any other status: the states of orders are not guessed.
    pub state: OrderState,
    /// Time of placement; a venue may leave it out.
    pub created: Option<Timestamp>,
    /// Time at which the order expires.
    pub expiration: Option<Timestamp>,
}

/// A list of the account. A row that cannot be read costs that row, and what it is about is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRows<T> {
    /// The rows that could be read, in the venue's order.
    pub rows: Vec<T>,
    /// The others.
    pub unreadable: Vec<UnreadableRow>,
}

/// A row of the account that cannot be read, or that is there twice and differs. What of it cannot be read is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadableRow {
    /// The list that it is in, such as `orders`.
    pub list: &'static str,
    /// The row's id: that of an order or a fill, or the ticker of a position.
    pub id: String,
    /// The host's id of an order.
    pub client_order_id: String,
    /// The fault.
    pub reason: String,
}

/// One execution of an own order.
///
/// The store keeps the `Debug` form of fills that no order explains: the names here are part of that format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueFill {
    /// The venue's id, unique among fills.
    pub id: String,
    /// The venue's id of the order.
    pub order_id: String,
    /// Market.
    pub ticker: String,
    /// Side of the order.
    pub side: Side,
    /// Execution price, for people where the venue averages.
    pub price: Price,
    /// Contracts; positive.
    pub qty: Qty,
    /// Value in terms of YES, at the venue's exact figure; positive.
    pub cost: Usd,
    /// Fee charged by the venue; negative for a rebate.
    pub fee: Usd,
    /// True if the order took liquidity.
    pub taker: bool,
    /// Time of execution.
    pub time: Timestamp,
}

impl VenueFill {
    /// The largest execution that is read: its value fits in [`Usd`] at any price.
    pub const MOST: Qty = Qty::contracts(900_000_000);
}

/// A position as the venue reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenuePosition {
    /// Market.
    pub ticker: String,
    /// Contracts: positive is YES, negative is NO.
    pub position: Qty,
    /// Cost of the position.
    pub exposure: Usd,
    /// Realised profit or loss so far.
    pub realised: Usd,
    /// Fees paid so far.
    pub fees: Usd,
}

/// A market's payout to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueSettlement {
    /// Market.
    pub ticker: String,
    /// Resolution.
    pub result: MarketResult,
    /// YES contracts held.
    pub yes: Qty,
    /// NO contracts held.
    pub no: Qty,
    /// Amount paid, to the cent.
    pub revenue: Usd,
    /// Fees charged by the venue in all.
    pub fee: Usd,
    /// Time of the payout.
    pub settled: Timestamp,
}

/// A change of a market's top of book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteUpdate {
    /// Market.
    pub ticker: String,
    /// Best bid.
    pub bid: Option<Price>,
    /// Best ask.
    pub ask: Option<Price>,
    /// Contracts at the best bid; `None` without a bid.
    pub bid_size: Option<Qty>,
    /// Contracts at the best ask; `None` without an ask.
    pub ask_size: Option<Qty>,
    /// Price of the last trade.
    pub last: Option<Price>,
    /// Time of the change by the venue's clock; tells which of a stream's and a poll's quote is newer.
    pub time: Timestamp,
}

/// An event of a venue's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Connected and subscribed; anything that happened before must be polled.
    Up,
    /// Events may be missed from here on, for this reason: poll. `Up` follows once the stream is back.
    Down(String),
    /// A market's top of book changed; only the newest change of each market is delivered.
    Quote(QuoteUpdate),
    /// An own order was filled; the next poll returns the fill again, under the same id.
    Fill(VenueFill),
    /// An own order changed its state.
    Order(VenueOrder),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_of_a_fill_stays_the_same() {
        let fill = VenueFill {
            id: "t1".to_owned(),
            order_id: "v1".to_owned(),
            ticker: "KX-1".to_owned(),
            side: Side::Buy,
            price: Price(4_200),
            qty: Qty::hundredths(200),
            cost: Usd::micros(840_000),
            fee: Usd::micros(34_125),
            taker: true,
            time: Timestamp(0),
        };
        let stored = format!(
            "VenueFill {{ id: \"t1\", order_id: \"v1\", ticker: \"KX-1\", side: Buy, price: {:?}, qty: {:?}, \
             cost: {:?}, fee: {:?}, taker: true, time: {:?} }}",
            fill.price, fill.qty, fill.cost, fill.fee, fill.time
        );
        assert_eq!(format!("{fill:?}"), stored);
    }
}
