//! Helpers that whole-process tests share: processes, folders, ledgers. Assertions about the host stay in the tests.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod environment;
pub mod files;
pub mod history;
pub mod installed;
pub mod journal;
pub mod ledger;
pub mod mail;
pub mod node;
pub mod process;
pub mod proxy;
pub mod python;
pub mod rig;
pub mod small_disk;
pub mod strategies;
pub mod tapes;
pub mod wait;
pub mod webhook;
