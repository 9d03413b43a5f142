//! Drawdown: the fall of equity from its peak. It is measured on every tick, since closed trades alone would hide an
//! open loss.

use serde::{Deserialize, Serialize};

use crate::money::Usd;
use crate::time::Timestamp;

/// The peak of equity, and the largest falls from a peak so far: in dollars, and as a part of the peak. The two may be
/// different falls: 10 of 50 dollars are more of their peak than 10.50 of 75.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawdown {
    peak: Usd,
    peak_time: Option<Timestamp>,
    /// Largest fall so far, in dollars.
    pub max: Usd,
    /// Equity at the peak that this fall started from.
    pub max_peak: Usd,
    /// Time of that peak.
    pub start: Option<Timestamp>,
    /// Time at which the fall was largest.
    pub trough: Option<Timestamp>,
    /// Time at which equity was back at that peak.
    pub recovered: Option<Timestamp>,
    /// The fall that is largest as a part of its peak; absent in states of hosts that did not tell the two apart.
    #[serde(default)]
    deepest: Fall,
}

/// A fall of equity from a peak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fall {
    /// The fall in dollars.
    pub amount: Usd,
    /// Equity at the peak.
    pub peak: Usd,
    /// Time of the peak.
    pub start: Option<Timestamp>,
    /// Time at which equity was lowest.
    pub trough: Option<Timestamp>,
    /// Time at which equity was back at the peak.
    pub recovered: Option<Timestamp>,
}

impl Fall {
    /// Returns true if this fall is a larger part of its peak than `other` is of its own. A fall from a peak of nothing
    /// or less is no part of it.
    pub fn is_deeper_than(&self, other: &Fall) -> bool {
        if self.peak <= Usd::ZERO || self.amount <= Usd::ZERO {
            return false;
        }
        let crossed = |amount: Usd, peak: Usd| i128::from(amount.0) * i128::from(peak.0);
        other.peak <= Usd::ZERO || crossed(self.amount, other.peak) > crossed(other.amount, self.peak)
    }
}

impl Drawdown {
    pub(super) fn new(start: Usd) -> Drawdown {
        Drawdown {
            peak: start,
            peak_time: None,
            max: Usd::ZERO,
            max_peak: start,
            start: None,
            trough: None,
            recovered: None,
            deepest: Fall::default(),
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, equity: Usd) {
        if equity >= self.peak {
            self.peak = equity;
            self.peak_time = Some(now);
            if self.trough.is_some() && self.recovered.is_none() {
                self.recovered = Some(now);
            }
            if self.deepest.trough.is_some() && self.deepest.recovered.is_none() {
                self.deepest.recovered = Some(now);
            }
            return;
        }
        let fall = self.peak - equity;
        if fall > self.max {
            self.max = fall;
            self.max_peak = self.peak;
            self.start = self.peak_time;
            self.trough = Some(now);
            self.recovered = None;
        }
        let (peak, start) = (self.peak, self.peak_time);
        let fall = Fall { amount: fall, peak, start, trough: Some(now), recovered: None };
        if fall.is_deeper_than(&self.deepest) {
            self.deepest = fall;
        }
    }

    /// Moves the present peak with the money that was taken in or out. The largest fall stays as it was.
    pub(super) fn shift(&mut self, amount: Usd) {
        self.peak += amount;
    }

    /// Returns the largest fall in dollars.
    pub fn largest(&self) -> Fall {
        let Drawdown { max, max_peak, start, trough, recovered, .. } = *self;
        Fall { amount: max, peak: max_peak, start, trough, recovered }
    }

    /// Returns the fall that is largest as a part of its peak.
    pub fn deepest(&self) -> Fall {
        let largest = self.largest();
        if largest.is_deeper_than(&self.deepest) { largest } else { self.deepest }
    }

    /// Returns the highest equity so far.
    pub fn peak(&self) -> Usd {
        self.peak
    }
}
