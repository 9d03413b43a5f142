//! What the engine did, one record each: the journal keeps them, the report counts them. Records are never read back by
//! the engine.

use serde::{Deserialize, Serialize};

use crate::market::{MarketId, Outcome};
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Order, OrderId, OrderState, Side};
use crate::strategy::{Fault, SignalAction, SlotId};
use crate::time::Timestamp;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A strategy asked for something.
    Signal(SignalRecord),
    /// An order was approved and left. `verdicts` are all checks that it passed.
    Placed {
        /// The order.
        order: Order,
        /// Every check, with what it measured.
        verdicts: Vec<Verdict>,
    },
    /// Something was refused by a risk check, or not acted upon.
    Refused(Refused),
    /// An order reached a terminal state.
    Done {
        /// Which order.
        order: OrderId,
        /// When.
        time: Timestamp,
        /// How it ended.
        state: OrderState,
        /// How much of it was filled.
        filled: Qty,
        /// The venue's or host's words, if any.
        reason: String,
    },
    /// An order was filled, in full or in part.
    Filled {
        /// The slot whose order it was.
        slot: SlotId,
        /// Which market.
        market: MarketId,
        /// Which way.
        side: Side,
        /// The execution.
        fill: Fill,
        /// Twice the mid when the order was decided.
        arrival_mid_doubled: i32,
        /// The slot's position in the market afterwards.
        position: Qty,
    },
    /// A position went back to flat: one round trip, by orders or by settlement.
    Trade(Trade),
    /// A market paid out.
    Settled {
        /// Which market.
        market: MarketId,
        /// When.
        time: Timestamp,
        /// How it resolved.
        outcome: Outcome,
    },
    /// A UTC day ended, or the run did: equity at that time.
    DayClose(DayClose),
    /// Trading was restricted or released.
    Trading {
        /// When.
        time: Timestamp,
        /// From now on.
        state: TradingState,
        /// Why, for people.
        reason: String,
    },
    /// A strategy was quarantined.
    Fault {
        /// Whose.
        slot: SlotId,
        /// When.
        time: Timestamp,
        /// What happened.
        fault: Fault,
    },
}

/// A strategy's signal as it was received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRecord {
    /// Whose.
    pub slot: SlotId,
    /// Time of the row that it answers.
    pub time: Timestamp,
    /// Which market.
    pub market: MarketId,
    /// What it asks for.
    pub action: SignalAction,
    /// 0..1.
    pub confidence: f64,
    /// Named figures.
    pub metadata: Vec<(String, f64)>,
}

/// A risk check that was passed or failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The check's code.
    pub code: String,
    /// What it measured, as a decimal.
    pub value: String,
    /// What it may be, as a decimal.
    pub limit: String,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    pub time: Timestamp,
    /// Whose.
    pub slot: SlotId,
    /// Which market.
    pub market: MarketId,
    /// Which way; `None` where it came to no order.
    pub side: Option<Side>,
    /// How many contracts.
    pub qty: Qty,
    /// At what price.
    pub price: Option<Price>,
    /// The check that failed, with value and limit.
    pub verdict: Verdict,
}

/// One round trip: from flat to flat. Figures are net of fees where they say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Whose.
    pub slot: SlotId,
    /// Which market.
    pub market: MarketId,
    /// Which way it was opened.
    pub side: Side,
    /// Largest size held.
    pub qty: Qty,
    /// First fill.
    pub opened: Timestamp,
    /// Last fill, or settlement.
    pub closed: Timestamp,
    /// What was paid or received for the entries, per contract, rounded.
    pub entry_price: Price,
    /// The same for the exits.
    pub exit_price: Price,
    /// Fees of both ways.
    pub fees: Usd,
    /// Profit after fees.
    pub net: Usd,
    /// Whether settlement closed it.
    pub settled: bool,
}

/// Equity at the end of a UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClose {
    /// The day's number since the epoch.
    pub day: i64,
    /// Cash plus positions at mid.
    pub equity: Usd,
    /// Realised profit since the start, net of fees.
    pub realised: Usd,
    /// Largest fall of equity from a peak so far, in dollars, over ticks.
    pub max_drawdown: Usd,
    /// The peak that it fell from.
    pub max_drawdown_peak: Usd,
}

/// What orders are let through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TradingState {
    /// All that pass the checks.
    #[default]
    Active,
    /// Only orders that reduce a position.
    Reduce,
    /// None.
    Halted,
}
