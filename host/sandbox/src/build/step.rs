//! The steps of a build, as they are reported while it runs.

use std::fmt;
use std::path::PathBuf;

/// The current step of a build; its `Display` is one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildStep {
    /// Waiting for another build that holds the cache.
    Waiting,
    /// Running `rustup target add`.
    AddingTarget,
    ReadingPackageLists,
    /// Fetching and unpacking Debian's WASM toolchain, which is done once.
    FetchingToolchain {
        megabytes: u64,
    },
    /// Fetching what the crate depends on.
    FetchingCrates,
    /// The build is not confined, for this reason: its code reaches what the user reaches.
    Unconfined(String),
    /// These settings lie with the strategy, and are not read.
    NotRead(PathBuf),
    /// Compiling the crate with this name.
    Compiling(String),
    /// Turning the module into a component.
    Encoding,
}

impl fmt::Display for BuildStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildStep::Waiting => f.write_str("waiting for another build"),
            BuildStep::AddingTarget => f.write_str("adding rustup's target wasm32-unknown-unknown"),
            BuildStep::ReadingPackageLists => f.write_str("reading Debian's package lists"),
            BuildStep::FetchingToolchain { megabytes } => {
                write!(f, "fetching the WASM toolchain ({megabytes} MB, once)")
            }
            BuildStep::FetchingCrates => f.write_str("fetching what it depends on"),
            BuildStep::Unconfined(reason) => {
                write!(f, "the build is not confined, so its code can reach what you can: {reason}")
            }
            BuildStep::NotRead(settings) => {
                write!(f, "{} is not read: a build follows your own settings", settings.display())
            }
            BuildStep::Compiling(name) => write!(f, "building {name}"),
            BuildStep::Encoding => f.write_str("making the component"),
        }
    }
}
