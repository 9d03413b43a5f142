//! The live store through its public face: nothing that was written down is lost, nothing comes twice, whatever happens to the
//! process, the file or the disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod kill;
mod life;
mod model;
mod opening;
mod properties;
mod support;
