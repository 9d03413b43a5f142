//! The value of a position, by the rule in `host/docs/assumptions.md`.

use super::model::Model;
use super::words::DOLLAR;

impl Model<'_> {
    /// Marks a market by its latest row.
    pub fn mark_by_row(&mut self, market: usize) {
        let Some(row) = self.latest[market] else { return };
        if let (Some(bid), Some(ask)) = (row.bid, row.ask) {
            self.one_sided.remove(&market);
            self.account.marks[market] = bid + ask;
        } else if self.account.holds(market) {
            self.one_sided.entry(market).or_insert((self.now, false));
            self.mark_one_sided(market);
        }
    }

    /// Keeps the mark within the book after a fill.
    pub fn mark_after_fill(&mut self, market: usize) {
        let Some(row) = self.latest[market] else { return };
        if row.bid.is_some() && row.ask.is_some() {
            self.account.clamp_mark(market, row.bid, row.ask);
        } else if self.account.holds(market) {
            self.one_sided.entry(market).or_insert((self.now, false));
            self.mark_one_sided(market);
        } else {
            self.one_sided.remove(&market);
        }
    }

    /// Books the worst of the markets that have lacked a side for too long.
    pub fn mark_overdue(&mut self) {
        let waiting = self.one_sided.iter().filter(|(_, (_, certain))| !certain).map(|(market, _)| *market);
        for market in waiting.collect::<Vec<_>>() {
            self.mark_one_sided(market);
        }
    }

    /// Returns true if a position may be worth less than it seems.
    pub fn is_uncertain(&self) -> bool {
        self.one_sided.values().any(|(_, certain)| !certain)
    }

    fn mark_one_sided(&mut self, market: usize) {
        let closed = self.tape.markets[market].closes.is_some_and(|closes| closes <= self.now);
        let (Some(row), Some((since, certain))) = (self.latest[market], self.one_sided.get_mut(&market)) else {
            return;
        };
        *certain |= self.now - *since > self.settings.limits.quote_age || closed;
        if closed || !*certain {
            return self.account.clamp_mark(market, row.bid, row.ask);
        }
        match self.account.nets[market].qty.signum() {
            1 => self.account.marks[market] = 2 * row.bid.unwrap_or(0),
            -1 => self.account.marks[market] = 2 * row.ask.unwrap_or(DOLLAR),
            _ => self.account.clamp_mark(market, row.bid, row.ask),
        }
    }
}
