//! The prices that a market accepts, tried one after the other.

/// One dollar as a price, in 1/10,000 dollar.
pub const DOLLAR: i128 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    /// Multiples of one step.
    Every(i128),
    /// Whole cents from 0.10 to 0.90, and tenths of a cent below and above.
    Tapered,
}

/// Returns the highest multiple of `step` that is not above `value`.
pub fn down(value: i128, step: i128) -> i128 {
    value.div_euclid(step) * step
}

/// Returns the lowest multiple of `step` that is not below `value`.
pub fn up(value: i128, step: i128) -> i128 {
    -down(-value, step)
}

impl Grid {
    pub fn contains(self, price: i128) -> bool {
        let step = match self {
            Grid::Every(step) => step,
            Grid::Tapered if (1_000..=9_000).contains(&price) => 100,
            Grid::Tapered => 10,
        };
        price % step == 0
    }

    /// Returns the highest price that is not above `price`, and at most a dollar.
    pub fn down(self, price: i128) -> i128 {
        (0..=price.min(DOLLAR)).rev().find(|&lower| self.contains(lower)).unwrap_or(0)
    }

    /// Returns the lowest price that is not below `price`, and at least 0.
    pub fn up(self, price: i128) -> i128 {
        (price.max(0)..=DOLLAR).find(|&higher| self.contains(higher)).unwrap_or(DOLLAR)
    }

    /// Returns the price `ticks` ticks above `from`, or below it if `ticks` is negative. None lies beyond 0 and 1.
    pub fn away(self, from: i128, ticks: i128) -> i128 {
        if let Grid::Every(step) = self {
            return from + ticks * step;
        }
        let next = |price: i128, _| if ticks > 0 { self.up(price + 1) } else { self.down(price - 1) };
        (0..ticks.abs()).fold(from, next)
    }
}
