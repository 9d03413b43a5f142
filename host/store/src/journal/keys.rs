//! The typed columns of a record, by which it can be found; they are stored beside its JSON.

use host_core::{MarketId, OrderId, Record, SlotId, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) time: Timestamp,
    /// The tag of the record's JSON.
    pub(crate) kind: &'static str,
    pub(crate) slot: Option<SlotId>,
    pub(crate) market: Option<MarketId>,
    pub(crate) order: Option<OrderId>,
}

impl Keys {
    pub(crate) fn of(record: &Record) -> Keys {
        let keys = |kind, time| Keys { time, kind, slot: None, market: None, order: None };
        match record {
            Record::Signal(signal) => {
                Keys { slot: Some(signal.slot), market: Some(signal.market), ..keys("signal", signal.time) }
            }
            Record::Placed { order, .. } => Keys {
                slot: Some(order.slot),
                market: Some(order.market),
                order: Some(order.id),
                ..keys("placed", order.created)
            },
            Record::Refused(refused) => {
                Keys { slot: Some(refused.slot), market: Some(refused.market), ..keys("refused", refused.time) }
            }
            Record::Done { order, time, .. } => Keys { order: Some(*order), ..keys("done", *time) },
            Record::Filled { slot, market, fill, .. } => {
                Keys { slot: Some(*slot), market: Some(*market), order: Some(fill.order), ..keys("filled", fill.time) }
            }
            Record::Trade(trade) => {
                Keys { slot: Some(trade.slot), market: Some(trade.market), ..keys("trade", trade.closed) }
            }
            Record::Settled { market, time, .. } => Keys { market: Some(*market), ..keys("settled", *time) },
            Record::DayClose(close) => keys("day_close", Timestamp::start_of_day(close.day + 1)),
            Record::Trading { time, .. } => keys("trading", *time),
            Record::Schedule { time, .. } => keys("schedule", *time),
            Record::SlotTrading { slot, time, .. } => Keys { slot: Some(*slot), ..keys("slot_trading", *time) },
            Record::ExitBlocked { slot, market, time, .. } => {
                Keys { slot: Some(*slot), market: Some(*market), ..keys("exit_blocked", *time) }
            }
            Record::ExitFreed { slot, market, time } => {
                Keys { slot: Some(*slot), market: Some(*market), ..keys("exit_freed", *time) }
            }
            Record::Restarted { slot, time, .. } => Keys { slot: Some(*slot), ..keys("restarted", *time) },
            Record::Fault { slot, time, .. } => Keys { slot: Some(*slot), ..keys("fault", *time) },
            Record::Swapped { slot, time, .. } => Keys { slot: Some(*slot), ..keys("swapped", *time) },
        }
    }
}
