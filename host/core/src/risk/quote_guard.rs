//! The quote guard: blocks a market after a jump of its mid price or a crossed book, until enough clean quotes have
//! arrived (FIA 1.3). It runs on every row of every market, so it costs only a few instructions and converts nothing to
//! integers. The comparison of floats is exact all the same, since prices lie on a grid of 1/10,000.

use super::limits::RiskLimits;

/// Half a step of a doubled mid price, in dollars. As a margin it makes the comparison of floats exact on the grid.
const HALF_STEP: f64 = 0.000_05;

/// The state of one market.
#[derive(Clone, Copy, Debug)]
struct QuoteState {
    /// Bid plus ask of the latest quote with both sides, in dollars; NaN before the first.
    sum: f64,
    /// Number of clean quotes since the last fault, counted only up to the number that unblocks.
    clean: u32,
}

/// The quote guard of all markets.
#[derive(Debug)]
pub(super) struct QuoteGuard {
    markets: Vec<QuoteState>,
    /// Largest allowed change of bid plus ask between two quotes, in dollars.
    max_change: f64,
    clean_quotes: u32,
}

impl QuoteGuard {
    pub fn new(limits: &RiskLimits) -> QuoteGuard {
        let max_change = 2.0 * limits.max_price_jump.dollars() + HALF_STEP;
        QuoteGuard { markets: Vec::new(), max_change, clean_quotes: limits.clean_quotes }
    }

    /// Lists a market. One that was blocked before a restart stays blocked.
    pub fn list(&mut self, market: usize, blocked: bool) {
        if market >= self.markets.len() {
            self.markets.resize(market + 1, QuoteState { sum: f64::NAN, clean: self.clean_quotes });
        }
        if blocked {
            self.markets[market].clean = 0;
        }
    }

    /// Takes one quote row: dollars, NaN for an absent side.
    #[inline]
    pub fn on_row(&mut self, market: usize, bid: f64, ask: f64) {
        let Some(state) = self.markets.get_mut(market) else { return };
        let sum = bid + ask;
        if (sum - state.sum).abs() < self.max_change && bid < ask {
            state.sum = sum;
            state.clean += u32::from(state.clean < self.clean_quotes);
        } else {
            state.on_irregular(sum, bid, ask);
        }
    }

    /// Returns the number of clean quotes of `market` since its last fault, at most the number that unblocks it. Zero
    /// before the first quote: a market without quotes cannot be traded.
    pub fn clean(&self, market: usize) -> u32 {
        self.markets.get(market).map_or(0, |state| if state.sum.is_nan() { 0 } else { state.clean })
    }

    /// Returns the numbers of the markets that are blocked.
    pub fn blocked(&self) -> impl Iterator<Item = usize> {
        let faulty = self.markets.iter().enumerate().filter(|(_, state)| state.clean < self.clean_quotes);
        faulty.map(|(market, _)| market)
    }
}

impl QuoteState {
    #[cold]
    fn on_irregular(&mut self, sum: f64, bid: f64, ask: f64) {
        if sum.is_nan() {
            // One side is absent. Orders are refused for that already; it neither proves nor clears a fault.
            return;
        }
        if bid >= ask {
            // The mid of a crossed book is not a level to compare later quotes with, so `sum` stays.
            self.clean = 0;
        } else {
            // A first quote cannot be a jump. After a jump, later quotes are compared with the new level.
            if !self.sum.is_nan() {
                self.clean = 0;
            }
            self.sum = sum;
        }
    }
}
