//! What whole-process tests share. What they find out stays with them.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod environment;
pub mod files;
pub mod journal;
pub mod ledger;
pub mod process;
pub mod small_disk;
pub mod strategies;
pub mod wait;
