//! Strategies as components: built by an author, built long ago, misbehaving, or none at all.

mod author;
mod compat;
mod misbehaving;
mod refused;
