//! Reasons why alerts cannot be set up, and why a message is not delivered.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// A reason why alerts cannot be set up. None holds a secret.
#[derive(Debug, Error)]
pub enum AlertError {
    #[error("the file {} of a secret cannot be used: {why}", path.display())]
    SecretFile { path: PathBuf, why: String },
    #[error("{key}: {why}")]
    Setting { key: String, why: String },
    #[error("the certificates in {} cannot be used: {why}", path.display())]
    Certificates { path: PathBuf, why: String },
    #[error("cannot set up the connections of alerts: {0}")]
    Connections(String),
    #[error("cannot start the thread of alerts")]
    Thread(#[source] io::Error),
    #[error("cannot read the list of messages {}", path.display())]
    Log { path: PathBuf, source: rusqlite::Error },
}

impl AlertError {
    /// A setting that cannot work.
    pub(super) fn setting(key: impl Into<String>, why: impl Into<String>) -> AlertError {
        AlertError::Setting { key: key.into(), why: why.into() }
    }
}

/// A reason why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct SendError {
    pub text: String,
    /// True if another try would end the same.
    pub permanent: bool,
    /// The pause that the server asked for.
    pub retry_after: Option<Duration>,
}

impl SendError {
    /// A failure that may pass.
    pub fn passing(text: impl Into<String>) -> SendError {
        SendError { text: text.into(), permanent: false, retry_after: None }
    }

    /// A refusal for good.
    pub fn permanent(text: impl Into<String>) -> SendError {
        SendError { permanent: true, ..SendError::passing(text) }
    }
}
