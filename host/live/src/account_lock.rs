//! One host for one account at the venue, whatever its folder: two with the same key in two folders would each take the
//! other's orders and positions for a mismatch, and together have twice the limits.
//!
//! The lock stands in the user's state folder, under a name made of the venue's address and the key. Its content says
//! which folder the host works with, so that a person finds it from anywhere. Two keys of one account cannot be told to
//! belong to one account.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use host_store::live::StoreError;
use host_store::live::lock::HostLock;
use host_venues::kalshi::KalshiSettings;

use crate::error::{AccountLockError, LiveError, Result};

/// Keeps all other hosts of this user off the account that `venue` reaches, as long as the returned lock lives. `root`
/// is the host's own folder within the user's state folder; `folder` is the account's.
///
/// # Errors
/// Another host has it: its process and folder; or the lock cannot be made.
pub fn lock(root: &Path, venue: &KalshiSettings, folder: &Path) -> Result<HostLock> {
    let failed = |source| LiveError::AccountLock { root: root.to_owned(), source };
    create(root).map_err(|error| failed(AccountLockError::Folder(error)))?;
    let path = lock_file(root, venue).ok_or(LiveError::AccountWithoutAddress)?;
    HostLock::take(&path, folder).map_err(|error| match error {
        StoreError::Held { .. } => LiveError::AccountHeld(error),
        other => failed(AccountLockError::File(other)),
    })
}

/// Returns the account's folder of the host of this user that trades the account which `venue` reaches, if one does.
pub fn running(root: &Path, venue: &KalshiSettings) -> Option<PathBuf> {
    HostLock::holder(&lock_file(root, venue)?).map(|holder| holder.folder)
}

fn lock_file(root: &Path, venue: &KalshiSettings) -> Option<PathBuf> {
    let place = venue.place().ok()?;
    // The key's id has no line break, so that no two pairs are one text.
    let digest = host_sandbox::digest(format!("{place}\n{}", venue.key_id).as_bytes());
    Some(root.join(format!("{digest}.lock")))
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
