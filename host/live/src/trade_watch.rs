//! The watch on the venue's trades: whether they come, while quotes say that there are some.
//!
//! Pure: the time comes in.

use std::collections::HashMap;

use host_core::{Price, Qty, Span, Timestamp};
use host_venues::model::MarketRow;

/// Polls in which quotes must show trades, without one in the list, before people are told.
const POLLS: u32 = 3;

/// The shortest time for which that must be so, where polls are seconds apart.
const AT_LEAST: Span = Span::minutes(1);

/// News of trades that people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeNews {
    /// Quotes go on, and the list of trades has had none since this time.
    Missing { since: Timestamp, markets: usize },
    /// The list of trades cannot be read since this time, for this reason.
    Unread { since: Timestamp, why: String },
    /// They come again.
    Back,
}

/// The state of the watch.
#[derive(Debug, Default)]
pub struct TradeWatch {
    /// By ticker: last price and volume in the last poll.
    shown: HashMap<String, (Option<Price>, Option<Qty>)>,
    /// Polls that have shown trades since the last one in the list, with the time of the first, and the number of
    /// markets in the last.
    unlisted: Option<(u32, Timestamp, usize)>,
    /// The time since which the list cannot be read, and why.
    unread: Option<(Timestamp, String)>,
    is_told: bool,
}

impl TradeWatch {
    /// Takes note of the rows of a poll.
    pub fn on_poll(&mut self, rows: &[MarketRow], now: Timestamp) {
        let mut traded = 0;
        let mut shown = HashMap::with_capacity(rows.len());
        for row in rows {
            let (last, volume) = (row.last, row.volume);
            let has_traded = self.shown.get(&row.ticker).is_some_and(|(then_last, then_volume)| {
                volume.zip(*then_volume).is_some_and(|(now, then)| now > then)
                    || last.zip(*then_last).is_some_and(|(now, then)| now != then)
            });
            traded += usize::from(has_traded);
            shown.insert(row.ticker.clone(), (last, volume));
        }
        self.shown = shown;
        if traded > 0 {
            let (polls, since, _) = self.unlisted.unwrap_or((0, now, 0));
            self.unlisted = Some((polls + 1, since, traded));
        }
    }

    /// Takes note of an answer to a request for trades: how many were new, or why there is none.
    pub fn on_answer(&mut self, answer: Result<usize, String>, now: Timestamp) {
        match answer {
            Ok(new) => {
                self.unread = None;
                if new > 0 {
                    self.unlisted = None;
                }
            }
            Err(why) => {
                let since = self.unread.take().map_or(now, |(since, _)| since);
                self.unread = Some((since, why));
            }
        }
    }

    /// Returns what there is to tell people at `now`, each once, where polls come `every` so often.
    pub fn take_news(&mut self, now: Timestamp, every: Span) -> Option<TradeNews> {
        let patience = (every * i64::from(POLLS)).max(AT_LEAST);
        let unread = self.unread.as_ref().filter(|(since, _)| now - *since >= patience);
        let unlisted = self.unlisted.filter(|(polls, since, _)| *polls >= POLLS && now - *since >= patience);
        let news = match (unread, unlisted) {
            (Some((since, why)), _) => TradeNews::Unread { since: *since, why: why.clone() },
            (None, Some((_, since, markets))) => TradeNews::Missing { since, markets },
            (None, None) if self.is_told && self.unread.is_none() && self.unlisted.is_none() => {
                self.is_told = false;
                return Some(TradeNews::Back);
            }
            (None, None) => return None,
        };
        (!std::mem::replace(&mut self.is_told, true)).then_some(news)
    }
}

#[cfg(test)]
mod tests {
    use host_core::Ticks;
    use host_venues::model::{MarketPhase, MarketResult};

    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);
    const EVERY: Span = Span::seconds(30);

    fn at(seconds: i64) -> Timestamp {
        START + Span::seconds(seconds)
    }

    fn row(volume: i64) -> MarketRow {
        MarketRow {
            ticker: "T".into(),
            event: "E".into(),
            title: String::new(),
            yes_title: String::new(),
            phase: MarketPhase::Open,
            result: MarketResult::Open,
            opens: START,
            closes: at(86_400),
            occurs: None,
            expected_expiration: None,
            settled: None,
            settlement_value: None,
            ticks: Ticks::CENT,
            bid: None,
            ask: None,
            bid_size: None,
            ask_size: None,
            last: None,
            volume: Some(Qty::contracts(volume)),
        }
    }

    #[test]
    fn trades_that_stop_while_quotes_go_on_are_told_once_and_so_is_their_return() {
        let mut watch = TradeWatch::default();
        watch.on_poll(&[row(10)], at(0));
        for poll in 1..=2 {
            watch.on_poll(&[row(10 + poll)], at(30 * poll));
            watch.on_answer(Ok(0), at(30 * poll));
            assert_eq!(watch.take_news(at(30 * poll), EVERY), None, "{poll}");
        }
        watch.on_poll(&[row(13)], at(90));
        assert_eq!(watch.take_news(at(119), EVERY), None, "for less than a minute and a half");
        let told = TradeNews::Missing { since: at(30), markets: 1 };
        assert_eq!(watch.take_news(at(120), EVERY), Some(told));
        assert_eq!(watch.take_news(at(150), EVERY), None);
        watch.on_answer(Ok(1), at(160));
        assert_eq!(watch.take_news(at(160), EVERY), Some(TradeNews::Back));
        assert_eq!(watch.take_news(at(160), EVERY), None);
    }

    #[test]
    fn a_quiet_market_is_no_news_and_a_list_that_cannot_be_read_is() {
        let mut watch = TradeWatch::default();
        for poll in 0..20 {
            watch.on_poll(&[row(10)], at(30 * poll));
            watch.on_answer(Ok(0), at(30 * poll));
            assert_eq!(watch.take_news(at(30 * poll), EVERY), None);
        }
        for poll in 20..30 {
            watch.on_answer(Err("503".into()), at(30 * poll));
            let told = TradeNews::Unread { since: at(600), why: "503".into() };
            assert_eq!(watch.take_news(at(30 * poll), EVERY), (poll == 23).then_some(told), "{poll}");
        }
    }
}
