//! The log files of a live account: structured lines, one file a UTC day, compressed after it, kept for a time.
//!
//! There are two kinds: what the host tells, and what strategies write. A thread of its own writes them, so that a slow
//! or full disk never delays trading; lines that cannot be written are counted, and the count is told.

mod daily_file;
mod diagnostics;
mod folder;
mod last_event;
mod line;
mod reader;
mod settings;
mod strategy_cap;
mod writer;

pub use diagnostics::DIAGNOSTICS;
pub use folder::{LogFolder, LogKind};
pub use line::{LogLevel, LogLine, OWN_CODES};
pub use reader::{Damage, LogReader};
pub use settings::LogSettings;
pub use writer::{LogWriter, Run};
