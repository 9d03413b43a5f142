//! The trading engine as one pure, single-threaded state machine.
//!
//! Events go in and effects come out. Back test, paper trading, live trading and replay all drive the same
//! [`engine::Engine`]. This crate must never read a clock, the environment, a file or a socket, start a thread, or
//! draw a random number: time arrives inside events. Money is integer throughout; floats enter with quotes and leave
//! with reports.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod engine;
pub mod entry_cost;
pub mod event;
pub mod fees;
#[cfg(test)]
mod fixtures;
pub mod foreign;
pub mod market;
pub mod money;
pub mod names;
pub mod order;
pub mod order_state;
pub mod portfolio;
pub mod pricing;
pub mod public_trades;
pub mod quarantined_exits;
pub mod quote;
pub mod record;
pub mod risk;
mod shown;
pub mod strategy;
pub mod ticks;
pub mod time;

pub use event::{Command, Disputed, Event, VenueEvent};
pub use market::{Market, MarketId, Outcome, Settlement};
pub use money::{Price, Qty, Usd};
pub use order::{Fill, Intent, Order, OrderId, Side, TimeInForce};
pub use order_state::OrderState;
pub use public_trades::{PublicTrade, PublicTrades, Taker};
pub use quote::{Quote, Quotes, QuotesView};
pub use record::{Record, TradingState};
pub use strategy::{Batch, Decisions, Fault, Manifest, SavedState, Signal, SignalAction, SlotId, Strategy};
pub use ticks::{Band, Ticks};
pub use time::{Span, Timestamp};
