//! Recorded or generated market data: markets and their quote rows.

use std::ops::Range;

use crate::market::Market;
use crate::quotes::{Quotes, Row};
use crate::time::{Duration, SECOND, Timestamp};

/// Markets and quote rows in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    poll_interval: Duration,
    markets: Vec<Market>,
    market: Vec<u32>,
    time: Vec<Timestamp>,
    bid: Vec<f64>,
    ask: Vec<f64>,
    bid_size: Vec<f64>,
    ask_size: Vec<f64>,
    last: Vec<f64>,
    volume: Vec<f64>,
}

impl Default for Tape {
    /// Returns an empty tape, polled every 30 seconds.
    fn default() -> Tape {
        Tape::new(30 * SECOND)
    }
}

impl Tape {
    /// Returns an empty tape. `poll_interval`, in nanoseconds, is passed on to the strategy.
    pub fn new(poll_interval: Duration) -> Tape {
        Tape {
            poll_interval,
            markets: Vec::new(),
            market: Vec::new(),
            time: Vec::new(),
            bid: Vec::new(),
            ask: Vec::new(),
            bid_size: Vec::new(),
            ask_size: Vec::new(),
            last: Vec::new(),
            volume: Vec::new(),
        }
    }

    /// Lists a market under the next free number, which it returns; [`Market::id`] is ignored.
    pub fn list(&mut self, market: Market) -> u32 {
        let id = self.markets.len() as u32;
        self.markets.push(Market { id, ..market });
        id
    }

    /// Appends a row; [`Row::index`] is ignored.
    pub fn push(&mut self, row: Row) {
        self.market.push(row.market);
        self.time.push(row.time);
        self.bid.push(row.bid);
        self.ask.push(row.ask);
        self.bid_size.push(row.bid_size);
        self.ask_size.push(row.ask_size);
        self.last.push(row.last);
        self.volume.push(row.volume);
    }

    /// The time between two polls, in nanoseconds.
    pub fn poll_interval(&self) -> Duration {
        self.poll_interval
    }

    /// The markets, indexed by number.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// The markets, to change their details such as event times.
    pub fn markets_mut(&mut self) -> &mut [Market] {
        &mut self.markets
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.market.len()
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.market.is_empty()
    }

    /// Returns the rows of `range` as the columns that a strategy sees.
    ///
    /// # Panics
    /// If `range` exceeds the tape.
    pub fn quotes(&self, range: Range<usize>) -> Quotes<'_> {
        Quotes {
            market: &self.market[range.clone()],
            time: &self.time[range.clone()],
            bid: &self.bid[range.clone()],
            ask: &self.ask[range.clone()],
            bid_size: &self.bid_size[range.clone()],
            ask_size: &self.ask_size[range.clone()],
            last: &self.last[range.clone()],
            volume: &self.volume[range],
        }
    }

    /// Returns the rows, numbered from the start of the tape.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row> + Clone + use<'_> {
        self.quotes(0..self.len()).rows()
    }

    /// Checks the properties that the host guarantees of every tape.
    ///
    /// # Errors
    /// The first row that goes back in time or belongs to no listed market.
    pub fn validate(&self) -> Result<(), String> {
        let mut latest = Timestamp::MIN;
        for row in self.rows() {
            if row.time < latest {
                return Err(format!(
                    "row {} is at {}, before the row above it: sort the rows by time",
                    row.index, row.time
                ));
            }
            if row.market as usize >= self.markets.len() {
                return Err(format!("row {} is of market {}, which the tape does not list", row.index, row.market));
            }
            latest = row.time;
        }
        Ok(())
    }
}
