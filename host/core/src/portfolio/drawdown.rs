//! Drawdown: the fall of equity from its peak. It is measured on every tick, since closed trades alone would hide an
//! open loss.

use serde::{Deserialize, Serialize};

use crate::money::Usd;
use crate::time::Timestamp;

/// The peak of equity and the largest fall from a peak so far.
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
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, equity: Usd) {
        if equity >= self.peak {
            self.peak = equity;
            self.peak_time = Some(now);
            if self.trough.is_some() && self.recovered.is_none() {
                self.recovered = Some(now);
            }
        }
        let fall = self.peak - equity;
        if fall > self.max {
            self.max = fall;
            self.max_peak = self.peak;
            self.start = self.peak_time;
            self.trough = Some(now);
            self.recovered = None;
        }
    }

    /// Moves the present peak with the money that was taken in or out. The largest fall stays as it was.
    pub(super) fn shift(&mut self, amount: Usd) {
        self.peak += amount;
    }

    /// Returns the highest equity so far.
    pub fn peak(&self) -> Usd {
        self.peak
    }
}
