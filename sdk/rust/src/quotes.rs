//! Quote rows, borrowed as the columns that the host sends, without a copy.

use std::ops::Range;

use crate::time::Timestamp;

/// Market updates in time order as columns of equal length. Prices are dollars per contract in `0..1`, sizes are
/// contracts; NaN stands for absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quotes<'a> {
    /// [`crate::Market::id`].
    pub market: &'a [u32],
    /// Time of each row, in nanoseconds since the Unix epoch; never earlier than the row above. Rows of one poll share
    /// it.
    pub time: &'a [Timestamp],
    /// Best price that a buyer bids.
    pub bid: &'a [f64],
    /// Best price that a seller asks.
    pub ask: &'a [f64],
    /// Contracts at the bid.
    pub bid_size: &'a [f64],
    /// Contracts at the ask.
    pub ask_size: &'a [f64],
    /// Price of the last trade.
    pub last: &'a [f64],
    /// Contracts traded in the last 24 hours.
    pub volume: &'a [f64],
}

/// The top of one market's book at one time. Fields hold NaN for absent values; the methods return an `Option`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The row's number within the batch, which [`crate::Signal::row`] refers to.
    pub index: u32,
    /// [`crate::Market::id`].
    pub market: u32,
    /// Nanoseconds since the Unix epoch.
    pub time: Timestamp,
    /// Best price that a buyer bids, or NaN.
    pub bid: f64,
    /// Best price that a seller asks, or NaN.
    pub ask: f64,
    /// Contracts at the bid, or NaN.
    pub bid_size: f64,
    /// Contracts at the ask, or NaN.
    pub ask_size: f64,
    /// Price of the last trade, or NaN.
    pub last: f64,
    /// Contracts traded in the last 24 hours, or NaN.
    pub volume: f64,
}

impl<'a> Quotes<'a> {
    /// Returns the number of rows: the length of the shortest column (the host sends columns of equal length).
    #[inline]
    pub fn len(&self) -> usize {
        let Quotes { market, time, bid, ask, bid_size, ask_size, last, volume } = self;
        let prices = [bid, ask, bid_size, ask_size, last, volume];
        prices.iter().fold(market.len().min(time.len()), |shortest, column| shortest.min(column.len()))
    }

    /// Returns true if there are no rows.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the rows, in time order.
    #[inline]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row> + Clone + use<'a> {
        self.rows_in(0..self.len())
    }

    /// Returns the rows of `range`, as far as they exist.
    #[inline]
    pub fn rows_in(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = Row> + Clone + use<'a> {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let Quotes { market, time, bid, ask, bid_size, ask_size, last, volume } = *self;
        // Zipped slices need no bounds check per row and column, columns that are not read cost nothing, and
        // `Vec::extend` trusts their length, so that it needs no capacity check per score.
        let prices = bid[start..end].iter().zip(&ask[start..end]).zip(&last[start..end]);
        let sizes = bid_size[start..end].iter().zip(&ask_size[start..end]).zip(&volume[start..end]);
        let keys = market[start..end].iter().zip(&time[start..end]).enumerate();
        keys.zip(prices.zip(sizes)).map(move |((index, (market, time)), (prices, sizes))| Row {
            index: (start + index) as u32,
            market: *market,
            time: *time,
            bid: *prices.0.0,
            ask: *prices.0.1,
            last: *prices.1,
            bid_size: *sizes.0.0,
            ask_size: *sizes.0.1,
            volume: *sizes.1,
        })
    }
}

impl Row {
    /// Returns a row with a bid and an ask only, for tapes built by hand. Either side can be NaN.
    pub fn quote(market: u32, time: Timestamp, bid: f64, ask: f64) -> Row {
        let absent = f64::NAN;
        let (bid_size, ask_size, last, volume) = (absent, absent, absent, absent);
        Row { index: 0, market, time, bid, ask, bid_size, ask_size, last, volume }
    }

    /// Best price that a buyer bids, in dollars.
    #[inline]
    pub fn bid(&self) -> Option<f64> {
        present(self.bid)
    }

    /// Best price that a seller asks, in dollars.
    #[inline]
    pub fn ask(&self) -> Option<f64> {
        present(self.ask)
    }

    /// Contracts at the bid.
    #[inline]
    pub fn bid_size(&self) -> Option<f64> {
        present(self.bid_size)
    }

    /// Contracts at the ask.
    #[inline]
    pub fn ask_size(&self) -> Option<f64> {
        present(self.ask_size)
    }

    /// Price of the last trade, in dollars.
    #[inline]
    pub fn last(&self) -> Option<f64> {
        present(self.last)
    }

    /// Contracts traded in the last 24 hours.
    #[inline]
    pub fn volume(&self) -> Option<f64> {
        present(self.volume)
    }

    /// The mid price between bid and ask, in dollars; `None` unless both are present.
    #[inline]
    pub fn mid(&self) -> Option<f64> {
        present((self.bid + self.ask) / 2.0)
    }

    /// The ask minus the bid, in dollars; `None` unless both are present; negative in a crossed book.
    #[inline]
    pub fn spread(&self) -> Option<f64> {
        present(self.ask - self.bid)
    }
}

#[inline]
fn present(figure: f64) -> Option<f64> {
    (!figure.is_nan()).then_some(figure)
}
