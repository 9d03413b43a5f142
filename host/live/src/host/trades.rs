//! The venue's trades beside its polls: asked for, recorded, and missed.

use host_core::Timestamp;
use host_venues::error::ReadError;
use host_venues::model::MarketRow;
use host_venues::past::VenueTrade;

use super::LiveHost;
use crate::error::Result;
use crate::notice::NoticeCode;
use crate::trade_watch::TradeNews;

impl LiveHost {
    /// Asks for the trades since the last ones, after a poll of `rows`.
    pub(super) fn ask_for_trades(&mut self, rows: &[MarketRow]) {
        let asked = self.trades.on_poll(rows, self.requests.now());
        if let Some(since) = asked.filter(|_| !self.stopping) {
            self.requests.trades(since);
        }
    }

    /// Takes up the venue's trades.
    ///
    /// # Errors
    /// They cannot be recorded.
    pub(super) fn on_trades(&mut self, answer: Result<Vec<VenueTrade>, ReadError>) -> Result<()> {
        let now = self.requests.now();
        self.trades.on_answer(answer, now);
        self.record_trades(now)
    }

    /// Records the trades that are known in full at `now`, of markets that were listed.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn record_trades(&mut self, now: Timestamp) -> Result<()> {
        let trades = self.trades.take_settled(now);
        self.journal.record_trades(&self.feed.public_trades(&trades))
    }

    /// Tells people once when trades are missing while quotes go on, and when they are back.
    pub(super) fn watch_trades(&mut self, now: Timestamp) {
        if self.stopping {
            return;
        }
        let what = "the recording lacks them, and the fill model of a pretend account does";
        match self.trades.take_news(now, self.timers.poll_interval()) {
            Some(TradeNews::Missing { since, markets }) => {
                let text = format!(
                    "the venue's quotes show trades in {markets} markets, and its list of trades has had none since \
                     {since}: {what}"
                );
                self.notices.alert(now, NoticeCode::TradesMissing, text);
            }
            Some(TradeNews::Unread { since, why }) => {
                let text = format!("the venue's trades cannot be read since {since}: {why}; until then {what}");
                self.notices.alert(now, NoticeCode::TradesMissing, text);
            }
            Some(TradeNews::Back) => {
                self.notices.info(now, NoticeCode::TradesBack, "the venue's trades are read again");
            }
            None => {}
        }
    }
}
