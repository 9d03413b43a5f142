//! Runs a journal again: the engine is made as it was and told what it was told, and what it does is compared with the
//! journal ([`verify`]), or with what another strategy would have decided ([`what_if`]).
//!
//! This module must never write to a journal, nor make up what the journal does not hold: an order that did not exist
//! has no fills.

mod diff;
pub mod newcomer;
pub mod player;
pub mod source;
pub mod verify;
pub mod what_if;
