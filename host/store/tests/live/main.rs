//! The live store through its public interface: nothing committed is lost or duplicated, whatever happens to the
//! process, the file or the disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod archive;
mod kill;
mod life;
mod markets;
mod model;
mod opening;
mod overfill;
mod pages;
mod polls;
mod properties;
mod states;
mod support;
