//! The states of an order in the outbox, and the transitions between them.

use std::fmt;
use std::str::FromStr;

use host_core::OrderState;

/// The state of an order. The first four are open, the others final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutboxState {
    /// Recorded, never sent.
    Intended,
    /// On its way, perhaps at the venue.
    Sent,
    /// Sent, but no response told its fate. It counts as open until a look-up at the venue tells.
    Unknown,
    /// Known to the venue under the venue's id; perhaps partially filled.
    Working,
    /// Filled in full.
    Filled,
    /// Cancelled by the host, the venue or the operator.
    Cancelled,
    Expired,
    /// Refused by the venue.
    Rejected,
    /// Known never to have reached the venue.
    NotPlaced,
}

impl OutboxState {
    /// All states, in the order in which an order may take them.
    pub const ALL: [OutboxState; 9] = [
        OutboxState::Intended,
        OutboxState::Sent,
        OutboxState::Unknown,
        OutboxState::Working,
        OutboxState::Filled,
        OutboxState::Cancelled,
        OutboxState::Expired,
        OutboxState::Rejected,
        OutboxState::NotPlaced,
    ];

    /// Returns true if the state is final.
    pub const fn is_ended(self) -> bool {
        !matches!(self, OutboxState::Intended | OutboxState::Sent | OutboxState::Unknown | OutboxState::Working)
    }

    /// Returns true if an order in this state may become `next`.
    pub const fn may_become(self, next: OutboxState) -> bool {
        use OutboxState::{Cancelled, Expired, Filled, Intended, NotPlaced, Rejected, Sent, Unknown, Working};
        match self {
            Intended => matches!(next, Sent | NotPlaced),
            Sent => matches!(next, Working | Unknown | Rejected | NotPlaced),
            Unknown => matches!(next, Working | Rejected | NotPlaced),
            Working => matches!(next, Filled | Cancelled | Expired),
            Filled | Cancelled | Expired | Rejected | NotPlaced => false,
        }
    }

    /// Returns the value of the column `state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            OutboxState::Intended => "intended",
            OutboxState::Sent => "sent",
            OutboxState::Unknown => "unknown",
            OutboxState::Working => "working",
            OutboxState::Filled => "filled",
            OutboxState::Cancelled => "cancelled",
            OutboxState::Expired => "expired",
            OutboxState::Rejected => "rejected",
            OutboxState::NotPlaced => "not_placed",
        }
    }
}

impl fmt::Display for OutboxState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OutboxState {
    type Err = String;

    /// Parses the value of the column `state`.
    fn from_str(text: &str) -> Result<OutboxState, String> {
        let found = OutboxState::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state of an order"))
    }
}

impl From<OrderState> for OutboxState {
    fn from(state: OrderState) -> OutboxState {
        match state {
            OrderState::Working => OutboxState::Working,
            OrderState::Filled => OutboxState::Filled,
            OrderState::Cancelled => OutboxState::Cancelled,
            OrderState::Expired => OutboxState::Expired,
            OrderState::Rejected => OutboxState::Rejected,
        }
    }
}
