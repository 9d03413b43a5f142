//! Segments of consecutive price changes, and the exponential moving average that follows from them.
//!
//! With `beta = 1 - alpha`, where `alpha` is the weight of a new price, the deviation `d = price - average` follows
//! from the price changes `c` alone: `d' = beta (d + c)`. It is 0 at the first price of a window, where the average
//! starts. Over a window from its first price to its last, therefore,
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
//! (Both sums follow from `d' = beta (d + c)`: the first telescopes with `average' - average = alpha / beta * d'`, the
//! second with `d'^2 - beta^2 d^2 = beta^2 c (2 d + c)`.) Joining segments is associative, see [`Segment::then`]. That
//! allows a window to move at constant cost without ever subtracting an old term. This module must know nothing of
//! markets or time.

/// The speed at which the average follows the price.
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

/// A segment of consecutive price changes `c[1]` to `c[m]`, reduced to four sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// `beta^m`
    retained: f64,
    /// Sum of `beta^(k-1) c[k]`.
    head: f64,
    /// Sum of `beta^(m-k+1) c[k]`.
    tail: f64,
    /// Sum of the squares and products of the changes, as defined in the module's documentation.
    energy: f64,
}

/// The part of a segment's sums that is needed for the older part of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Front {
    tail: f64,
    energy: f64,
}

impl Segment {
    /// The segment without any changes.
    pub const EMPTY: Segment = Segment { retained: 1.0, head: 0.0, tail: 0.0, energy: 0.0 };

    /// Adds `change` at the end.
    #[inline]
    pub fn append(&mut self, decay: &Decay, change: f64) {
        let tail = self.tail + change;
        self.energy += change * (self.tail + tail);
        self.tail = decay.beta * tail;
        self.head += self.retained * change;
        self.retained *= decay.beta;
    }

    /// Adds `change` at the beginning.
    #[inline]
    pub fn prepend(&mut self, decay: &Decay, change: f64) {
        let later = decay.beta * self.head;
        self.head = change + later;
        self.energy += change * (self.head + later);
        self.retained *= decay.beta;
        self.tail += self.retained * change;
    }

    /// Joins this segment and the one that follows it.
    pub fn then(&self, next: &Segment) -> Segment {
        Segment {
            retained: self.retained * next.retained,
            head: self.head + self.retained * next.head,
            tail: next.tail + next.retained * self.tail,
            energy: self.energy + next.energy + 2.0 * self.tail * next.head,
        }
    }

    /// Returns the sums needed if this segment is the older part of a window.
    pub fn front(&self) -> Front {
        Front { tail: self.tail, energy: self.energy }
    }

    /// Returns the tail and energy of `front` followed by this segment.
    #[inline]
    pub fn after(&self, front: Front) -> (f64, f64) {
        let tail = self.tail + self.retained * front.tail;
        let energy = (front.energy + self.energy) + (front.tail + front.tail) * self.head;
        (tail, energy)
    }
}
