//! `host run --live`: a host process and an exchange process on a loopback port.
//!
//! - Trading, in stepped time with every fault that the exchange can inject: in the end, the exchange's ledger and the
//!   host's journal agree on every order, fill, position and cent ([`account`]).
//! - On paper, the same against the account's own ledger ([`paper`]).
//! - Starting, in wall-clock time: input that is refused, damaged stores, recovery after `kill -9`, and mismatches with
//!   the venue.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod account;
mod alerts;
mod backups;
mod blocked_exit;
mod books;
mod capital;
mod clock;
mod close;
mod confirmation;
mod damaged_store;
mod dashboard;
mod doctor;
mod evaluated;
mod every_fault;
mod faults;
mod first_week;
mod foreign;
mod fresh_eyes;
mod gonogo;
mod immediate;
mod lines;
mod logs;
mod look_ahead;
mod lost_files;
mod metrics;
mod moved_cash;
mod notes;
mod orphans;
mod paper;
mod paper_account;
mod reconciliation;
mod recovery;
mod refused_start;
mod restart;
mod runbook;
mod scheduled;
mod secrets;
mod service;
mod several;
mod shutdown;
mod slots;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod swap;
mod trust;
mod two_hosts;
mod venue_says;
mod websocket;
mod what_if;
