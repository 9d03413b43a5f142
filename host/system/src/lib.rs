//! Access to the operating system that every crate shares: atomic and durable [`files`], space on the
//! [`disk`], the wall [`clock`], groups of [`process`]es, work that can wait ([`background`]), and what stands before
//! bytes of others: the [`guard`] of their parsers and the cap of their size ([`capped`]).
//!
//! Each guarantee is stated and tested once here. The crate depends on no other crate of the project.

pub mod background;
pub mod capped;
pub mod clock;
pub mod disk;
pub mod files;
pub mod guard;
mod leftovers;
pub mod process;
pub mod user;
