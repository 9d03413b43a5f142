//! Live trading: what a host does with real orders at a real venue.
//!
//! A live host is a loop around the engine, like every shell; what is added is that nothing may be lost, nothing may be sent
//! twice, and a person can stop it at any moment. It decides nothing that has to do with money.

mod answers;
mod apply;
mod audits;
mod board;
pub mod command;
pub mod control;
mod desk;
pub mod folder;
mod io;
mod markets;
pub mod one_host;
pub mod preflight;
mod reconcile;
mod restart;
mod shell;
mod start;
mod streamed;
mod summary;
mod timers;
mod voice;
mod winding;
