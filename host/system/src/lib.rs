//! Access to the operating system that every crate shares: atomic and durable [`files`], space on the
//! [`disk`], the wall [`clock`], groups of [`process`]es, and work that can wait ([`background`]).
//!
//! Each guarantee is stated and tested once here. The crate depends on no other crate of the project.

pub mod background;
pub mod clock;
pub mod disk;
pub mod files;
mod leftovers;
pub mod process;
pub mod user;
