//! The venue's trades beside its polls: each once, and in the order in which they happened.

use host_core::{Span, Timestamp};
use host_venues::error::ReadError;
use host_venues::model::MarketRow;
use host_venues::past::VenueTrade;

use crate::trade_tape::{OVERLAP, TradeTape};
use crate::trade_watch::{TradeNews, TradeWatch};

/// The state of the trades.
#[derive(Debug)]
pub struct TradeFeed {
    tape: TradeTape,
    watch: TradeWatch,
    /// New ones that others from before them may follow yet.
    held: Vec<VenueTrade>,
    /// The time of the last one that was taken: earlier ones came too late.
    taken: Timestamp,
    /// A request is on its way.
    is_asked: bool,
}

impl TradeFeed {
    /// A feed on which trades from `from` on are new.
    pub fn new(from: Timestamp) -> TradeFeed {
        TradeFeed {
            tape: TradeTape::new(from),
            watch: TradeWatch::default(),
            held: Vec::new(),
            taken: from,
            is_asked: false,
        }
    }

    /// Takes note of a poll at `now`. Returns the time from which trades are to be asked for, unless they are on their
    /// way already.
    pub fn on_poll(&mut self, rows: &[MarketRow], now: Timestamp) -> Option<Timestamp> {
        self.watch.on_poll(rows, now);
        (!std::mem::replace(&mut self.is_asked, true)).then(|| self.tape.asks_since())
    }

    /// Takes up an answer at `now`.
    pub fn on_answer(&mut self, answer: Result<Vec<VenueTrade>, ReadError>, now: Timestamp) {
        self.is_asked = false;
        let failed = answer.as_ref().err().map(ToString::to_string);
        let new = self.tape.take_up(answer);
        self.watch.on_answer(failed.map_or(Ok(new.len()), Err), now);
        self.held.extend(new);
        self.held.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
    }

    /// Takes the trades that no earlier one can follow any more at `now`, oldest first.
    pub fn take_settled(&mut self, now: Timestamp) -> Vec<VenueTrade> {
        let settled = self.held.partition_point(|trade| trade.time < now - OVERLAP);
        let settled: Vec<VenueTrade> = self.held.drain(..settled).collect();
        let late = settled.partition_point(|trade| trade.time < self.taken);
        if late > 0 {
            tracing::warn!("{late} trades came more than {OVERLAP} late and are not recorded");
        }
        self.taken = settled.last().map_or(self.taken, |trade| trade.time.max(self.taken));
        settled.into_iter().skip(late).collect()
    }

    /// Returns what there is to tell people at `now`, each once.
    pub fn take_news(&mut self, now: Timestamp, every: Span) -> Option<TradeNews> {
        self.watch.take_news(now, every)
    }
}
