//! Strategies as the user names them: loading, building, and their parameters.

pub mod load;
pub mod parameters;
