//! The folder of an account at a venue: one for each venue and account, never shared by real money and paper.
//!
//! Only names and permissions are decided here; the content of the files is their writers' business.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use host_sandbox::trust::TradingMode;
use host_store::live::JOURNAL_FILE;
use host_store::paper::{FOLDER_PREFIX, LEDGER_FILE};

/// The venue's name in folders and for people: the one for real money so far.
pub const VENUE: &str = "kalshi";

/// The longest name of an account: it becomes part of a folder's name.
const LONGEST_NAME: usize = 64;

/// The system allows 107 letters; the host makes a socket under a name of the same length first.
pub const LONGEST_SOCKET: usize = 107;

/// The prefix of the names of pretend accounts, and the one that those of real ones may have. No name has a colon.
const PAPER_REFERENCE: &str = "paper:";
const LIVE_REFERENCE: &str = "live:";

/// The folder of one account at one venue: `<live.folder>/<venue>-<account>/`, and of a pretend one
/// `<live.folder>/paper-<venue>-<account>/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDir {
    path: PathBuf,
}

impl AccountDir {
    /// Names the folder of `account` at `venue`, below `root`. Nothing is made yet.
    pub fn new(root: &Path, venue: &str, account: &str) -> AccountDir {
        AccountDir { path: root.join(format!("{venue}-{account}")) }
    }

    /// Names the folder of `account` at `venue`, real or pretend, below `root`. Nothing is made yet.
    pub fn of(mode: TradingMode, root: &Path, venue: &str, account: &str) -> AccountDir {
        match mode {
            TradingMode::Live => AccountDir::new(root, venue, account),
            TradingMode::Paper => AccountDir { path: root.join(format!("{FOLDER_PREFIX}{venue}-{account}")) },
        }
    }

    /// Returns whether the account is real: its name says so.
    pub fn mode(&self) -> TradingMode {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(FOLDER_PREFIX) { TradingMode::Paper } else { TradingMode::Live }
    }

    /// Returns the account's name as people give it; see [`reference`].
    pub fn reference(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let of_venue = name.strip_prefix(FOLDER_PREFIX).unwrap_or(&name);
        reference(self.mode(), of_venue.split_once('-').map_or(of_venue, |(_, account)| account))
    }

    /// Names the folder of the real account that this one stands for: itself, if it is real.
    #[must_use]
    pub fn real(self) -> AccountDir {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.strip_prefix(FOLDER_PREFIX)
            .map_or(self.clone(), |real| AccountDir { path: self.path.with_file_name(real) })
    }

    /// Names a folder that a running host said it works in.
    pub fn at(path: PathBuf) -> AccountDir {
        AccountDir { path }
    }

    /// Makes the folder if it is not there, for its owner alone.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create(&self) -> io::Result<()> {
        host_system::files::create_private_folder(&self.path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store of everything that happened: an SQLite file, journal and outbox in one.
    pub fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL_FILE)
    }

    /// The ledger of a pretend account: its venue's side of the books.
    pub fn ledger(&self) -> PathBuf {
        self.path.join(LEDGER_FILE)
    }

    /// The file that the host which goes on with the ledger has locked.
    pub fn ledger_lock(&self) -> PathBuf {
        self.path.join("paper.lock")
    }

    /// The recording of what was polled, for the next warm-up.
    pub fn tape(&self) -> PathBuf {
        self.path.join("tape")
    }

    /// Older parts of the journal, compressed.
    pub fn archive(&self) -> PathBuf {
        self.path.join("archive")
    }

    /// The log files, unless the operator keeps them elsewhere.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// The strategies that traded, each named after its digest.
    pub fn components(&self) -> PathBuf {
        self.path.join("components")
    }

    /// The place of the component with the digest `sha256`, with its signature beside it.
    pub fn component(&self, sha256: &str) -> PathBuf {
        self.components().join(format!("{sha256}.wasm"))
    }

    /// The file that is there while the account is killed.
    pub fn killed(&self) -> PathBuf {
        self.path.join("KILLED")
    }

    /// The operator's word to trade again, given while no host ran.
    pub fn resumed(&self) -> PathBuf {
        self.path.join("RESUMED")
    }

    /// The operator's word on what markets have paid, given while no host ran.
    pub fn settled(&self) -> PathBuf {
        self.path.join("SETTLED")
    }

    /// The capital stage that a person has chosen; not there if nobody ever did.
    pub fn stage(&self) -> PathBuf {
        self.path.join("STAGE")
    }

    /// The file that the host which trades the account has locked.
    pub fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The socket that a running host listens on. Where its path is too long for a socket, it is named from the working
    /// directory.
    pub fn socket(&self) -> PathBuf {
        let whole = self.path.join("control.sock");
        if whole.as_os_str().len() <= LONGEST_SOCKET {
            return whole;
        }
        let here = std::path::absolute(".").ok();
        let near = here.and_then(|here| whole.strip_prefix(here).map(Path::to_owned).ok());
        near.unwrap_or(whole)
    }

    /// Returns true if a host holds the account's lock just now. What cannot be looked at counts as not held: the lock
    /// is what keeps hosts apart, this only tells people.
    pub fn is_locked(&self) -> bool {
        let Ok(lock) = File::open(self.lock()) else { return false };
        matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Returns the account's name as people give it: that of a pretend one is `paper:NAME`.
pub fn reference(mode: TradingMode, account: &str) -> String {
    match mode {
        TradingMode::Live => account.to_owned(),
        TradingMode::Paper => format!("{PAPER_REFERENCE}{account}"),
    }
}

/// Splits a name as people give it into the kind of account, if it says one, and its name.
pub fn split_reference(reference: &str) -> (Option<TradingMode>, &str) {
    let kinds = [(PAPER_REFERENCE, TradingMode::Paper), (LIVE_REFERENCE, TradingMode::Live)];
    let found = kinds.into_iter().find_map(|(prefix, mode)| Some((mode, reference.strip_prefix(prefix)?)));
    found.map_or((None, reference), |(mode, account)| (Some(mode), account))
}

/// Returns the mark before everything about the account that [`reference`] names: `LIVE alex`, or `PAPER alex`.
pub fn mark(reference: &str) -> String {
    let (mode, account) = split_reference(reference);
    let word = if mode == Some(TradingMode::Paper) { "PAPER" } else { "LIVE" };
    format!("{word} {account}")
}

/// Returns true if there is a file of this name. If that cannot be said, there may be one.
pub fn is_there(path: &Path) -> bool {
    !matches!(std::fs::symlink_metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Returns what is wrong with `account` as a name, if anything is: it names a folder and is typed by people.
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
        let folder = |venue, account| AccountDir::new(Path::new("live"), venue, account).path().to_owned();
        assert_eq!(folder("kalshi", "alex"), Path::new("live/kalshi-alex"));
        assert_ne!(folder("kalshi", "alex"), folder("kalshi", "alex2"));
        assert_ne!(folder("kalshi", "alex"), folder("polymarket", "alex"));
        let paper = AccountDir::of(TradingMode::Paper, Path::new("live"), "kalshi", "alex");
        assert_eq!(paper.path(), Path::new("live/paper-kalshi-alex"));
        let check = |dir: &AccountDir, mode, reference: &str| {
            let there = AccountDir::at(dir.path().to_owned());
            assert_eq!((there.mode(), there.reference().as_str()), (mode, reference));
        };
        check(&paper, TradingMode::Paper, "paper:alex");
        let odd = AccountDir::of(TradingMode::Live, Path::new("live"), "kalshi", "paper-alex");
        check(&odd, TradingMode::Live, "paper-alex");
    }

    #[test]
    fn a_reference_says_which_account_is_meant() {
        let check = |text: &str, mode, account: &str, marked: &str| {
            assert_eq!((split_reference(text), mark(text).as_str()), ((mode, account), marked), "{text}");
        };
        check("alex", None, "alex", "LIVE alex");
        check("live:alex", Some(TradingMode::Live), "alex", "LIVE alex");
        check(&reference(TradingMode::Paper, "alex"), Some(TradingMode::Paper), "alex", "PAPER alex");
        assert_eq!(reference(TradingMode::Live, "alex"), "alex");
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
        let folder = AccountDir::new(root.path(), "kalshi", "alex");
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
