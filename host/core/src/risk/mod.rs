//! The risk manager: the only way by which an order can leave the engine.
//!
//! [`RiskManager::check`] turns an [`crate::Order`] into an [`Approved`] one, or refuses it with a code, the measured
//! value and the limit. It is pure and exact: integer money, no clock (time comes with the [`CheckContext`]), and the
//! same input gives the same answer. It must never let an order pass because something is unknown, be bypassed (only
//! this module can create an [`Approved`]), or let a strategy see or set a limit.

mod approved;
mod checks;
mod decimal;
mod exposure;
mod in_force;
mod latch;
mod latches;
mod limits;
mod loss_limits;
mod manager;
mod market_exposure;
mod market_list;
mod quote_guard;
mod refusal_code;
mod scheduled;
mod sizing;
mod slot_exposure;
mod slot_limits;
mod slot_risk;
mod slots;
mod throttle;
mod validate;

#[cfg(test)]
mod tests;

pub use approved::Approved;
pub use checks::LARGEST_ORDER;
pub use decimal::Fraction;
pub use latch::limits_reached;
pub use latches::TradingChange;
pub use limits::{RiskLimits, WhenUnknown};
pub use manager::{CheckContext, Funds, LimitUsage, RiskManager, RiskSnapshot};
pub use refusal_code::RefusalCode;
pub use scheduled::ScheduledLimits;
pub use slot_limits::SlotLimits;
pub use slot_risk::SlotChange;
pub use slots::SlotUsage;
pub use validate::{InvalidLimits, LimitError};
