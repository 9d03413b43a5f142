//! Strategy.
