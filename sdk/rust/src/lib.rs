//! The SDK for trading strategies: a trait to implement ([`Strategy`]), a macro that makes it a component
//! ([`export!`]), typed [`parameters!`], and a [`harness`] that runs a strategy natively under `cargo test`.
//!
//! A strategy is a pure function of what it is shown. This crate must never give it a clock, randomness, a file or
//! the network; on WebAssembly the host's log is its only import. The types mirror the contract in `wit/`, which ships
//! with this crate, so that a strategy needs nothing else.
//!
#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

#[cfg(target_family = "wasm")]
mod bindings;
mod charted;
mod export;
#[cfg(target_family = "wasm")]
mod glue;
pub mod harness;
pub mod log;
mod market;
mod parameters;
mod quotes;
mod snapshot;
mod strategy;
pub mod time;

pub use charted::{BAND_HIGH, BAND_LOW, Charted, FAIR_VALUE};
pub use market::{Batch, Fill, Market, Position};
pub use parameters::{Parameter, Parameters, Value};
pub use quotes::{Quotes, Row};
pub use snapshot::{Reader, Snapshot, Writer};
pub use strategy::{About, Action, Decisions, Manifest, Settings, Signal, Stateful, Strategy};

/// The items that the macros' expansions use; not part of the public interface.
#[doc(hidden)]
pub mod __private {
    #[cfg(target_family = "wasm")]
    pub use crate::glue::*;
    pub use crate::parameters::{declare, parse_field, unknown_name, value_of};
}
