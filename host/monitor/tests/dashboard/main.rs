//! The dashboard's server, without a host beside it: who gets in, what they may do, what strangers can try, and what
//! many of them cost.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod crowd;
mod doors;
mod forms;
mod rig;
