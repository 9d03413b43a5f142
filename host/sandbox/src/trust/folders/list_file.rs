//! The user's list of trusted folders on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use host_system::guard::guarded;
use host_system::{capped, files};
use serde::{Deserialize, Serialize};

use super::listed::ListedFolder;
use super::ownership::{NotOwn, require_own_file};

const HEAD: &str = "# Written by `host trust folder`: the folders whose code a build may run.\n";

/// The reason why the list cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderListError {
    #[error("there is no place for the list of trusted folders: there is no home folder")]
    NoPlace,
    #[error("the list of trusted folders does not count: {0}")]
    NotOwn(#[from] NotOwn),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl FolderListError {
    /// Returns the fix.
    pub fn hint(&self) -> String {
        match self {
            FolderListError::NoPlace => "set HOME, or XDG_CONFIG_HOME to a folder that you alone can write".to_owned(),
            FolderListError::NotOwn(error) => error.hint(),
            FolderListError::Read { .. } | FolderListError::Write { .. } => {
                "check who may read and write it, and the folder that it stands in".to_owned()
            }
            FolderListError::Damaged { path, .. } => {
                format!("correct it; or remove {}, and trust the folders again", path.display())
            }
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default, rename = "folder", skip_serializing_if = "Vec::is_empty")]
    folders: Vec<ListedFolder>,
}

/// The file, which only its owner can read and write.
#[derive(Clone, Debug)]
pub(super) struct FolderListFile {
    path: PathBuf,
}

impl FolderListFile {
    pub fn at(path: PathBuf) -> FolderListFile {
        FolderListFile { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the list; without a file it is empty.
    pub fn read(&self) -> Result<Vec<ListedFolder>, FolderListError> {
        // Whoever else can write the list could add to it.
        require_own_file(&self.path)?;
        let damaged = |reason: String| FolderListError::Damaged { path: self.path.clone(), reason };
        match capped::read_to_string(&self.path, capped::SETTINGS) {
            Ok(text) => {
                let content = guarded("the list", || toml::from_str::<Content>(&text));
                let content = content.map_err(|panicked| damaged(panicked.to_string()))?;
                Ok(content.map_err(|error| damaged(error.message().to_owned()))?.folders)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(damaged("it is no text".to_owned())),
            Err(source) => Err(FolderListError::Read { path: self.path.clone(), source }),
        }
    }

    /// Reads the list, lets `change` alter it, and writes it. Another host that does so at the same time waits.
    pub fn update(&self, change: impl FnOnce(&mut Vec<ListedFolder>)) -> Result<(), FolderListError> {
        let failed = |source| FolderListError::Write { path: self.path.clone(), source };
        let place = self.path.parent().unwrap_or(Path::new("."));
        files::create_private_folder(place).map_err(failed)?;
        // Some file systems have no locks; there the later of two writers wins.
        let held = fs::File::open(place);
        let _ = held.as_ref().map(fs::File::lock);
        let mut folders = self.read()?;
        change(&mut folders);
        let text = toml::to_string(&Content { folders }).map_err(|error| failed(io::Error::other(error)))?;
        files::replace_durably(&self.path, format!("{HEAD}\n{text}").as_bytes()).map_err(failed)
    }
}
