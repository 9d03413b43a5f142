//! Requests for the mid price of a market at a later time, against which markouts and missed orders are measured.
//!
//! The first mid at or after the due time counts, if it comes before the deadline. Settlement answers every request
//! that is still open, so that none spans a resolution. A call costs one comparison while nothing is due.

use std::collections::BTreeMap;

use host_core::{MarketId, QuotesView, Timestamp};

/// Largest number of open requests. Beyond it new ones are dropped and counted, so that memory stays bounded.
pub(crate) const MAX_PENDING: usize = 65_536;

/// A request for the mid of a market between `due` and `until`, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MidRequest<T> {
    pub(crate) market: MarketId,
    pub(crate) due: Timestamp,
    pub(crate) until: Timestamp,
    /// Passed back with the answer.
    pub(crate) purpose: T,
}

/// Requests that have not been answered yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingMids<T> {
    /// Requests that are not due yet, by due time and then by number.
    future: BTreeMap<(Timestamp, u64), MidRequest<T>>,
    requested: u64,
    /// Requests that are due, by market.
    due: Vec<Vec<MidRequest<T>>>,
    due_count: usize,
    /// Lower bound of the deadlines of the requests that are due.
    next_deadline: Timestamp,
    dropped: u64,
}

impl<T: Copy> PendingMids<T> {
    pub(crate) fn new() -> PendingMids<T> {
        PendingMids {
            future: BTreeMap::new(),
            requested: 0,
            due: Vec::new(),
            due_count: 0,
            next_deadline: Timestamp(i64::MAX),
            dropped: 0,
        }
    }

    /// Returns the number of open requests.
    pub(crate) fn pending(&self) -> usize {
        self.future.len() + self.due_count
    }

    /// Returns the number of requests dropped because too many were open.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Adds `request` at `now`. Expired requests are removed only when the queue is full: where no quotes arrive, as
    /// when a journal is read back, nothing else removes them.
    pub(crate) fn request(&mut self, now: Timestamp, request: MidRequest<T>) {
        if self.pending() >= MAX_PENDING {
            self.advance(now);
        }
        if self.pending() >= MAX_PENDING {
            self.dropped += 1;
            return;
        }
        self.future.insert((request.due, self.requested), request);
        self.requested += 1;
    }

    /// Answers the requests that the rows of `quotes`, in time order, can answer, by calling `answer(purpose, twice
    /// the mid)`.
    pub(crate) fn on_quotes(&mut self, quotes: &QuotesView<'_>, mut answer: impl FnMut(T, i32)) {
        let mut row = 0;
        while row < quotes.len() {
            if self.due_count == 0 {
                let Some((&(next, _), _)) = self.future.first_key_value() else { return };
                row += quotes.time[row..].partition_point(|&time| time < next.0);
                if row == quotes.len() {
                    return;
                }
            }
            self.advance(Timestamp(quotes.time[row]));
            let market = quotes.market[row] as usize;
            if self.due.get(market).is_some_and(|due| !due.is_empty())
                && let Some(mid_doubled) = quotes.row(row).mid_doubled()
            {
                self.due_count -= self.due[market].len();
                self.due[market].drain(..).for_each(|request| answer(request.purpose, mid_doubled));
            }
            row += 1;
        }
    }

    /// Closes all requests for `market`, which pays out at `now`: those that have not expired are answered with twice
    /// the payout.
    pub(crate) fn settle(
        &mut self,
        market: MarketId,
        now: Timestamp,
        payout_doubled: i32,
        mut answer: impl FnMut(T, i32),
    ) {
        let mut close = |request: &MidRequest<T>| {
            if request.until >= now {
                answer(request.purpose, payout_doubled);
            }
        };
        if let Some(due) = self.due.get_mut(market.index()) {
            self.due_count -= due.len();
            due.drain(..).for_each(|request| close(&request));
        }
        self.future.retain(|_, request| {
            let is_other = request.market != market;
            if !is_other {
                close(request);
            }
            is_other
        });
    }

    /// Moves the requests due at `now` to their markets' lists, and removes those whose deadline has passed.
    fn advance(&mut self, now: Timestamp) {
        while let Some(entry) = self.future.first_entry().filter(|entry| entry.key().0 <= now) {
            let request = entry.remove();
            let market = request.market.index();
            if self.due.len() <= market {
                self.due.resize_with(market + 1, Vec::new);
            }
            self.next_deadline = self.next_deadline.min(request.until);
            self.due[market].push(request);
            self.due_count += 1;
        }
        if self.next_deadline < now {
            self.due.iter_mut().for_each(|due| due.retain(|request| request.until >= now));
            self.due_count = self.due.iter().map(Vec::len).sum();
            let deadlines = self.due.iter().flatten().map(|request| request.until);
            self.next_deadline = deadlines.min().unwrap_or(Timestamp(i64::MAX));
        }
    }
}
