//! News that the parts of the alerts have for each other.

use host_live::control::client::NoAnswer;
use host_live::control::status::StatusView;

/// News from within.
#[derive(Debug)]
pub enum News {
    /// A channel does not work.
    Failing { channel: String, error: String },
    /// The host has said how it is, for the summary.
    Status(Box<Result<StatusView, NoAnswer>>),
}
