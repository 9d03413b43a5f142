//! The key that authenticates the cache's entries: random, the user's own, and never in the cache itself.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::{hmac, rand};
use host_system::files;

use super::own_file;

/// Name of the key's file within the host's state folder.
const FILE: &str = "cache.key";
const BYTES: usize = 32;

/// The key of a user's cache, or of this process alone.
#[derive(Clone)]
pub(crate) struct CacheKey {
    /// `None` if the machine has no randomness: then nothing is kept, and nothing that is there is used.
    key: Option<Arc<hmac::Key>>,
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheKey").finish_non_exhaustive()
    }
}

impl CacheKey {
    /// Returns the key that is kept in `folder`, which is made if there is none. If it cannot be kept, or others can
    /// read it, the key is that of this process, and what was kept with another one is made again.
    pub(crate) fn kept_in(folder: &Path) -> CacheKey {
        let path = folder.join(FILE);
        match read(&path).or_else(|error| if is_absent(&error) { make(folder, &path) } else { Err(error) }) {
            Ok(bytes) => CacheKey::of(&bytes),
            Err(error) => {
                let path = path.display();
                tracing::warn!(%path, %error, "the cache's key is not used: strategies are compiled for this process");
                CacheKey::of_process()
            }
        }
    }

    /// Returns the key of this process, which is gone with it.
    pub(crate) fn of_process() -> CacheKey {
        static KEY: OnceLock<CacheKey> = OnceLock::new();
        KEY.get_or_init(|| random().map_or(CacheKey { key: None }, |bytes| CacheKey::of(&bytes))).clone()
    }

    fn of(bytes: &[u8]) -> CacheKey {
        CacheKey { key: Some(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes))) }
    }

    /// Returns the tag of the concatenated `content` under `names`, or `None` without a key.
    pub(super) fn tag<const NAMES: usize>(&self, names: [&str; NAMES], content: &[&[u8]]) -> Option<hmac::Tag> {
        let key = self.key.as_deref()?;
        let mut context = hmac::Context::with_key(key);
        // Each after its length, so that no two lists of names and content give the same bytes.
        names.iter().for_each(|name| add(&mut context, &[name.as_bytes()]));
        add(&mut context, content);
        Some(context.sign())
    }

    /// Returns true if `tag` was made with this key for the same names and content.
    pub(super) fn has_made<const NAMES: usize>(&self, tag: &[u8], names: [&str; NAMES], content: &[&[u8]]) -> bool {
        let Some(made) = self.tag(names, content) else { return false };
        aws_lc_rs::constant_time::verify_slices_are_equal(made.as_ref(), tag).is_ok()
    }
}

/// Adds the concatenated `pieces` after their length.
fn add(context: &mut hmac::Context, pieces: &[&[u8]]) {
    let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
    context.update(&(bytes as u64).to_le_bytes());
    pieces.iter().for_each(|piece| context.update(piece));
}

fn random() -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).ok().map(|()| bytes)
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = own_file::read(path, own_file::Secrecy::Secret)?;
    if bytes.len() == BYTES { Ok(bytes) } else { Err(io::Error::other("it is damaged: remove it")) }
}

/// Makes a key at `path`, whole or not at all. Another process may be first: then the key is that one's.
fn make(folder: &Path, path: &Path) -> io::Result<Vec<u8>> {
    files::create_private_folder(folder)?;
    let bytes = random().ok_or_else(|| io::Error::other("the system has no randomness"))?;
    // A temporary file is its owner's alone, and keeps those permissions.
    let mut file = tempfile::Builder::new().prefix(".cache-key-").tempfile_in(folder)?;
    file.write_all(&bytes)?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(failed.error),
        _ => read(path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn is_same(a: &CacheKey, b: &CacheKey) -> bool {
        a.has_made(b.tag(["x"], &[]).unwrap().as_ref(), ["x"], &[])
    }

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state/host");
        let first = CacheKey::kept_in(&folder);
        assert_eq!(fs::metadata(folder.join(FILE)).unwrap().mode() & 0o777, 0o600);
        assert!(is_same(&first, &CacheKey::kept_in(&folder)));
        assert!(!is_same(&first, &CacheKey::of_process()));
        fs::set_permissions(folder.join(FILE), Permissions::from_mode(0o644)).unwrap();
        assert!(is_same(&CacheKey::kept_in(&folder), &CacheKey::of_process()), "others could read it");
        fs::write(folder.join(FILE), "short").unwrap();
        assert!(is_same(&CacheKey::kept_in(&folder), &CacheKey::of_process()));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_cannot_be_kept_is_that_of_the_process() {
        assert!(is_same(&CacheKey::kept_in(Path::new("/dev/null/state")), &CacheKey::of_process()));
    }

    #[test]
    fn parts_cannot_be_shifted() {
        let key = CacheKey::of_process();
        let tag = key.tag(["ab"], &[b"c", b"d"]).unwrap();
        assert!(key.has_made(tag.as_ref(), ["ab"], &[b"cd"]), "however the content is cut");
        assert!(!key.has_made(tag.as_ref(), ["a"], &[b"bcd"]));
        assert!(!key.has_made(&tag.as_ref()[..31], ["ab"], &[b"cd"]));
    }
}
