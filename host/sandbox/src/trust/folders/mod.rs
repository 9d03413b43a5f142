//! The folders whose code may run: a build runs build scripts and macros, which can do all that the user can.
//!
//! A folder is the host's own, as a member of the workspace that this host was built from, or the user has trusted it.
//! Trust is for one canonical path, and lasts while the same folder stands there and only the user can change it. It is
//! kept among the user's own settings: never in a folder or a configuration, which may have come with a strategy.

mod host_workspace;
mod list_file;
mod listed;
mod ownership;

use std::io;
use std::path::{Path, PathBuf};

use host_core::Timestamp;

use crate::environment::UserEnvironment;
pub use host_workspace::HostWorkspace;
pub use list_file::FolderListError;
use list_file::FolderListFile;
pub use listed::ListedFolder;
pub use ownership::NotOwn;
pub(crate) use ownership::{require_own_file, require_own_folder};

/// A folder whose code may run, which is all that a build takes. Only [`FolderTrust::judge`] makes one.
#[derive(Clone, Debug)]
pub struct TrustedFolder {
    path: PathBuf,
    own: Option<PathBuf>,
    is_own: bool,
}

/// The reason why the code of a folder may not run.
#[derive(Debug, thiserror::Error)]
pub enum FolderRefused {
    #[error("{} is not trusted: to build it is to run its code, as you", path.display())]
    Untrusted { path: PathBuf },
    #[error("{} is not the folder that was trusted: another one stands there now", path.display())]
    Replaced { path: PathBuf },
    #[error("{} cannot be trusted: {fault}", path.display())]
    NotOwn { path: PathBuf, fault: NotOwn },
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    List(#[from] FolderListError),
}

/// The trust of the user of this machine in folders.
#[derive(Clone, Debug)]
pub struct FolderTrust {
    list: Option<FolderListFile>,
    own: Option<HostWorkspace>,
}

impl TrustedFolder {
    /// Returns its canonical path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns true if it is the host's own, so that nobody else wrote it.
    pub fn is_hosts_own(&self) -> bool {
        self.is_own
    }

    /// Checks that nobody else can change the code in `folder`, which its build takes in as well.
    pub(crate) fn require_own(&self, folder: &Path) -> Result<(), NotOwn> {
        match self.own.as_ref().is_some_and(|own| folder.starts_with(own)) {
            true => Ok(()),
            false => require_own_folder(folder),
        }
    }

    /// Checks that nobody else can change the file `path`, by which its build is led.
    pub(crate) fn require_own_file(&self, path: &Path) -> Result<(), NotOwn> {
        match self.own.as_ref().is_some_and(|own| path.starts_with(own)) {
            true => Ok(()),
            false => require_own_file(path),
        }
    }
}

impl FolderTrust {
    /// Returns the trust of the user with this environment, of a host that was built from `own`.
    pub fn of_user(environment: &UserEnvironment, own: Option<HostWorkspace>) -> FolderTrust {
        let folder = environment.config_folder().map(|folder| folder.join("trading-host"));
        FolderTrust { list: folder.map(|folder| FolderListFile::at(folder.join("trusted-folders.toml"))), own }
    }

    /// Returns the place of the list, if there is one.
    pub fn place(&self) -> Option<&Path> {
        self.list.as_ref().map(FolderListFile::path)
    }

    /// Judges whether the code in `folder` may run.
    ///
    /// # Errors
    /// It may not, or nothing says so that can be read.
    pub fn judge(&self, folder: &Path) -> Result<TrustedFolder, FolderRefused> {
        let path = canonical(folder)?;
        let beyond_question = self.own.as_ref().and_then(HostWorkspace::beyond_question).map(Path::to_owned);
        let is_own = self.own.as_ref().is_some_and(|own| own.has_member(&path));
        if !is_own {
            let listed = self.list()?.into_iter().find(|listed| listed.path == path);
            let listed = listed.ok_or_else(|| FolderRefused::Untrusted { path: path.clone() })?;
            if !listed.is_still_there().map_err(unreadable(&path))? {
                return Err(FolderRefused::Replaced { path });
            }
        }
        let trusted = TrustedFolder { path, own: beyond_question, is_own };
        match trusted.require_own(&trusted.path) {
            Ok(()) => Ok(trusted),
            Err(fault) => Err(FolderRefused::NotOwn { path: trusted.path, fault }),
        }
    }

    /// Trusts `folder` from now on, by the word of the person `by`, and returns its canonical path.
    ///
    /// # Errors
    /// Others can change it, or the list cannot be written.
    pub fn add(&self, folder: &Path, by: &str, now: Timestamp) -> Result<PathBuf, FolderRefused> {
        let path = canonical(folder)?;
        require_own_folder(&path).map_err(|fault| FolderRefused::NotOwn { path: path.clone(), fault })?;
        let listed = ListedFolder::new(&path, by, now).map_err(unreadable(&path))?;
        self.file()?.update(|folders| {
            folders.retain(|known| known.path != listed.path);
            folders.push(listed);
        })?;
        Ok(path)
    }

    /// Trusts `folder` no more; returns its path as it was listed, or `None` if it was not. It need not exist.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn remove(&self, folder: &Path) -> Result<Option<PathBuf>, FolderListError> {
        let path = folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or(folder.to_owned());
        let mut removed = None;
        self.file()?.update(|folders| {
            removed = folders.iter().find(|known| known.path == path).map(|known| known.path.clone());
            folders.retain(|known| known.path != path);
        })?;
        Ok(removed)
    }

    /// Returns the folders that the user has trusted, in the order in which they did.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn list(&self) -> Result<Vec<ListedFolder>, FolderListError> {
        self.list.as_ref().map_or(Ok(Vec::new()), FolderListFile::read)
    }

    fn file(&self) -> Result<&FolderListFile, FolderListError> {
        self.list.as_ref().ok_or(FolderListError::NoPlace)
    }
}

fn canonical(folder: &Path) -> Result<PathBuf, FolderRefused> {
    folder.canonicalize().map_err(unreadable(folder))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderRefused {
    let path = path.to_owned();
    |source| FolderRefused::Unreadable { path, source }
}
