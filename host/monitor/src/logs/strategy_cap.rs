//! The bytes that each strategy may write in one UTC day.

use std::collections::BTreeMap;

/// The answer to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Written,
    /// The first line of the day that is beyond the limit.
    FirstDropped,
    Dropped,
}

/// The lines of strategies, counted day by day.
#[derive(Debug)]
pub(super) struct StrategyCap {
    /// In bytes, for each strategy.
    most: u64,
    today: BTreeMap<String, Written>,
}

#[derive(Debug, Default)]
struct Written {
    bytes: u64,
    dropped: u64,
}

impl StrategyCap {
    /// Begins a day on which nothing was written.
    pub fn new(most: u64) -> StrategyCap {
        StrategyCap { most, today: BTreeMap::new() }
    }

    /// Counts a line that was written before this process began.
    pub fn note(&mut self, strategy: &str, bytes: usize) {
        self.today.entry(strategy.to_owned()).or_default().bytes += bytes as u64;
    }

    /// Counts a line of `bytes`, and says if it may be written.
    pub fn admit(&mut self, strategy: &str, bytes: usize) -> Admission {
        let written = self.today.entry(strategy.to_owned()).or_default();
        if written.dropped == 0 && written.bytes + bytes as u64 <= self.most {
            written.bytes += bytes as u64;
            return Admission::Written;
        }
        written.dropped += 1;
        if written.dropped == 1 { Admission::FirstDropped } else { Admission::Dropped }
    }

    /// Ends the day. Returns the strategies whose lines were dropped, each with their number.
    pub fn end_day(&mut self) -> Vec<(String, u64)> {
        let ended = std::mem::take(&mut self.today).into_iter();
        ended.filter(|(_, written)| written.dropped > 0).map(|(name, written)| (name, written.dropped)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_strategy_has_its_own_limit_each_day() {
        let mut cap = StrategyCap::new(100);
        cap.note("loud", 50);
        let said = [50, 1, 1].map(|bytes| cap.admit("loud", bytes));
        assert_eq!(said, [Admission::Written, Admission::FirstDropped, Admission::Dropped]);
        assert_eq!(cap.admit("calm", 100), Admission::Written);
        assert_eq!(cap.end_day(), [("loud".to_owned(), 2)]);
        assert_eq!(cap.admit("loud", 100), Admission::Written);
        assert_eq!(cap.end_day(), []);
    }
}
