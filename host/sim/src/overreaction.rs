//! The overreaction of synthetic markets as a setting: the generator makes them by it, and the embedded exchange has it
//! among its settings, whose fill models know nothing of generated markets.

/// The overreaction of the crowd unless it is set: what the ranges in `tests/generator` hold for.
pub const DEFAULT_OVERREACTION: f64 = 0.55;
/// The largest overreaction for which markets still look like markets.
pub const MOST_OVERREACTION: f64 = 2.0;
