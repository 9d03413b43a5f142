//! What a run of prices does to an exponential moving average, as a function of the average before the run.
//!
//! Let `alpha` be the weight of a new price, `beta = 1 - alpha`, and let the average before a run of `m` prices be
//! `start + x`, where `start` is some price near by. With `B = beta^m`, the average after the run, and the sums of the
//! deviations `price - average` and of their squares, are
//!
//! ```text
//! average  =  start + level + B x
//! sum      =  sum - beta / (1 - beta) * (1 - B) x
//! squares  =  squares - 2 cross x + beta^2 / (1 - beta^2) * (1 - B^2) x^2
//! ```
//!
//! so a few numbers say all there is to say about a run, however long, and runs join associatively: the base of a
//! window that moves at constant cost without ever subtracting an old term. A start near by keeps `x` as small as the
//! prices' own movement, so that nothing large cancels. Must know nothing of markets or time.

/// How fast the average follows the price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    beta: f64,
    /// `beta / (1 - beta)`
    sum_gain: f64,
    /// `beta^2 / (1 - beta^2)`
    square_gain: f64,
}

impl Decay {
    /// `alpha` is the weight of a new price, in `0 < alpha <= 1`.
    pub fn new(alpha: f64) -> Decay {
        let beta = 1.0 - alpha;
        // 1 - beta^2 as a product, without the cancellation.
        Decay { beta, sum_gain: beta / alpha, square_gain: beta * beta / (alpha * (1.0 + beta)) }
    }
}

/// A run of prices that others can come before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Run {
    start: f64,
    retained: f64,
    level: f64,
    sum: f64,
    squares: f64,
    cross: f64,
}

impl Run {
    /// No price yet.
    pub fn new(start: f64) -> Run {
        Run { start, retained: 1.0, ..Run::default() }
    }

    /// The run with `price` before it, which becomes its start.
    pub fn prepend(&mut self, decay: &Decay, price: f64) {
        let x = price - self.start;
        // Prices rest most of the time.
        if x != 0.0 {
            let square_slope = decay.square_gain * (1.0 - self.retained) * (1.0 + self.retained) * x;
            self.sum -= decay.sum_gain * (1.0 - self.retained) * x;
            self.squares += x * (square_slope - 2.0 * self.cross);
            self.cross -= square_slope;
            self.level -= (1.0 - self.retained) * x;
            self.start = price;
        }
        self.cross *= decay.beta;
        self.retained *= decay.beta;
    }

    /// This run, then `next`.
    pub fn then(&self, decay: &Decay, next: &Run) -> Run {
        let x = self.level + (self.start - next.start);
        let square_slope = decay.square_gain * (1.0 - next.retained) * (1.0 + next.retained) * x;
        Run {
            start: self.start,
            retained: self.retained * next.retained,
            level: next.retained * x + next.level + (next.start - self.start),
            sum: self.sum + next.sum - decay.sum_gain * (1.0 - next.retained) * x,
            squares: self.squares + next.squares + x * (square_slope - 2.0 * next.cross),
            cross: self.cross + self.retained * (next.cross - square_slope),
        }
    }
}

/// The older part of a window: a run whose start is the average's first value, as a window's first price is. The part
/// of what follows that depends on it alone is worked in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Front {
    /// The average at its end, less the start of the back.
    x: f64,
    /// `sum - beta / (1 - beta) * x`
    sum: f64,
    /// `squares + beta^2 / (1 - beta^2) * x^2`
    squares: f64,
}

impl Front {
    /// The front of `run`, before a back that starts at `back_start`.
    pub fn new(decay: &Decay, run: &Run, back_start: f64) -> Front {
        let x = run.level + (run.start - back_start);
        Front { x, sum: run.sum - decay.sum_gain * x, squares: run.squares + decay.square_gain * x * x }
    }
}

/// The younger part of a window: a run that grows at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Back {
    /// Of the last price.
    deviation: f64,
    retained: f64,
    sum: f64,
    squares: f64,
    cross: f64,
}

/// What a window comes to, in the unit of its prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// The last price less the average.
    pub deviation: f64,
    /// Sum of all deviations.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
}

impl Back {
    /// No price yet.
    pub const EMPTY: Back = Back { deviation: 0.0, retained: 1.0, sum: 0.0, squares: 0.0, cross: 0.0 };

    /// Adds a price that differs by `change` from the one before it (the first one: from the back's start).
    #[inline]
    pub fn append(&mut self, decay: &Decay, change: f64) {
        self.deviation = decay.beta * (self.deviation + change);
        self.retained *= decay.beta;
        self.sum += self.deviation;
        self.squares += self.deviation * self.deviation;
        self.cross += self.deviation * self.retained;
    }

    /// `front`, then this.
    #[inline]
    pub fn after(&self, decay: &Decay, front: &Front) -> Totals {
        let retained_x = self.retained * front.x;
        Totals {
            deviation: self.deviation - retained_x,
            sum: (front.sum + self.sum) + decay.sum_gain * retained_x,
            squares: (front.squares + self.squares)
                - (decay.square_gain * retained_x * retained_x + (front.x + front.x) * self.cross),
        }
    }
}
