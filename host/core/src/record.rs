//! Records of what the engine did. The journal stores them and reports are computed from them; the engine never reads
//! them back.

use serde::{Deserialize, Serialize};

use crate::market::{MarketId, Outcome};
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Order, OrderId, Side};
use crate::order_state::OrderState;
use crate::strategy::{Fault, SignalAction, SlotId, StrategyVersion};
use crate::time::Timestamp;

/// One action or event in the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A strategy emitted a signal.
    Signal(SignalRecord),
    /// An order was approved and sent.
    Placed {
        /// The order.
        order: Order,
        /// All checks that it passed, with their measured values.
        verdicts: Vec<Verdict>,
    },
    /// A risk check refused an order, or a signal could not be turned into one.
    Refused(Refused),
    /// An order reached a terminal state.
    Done {
        /// The order.
        order: OrderId,
        /// Time at which it ended.
        time: Timestamp,
        /// The terminal state.
        state: OrderState,
        /// Contracts that were filled.
        filled: Qty,
        /// The venue's or the host's reason; empty if there is none.
        reason: String,
    },
    /// An order was filled, in full or in part.
    Filled {
        /// The slot that the order belongs to.
        slot: SlotId,
        /// The market.
        market: MarketId,
        /// The side of the order.
        side: Side,
        /// The execution.
        fill: Fill,
        /// Twice the mid price when the order was decided, in 1/10,000 dollar.
        arrival_mid_doubled: i32,
        /// The slot's position in the market after the fill.
        position: Qty,
    },
    /// A position became flat, by orders or by settlement: one round trip.
    Trade(Trade),
    /// A market paid out.
    Settled {
        /// The market.
        market: MarketId,
        /// Time of the payout.
        time: Timestamp,
        /// The outcome.
        outcome: Outcome,
    },
    /// A UTC day or the run ended: equity at that time.
    DayClose(DayClose),
    /// Trading was restricted or released.
    Trading {
        /// Time of the change.
        time: Timestamp,
        /// The state from now on.
        state: TradingState,
        /// The reason, as text for the operator.
        reason: String,
    },
    /// Another entry of the schedule is in force from now on, or none.
    Schedule {
        /// Time of the change.
        time: Timestamp,
        /// Name of the entry; `None` if the usual limits hold again.
        name: Option<String>,
        /// The entry's note; empty if it has none.
        note: String,
        /// True if no entry leaves while it is in force.
        entries_paused: bool,
    },
    /// The entries of one slot were stopped by its own limits, or go on.
    SlotTrading {
        /// The slot.
        slot: SlotId,
        /// Time of the change.
        time: Timestamp,
        /// True if they are stopped from now on.
        stopped: bool,
        /// The reason, as text for the operator.
        reason: String,
    },
    /// A position that is to be closed cannot be, for now. Told once for each cause.
    ExitBlocked {
        /// The strategy's slot.
        slot: SlotId,
        /// The market.
        market: MarketId,
        /// Time of the record.
        time: Timestamp,
        /// Time since which it cannot be closed.
        since: Timestamp,
        /// Contracts held; negative is short.
        held: Qty,
        /// The check that failed, with value and limit.
        verdict: Verdict,
    },
    /// A position whose exit was blocked can be closed again, or is closed.
    ExitFreed {
        /// The strategy's slot.
        slot: SlotId,
        /// The market.
        market: MarketId,
        /// Time of the record.
        time: Timestamp,
    },
    /// A strategy failed and was made again: a fresh instance decides on the same batch.
    Restarted {
        /// The strategy's slot.
        slot: SlotId,
        /// Time of the poll at which it failed.
        time: Timestamp,
        /// The fault.
        fault: Fault,
    },
    /// A strategy was quarantined.
    Fault {
        /// The strategy's slot.
        slot: SlotId,
        /// Time of the poll at which it was quarantined.
        time: Timestamp,
        /// The fault.
        fault: Fault,
    },
    /// Another version of its strategy took over a slot, with its orders and positions.
    Swapped {
        /// The slot.
        slot: SlotId,
        /// Time of the swap.
        time: Timestamp,
        /// The version that left; `None` if there was none.
        from: Option<StrategyVersion>,
        /// The version that trades from now on.
        to: StrategyVersion,
        /// The cause.
        cause: SwapCause,
    },
}

/// The cause of a swap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapCause {
    /// The operator's word for a new version.
    Asked {
        /// The operator's reason.
        reason: String,
    },
    /// The operator's word for the version from before.
    Back {
        /// The operator's reason.
        reason: String,
    },
    /// The new version failed in its time of trial: the one from before has come back.
    Fault(Fault),
}

impl Record {
    /// Returns the time at which it happened; `None` for the close of a day, which is that of the whole day.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Record::Signal(signal) => Some(signal.time),
            Record::Placed { order, .. } => Some(order.created),
            Record::Refused(refused) => Some(refused.time),
            Record::Filled { fill, .. } => Some(fill.time),
            Record::Trade(trade) => Some(trade.closed),
            Record::DayClose(_) => None,
            Record::Done { time, .. }
            | Record::Settled { time, .. }
            | Record::Trading { time, .. }
            | Record::Schedule { time, .. }
            | Record::SlotTrading { time, .. }
            | Record::ExitBlocked { time, .. }
            | Record::ExitFreed { time, .. }
            | Record::Restarted { time, .. }
            | Record::Fault { time, .. }
            | Record::Swapped { time, .. } => Some(*time),
        }
    }
}

/// A strategy's signal as it was received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRecord {
    /// The strategy's slot.
    pub slot: SlotId,
    /// Time of the quote row that it responds to.
    pub time: Timestamp,
    /// The market.
    pub market: MarketId,
    /// The requested action.
    pub action: SignalAction,
    /// Confidence, 0 to 1.
    pub confidence: f64,
    /// Named figures from the strategy.
    pub metadata: Vec<(String, f64)>,
}

/// The result of one risk check, passed or failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The check's code.
    pub code: String,
    /// The measured value, as text; mostly a decimal.
    pub value: String,
    /// The limit, as text; mostly a decimal.
    pub limit: String,
}

/// A refused order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// Time of the refusal.
    pub time: Timestamp,
    /// The strategy's slot.
    pub slot: SlotId,
    /// The market.
    pub market: MarketId,
    /// The side; `None` if no order was formed.
    pub side: Option<Side>,
    /// Number of contracts; zero if no order was formed.
    pub qty: Qty,
    /// Limit price, if one was determined.
    pub price: Option<Price>,
    /// The check that failed, with value and limit.
    pub verdict: Verdict,
}

/// One round trip, from flat to flat. Figures are net of fees only where stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// The strategy's slot.
    pub slot: SlotId,
    /// The market.
    pub market: MarketId,
    /// The side on which it was opened.
    pub side: Side,
    /// Largest position held.
    pub qty: Qty,
    /// Time of the first fill.
    pub opened: Timestamp,
    /// Time of the last fill, or of the settlement.
    pub closed: Timestamp,
    /// Average price of the entries per contract, rounded.
    pub entry_price: Price,
    /// Average price of the exits per contract, rounded.
    pub exit_price: Price,
    /// Fees of entries and exits.
    pub fees: Usd,
    /// Profit after fees.
    pub net: Usd,
    /// True if settlement closed it.
    pub settled: bool,
}

/// Equity at the end of a UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClose {
    /// UTC day, in days since the epoch.
    pub day: i64,
    /// Cash plus positions at the mark.
    pub equity: Usd,
    /// Realised profit since the start, net of fees.
    pub realised: Usd,
    /// Largest fall of equity from a peak so far, in dollars, measured on every tick.
    pub max_drawdown: Usd,
    /// Equity at the peak that this fall started from.
    pub max_drawdown_peak: Usd,
}

/// The trading state: which orders may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TradingState {
    /// All orders that pass the checks.
    #[default]
    Active,
    /// Only orders that reduce a position.
    Reduce,
    /// No orders.
    Halted,
}
