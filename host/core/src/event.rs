//! The events that the engine consumes: market data, the venue's reports about orders, and commands.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::market::{Market, MarketId, Settlement};
use crate::money::Usd;
use crate::order::{Fill, OrderId};
use crate::order_state::OrderState;
use crate::quote::QuotesView;
use crate::risk::{RiskLimits, ScheduledLimits};
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// One input of the engine. Events carry their time and arrive in time order.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A market was listed or changed.
    Market(&'a Market),
    /// One poll: quote rows that share one time.
    Poll(QuotesView<'a>),
    /// The venue's report about an order.
    Venue(&'a VenueEvent),
    /// A market paid out.
    Settled(Settlement),
    /// A command of the operator, or of the host on the operator's behalf.
    Command(&'a Command),
}

/// A report about an order by the venue, real or simulated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "venue", rename_all = "snake_case")]
pub enum VenueEvent {
    /// The order was filled, in full or in part. No `Closed` follows a full fill.
    Filled(Fill),
    /// The order ended in another way: [`OrderState::Cancelled`], [`OrderState::Expired`] or [`OrderState::Rejected`].
    Closed {
        /// The order.
        order: OrderId,
        /// Time at which it ended.
        time: Timestamp,
        /// The terminal state.
        state: OrderState,
        /// The venue's reason; empty if it gave none.
        reason: String,
    },
}

/// A command of the operator, or of the host when it compares the account with the venue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Cancel all orders and send none until trading is resumed.
    Kill {
        /// Time of the command.
        time: Timestamp,
        /// Reason, for the journal.
        reason: String,
    },
    /// Send only orders that reduce a position.
    Reduce {
        /// Time of the command.
        time: Timestamp,
        /// Reason, for the journal.
        reason: String,
    },
    /// Resume trading.
    Resume {
        /// Time of the command.
        time: Timestamp,
        /// Reason, for the journal.
        reason: String,
    },
    /// The venue's positions or orders differ from the engine's: until they agree, send only orders that reduce a
    /// position, and no orders at all in markets where the position itself is in doubt.
    Mismatch {
        /// Time of the command.
        time: Timestamp,
        /// The difference, for the journal.
        reason: String,
        /// The markets whose position is in doubt. This replaces the set of an earlier mismatch.
        #[serde(default)]
        disputed: Disputed,
    },
    /// The capital at work, as far as the account has it: more or less than before. That is neither profit nor loss.
    Capital {
        /// Time of the command.
        time: Timestamp,
        /// The capital from now on, without what was won or lost since.
        capital: Usd,
    },
    /// Trade at a stage of the target capital with these limits: at another stage, whose capital follows by
    /// [`Command::Capital`], or with other limits at the same one.
    Stage {
        /// Time of the command.
        time: Timestamp,
        /// The stage, in percent of the target.
        percent: u32,
        /// The limits from now on, scaled to the stage.
        limits: Box<RiskLimits>,
    },
    /// Another entry of the schedule is in force from now on, or none. One that pauses entries cancels those that work.
    Schedule {
        /// Time of the command.
        time: Timestamp,
        /// The entry; `None` if the usual limits hold again.
        in_force: Option<Box<ScheduledLimits>>,
    },
    /// The account at the venue was not seen for too long: its orders, fills and positions, or the comparison with
    /// them. Until it is, no entry leaves.
    Unseen {
        /// Time of the command.
        time: Timestamp,
        /// The part that was not seen, and since when, for the journal.
        reason: String,
    },
    /// The account is seen again. This releases the latch of [`Command::Unseen`] and no other.
    Seen {
        /// Time of the command.
        time: Timestamp,
    },
    /// The venue takes no orders, by its own word or because it is closed. Until it does, none leaves.
    VenuePaused {
        /// Time of the command.
        time: Timestamp,
        /// The venue's word, for the journal.
        reason: String,
    },
    /// The venue takes orders again, or is not known not to. This releases the latch of [`Command::VenuePaused`] and no
    /// other.
    VenueResumed {
        /// Time of the command.
        time: Timestamp,
        /// Reason, for the journal.
        reason: String,
    },
    /// Money that came to the account, or left it if `amount` is negative, while all positions agree: interest, a
    /// deposit, a withdrawal. It is not the engine's, and changes neither its cash nor its profit.
    CashMoved {
        /// Time of the command.
        time: Timestamp,
        /// The amount.
        amount: Usd,
    },
    /// Close the positions of a slot: its strategy is gone, or a person wants them closed.
    WindDown {
        /// Time of the command.
        time: Timestamp,
        /// The slot.
        slot: SlotId,
        /// True if its exits take the other side of the book from the start, within the collar.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        at_once: bool,
    },
    /// From the next poll on, the strategies in these slots, and no others, decide it after the others: at
    /// [`Command::AskDeferred`], when the orders of the others have left. They take so long that others would wait.
    Defer {
        /// Time of the command.
        time: Timestamp,
        /// The slots.
        slots: BTreeSet<SlotId>,
    },
    /// Let strategies in deferred slots decide the last poll, if they have not.
    AskDeferred {
        /// Time of the command.
        time: Timestamp,
        /// The slot; all of them, if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<SlotId>,
    },
    /// Put the strategy from before the last swap of a slot back in its place, if its time is not over.
    SwapBack {
        /// Time of the command.
        time: Timestamp,
        /// The slot.
        slot: SlotId,
        /// Reason, for the journal.
        reason: String,
    },
    /// Let one slot go on: its own latches are released, and its strategy leaves quarantine.
    ResumeSlot {
        /// Time of the command.
        time: Timestamp,
        /// The slot.
        slot: SlotId,
        /// Reason, for the journal.
        reason: String,
    },
    /// The venue and the engine agree again. This releases the mismatch latch and no other.
    Reconciled {
        /// Time of the command.
        time: Timestamp,
    },
}

/// Markets in which the engine's position may differ from the venue's. An order that should reduce the position could
/// open the other side there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disputed {
    /// These markets.
    Markets(BTreeSet<MarketId>),
    /// All markets, because nothing has been compared yet.
    Everything,
}

impl Disputed {
    /// Returns true if the position in `market` is in doubt.
    pub fn contains(&self, market: MarketId) -> bool {
        match self {
            Disputed::Markets(markets) => markets.contains(&market),
            Disputed::Everything => true,
        }
    }
}

impl Default for Disputed {
    fn default() -> Self {
        Disputed::Markets(BTreeSet::new())
    }
}

impl Command {
    /// Returns the time of the command.
    pub fn time(&self) -> Timestamp {
        match self {
            Command::Kill { time, .. }
            | Command::Reduce { time, .. }
            | Command::Resume { time, .. }
            | Command::Mismatch { time, .. }
            | Command::Capital { time, .. }
            | Command::Stage { time, .. }
            | Command::Schedule { time, .. }
            | Command::Unseen { time, .. }
            | Command::Seen { time }
            | Command::VenuePaused { time, .. }
            | Command::VenueResumed { time, .. }
            | Command::CashMoved { time, .. }
            | Command::WindDown { time, .. }
            | Command::SwapBack { time, .. }
            | Command::ResumeSlot { time, .. }
            | Command::Defer { time, .. }
            | Command::AskDeferred { time, .. }
            | Command::Reconciled { time } => *time,
        }
    }
}
