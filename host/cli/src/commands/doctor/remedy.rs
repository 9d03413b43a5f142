//! The remedies of `--fix`: each is small, safe to repeat, and touches nothing that decides about money.

use std::fs;
use std::path::PathBuf;

use host_system::files;

use crate::config::edit;
use crate::terminal::error::{Report, Result};

/// Something that `--fix` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Takes away from others what they may do with a file or folder.
    Close(PathBuf),
    /// Makes a folder, for its owner alone.
    MakeFolder(PathBuf),
    /// Removes a socket that nobody listens on.
    RemoveSocket(PathBuf),
    /// Gives a key of the configuration its new name.
    Rename { file: PathBuf, old: &'static str, new: &'static str },
}

impl Remedy {
    /// Returns what it does, as a command to the one who does it.
    pub fn describe(&self) -> String {
        match self {
            Remedy::Close(path) => format!("chmod go= {}", path.display()),
            Remedy::MakeFolder(path) => format!("mkdir -p -m 700 {}", path.display()),
            Remedy::RemoveSocket(path) => format!("rm {}", path.display()),
            Remedy::Rename { file, old, new } => format!("rename `{old}` to `{new}` in {}", file.display()),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// The system's reason, or that of the configuration's editor.
    pub fn apply(&self) -> Result<()> {
        let (path, done) = match self {
            Remedy::Close(path) => (path, files::close_to_others(path)),
            Remedy::MakeFolder(path) => (path, files::create_private_folder(path)),
            Remedy::RemoveSocket(path) => (path, fs::remove_file(path)),
            Remedy::Rename { file, old, new } => return edit::rename_key(file, old, new),
        };
        done.map_err(|error| Report::io(format!("cannot change {}", path.display()), &error))
    }
}
