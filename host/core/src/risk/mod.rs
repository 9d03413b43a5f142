//! The risk manager: the one place through which an order can leave.
//!
//! [`RiskManager::check`] turns an [`crate::Order`] into an [`Approved`] one or refuses it with a code, the value and
//! the limit. It is pure and exact: integer money, no clock (time comes with the [`Context`]), same input, same answer.
//! It must never let an order pass because something is unknown, be bypassed (only this module can make an
//! [`Approved`]), or let a strategy see or set a limit.

mod approved;
mod checks;
mod code;
mod decimal;
mod guard;
mod ledger;
mod limits;
mod manager;
mod position;
mod sizing;
mod throttle;
mod validate;
mod watch;

#[cfg(test)]
mod tests;

pub use approved::Approved;
pub use code::RefusalCode;
pub use decimal::Part;
pub use guard::TradingChange;
pub use limits::{RiskLimits, WhenUnknown};
pub use manager::{Context, RiskManager, Snapshot, Usage};
pub use validate::{InvalidLimits, LimitError};
