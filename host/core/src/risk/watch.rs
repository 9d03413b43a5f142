//! Whether a market's quotes are reasonable (FIA 1.3): a jump of the mid or a crossed book blocks its orders until
//! enough clean quotes came. Runs on every row of every market, so it costs a few instructions and no conversion to
//! integers; the comparison is exact all the same, since prices lie on a grid of 1/10,000.

use super::limits::RiskLimits;

/// Half a step of a doubled mid, in dollars: makes the comparison of floats exact on the grid.
const HALF_STEP: f64 = 0.000_05;

/// One market's quotes so far.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Bid plus ask of the latest quote that had both, in dollars; NaN before.
    sum: f64,
    /// Clean quotes since the last fault, counted up to the number that unblocks.
    clean: u32,
}

/// All markets' quotes.
#[derive(Debug)]
pub(super) struct Watch {
    seen: Vec<Seen>,
    max_change: f64,
    clean_quotes: u32,
}

impl Watch {
    pub fn new(limits: &RiskLimits) -> Watch {
        let max_change = 2.0 * limits.max_price_jump.dollars() + HALF_STEP;
        Watch { seen: Vec::new(), max_change, clean_quotes: limits.clean_quotes }
    }

    /// Lists a market; one that was blocked before a restart stays so.
    pub fn list(&mut self, market: usize, blocked: bool) {
        if market >= self.seen.len() {
            self.seen.resize(market + 1, Seen { sum: f64::NAN, clean: self.clean_quotes });
        }
        if blocked {
            self.seen[market].clean = 0;
        }
    }

    /// One quote row: dollars, NaN for an absent side.
    #[inline]
    pub fn on_row(&mut self, market: usize, bid: f64, ask: f64) {
        let Some(seen) = self.seen.get_mut(market) else { return };
        let sum = bid + ask;
        if (sum - seen.sum).abs() < self.max_change && bid < ask {
            seen.sum = sum;
            seen.clean += u32::from(seen.clean < self.clean_quotes);
        } else {
            seen.irregular(sum, bid, ask);
        }
    }

    /// Clean quotes of `market` since its last fault; at the number that unblocks it counts no further. Zero before
    /// the first quote: a market that nobody watches cannot be traded.
    pub fn clean(&self, market: usize) -> u32 {
        self.seen.get(market).map_or(0, |seen| if seen.sum.is_nan() { 0 } else { seen.clean })
    }

    /// The numbers of the markets that are blocked.
    pub fn blocked(&self) -> impl Iterator<Item = usize> {
        let faulty = self.seen.iter().enumerate().filter(|(_, seen)| seen.clean < self.clean_quotes);
        faulty.map(|(market, _)| market)
    }
}

impl Seen {
    #[cold]
    fn irregular(&mut self, sum: f64, bid: f64, ask: f64) {
        if sum.is_nan() {
            // A side is absent: no price, so orders are refused for that; it neither proves nor clears a fault.
            return;
        }
        if bid >= ask {
            // A crossed book's mid is no level to compare with.
            self.clean = 0;
        } else {
            // The first quote has nothing to jump from. After a jump the new level is the one to compare with.
            if !self.sum.is_nan() {
                self.clean = 0;
            }
            self.sum = sum;
        }
    }
}
