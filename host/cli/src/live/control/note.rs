//! A person's word to trade again, given while no host ran: kept beside the journal until the next start takes it over.

use std::fs;
use std::io;

use host_system::files;
use serde::{Deserialize, Serialize};

use super::kill_switch::{is_there, wall_now};
use crate::live::folder::AccountFolder;

/// Who said so, when and why: the content of `RESUMED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeNote {
    /// When, UTC.
    pub time: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl ResumeNote {
    /// Keeps the word for the next start.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(folder: &AccountFolder, reason: &str, by: &str) -> io::Result<()> {
        let note = ResumeNote { time: wall_now().to_string(), by: by.to_owned(), reason: reason.to_owned() };
        let content = serde_json::to_vec_pretty(&note).map_err(io::Error::other)?;
        files::replace_durably(&folder.resumed(), &content)
    }

    /// The word that waits, if one does and the account is not killed: a kill is always the later word. To be journaled as
    /// a person's resume, and then voided. A note that cannot be read says nothing: it takes a readable one to trade.
    pub fn pending(folder: &AccountFolder) -> Option<ResumeNote> {
        if is_there(&folder.killed()) {
            return None;
        }
        serde_json::from_slice(&fs::read(folder.resumed()).ok()?).ok()
    }

    /// The word has been heard, or has been overtaken.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn void(folder: &AccountFolder) -> io::Result<()> {
        files::remove_durably(&folder.resumed())
    }
}
