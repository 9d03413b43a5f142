//! Strategies as components: newly built, built against an older release, misbehaving, or no strategy at all.

mod author;
mod compat;
mod drill;
mod languages;
mod many_markets;
mod misbehaving;
mod neighbour;
mod refused;
