//! The one stream through which a live host reports: the console reads it, and so can a log file, e-mail or a
//! dashboard.
//!
//! A reader never holds up the loop: each has a queue of its own.

use std::sync::mpsc::{Receiver, Sender, channel};

use host_core::engine::{BlockedExit, Engine};
use host_core::record::SwapCause;
use host_core::risk::limits_reached;
use host_core::strategy::StrategyVersion;
use host_core::{Fault, OrderId, Record, SlotId, Timestamp, TradingState};
use host_store::live::KeptNotice;
use serde::Serialize;

use crate::markets::Markets;
pub use crate::notice_code::NoticeCode;
pub use crate::notice_counts::NoticeCount;
use crate::notice_counts::NoticeCounts;
use crate::reconcile::NOT_COMPARED;
pub use crate::severity::Severity;

/// One report of a live host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub severity: Severity,
    /// The host's time, by the clock that it trades by.
    pub time: Timestamp,
    pub code: NoticeCode,
    /// The venue's name of the market.
    pub market: Option<String>,
    pub order: Option<OrderId>,
    pub strategy: Option<SlotId>,
    /// The name of that strategy's slot, once the engine knows its slots.
    pub slot: Option<String>,
    /// Number of occurrences that it tells of.
    pub times: u32,
    /// One line for people, in lower case and without a full stop.
    pub text: String,
}

impl Notice {
    /// Makes a notice that is about no market, order or strategy.
    pub fn new(severity: Severity, time: Timestamp, code: NoticeCode, text: impl Into<String>) -> Notice {
        Notice {
            severity,
            time,
            code,
            market: None,
            order: None,
            strategy: None,
            slot: None,
            times: 1,
            text: text.into(),
        }
    }

    /// The same, about the market that the venue calls `ticker`.
    #[must_use]
    pub fn of_market(self, ticker: &str) -> Notice {
        Notice { market: Some(ticker.to_owned()), ..self }
    }

    /// The same, about `order`.
    #[must_use]
    pub fn of_order(self, order: OrderId) -> Notice {
        Notice { order: Some(order), ..self }
    }

    /// The same, about the strategy in `slot`.
    #[must_use]
    pub fn of_strategy(self, slot: SlotId) -> Notice {
        Notice { strategy: Some(slot), ..self }
    }

    /// The same, of `times` occurrences.
    #[must_use]
    pub fn of_times(self, times: u32) -> Notice {
        Notice { times, ..self }
    }

    /// Returns the notice as the journal keeps it.
    pub fn kept(&self) -> KeptNotice {
        let Notice { severity, time, code, ref market, order, times, ref text, .. } = *self;
        let (severity, code) = (severity.as_str().to_owned(), code.as_str().to_owned());
        KeptNotice { time, severity, code, times, market: market.clone(), order, text: text.clone() }
    }

    /// Returns the notice that a record of `engine` deserves, if people care about it.
    pub fn of_record(record: &Record, time: Timestamp, markets: &Markets, engine: &Engine) -> Option<Notice> {
        let info = |code, text: String| Notice::new(Severity::Info, time, code, text);
        let notice = match record {
            Record::Placed { order, .. } => {
                let ticker = markets.ticker(order.market);
                let text = format!("order {}: {} {} {ticker} at {}", order.id.0, order.side, order.qty, order.price);
                info(NoticeCode::OrderPlaced, text).of_market(ticker).of_order(order.id).of_strategy(order.slot)
            }
            Record::Filled { slot, market, side, fill, position, .. } => {
                let (ticker, at, held) = (markets.ticker(*market), fill.price, position.shown_held());
                let (order, qty) = (fill.order.0, fill.qty);
                let text = format!("order {order}: filled, {side} {qty} {ticker} at {at}; position {held}");
                info(NoticeCode::OrderFilled, text).of_market(ticker).of_order(fill.order).of_strategy(*slot)
            }
            Record::Done { order, state, reason, .. } => {
                let why = if reason.is_empty() { "" } else { ": " };
                let text = format!("order {}: {}{why}{reason}", order.0, format!("{state:?}").to_lowercase());
                info(NoticeCode::OrderEnded, text).of_order(*order)
            }
            Record::Trade(trade) => {
                let (ticker, net) = (markets.ticker(trade.market), trade.net.shown_signed());
                let text = format!("trade closed in {ticker}: net {net}");
                info(NoticeCode::TradeClosed, text).of_market(ticker).of_strategy(trade.slot)
            }
            Record::Trading { state, reason, .. } => {
                let (severity, what) = trading(*state, reason, engine);
                Notice::new(severity, time, NoticeCode::Trading, format!("{what}: {reason}"))
            }
            &Record::ExitBlocked { slot, market, since, held, ref verdict, .. } => {
                let ticker = markets.ticker(market);
                let text = BlockedExit { slot, market, held, since, verdict }.describe(ticker);
                let alert = Notice::new(Severity::Alert, time, NoticeCode::ExitBlocked, text);
                alert.of_market(ticker).of_strategy(slot)
            }
            Record::ExitFreed { slot, market, .. } => {
                let freed = info(NoticeCode::ExitFreed, exit_freed(markets.ticker(*market)));
                freed.of_market(markets.ticker(*market)).of_strategy(*slot)
            }
            Record::Schedule { name, note, entries_paused, .. } => {
                info(NoticeCode::Schedule, scheduled(name.as_deref(), note, *entries_paused))
            }
            Record::SlotTrading { slot, stopped, reason, .. } => {
                let what = if *stopped { "opens nothing" } else { "goes on" };
                let severity = if *stopped { Severity::Alert } else { Severity::Info };
                let text = format!("slot {} {what}: {reason}", engine.slot_name(*slot));
                Notice::new(severity, time, NoticeCode::SlotTrading, text).of_strategy(*slot)
            }
            Record::Restarted { slot, fault, .. } => {
                let (code, what) = (NoticeCode::StrategyRestarted, "was made again");
                failed(*slot, fault, (Severity::Warning, code), what, (time, engine))
            }
            Record::Fault { slot, fault, .. } => {
                let what = "is quarantined; `host resume --slot` or another version ends it";
                failed(*slot, fault, (Severity::Alert, NoticeCode::StrategyFault), what, (time, engine))
            }
            Record::Swapped { slot, from, to, cause, .. } => swapped(*slot, from.as_ref(), to, cause, (time, engine)),
            Record::Signal(_) | Record::Refused(_) | Record::Settled { .. } | Record::DayClose(_) => return None,
        };
        Some(notice)
    }
}

/// Tells that the strategy in `slot` has failed, and what follows.
fn failed(
    slot: SlotId,
    fault: &Fault,
    (severity, code): (Severity, NoticeCode),
    what: &str,
    (time, engine): (Timestamp, &Engine),
) -> Notice {
    let text = format!("strategy {} failed and {what}: {}", engine.slot_name(slot), fault.message);
    Notice::new(severity, time, code, text).of_strategy(slot)
}

fn exit_freed(ticker: &str) -> String {
    format!("the position in {ticker} can be closed again, or is closed")
}

/// Returns the entry of the schedule that is in force, or that none is, in words.
fn scheduled(name: Option<&str>, note: &str, entries_paused: bool) -> String {
    let what = if entries_paused { "entries are paused" } else { "other limits hold" };
    match name {
        Some(name) if note.is_empty() => format!("schedule {name}: {what}"),
        Some(name) => format!("schedule {name}: {what} ({note})"),
        None => "the schedule's hours are over: the usual limits hold".to_owned(),
    }
}

/// Returns how serious it is that trading is in `state` for this reason, and what it means.
fn trading(state: TradingState, reason: &str, engine: &Engine) -> (Severity, &'static str) {
    match state {
        TradingState::Active => (Severity::Info, "trading"),
        TradingState::Reduce if limits_reached(reason).next().is_some() => (Severity::Alert, ONLY_REDUCING),
        // Every start begins so; a comparison that does not come is told by itself.
        TradingState::Reduce if reason == NOT_COMPARED => (Severity::Info, ONLY_REDUCING),
        TradingState::Reduce => (Severity::Warning, ONLY_REDUCING),
        TradingState::Halted if engine.risk().is_venue_paused() && !engine.risk().is_killed() => {
            (Severity::Warning, "no order leaves")
        }
        TradingState::Halted => (Severity::Alert, "HALTED"),
    }
}

/// The sending end of the stream. Dropped, it ends the stream for every reader.
#[derive(Debug, Default)]
pub struct Notices {
    readers: Vec<Sender<Notice>>,
    /// The names of the slots, by number.
    slots: Vec<String>,
    counts: NoticeCounts,
}

impl Notices {
    /// Returns a new reader of everything that is published from now on.
    pub fn subscribe(&mut self) -> Receiver<Notice> {
        let (sender, receiver) = channel();
        self.readers.push(sender);
        receiver
    }

    /// Takes note of the names of the slots, in the order of their numbers: notices carry them from now on.
    pub fn name_slots<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.slots = names.map(str::to_owned).collect();
    }

    /// Returns the number of notices that were published so far, by code and severity.
    pub fn counts(&self) -> Vec<NoticeCount> {
        self.counts.all()
    }

    /// Hands `notice` to every reader.
    pub fn publish(&self, mut notice: Notice) {
        debug_assert!(notice.code.severities().contains(&notice.severity), "not as documented: {notice:?}");
        self.counts.count(notice.code, notice.severity);
        let name = notice.strategy.and_then(|slot| self.slots.get(usize::from(slot.0)));
        notice.slot = name.filter(|name| !name.is_empty()).cloned();
        for reader in &self.readers {
            // A reader that has gone away misses nothing that it wants.
            let _ = reader.send(notice.clone());
        }
    }

    /// Publishes something that happened as it should.
    pub fn info(&self, time: Timestamp, code: NoticeCode, text: impl Into<String>) {
        self.publish(Notice::new(Severity::Info, time, code, text));
    }

    /// Publishes something that the host copes with by itself.
    pub fn warn(&self, time: Timestamp, code: NoticeCode, text: impl Into<String>) {
        self.publish(Notice::new(Severity::Warning, time, code, text));
    }

    /// Publishes something that the operator has to know.
    pub fn alert(&self, time: Timestamp, code: NoticeCode, text: impl Into<String>) {
        self.publish(Notice::new(Severity::Alert, time, code, text));
    }
}

/// The text of [`TradingState::Reduce`].
const ONLY_REDUCING: &str = "only orders that reduce a position";

/// Returns the notice of a swap.
fn swapped(
    slot: SlotId,
    from: Option<&StrategyVersion>,
    to: &StrategyVersion,
    cause: &SwapCause,
    (time, engine): (Timestamp, &Engine),
) -> Notice {
    let name = engine.slot_name(slot);
    let former = from.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let (severity, text) = match cause {
        SwapCause::Asked { .. } => {
            let back = match engine.former(slot) {
                Some((_, until)) => format!("; the one before comes back if it fails before {until}"),
                None => String::new(),
            };
            (Severity::Warning, format!("slot {name}: {to} trades now in place of {former}{back}"))
        }
        SwapCause::Back { .. } => (Severity::Warning, format!("slot {name}: {to} is back in place of {former}")),
        SwapCause::Fault(fault) => {
            let what = format!("{former} failed, and {to} is back in its place: {}", fault.message);
            (Severity::Alert, format!("slot {name}: {what}"))
        }
    };
    Notice::new(severity, time, NoticeCode::StrategySwapped, text).of_strategy(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_gets_every_notice_in_order_until_the_stream_ends() {
        let mut notices = Notices::default();
        let (first, second, gone) = (notices.subscribe(), notices.subscribe(), notices.subscribe());
        drop(gone);
        notices.info(Timestamp(1), NoticeCode::Started, "one");
        notices.alert(Timestamp(2), NoticeCode::VenueDown, "two");
        drop(notices);
        for reader in [first, second] {
            let read: Vec<(Severity, String)> = reader.iter().map(|notice| (notice.severity, notice.text)).collect();
            assert_eq!(read, [(Severity::Info, "one".to_owned()), (Severity::Alert, "two".to_owned())]);
        }
    }

    #[test]
    fn a_notice_of_a_record_names_its_market_order_and_strategy() {
        let order = host_testkit::order(7, Timestamp(0));
        let markets = Markets::new(vec![host_testkit::market(0)], host_core::MarketId(1));
        let record = Record::Placed { order, verdicts: Vec::new() };
        let risk = host_core::risk::RiskManager::new(Default::default()).unwrap();
        let engine = Engine::new(Default::default(), risk, host_core::Usd::ZERO, Timestamp(0));
        let notice = Notice::of_record(&record, Timestamp(0), &markets, &engine).unwrap();
        assert_eq!((notice.code, notice.severity), (NoticeCode::OrderPlaced, Severity::Info));
        assert_eq!(notice.order, Some(OrderId(7)));
        assert_eq!((notice.market.as_deref(), notice.strategy), (Some("KX-0"), Some(SlotId(0))));
        assert_eq!(notice.text, "order 7: buy 10 KX-0 at 0.42");
    }
}
