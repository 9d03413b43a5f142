//! Runs a journal again: the engine is made as it was, is told what it was told, and what it does is compared with what was
//! written down then ([`verify`]), or with what another strategy would have wanted ([`what_if`]).
//!
//! This module must never write to a journal, nor make up what the journal does not hold: an order that did not exist has no
//! fills.

pub mod player;
pub mod source;
pub mod start;
pub mod verify;
pub mod what_if;

mod words;
