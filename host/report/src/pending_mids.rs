//! Waits for the mid price of a market at a later time: what markouts and missed orders are measured against.
//!
//! The first mid at or after the due time counts, if it comes in time; settlement answers what still waits then, for
//! no question crosses a resolution. Cheap when nothing is due: one comparison a call.

use std::collections::BTreeMap;

use host_core::{MarketId, QuotesView, Timestamp};

/// Questions that may wait at once. Beyond it new ones are turned away and counted, so that memory stays bounded.
pub(crate) const MOST_WAITING: usize = 65_536;

/// A question for a mid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MidRequest<T> {
    pub(crate) market: MarketId,
    /// A mid from here on answers it…
    pub(crate) due: Timestamp,
    /// …up to here.
    pub(crate) until: Timestamp,
    /// What the answer is for.
    pub(crate) purpose: T,
}

/// Questions not answered yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingMids<T> {
    /// Not due yet, by due time and then order of asking.
    future: BTreeMap<(Timestamp, u64), MidRequest<T>>,
    asked: u64,
    /// Due, by market.
    due: Vec<Vec<MidRequest<T>>>,
    due_count: usize,
    /// No question that is due ends before this.
    next_end: Timestamp,
    turned_away: u64,
}

impl<T: Copy> PendingMids<T> {
    pub(crate) fn new() -> PendingMids<T> {
        PendingMids {
            future: BTreeMap::new(),
            asked: 0,
            due: Vec::new(),
            due_count: 0,
            next_end: Timestamp(i64::MAX),
            turned_away: 0,
        }
    }

    /// How many questions wait.
    pub(crate) fn waiting(&self) -> usize {
        self.future.len() + self.due_count
    }

    /// Questions that were turned away.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away
    }

    /// Asks at `now`. Where no quotes come, as when a journal is read back, only a full queue drops what has ended.
    pub(crate) fn ask(&mut self, now: Timestamp, question: MidRequest<T>) {
        if self.waiting() >= MOST_WAITING {
            self.advance(now);
        }
        if self.waiting() >= MOST_WAITING {
            self.turned_away += 1;
            return;
        }
        self.future.insert((question.due, self.asked), question);
        self.asked += 1;
    }

    /// Answers what the rows of `quotes`, in time order, can answer: `answer(purpose, twice the mid)`.
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
                self.due[market].drain(..).for_each(|question| answer(question.purpose, mid_doubled));
            }
            row += 1;
        }
    }

    /// Ends all questions about `market`, which pays out at `now`: those that have not ended before are answered with
    /// twice its payout.
    pub(crate) fn settle(
        &mut self,
        market: MarketId,
        now: Timestamp,
        payout_doubled: i32,
        mut answer: impl FnMut(T, i32),
    ) {
        let mut end = |question: &MidRequest<T>| {
            if question.until >= now {
                answer(question.purpose, payout_doubled);
            }
        };
        if let Some(due) = self.due.get_mut(market.index()) {
            self.due_count -= due.len();
            due.drain(..).for_each(|question| end(&question));
        }
        self.future.retain(|_, question| {
            let other = question.market != market;
            if !other {
                end(question);
            }
            other
        });
    }

    /// Moves what is due at `now` to its market's list, and drops what nobody answered in time.
    fn advance(&mut self, now: Timestamp) {
        while let Some(entry) = self.future.first_entry().filter(|entry| entry.key().0 <= now) {
            let question = entry.remove();
            let market = question.market.index();
            if self.due.len() <= market {
                self.due.resize_with(market + 1, Vec::new);
            }
            self.next_end = self.next_end.min(question.until);
            self.due[market].push(question);
            self.due_count += 1;
        }
        if self.next_end < now {
            self.due.iter_mut().for_each(|due| due.retain(|question| question.until >= now));
            self.due_count = self.due.iter().map(Vec::len).sum();
            let ends = self.due.iter().flatten().map(|question| question.until);
            self.next_end = ends.min().unwrap_or(Timestamp(i64::MAX));
        }
    }
}
