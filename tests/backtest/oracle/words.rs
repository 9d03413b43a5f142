//! The plain words of the second implementation. All figures are whole numbers: prices in 1/10,000 dollar, contracts in
//! 1/1,000,000, money in 1/10,000,000,000 dollar (a price times contracts), times in nanoseconds.

pub use super::grid::DOLLAR;
use super::grid::Grid;

/// One contract.
pub const CONTRACT: i128 = 1_000_000;
/// A millionth of a dollar of money.
pub const MICRO: i128 = 10_000;
/// One dollar of money.
pub const MONEY: i128 = DOLLAR * CONTRACT;
/// One second.
pub const SECOND: i128 = 1_000_000_000;
/// One UTC day.
pub const DAY: i128 = 86_400 * SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Buy,
    Sell,
}

impl Side {
    pub fn sign(self) -> i128 {
        if self == Side::Buy { 1 } else { -1 }
    }

    pub fn other(self) -> Side {
        if self == Side::Buy { Side::Sell } else { Side::Buy }
    }

    /// Returns what one contract of 1/1,000,000 can lose that was traded at `price`.
    pub fn risk(self, price: i128) -> i128 {
        if self == Side::Buy { price } else { DOLLAR - price }
    }
}

/// One row of the tape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub time: i128,
    /// The market's place among those of the tape.
    pub market: usize,
    pub bid: Option<i128>,
    pub ask: Option<i128>,
    pub bid_size: Option<i128>,
    pub ask_size: Option<i128>,
    pub last: Option<i128>,
    pub volume: Option<i128>,
}

impl Row {
    /// Returns the best price of those who trade on `side`.
    pub fn own(&self, side: Side) -> Option<i128> {
        if side == Side::Buy { self.bid } else { self.ask }
    }
}

/// One market of the tape. Their order is that of their tickers.
#[derive(Clone, Debug)]
pub struct Market {
    pub ticker: String,
    pub event: String,
    pub category: String,
    pub grid: Grid,
    pub closes: Option<i128>,
    /// Time at which it settles, and the payout of a contract.
    pub settles: Option<(i128, i128)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub id: u64,
    pub slot: usize,
    pub market: usize,
    pub side: Side,
    pub price: i128,
    pub qty: i128,
    pub is_exit: bool,
    pub created: i128,
    /// None if what does not fill at once is cancelled.
    pub expires: Option<i128>,
    /// Contracts filled, as the host knows it.
    pub filled: i128,
    /// True once its cancel is on the way.
    pub cancelling: bool,
}

impl Order {
    pub fn open(&self) -> i128 {
        self.qty - self.filled
    }
}

/// The end of an order that was not filled in full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Expired,
    Cancelled,
}

/// A report of the exchange to the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    Filled { order: u64, time: i128, price: i128, qty: i128, fee: i128 },
    Ended { order: u64, time: i128, end: End },
}
