//! Validation of limits. A limit that is zero, negative or not a number is an error in the configuration; it never
//! means "no limit" (RTS 6 art. 15(1)(c)).

use thiserror::Error;

use crate::money::Usd;

use super::decimal::Fraction;
use super::limits::RiskLimits;
use super::slot_limits::SlotLimits;

/// The unit of amounts: beyond that many dollars no amount is read.
const DOLLARS: &str = "dollars, at most 900,000,000";

/// One error in one limit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} {problem}", key_of(field))]
pub struct LimitError {
    /// The key in the section `risk` of the configuration, or the whole key of a slot's limit.
    pub field: String,
    /// The problem, and the values that are allowed.
    pub problem: String,
}

impl LimitError {
    /// Returns the whole key in the configuration.
    pub fn key(&self) -> String {
        key_of(&self.field)
    }
}

fn key_of(field: &str) -> String {
    if field.starts_with("slot.") { field.to_owned() } else { format!("risk.{field}") }
}

/// All errors in a set of limits.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .0.iter().map(LimitError::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidLimits(pub Vec<LimitError>);

impl RiskLimits {
    /// Checks all limits.
    ///
    /// # Errors
    /// All errors, not just the first, each naming its key.
    pub fn validate(&self) -> Result<(), InvalidLimits> {
        let mut faults = Vec::new();
        for (field, unit, value) in self.positive_fields() {
            if value <= 0 {
                let field = field.to_owned();
                faults.push(LimitError { field, problem: format!("must be a number above 0 ({unit})") });
            }
        }
        let mut require = |field: &str, holds: bool, problem: &str| {
            if !holds {
                faults.push(LimitError { field: field.to_owned(), problem: problem.to_owned() });
            }
        };
        require("allowed_markets", !self.allowed_markets.is_empty(), "lists no market: use \"*\" to allow all");
        require("min_spread", self.min_spread.0 >= 0, "must be a number, 0 or more (dollars)");
        require("min_spread", self.min_spread <= self.max_spread, "must not exceed max_spread");
        require("max_volume_fraction", self.max_volume_fraction <= Fraction::ONE, "must be at most 1 (a fraction)");
        require("max_error_rate", self.max_error_rate <= Fraction::ONE, "must be at most 1 (a fraction)");
        require(
            "cancel_share",
            self.cancel_share < Fraction::ONE,
            "must be below 1 (a fraction), else no order can be sent",
        );
        require("error_window", self.error_window <= 64, "must be at most 64 (orders)");
        faults.extend(self.slots.iter().flat_map(|(name, own)| slot_faults(name, own, self)));
        if faults.is_empty() { Ok(()) } else { Err(InvalidLimits(faults)) }
    }

    /// Returns every limit that must be positive: key, unit, and value in its own integer unit.
    fn positive_fields(&self) -> [(&'static str, &'static str, i64); 25] {
        [
            ("max_position_size", "contracts", self.max_position_size.0),
            ("max_position_value", DOLLARS, self.max_position_value.0),
            ("max_order_size", "contracts", self.max_order_size.0),
            ("max_order_value", DOLLARS, self.max_order_value.0),
            ("max_daily_loss", DOLLARS, self.max_daily_loss.0),
            ("max_drawdown", DOLLARS, self.max_drawdown.0),
            ("max_consecutive_losses", "trades", i64::from(self.max_consecutive_losses)),
            ("max_portfolio_exposure", DOLLARS, self.max_portfolio_exposure.0),
            ("max_category_exposure", DOLLARS, self.max_category_exposure.0),
            ("max_event_exposure", DOLLARS, self.max_event_exposure.0),
            ("max_open_positions", "positions", i64::from(self.max_open_positions)),
            ("max_price_deviation", "dollars", i64::from(self.max_price_deviation.0)),
            ("max_volume_fraction", "a fraction", self.max_volume_fraction.0),
            ("max_spread", "dollars", i64::from(self.max_spread.0)),
            ("max_quote_age_seconds", "seconds", self.max_quote_age_seconds.0),
            ("max_price_jump", "dollars", i64::from(self.max_price_jump.0)),
            ("clean_quotes", "quotes", i64::from(self.clean_quotes)),
            ("min_time_to_close_seconds", "seconds", self.min_time_to_close_seconds.0),
            ("max_messages_per_minute", "messages", i64::from(self.max_messages_per_minute)),
            ("cancel_share", "a fraction", self.cancel_share.0),
            ("duplicate_window_seconds", "seconds", self.duplicate_window_seconds.0),
            ("max_repeated_executions", "rounds", i64::from(self.max_repeated_executions)),
            ("max_error_rate", "a fraction", self.max_error_rate.0),
            ("error_window", "orders", i64::from(self.error_window)),
            ("max_order_messages", "messages: raise max_messages_per_minute", self.max_order_messages() as i64),
        ]
    }
}

/// Returns what is wrong with the limits of the slot `name` in the account's: values that are no limit, and those
/// that are wider than the account's.
fn slot_faults(name: &str, own_limits: &SlotLimits, account: &RiskLimits) -> Vec<LimitError> {
    let mut faults = Vec::new();
    let mut fault =
        |leaf: &str, problem: String| faults.push(LimitError { field: format!("slot.{name}.{leaf}"), problem });
    let amounts = [
        ("max_exposure", own_limits.max_exposure, "max_portfolio_exposure", account.max_portfolio_exposure),
        ("max_daily_loss", own_limits.max_daily_loss, "max_daily_loss", account.max_daily_loss),
        ("max_drawdown", own_limits.max_drawdown, "max_drawdown", account.max_drawdown),
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
        ("max_open_positions", own_limits.max_open_positions, account.max_open_positions),
        ("max_consecutive_losses", own_limits.max_consecutive_losses, account.max_consecutive_losses),
        ("max_messages_per_minute", own_limits.max_messages_per_minute, account.max_messages_per_minute),
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
    if own_limits.max_messages_per_minute.is_some_and(|own| own > 0)
        && own_limits.max_order_messages(account.cancel_share) == Some(0)
    {
        fault("max_messages_per_minute", "leaves no order after the share of cancels: raise it".to_owned());
    }
    if own_limits.markets.as_ref().is_some_and(Vec::is_empty) {
        fault("markets", "lists no market: leave the key out to allow all of the account's".to_owned());
    }
    faults
}
