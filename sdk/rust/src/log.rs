//! Writes lines to the host's log, the only import of a strategy. Natively (in tests and benchmarks) they go to stderr.

#[cfg(target_family = "wasm")]
use crate::bindings::guest::trading::strategy::log as host_log;

/// The importance of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Details for the strategy's author.
    Debug,
    /// Normal events.
    Info,
    /// Something unexpected that the strategy can handle.
    Warn,
    /// A failure.
    Error,
}

/// Writes one line. The host drops lines beyond its limit on the bytes of a call.
pub fn write(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    host_log::write(level.into(), message);
    #[cfg(not(target_family = "wasm"))]
    eprintln!("{level:?}: {message}");
}

/// Writes a line at [`Level::Debug`].
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// Writes a line at [`Level::Info`].
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// Writes a line at [`Level::Warn`].
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// Writes a line at [`Level::Error`].
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message.as_ref());
}

#[cfg(target_family = "wasm")]
impl From<Level> for host_log::Level {
    fn from(level: Level) -> host_log::Level {
        match level {
            Level::Debug => host_log::Level::Debug,
            Level::Info => host_log::Level::Info,
            Level::Warn => host_log::Level::Warn,
            Level::Error => host_log::Level::Error,
        }
    }
}
