//! Tells people of a live host by e-mail and webhook: what is critical at once, warnings in groups, and once a day how
//! it stands.
//!
//! Notices come in from the host's stream, and go as messages through a queue on disk to the channels. Everything here
//! runs on a thread of its own: no server that hangs delays trading, and none delays another channel.

mod address;
mod advice;
mod channel;
mod clock_steps;
mod clock_time;
mod courier;
mod error;
mod grouping;
mod health;
mod heartbeat;
mod mail;
mod message;
mod news;
mod queue;
mod retry;
mod secret;
pub mod settings;
mod summary;
mod watch;
mod webhook;

pub use advice::{Advice, advice};
pub use channel::{Channel, channels};
pub use clock_time::TIME_ZONE_DATA;
pub use error::{AlertError, SendError};
pub use message::{Message, MessageKind};
pub use queue::{LogEntry, MessageState, log};
pub use secret::Secret;
pub use settings::AlertsSettings;
pub use watch::{Alerts, AlertsChange, Prepared};
