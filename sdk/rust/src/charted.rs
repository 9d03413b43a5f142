//! The lines that a strategy draws over the price of a market.

use crate::strategy::Strategy;

/// Name of the line that is the strategy's own idea of the price; charts draw it dashed.
pub const FAIR_VALUE: &str = "fair value";
/// Name of the lower end of a band; charts shade the space up to [`BAND_HIGH`].
pub const BAND_LOW: &str = "band low";
/// Name of the upper end of a band.
pub const BAND_HIGH: &str = "band high";

/// A strategy that shows where it sees the price, so that a chart tells why it traded.
pub trait Charted: Strategy {
    /// Names of the lines: at most 8, different, each of 1 to 40 bytes. [`FAIR_VALUE`], [`BAND_LOW`] and [`BAND_HIGH`]
    /// are drawn as such, any other as a plain line.
    const LINES: &'static [&'static str];

    /// Writes the value of each line in `market` after the last batch to `values`, which are in the order of
    /// [`Charted::LINES`]: dollars per contract, finite. All are NaN before, which stands for none.
    fn lines(&self, market: u32, values: &mut [f64]);

    /// Returns the values of all lines in each of `markets`, market by market.
    fn values_of(&self, markets: &[u32]) -> Vec<f64> {
        let count = Self::LINES.len();
        let mut all = vec![f64::NAN; markets.len() * count];
        for (place, &market) in markets.iter().enumerate() {
            self.lines(market, &mut all[place * count..(place + 1) * count]);
        }
        all
    }
}
