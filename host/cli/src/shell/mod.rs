//! The shells around the engine that trade on the embedded exchange: back test and paper.
//!
//! A shell carries events in and effects out. It decides nothing that has to do with money.

pub mod drive;
pub mod feed;
pub mod journal;
pub mod outcome;
pub mod session;
pub mod setup;
pub mod steps;
