//! The operator's word to trade again, given while no host ran: kept beside the journal until the next start takes it
//! over.

use std::io;

use host_core::Timestamp;
use host_system::{capped, clock, files};
use serde::{Deserialize, Serialize};

use crate::account_dir::AccountDir;
use crate::account_dir::is_there;

/// The content of `RESUMED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeNote {
    /// UTC.
    pub time: String,
    pub by: String,
    pub reason: String,
}

impl ResumeNote {
    /// Keeps the operator's word for the next start.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(folder: &AccountDir, reason: &str, by: &str) -> io::Result<()> {
        let note = ResumeNote {
            time: Timestamp(clock::unix_nanos()).to_string(),
            by: by.to_owned(),
            reason: reason.to_owned(),
        };
        let content = serde_json::to_vec_pretty(&note).map_err(io::Error::other)?;
        files::replace_durably(&folder.resumed(), &content)
    }

    /// Returns the word that waits, if one does and the account is not killed: a kill is always the later word. To be
    /// journaled as an operator's resume, and then voided. A note that cannot be read says nothing: it takes a readable
    /// one to trade.
    pub fn pending(folder: &AccountDir) -> Option<ResumeNote> {
        if is_there(&folder.killed()) {
            return None;
        }
        serde_json::from_slice(&capped::read(&folder.resumed(), capped::SETTINGS).ok()?).ok()
    }

    /// Removes the note: the word has been heard, or has been overtaken.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn void(folder: &AccountDir) -> io::Result<()> {
        files::remove_durably(&folder.resumed())
    }
}
