//! One host for one account at the venue, whatever its folder: two with the same key in two folders would each take the
//! other's orders and positions for a mismatch, and together have twice the limits.
//!
//! The lock has a name made of the venue's address and the key, and stands in the user's state folder, and in places
//! that all of the user's homes on this machine share. Its content says which folder the host works with, so that a
//! person finds it from anywhere. Two keys of one account cannot be told to belong to one account, and neither another
//! user nor another machine sees the lock: there, the comparison of the books tells.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use host_store::live::StoreError;
use host_store::live::lock::HostLock;
use host_system::user;
use host_venues::kalshi::KalshiSettings;

use crate::error::{AccountLockError, LiveError, Result};

/// The folders in which the locks of a user's hosts stand.
#[derive(Clone, Debug)]
pub struct LockPlaces {
    /// The host's own folder within the user's state folder.
    state: PathBuf,
    /// Folders that do not depend on the user's home.
    shared: Vec<PathBuf>,
}

impl LockPlaces {
    /// The places of this process' user, whose state is in `state`. A runtime folder may come and go with the user's
    /// logins, and a service may have a folder for temporary files of its own: so the lock stands in both.
    pub fn of_user(state: PathBuf) -> LockPlaces {
        let user = user::id();
        let runtime = PathBuf::from(format!("/run/user/{user}"));
        let runtime = runtime.is_dir().then(|| runtime.join("host"));
        let temporary = PathBuf::from(format!("/tmp/host-{user}"));
        LockPlaces::new(state, runtime.into_iter().chain([temporary]).collect())
    }

    /// The places `state` and `shared`, each once.
    pub fn new(state: PathBuf, shared: Vec<PathBuf>) -> LockPlaces {
        let shared = shared.into_iter().filter(|place| *place != state).collect();
        LockPlaces { state, shared }
    }

    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.state).chain(&self.shared)
    }
}

/// Keeps other hosts off an account while it lives.
#[derive(Debug)]
#[must_use = "the account is kept only while this lives"]
pub struct AccountLock {
    _locks: Vec<HostLock>,
}

/// Keeps all other hosts of this user off the account that `venue` reaches, as long as the returned lock lives.
/// `folder` is the account's.
///
/// # Errors
/// Another host has it: its process and folder; or the lock cannot be made in the state folder, or belongs to somebody
/// else in a shared one.
pub fn lock(places: &LockPlaces, venue: &KalshiSettings, folder: &Path) -> Result<AccountLock> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut locks = Vec::new();
    for root in places.all() {
        let failed = |source| LiveError::AccountLock { root: root.clone(), source };
        match create(root) {
            Ok(()) => {}
            // A machine without such a place has hosts with one home.
            Err(error) if *root != places.state && error.kind() != io::ErrorKind::PermissionDenied => {
                tracing::debug!("no lock in {}: {error}", root.display());
                continue;
            }
            Err(error) => return Err(failed(AccountLockError::Folder(error))),
        }
        let path = lock_file(root, venue).ok_or(LiveError::AccountWithoutAddress)?;
        locks.push(HostLock::take(&path, &folder).map_err(|error| match error {
            StoreError::Held { .. } => LiveError::AccountHeld(error),
            other => failed(AccountLockError::File(other)),
        })?);
    }
    Ok(AccountLock { _locks: locks })
}

/// Returns the account's folder of the host of this user that trades the account which `venue` reaches, if one does.
pub fn running(places: &LockPlaces, venue: &KalshiSettings) -> Option<PathBuf> {
    places.all().find_map(|root| HostLock::holder(&lock_file(root, venue)?)).map(|holder| holder.folder)
}

fn lock_file(root: &Path, venue: &KalshiSettings) -> Option<PathBuf> {
    let place = venue.place().ok()?;
    // The key's id has no line break, so that no two pairs are one text.
    let digest = host_sandbox::digest(format!("{place}\n{}", venue.key_id).as_bytes());
    Some(root.join(format!("{digest}.lock")))
}

/// Makes the folder for its owner alone; where everybody may write, somebody else might have made it first.
fn create(folder: &Path) -> io::Result<()> {
    host_system::files::create_private_folder(folder)?;
    match user::owns(&fs::symlink_metadata(folder)?) {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str, key_id: &str) -> KalshiSettings {
        KalshiSettings { base_url: base_url.to_owned(), key_id: key_id.to_owned(), ..KalshiSettings::default() }
    }

    #[test]
    fn a_host_is_found_by_what_it_trades() {
        let root = tempfile::tempdir().unwrap();
        let places = LockPlaces::new(root.path().to_owned(), Vec::new());
        let own = at("https://external-api.kalshi.com/trade-api/v2", "key");
        let folder = root.path().join("live/kalshi-alex");
        let _lock = lock(&places, &own, &folder).unwrap();
        let check = |base_url: &str, key_id: &str, found: bool| {
            let running = running(&places, &at(base_url, key_id));
            assert_eq!(running, found.then(|| folder.clone()), "{base_url} {key_id}");
        };
        check(&own.base_url, "key", true);
        // The venue has many hosts for one account.
        check("https://api.elections.kalshi.com/trade-api/v2/", "key", true);
        check(&own.base_url, "another", false);
        check("https://external-api.demo.kalshi.co/trade-api/v2", "key", false);
        check("http://127.0.0.1:8080/trade-api/v2", "key", false);
        check("no address", "key", false);
    }

    #[test]
    fn two_homes_share_a_place_and_two_keys_do_not_meet() {
        let [home, other, run, tmp] = [(); 4].map(|()| tempfile::tempdir().unwrap());
        let places = |home: &Path, shared: &[&Path]| {
            let shared = shared.iter().map(|place| place.join("host")).collect();
            LockPlaces::new(home.join("host"), shared)
        };
        let venue = at("https://external-api.kalshi.com/trade-api/v2", "key");
        let first = places(home.path(), &[run.path(), tmp.path()]);
        let held = lock(&first, &venue, Path::new("/a/live/kalshi-alex")).unwrap();
        // From another home, with both places, or with one of them because the other is not there.
        for shared in [&[run.path(), tmp.path()][..], &[tmp.path()], &[run.path()]] {
            let second = places(other.path(), shared);
            let refused = lock(&second, &venue, Path::new("/b/live/kalshi-alex")).unwrap_err();
            assert!(matches!(refused, LiveError::AccountHeld(_)), "{refused:?}");
            assert_eq!(running(&second, &venue), Some(PathBuf::from("/a/live/kalshi-alex")));
            let another = KalshiSettings { key_id: "another".to_owned(), ..venue.clone() };
            assert!(lock(&second, &another, Path::new("/b/live/kalshi-bert")).is_ok());
        }
        drop(held);
        assert!(lock(&places(other.path(), &[tmp.path()]), &venue, Path::new("/b/live/kalshi-alex")).is_ok());
        // A place that cannot be made keeps nobody from trading; the state folder must be there.
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(
            lock(&LockPlaces::new(home.path().join("host"), vec![file.join("x")]), &venue, Path::new("/a")).is_ok()
        );
        let refused = lock(&LockPlaces::new(file.join("x"), Vec::new()), &venue, Path::new("/a")).unwrap_err();
        assert!(matches!(refused, LiveError::AccountLock { .. }), "{refused:?}");
    }
}
