//! Counts of the UTC day, for people who watch.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use host_core::{Record, Timestamp};

use crate::control::status::{RefusalLine, Today};

/// The counts of the present UTC day, from the start of the session on.
#[derive(Clone, Debug)]
pub struct DayCounts {
    since: Timestamp,
    signals: u64,
    orders: u64,
    fills: u64,
    trades: u64,
    /// By code, with the time of the last one.
    refusals: BTreeMap<String, (u64, Timestamp)>,
}

impl DayCounts {
    /// Begins to count at `now`.
    pub fn new(now: Timestamp) -> DayCounts {
        DayCounts { since: now, signals: 0, orders: 0, fills: 0, trades: 0, refusals: BTreeMap::new() }
    }

    /// Counts a record at `now`. At midnight it begins anew.
    pub fn count(&mut self, record: &Record, now: Timestamp) {
        if now.day() != self.since.day() {
            *self = DayCounts::new(Timestamp::start_of_day(now.day()));
        }
        match record {
            Record::Signal(_) => self.signals += 1,
            Record::Placed { .. } => self.orders += 1,
            Record::Filled { .. } => self.fills += 1,
            Record::Trade(_) => self.trades += 1,
            Record::Refused(refused) => match self.refusals.get_mut(&refused.verdict.code) {
                Some((times, last)) => (*times, *last) = (*times + 1, now),
                None => drop(self.refusals.insert(refused.verdict.code.clone(), (1, now))),
            },
            _ => {}
        }
    }

    /// Returns the counts at `now` for the status.
    pub fn today(&self, now: Timestamp) -> Today {
        if now.day() != self.since.day() {
            return Today { since: Timestamp::start_of_day(now.day()).to_string(), ..Today::default() };
        }
        let line = |(code, (times, last)): (&String, &(u64, Timestamp))| RefusalLine {
            code: code.clone(),
            times: *times,
            last: last.to_string(),
        };
        let mut refusals: Vec<RefusalLine> = self.refusals.iter().map(line).collect();
        refusals.sort_by_key(|line| Reverse(line.times));
        let DayCounts { signals, orders, fills, trades, .. } = *self;
        Today { since: self.since.to_string(), signals, orders, fills, trades, refusals }
    }
}

#[cfg(test)]
mod tests {
    use host_core::record::{Refused, Verdict};
    use host_core::{MarketId, Qty, SlotId, Span};

    use super::*;

    fn refused(code: &str) -> Record {
        let verdict = Verdict { code: code.into(), value: String::new(), limit: String::new() };
        let (time, slot, market) = (Timestamp(0), SlotId(0), MarketId(0));
        Record::Refused(Refused { time, slot, market, side: None, qty: Qty::ZERO, price: None, verdict })
    }

    #[test]
    fn counts_are_those_of_the_day() {
        let noon = Timestamp(0) + Span::hours(12);
        let mut counts = DayCounts::new(noon);
        for code in ["max_spread", "max_open_positions", "max_open_positions"] {
            counts.count(&refused(code), noon);
        }
        let order = host_testkit::order(1, noon);
        counts.count(&Record::Placed { order, verdicts: Vec::new() }, noon);
        let today = counts.today(noon);
        let codes: Vec<_> = today.refusals.iter().map(|line| (line.code.as_str(), line.times)).collect();
        assert_eq!(codes, [("max_open_positions", 2), ("max_spread", 1)]);
        assert_eq!((today.orders, today.since), (1, noon.to_string()));
        let morning = noon + Span::hours(13);
        assert_eq!((counts.today(morning).orders, counts.today(morning).refusals.len()), (0, 0));
        counts.count(&refused("max_spread"), morning);
        assert_eq!(counts.today(morning).refusals[0].times, 1);
        assert_eq!(counts.today(morning).since, Timestamp::start_of_day(1).to_string());
    }
}
