//! The limits of one slot, inside those of the account: whoever loads a strategy risks that slot's share, and no more.

use serde::{Deserialize, Serialize};

use crate::money::Usd;

use super::decimal::{self, Fraction};
use super::limits::{RiskLimits, is_listed};
use super::validate::LimitError;

/// The limits of one slot. A limit that is absent is the account's. Amounts are those at full capital.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlotLimits {
    /// Markets that it may open positions in, as in [`RiskLimits::allowed_markets`], which hold as well.
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

    /// Returns true if the slot may open positions in the market with this ticker, as far as its own list says.
    pub fn allows(&self, ticker: &str) -> bool {
        self.markets.as_ref().is_none_or(|markets| is_listed(markets, ticker))
    }

    /// Returns the number of messages in 60 seconds up to which the slot may send entries, if it has a limit. Rounded
    /// down, so that the shares of all slots never add up to more than the account's.
    pub(super) fn max_order_messages(&self, account: &RiskLimits) -> Option<usize> {
        let most = i64::from(self.max_messages_per_minute?);
        let kept = Fraction(Fraction::ONE.0 - account.cancel_share.0).of(most);
        Some(usize::try_from(kept).unwrap_or(0))
    }

    /// Returns what is wrong with the limits of the slot `name` in the account's: values that are no limit, and those
    /// that are wider than the account's.
    pub(super) fn faults(&self, name: &str, account: &RiskLimits) -> Vec<LimitError> {
        let mut faults = Vec::new();
        let mut fault =
            |leaf: &str, problem: String| faults.push(LimitError { field: format!("slot.{name}.{leaf}"), problem });
        let amounts = [
            ("max_exposure", self.max_exposure, "max_portfolio_exposure", account.max_portfolio_exposure),
            ("max_daily_loss", self.max_daily_loss, "max_daily_loss", account.max_daily_loss),
            ("max_drawdown", self.max_drawdown, "max_drawdown", account.max_drawdown),
        ];
        for (leaf, own, of_account, most) in amounts {
            match own {
                Some(own) if own <= Usd::ZERO => fault(leaf, "must be a number above 0 (dollars)".to_owned()),
                Some(own) if own > most => {
                    fault(leaf, format!("is {own}, wider than the account's `risk.{of_account}` of {most}"));
                }
                _ => {}
            }
        }
        let counts = [
            ("max_open_positions", self.max_open_positions, account.max_open_positions),
            ("max_consecutive_losses", self.max_consecutive_losses, account.max_consecutive_losses),
            ("max_messages_per_minute", self.max_messages_per_minute, account.max_messages_per_minute),
        ];
        for (leaf, own, most) in counts {
            match own {
                Some(0) => fault(leaf, "must be a number above 0".to_owned()),
                Some(own) if own > most => {
                    fault(leaf, format!("is {own}, wider than the account's `risk.{leaf}` of {most}"));
                }
                _ => {}
            }
        }
        if self.max_messages_per_minute.is_some_and(|own| own > 0) && self.max_order_messages(account) == Some(0) {
            fault("max_messages_per_minute", "leaves no order after the share of cancels: raise it".to_owned());
        }
        if self.markets.as_ref().is_some_and(Vec::is_empty) {
            fault("markets", "lists no market: leave the key out to allow all of the account's".to_owned());
        }
        faults
    }
}
