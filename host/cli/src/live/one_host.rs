//! One host for one account at the venue, whatever its folder: two with the same key in two folders would each take the other's
//! orders and positions for a mismatch, and together have twice the limits.
//!
//! The lock stands in the user's state folder, under a name made of the venue's place and the key. Its content says which folder
//! the host works with, so that a person finds it from anywhere. Two keys of one account cannot be told to be of one.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use host_store::live::LiveError;
use host_store::live::lock::HostLock;
use host_venues::kalshi::KalshiSettings;

use crate::error::{Report, Result};

/// The host's folder within the user's state folder.
const NAME: &str = "host";

/// Keeps all other hosts of this user off the account that `venue` reaches, as long as it lives.
///
/// # Errors
/// Another host has it: its process and folder; or the lock cannot be made.
pub fn lock(venue: &KalshiSettings, folder: &Path) -> Result<HostLock> {
    let root = state_folder();
    let failed = |error: &dyn std::error::Error| {
        Report::user(format!("one host for one account cannot be ensured by a lock in {}", root.display()))
            .because_of(error)
            .hint("set XDG_STATE_HOME to a folder that you alone may write; it must be the same for all of your hosts")
    };
    create(&root).map_err(|error| failed(&error))?;
    let path = lock_file(&root, venue).ok_or_else(|| Report::user("venue.base_url is no address"))?;
    HostLock::take(&path, folder).map_err(|error| match error {
        LiveError::Held { .. } => {
            Report::user("another host trades this account at the venue, so this one does not start")
                .because_of(&error)
                .hint("`host status` shows what it does, with that host's live.folder and live.account")
        }
        other => failed(&other),
    })
}

/// The account's folder of the host of this user that trades, with the key `key_id`, what `base_url` reaches; `None` if none does.
pub fn running_elsewhere(base_url: &str, key_id: &str) -> Option<PathBuf> {
    let (base_url, key_id) = (base_url.to_owned(), key_id.to_owned());
    running(&state_folder(), &KalshiSettings { base_url, key_id, ..KalshiSettings::default() })
}

fn running(root: &Path, venue: &KalshiSettings) -> Option<PathBuf> {
    HostLock::holder(&lock_file(root, venue)?).map(|holder| holder.folder)
}

fn lock_file(root: &Path, venue: &KalshiSettings) -> Option<PathBuf> {
    let place = venue.place().ok()?;
    // The key's id has no line break, so that no two pairs are one text.
    let digest = host_sandbox::digest(format!("{place}\n{}", venue.key_id).as_bytes());
    Some(root.join(format!("{digest}.lock")))
}

/// Where this user's programs keep what is no configuration and no cache (XDG base directories).
fn state_folder() -> PathBuf {
    let whole = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = whole("XDG_STATE_HOME").or_else(|| whole("HOME").map(|home| home.join(".local/state")));
    state.map_or_else(
        || std::env::temp_dir().join(format!("{NAME}-{}", user().unwrap_or_default())),
        |state| state.join(NAME),
    )
}

/// This process' user, as a number; `None` where the system does not say.
fn user() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|process| process.uid())
}

/// Makes the folder for its owner alone; where everybody may write, somebody else might have made it first.
fn create(folder: &Path) -> io::Result<()> {
    host_system::files::create_private_folder(folder)?;
    let owner = fs::symlink_metadata(folder)?.uid();
    match user() {
        Some(user) if user != owner => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_by_what_it_trades() {
        let root = tempfile::tempdir().unwrap();
        let at = |base_url: &str, key_id: &str| KalshiSettings {
            base_url: base_url.to_owned(),
            key_id: key_id.to_owned(),
            ..KalshiSettings::default()
        };
        let own = at("https://external-api.kalshi.com/trade-api/v2", "key");
        let folder = root.path().join("live/kalshi-alex");
        let _lock = HostLock::take(&lock_file(root.path(), &own).unwrap(), &folder).unwrap();
        let check = |base_url: &str, key_id: &str, found: bool| {
            assert_eq!(
                running(root.path(), &at(base_url, key_id)),
                found.then(|| folder.clone()),
                "{base_url} {key_id}"
            );
        };
        check(&own.base_url, "key", true);
        // The venue has many hosts for one account.
        check("https://api.elections.kalshi.com/trade-api/v2/", "key", true);
        check(&own.base_url, "another", false);
        check("https://external-api.demo.kalshi.co/trade-api/v2", "key", false);
        check("http://127.0.0.1:8080/trade-api/v2", "key", false);
        check("no address", "key", false);
    }
}
