//! Trading statistics of a market: latest trades, volumes, open interest, and the state of 24 hours ago.

use std::collections::VecDeque;

use host_core::{MarketId, Price, Qty, Side, Span, Timestamp, Usd};
use uuid::Uuid;

use super::book::TopOfBook;

/// A trade between two orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The venue's id, shared with the fills on both sides.
    pub id: Uuid,
    /// Counts up across all markets.
    pub number: u64,
    pub market: MarketId,
    pub time: Timestamp,
    /// In YES terms.
    pub price: Price,
    pub qty: Qty,
    pub taker_side: Side,
}

/// A market's trading statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Contracts traded.
    pub volume: Qty,
    /// Value of all trades, in YES terms.
    pub dollar_volume: Usd,
    /// Contracts held: as many YES as NO.
    pub open_interest: Qty,
    /// Price of the last trade, in YES terms.
    pub last: Option<Price>,
    /// Contracts of the last trade.
    pub last_qty: Qty,
    /// Hours with activity: those of the last 24 hours and the one before, oldest first.
    hours: VecDeque<Hour>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hour {
    /// Hours since the epoch.
    hour: i64,
    volume: Qty,
    top: TopOfBook,
    last: Option<Price>,
}

/// State of a market 24 hours ago, to the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Previous {
    /// Best bid for YES.
    pub bid: Option<Price>,
    /// Best offer of YES.
    pub ask: Option<Price>,
    /// Price of the last trade.
    pub last: Option<Price>,
}

const fn hour_of(time: Timestamp) -> i64 {
    time.0.div_euclid(Span::hours(1).0)
}

impl Stats {
    /// Returns the contracts traded in the last 24 hours, to the hour.
    pub fn volume_24h(&self, now: Timestamp) -> Qty {
        let from = hour_of(now) - 24;
        self.hours.iter().rev().take_while(|hour| hour.hour > from).map(|hour| hour.volume).sum()
    }

    /// Returns the state of 24 hours ago, to the hour.
    pub fn previous(&self, now: Timestamp) -> Previous {
        let from = hour_of(now) - 24;
        let hour = self.hours.iter().rev().find(|hour| hour.hour <= from);
        hour.map_or(Previous::default(), |hour| Previous {
            bid: hour.top.bid.map(|(price, _)| price),
            ask: hour.top.ask.map(|(price, _)| price),
            last: hour.last,
        })
    }

    /// Records trading in the 24 hours before `time`; must come before anything else.
    pub(super) fn traded_before(&mut self, last: Option<Price>, volume: Qty, time: Timestamp) {
        self.volume += volume;
        self.last = self.last.or(last);
        // The volume counts with the hour of its quote, the oldest hour in the statistics.
        let top = self.hours.front().map_or(TopOfBook::default(), |hour| hour.top);
        self.hours.push_front(Hour { hour: hour_of(time), volume, top, last });
    }

    /// Records a trade.
    pub(super) fn traded(&mut self, trade: &Trade) {
        self.volume += trade.qty;
        self.dollar_volume += trade.price * trade.qty;
        (self.last, self.last_qty) = (Some(trade.price), trade.qty);
        if let Some(hour) = self.hour(trade.time) {
            hour.volume += trade.qty;
        }
    }

    /// Records the top of the book at `now`.
    pub(super) fn note(&mut self, top: TopOfBook, now: Timestamp) {
        let last = self.last;
        if let Some(hour) = self.hour(now) {
            (hour.top, hour.last) = (top, last);
        }
    }

    /// Returns the current hour, and drops hours that are no longer needed.
    fn hour(&mut self, now: Timestamp) -> Option<&mut Hour> {
        let hour = hour_of(now);
        if self.hours.back().is_none_or(|last| last.hour < hour) {
            let before = self.hours.back().map_or((TopOfBook::default(), None), |last| (last.top, last.last));
            self.hours.push_back(Hour { hour, volume: Qty::ZERO, top: before.0, last: before.1 });
            while self.hours.get(1).is_some_and(|second| second.hour <= hour - 24) {
                self.hours.pop_front();
            }
        }
        self.hours.back_mut()
    }
}
