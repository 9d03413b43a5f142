//! The life of an order, from the decision to its end: one type for the engine, the outbox and the live loop.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state of an order. The first three are open; the others are final.
///
/// The engine knows an order as `Working` from the moment it leaves the engine until its end; the outbox and the live
/// loop tell the open states apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Written down, and from then on perhaps at the venue.
    Sent,
    /// Sent, and no answer said what became of it, or the venue shows it in a way that says nothing: it counts as
    /// exposure until a look at the venue tells.
    Unknown,
    /// At the venue under an id of its own, possibly partially filled.
    Working,
    /// Filled in full.
    Filled,
    /// Cancelled by the host, the venue or the operator.
    Cancelled,
    /// Ended because its time in force ran out.
    Expired,
    /// Rejected by the venue.
    Rejected,
    /// Never reached the venue.
    NotPlaced,
}

impl OrderState {
    /// All states, in the order of a life.
    pub const ALL: [OrderState; 8] = [
        OrderState::Sent,
        OrderState::Unknown,
        OrderState::Working,
        OrderState::Filled,
        OrderState::Cancelled,
        OrderState::Expired,
        OrderState::Rejected,
        OrderState::NotPlaced,
    ];

    /// Returns true if the order has ended.
    pub const fn is_terminal(self) -> bool {
        use OrderState::{Sent, Unknown, Working};
        !matches!(self, Sent | Unknown | Working)
    }

    /// Returns true if an order may go from this state straight to `next`.
    pub const fn may_become(self, next: OrderState) -> bool {
        use OrderState::{Cancelled, Expired, Filled, NotPlaced, Rejected, Sent, Unknown, Working};
        match self {
            Sent => matches!(next, Working | Unknown | Rejected | NotPlaced),
            // It may have been at the venue before: then it ends as one that works.
            Unknown => matches!(next, Working | Rejected | NotPlaced | Filled | Cancelled | Expired),
            Working => matches!(next, Unknown | Filled | Cancelled | Expired),
            Filled | Cancelled | Expired | Rejected | NotPlaced => false,
        }
    }

    /// Returns the name of the state in stores and journals, such as `not_placed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderState::Sent => "sent",
            OrderState::Unknown => "unknown",
            OrderState::Working => "working",
            OrderState::Filled => "filled",
            OrderState::Cancelled => "cancelled",
            OrderState::Expired => "expired",
            OrderState::Rejected => "rejected",
            OrderState::NotPlaced => "not_placed",
        }
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OrderState {
    type Err = String;

    /// Reads what [`OrderState::as_str`] returns.
    fn from_str(text: &str) -> Result<OrderState, String> {
        let found = OrderState::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state of an order"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_stored_and_read_back_under_one_name() {
        for state in OrderState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
        }
        assert!("resting".parse::<OrderState>().is_err());
    }

    #[test]
    fn every_open_state_leads_to_an_end_and_no_end_leads_on() {
        for state in OrderState::ALL {
            let goes_on = OrderState::ALL.into_iter().any(|next| state.may_become(next));
            assert_eq!(goes_on, !state.is_terminal(), "{state}");
        }
    }
}
