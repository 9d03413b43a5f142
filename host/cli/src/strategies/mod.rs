//! The strategies that the user names: loading, building, and their parameters.

pub mod folders;
pub mod load;
pub mod parameters;
pub mod shares;
pub mod slots;
pub mod trusted;
