//! Where a live account keeps what it knows: a folder of its own for each venue and account, never shared with a paper run.
//!
//! Only names and permissions are decided here; what stands in the files is their writers' business.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::{Kind, Report, Result};

/// The one venue for real money so far.
pub const VENUE: &str = "kalshi";

/// The longest name of an account: it becomes part of a folder's name.
const LONGEST_NAME: usize = 64;

/// The system allows 107 letters; the host makes a socket under a name of the same length first.
const LONGEST_SOCKET: usize = 107;

/// The folder of one account at one venue: `<live.folder>/<venue>-<account>/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFolder {
    path: PathBuf,
}

impl AccountFolder {
    /// That of `account` at `venue`, below `root`. Nothing is made yet.
    pub fn new(root: &Path, venue: &str, account: &str) -> AccountFolder {
        AccountFolder { path: root.join(format!("{venue}-{account}")) }
    }

    /// That of the account that `config` names, or of `account` instead.
    ///
    /// # Errors
    /// Neither names one, or the name cannot be one.
    pub fn of(config: &Config, account: Option<&str>) -> Result<AccountFolder> {
        let account = account.unwrap_or(&config.live.account);
        if account.is_empty() {
            return Err(Report::new(Kind::Config, "it is not said which account: live.account is not set")
                .hint("write `account = \"NAME\"` under [live] into host.toml, or say `--account NAME`"));
        }
        match fault_of_name(account) {
            Some(fault) => Err(Report::usage(format!("`{account}` is no account's name: it {fault}"))),
            None => Ok(AccountFolder::new(&config.live.folder, VENUE, account)),
        }
    }

    /// The folder that a host said it works in.
    pub fn at(path: PathBuf) -> AccountFolder {
        AccountFolder { path }
    }

    /// Makes it if it is not there, for its owner alone.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create(&self) -> io::Result<()> {
        host_system::files::create_private_folder(&self.path)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All that happened: an SQLite file.
    pub fn journal(&self) -> PathBuf {
        self.path.join("account.journal")
    }

    /// What was polled, for the next warm-up.
    pub fn tape(&self) -> PathBuf {
        self.path.join("tape")
    }

    /// The strategies that traded, each named after its digest.
    pub fn components(&self) -> PathBuf {
        self.path.join("components")
    }

    /// There while the account is killed.
    pub fn killed(&self) -> PathBuf {
        self.path.join("KILLED")
    }

    /// A person's word to trade again, for a host that was not running when it was given.
    pub fn resumed(&self) -> PathBuf {
        self.path.join("RESUMED")
    }

    /// Locked by the host that trades the account.
    pub fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The socket that a running host listens on. Where its path is too long for a socket, it is named from the working directory.
    pub fn socket(&self) -> PathBuf {
        let whole = self.path.join("control.sock");
        if whole.as_os_str().len() <= LONGEST_SOCKET {
            return whole;
        }
        let here = std::env::current_dir().ok();
        let near = here.and_then(|here| whole.strip_prefix(here).map(Path::to_owned).ok());
        near.unwrap_or(whole)
    }

    /// Whether a host holds the account's lock just now. What cannot be looked at counts as not held: the lock is what keeps
    /// hosts apart, this is only for telling people.
    pub fn is_locked(&self) -> bool {
        let Ok(lock) = File::open(self.lock()) else { return false };
        matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// What is wrong with `account` as a name, if anything is: it names a folder and is typed by people.
pub fn fault_of_name(account: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match account {
        _ if account.len() > LONGEST_NAME => Some("must not be longer than 64 letters"),
        _ if account.starts_with('.') => Some("must not begin with a dot"),
        _ if !account.chars().all(plain) => Some("must consist of letters, digits, `-`, `_` and `.`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_venues_never_share_a_folder() {
        let folder = |venue, account| AccountFolder::new(Path::new("live"), venue, account).path().to_owned();
        assert_eq!(folder("kalshi", "alex"), Path::new("live/kalshi-alex"));
        assert_ne!(folder("kalshi", "alex"), folder("kalshi", "alex2"));
        assert_ne!(folder("kalshi", "alex"), folder("polymarket", "alex"));
    }

    #[test]
    fn a_name_stays_within_its_folder() {
        let check = |name: &str, good: bool| assert_eq!(fault_of_name(name).is_none(), good, "{name}");
        check("alex", true);
        check("Alex_2.main-a", true);
        check("", true); // Not set: the preflight asks for it.
        check("../alex", false);
        check("..", false);
        check("a/b", false);
        check("a b", false);
        check("ä", false);
        check(&"a".repeat(65), false);
    }

    #[test]
    fn a_lock_is_seen_while_it_is_held() {
        let root = tempfile::tempdir().unwrap();
        let folder = AccountFolder::new(root.path(), "kalshi", "alex");
        assert!(!folder.is_locked());
        folder.create().unwrap();
        let lock = File::create(folder.lock()).unwrap();
        assert!(!folder.is_locked());
        lock.lock().unwrap();
        assert!(folder.is_locked());
        drop(lock);
        assert!(!folder.is_locked());
    }
}
