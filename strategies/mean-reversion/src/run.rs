//! Runs of price changes, and what they make of an exponential moving average.
//!
//! With `beta = 1 - alpha`, where `alpha` is the weight of a new price, the deviation `d = price - average` follows from
//! the price changes `c` alone: `d' = beta (d + c)`, and it is 0 at a window's first price, where the average starts.
//! So over a window from first price to last
//!
//! ```text
//! d of the last price  =  tail
//! sum of d             =  beta / (1 - beta)  *  (last price - tail - first price)
//! sum of d^2           =  beta^2 / (1 - beta^2)  *  (energy - tail^2)
//! ```
//!
//! with, over the window's changes `c[1]` to `c[m]`,
//!
//! ```text
//! tail    =  sum of beta^(m-k+1) c[k]
//! energy  =  sum of c[k]^2  +  2 sum over j < k of beta^(k-j) c[j] c[k]
//! ```
//!
//! (Both follow from `d' = beta (d + c)`: the sum telescopes with `average' - average = alpha / beta * d'`, the squares
//! with `d'^2 - beta^2 d^2 = beta^2 c (2 d + c)`.) Runs of changes join associatively, see [`Run::then`]: the base of a
//! window that moves at constant cost without ever subtracting an old term. Must know nothing of markets or time.

/// How fast the average follows the price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    beta: f64,
    /// `beta / (1 - beta)`
    pub sum_gain: f64,
    /// `beta^2 / (1 - beta^2)`
    pub square_gain: f64,
}

impl Decay {
    /// `alpha` is the weight of a new price, in `0 < alpha <= 1`.
    pub fn new(alpha: f64) -> Decay {
        let beta = 1.0 - alpha;
        // 1 - beta^2 as a product, without the cancellation.
        Decay { beta, sum_gain: beta / alpha, square_gain: beta * beta / (alpha * (1.0 + beta)) }
    }
}

/// A run of price changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// `beta^m`
    retained: f64,
    /// Sum of `beta^(k-1) c[k]`.
    head: f64,
    /// Sum of `beta^(m-k+1) c[k]`.
    tail: f64,
    /// As in the module's formula.
    energy: f64,
}

/// As much of a run as is needed of a window's older part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Front {
    tail: f64,
    energy: f64,
}

impl Run {
    /// No change.
    pub const EMPTY: Run = Run { retained: 1.0, head: 0.0, tail: 0.0, energy: 0.0 };

    /// The run with `change` after it.
    #[inline]
    pub fn append(&mut self, decay: &Decay, change: f64) {
        let tail = self.tail + change;
        self.energy += change * (self.tail + tail);
        self.tail = decay.beta * tail;
        self.head += self.retained * change;
        self.retained *= decay.beta;
    }

    /// The run with `change` before it.
    #[inline]
    pub fn prepend(&mut self, decay: &Decay, change: f64) {
        let later = decay.beta * self.head;
        self.head = change + later;
        self.energy += change * (self.head + later);
        self.retained *= decay.beta;
        self.tail += self.retained * change;
    }

    /// This run, then `next`.
    pub fn then(&self, next: &Run) -> Run {
        Run {
            retained: self.retained * next.retained,
            head: self.head + self.retained * next.head,
            tail: next.tail + next.retained * self.tail,
            energy: self.energy + next.energy + 2.0 * self.tail * next.head,
        }
    }

    /// As the older part of a window.
    pub fn front(&self) -> Front {
        Front { tail: self.tail, energy: self.energy }
    }

    /// Tail and energy of `front`, then this.
    #[inline]
    pub fn after(&self, front: Front) -> (f64, f64) {
        let tail = self.tail + self.retained * front.tail;
        let energy = (front.energy + self.energy) + (front.tail + front.tail) * self.head;
        (tail, energy)
    }
}
