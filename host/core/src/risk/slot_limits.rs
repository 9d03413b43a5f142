//! The limits of one slot, inside those of the account: whoever loads a strategy risks that slot's share, and no more.

use serde::{Deserialize, Serialize};

use crate::money::Usd;

use super::decimal::{self, Fraction};
use super::market_list::is_listed;

/// The limits of one slot. A limit that is absent is the account's. Amounts are those at full capital.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlotLimits {
    /// Markets that it may open positions in, as in the account's `allowed_markets`, which hold as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markets: Option<Vec<String>>,
    /// Largest worst-case loss of all its positions and entry orders, in dollars. Scales.
    #[serde(with = "decimal::maybe_dollars", skip_serializing_if = "Option::is_none")]
    pub max_exposure: Option<Usd>,
    /// Largest number of its open positions; a working entry counts as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_positions: Option<u32>,
    /// Its loss of a UTC day, realised and unrealised, in dollars, at which its entries stop until the next. Scales.
    #[serde(with = "decimal::maybe_dollars", skip_serializing_if = "Option::is_none")]
    pub max_daily_loss: Option<Usd>,
    /// Fall of its profit from the highest, in dollars, at which its entries stop until a person resumes it. Scales.
    #[serde(with = "decimal::maybe_dollars", skip_serializing_if = "Option::is_none")]
    pub max_drawdown: Option<Usd>,
    /// Number of its losing trades in a row at which its entries stop until a person resumes it. Its trades then count
    /// here and not in the account's run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_consecutive_losses: Option<u32>,
    /// Largest number of its orders and cancels in 60 seconds, of which the account's share is reserved for cancels and
    /// exits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_messages_per_minute: Option<u32>,
}

impl SlotLimits {
    /// Returns these limits at a `part` of the target capital.
    pub(super) fn scaled(&self, part: Fraction) -> SlotLimits {
        let usd = |full: Option<Usd>| full.map(|full| part.of_usd(full));
        SlotLimits {
            max_exposure: usd(self.max_exposure),
            max_daily_loss: usd(self.max_daily_loss),
            max_drawdown: usd(self.max_drawdown),
            ..self.clone()
        }
    }

    /// Returns these limits with a `part` of what may be held.
    pub(super) fn holding(&self, part: Fraction) -> SlotLimits {
        SlotLimits { max_exposure: self.max_exposure.map(|full| part.of_usd(full)), ..self.clone() }
    }

    /// Returns true if the slot may open positions in the market with this ticker, as far as its own list says.
    pub fn allows(&self, ticker: &str) -> bool {
        self.markets.as_ref().is_none_or(|markets| is_listed(markets, ticker))
    }

    /// Returns the number of messages in 60 seconds up to which the slot may send entries, if it has a limit:
    /// `cancel_share` of them is kept for cancels and exits. Rounded down, so that the shares of all slots never add up
    /// to more than the account's.
    pub(super) fn max_order_messages(&self, cancel_share: Fraction) -> Option<usize> {
        let most = i64::from(self.max_messages_per_minute?);
        let kept = Fraction(Fraction::ONE.0 - cancel_share.0).of(most);
        Some(usize::try_from(kept).unwrap_or(0))
    }
}
