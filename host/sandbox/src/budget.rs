//! Budgets over time: what a strategy may use in a minute, however it is spread over calls.
//!
//! Fuel, answers and log lines are measured against the times of the rows, so that a back test and a replay come to the
//! same end. A batch of many polls covers the time of all of them.

/// A budget that fills up again with time.
#[derive(Clone, Debug)]
pub(crate) struct MinuteBudget {
    per_minute: u64,
    /// The part that is left, in units times nanoseconds in a minute, so that nothing is lost to rounding.
    left: i128,
    /// The time up to which it has filled up.
    until: Option<i64>,
}

const MINUTE: i128 = 60_000_000_000;

impl MinuteBudget {
    /// Returns a full budget of so many units for each minute.
    pub fn new(per_minute: u64) -> MinuteBudget {
        MinuteBudget { per_minute, left: i128::from(per_minute) * MINUTE, until: None }
    }

    /// Fills the budget up to the time `from`, at most to a minute's, and for the time from there to `to`, which the
    /// next use covers, on top.
    pub fn pass(&mut self, from: i64, to: i64) {
        let rate = i128::from(self.per_minute);
        let until = self.until.unwrap_or(from);
        let grown = self.left + rate * i128::from(from.saturating_sub(until).max(0));
        self.left = grown.min(rate * MINUTE) + rate * i128::from(to.saturating_sub(from.max(until)).max(0));
        self.until = Some(to.max(until));
    }

    /// Takes `used` units. Returns false if there were not as many: then none are left.
    pub fn take(&mut self, used: u64) -> bool {
        self.left -= i128::from(used) * MINUTE;
        let enough = self.left >= 0;
        self.left = self.left.max(0);
        enough
    }

    /// Takes `used` units if there are as many, and nothing otherwise.
    pub fn take_all(&mut self, used: u64) -> bool {
        self.left >= i128::from(used) * MINUTE && self.take(used)
    }

    pub fn per_minute(&self) -> u64 {
        self.per_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_minute_holds_a_minutes_worth_and_fills_with_time() {
        let mut budget = MinuteBudget::new(60);
        budget.pass(0, 0);
        assert!(budget.take(60) && !budget.take(1));
        budget.pass(30 * SECOND, 30 * SECOND);
        assert!(budget.take(30) && !budget.take(1));
        budget.pass(3_600 * SECOND, 3_600 * SECOND);
        assert!(budget.take(60) && !budget.take(1), "an hour of rest is worth no more than a minute");
    }

    #[test]
    fn a_batch_may_use_what_its_time_is_worth_however_it_is_split() {
        let mut whole = MinuteBudget::new(60);
        whole.pass(0, 3_600 * SECOND);
        assert!(whole.take(3_660) && !whole.take(1));
        let mut split = MinuteBudget::new(60);
        for second in 0..3_600 {
            split.pass(second * SECOND, second * SECOND);
            assert!(split.take(1), "at {second}");
        }
        assert!(split.take(59) && !split.take(1));
    }

    #[test]
    fn what_is_too_much_takes_nothing_if_it_has_to_be_whole() {
        let mut budget = MinuteBudget::new(60);
        budget.pass(0, 0);
        assert!(!budget.take_all(61) && budget.take_all(60) && !budget.take_all(1));
    }

    #[test]
    fn time_that_goes_back_fills_nothing() {
        let mut budget = MinuteBudget::new(60);
        budget.pass(60 * SECOND, 60 * SECOND);
        assert!(budget.take(60));
        budget.pass(0, 30 * SECOND);
        assert!(!budget.take(1));
    }
}
