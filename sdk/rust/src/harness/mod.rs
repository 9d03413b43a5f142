//! Runs a strategy natively on a [`Tape`] under `cargo test`, without WebAssembly and without the host.
//!
//! The harness shows rows to the strategy, collects signals and scores, and checks them as the host does. It must never
//! simulate orders, fills or positions: that is the job of the host's `backtest`.
//!
//! ```
//! use strategy_sdk::harness::{RandomWalk, Run, check_splits};
//! # use strategy_sdk::{About, Row, Signal, Strategy, about, time::Duration};
//! # struct MyStrategy;
//! # impl Strategy for MyStrategy {
//! #     type Parameters = ();
//! #     const ABOUT: About = about!();
//! #     fn new(_: (), _: Duration) -> Result<MyStrategy, String> { Ok(MyStrategy) }
//! #     fn on_row(&mut self, row: &Row, _: &mut Vec<Signal>) -> f64 { row.bid }
//! # }
//! # fn main() -> Result<(), String> {
//! let tape = RandomWalk { markets: 3, polls: 500, ..RandomWalk::default() }.tape();
//! let outcome = Run::<MyStrategy>::new(&tape).go()?;
//! assert_eq!(outcome.scores.len(), tape.len());
//! check_splits::<MyStrategy>(&tape, &[])?;
//! # Ok(())
//! # }
//! ```

mod check;
mod csv;
mod run;
mod tape;
mod walk;

pub use check::{check_splits, check_take_over};
pub use run::{Outcome, Run, feed};
pub use tape::Tape;
pub use walk::{Random, RandomWalk};
