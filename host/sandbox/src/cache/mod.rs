//! The user's cache folder: compiled strategies, built strategies, the WASM toolchain. Everything in it can be deleted.
//!
//! Compiled code and measurements decide what runs, so an entry is used only if this user's host has written it under
//! this very name: it is authenticated with a key that is not in the cache.
//!
//! The only `unsafe` code of the project is here: see [`deserialize`].

mod key;
mod own_file;

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use host_system::files::{self, ScratchFolder};
use host_system::user;
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use self::key::CacheKey;
use self::own_file::Secrecy;
use crate::audit::Surface;
use crate::compiler::{Compiled, Compiler};
use crate::environment::UserEnvironment;

/// Name of the environment variable that moves the cache folder.
pub const CACHE_VARIABLE: &str = "HOST_CACHE_DIR";
/// Name of the environment variable that moves the folder of the key that authenticates the cache's entries.
pub const CACHE_KEY_VARIABLE: &str = "HOST_CACHE_KEY_DIR";

/// Bytes of the tag that begins an entry.
const TAG_BYTES: usize = 32;

/// The cache where there is no place for one: a folder that cannot be made, by nobody.
const NOWHERE: &str = "/dev/null/trading-host";

/// A cache folder that this host owns, and the compiler that makes what it lacks.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    key: CacheKey,
    compiler: Compiler,
    /// A folder of this process alone, which is removed with its last owner.
    _own: Option<Arc<ScratchFolder>>,
}

impl Cache {
    /// Returns the user's cache: `$HOST_CACHE_DIR`, else `trading-host` in the platform's cache folder, else a folder
    /// in the temporary one that is this user's alone, else one of this process, which is removed at its end.
    pub fn of_user(environment: &UserEnvironment, compiler: Compiler) -> Cache {
        let root = environment.variable(CACHE_VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let platform = || environment.cache_folder().map(|folder| folder.join("trading-host"));
        let temporary = tempfile::env::temp_dir();
        let cache = match root.or_else(platform).or_else(|| user_folder(&temporary, user::id())) {
            // A relative path would point elsewhere after each change of the working directory.
            Some(root) => {
                let cache = Cache::at(std::path::absolute(&root).unwrap_or(root));
                Cache::key_folder_of_user(environment).map_or(cache.clone(), |folder| cache.with_key_in(&folder))
            }
            None => Cache::of_process(&temporary),
        };
        Cache { compiler, ..cache }
    }

    /// Returns the folder of the key of the user's cache: `$HOST_CACHE_KEY_DIR`, else `host` in the platform's folder
    /// for state. `None` without a home folder: then the key is that of the process.
    pub fn key_folder_of_user(environment: &UserEnvironment) -> Option<PathBuf> {
        let chosen = environment.variable(CACHE_KEY_VARIABLE).map(PathBuf::from).filter(|folder| folder.is_absolute());
        chosen.or_else(|| environment.state_folder().map(|folder| folder.join("host")))
    }

    /// Returns the cache in `root`, with the key of this process: what other processes kept there is not used. It
    /// compiles in this process too: the caller vouches for what is loaded.
    pub fn at(root: impl Into<PathBuf>) -> Cache {
        let (key, compiler) = (CacheKey::of_process(), Compiler::in_this_process());
        Cache { root: root.into(), key, compiler, _own: None }
    }

    /// Returns this cache with another compiler.
    #[must_use]
    pub fn with_compiler(self, compiler: Compiler) -> Cache {
        Cache { compiler, ..self }
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    /// Returns this cache with the key in `folder`, which is made if there is none: it shares the entries of others
    /// with the same key.
    #[must_use]
    pub fn with_key_in(self, folder: &Path) -> Cache {
        Cache { key: CacheKey::kept_in(folder), ..self }
    }

    /// Returns a cache of this process. Where there is no temporary folder nothing is kept, and a build says so.
    fn of_process(temporary: &Path) -> Cache {
        match files::scratch_folder(temporary, "trading-host-of-process-") {
            Ok(own) => {
                let cache = Cache::at(own.path());
                Cache { _own: Some(Arc::new(own)), ..cache }
            }
            Err(_) => Cache::at(NOWHERE),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Creates the folder `name` of the cache, readable by its owner alone, and returns its path.
    ///
    /// # Errors
    /// The system's error, with the path.
    pub(crate) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.root.join(name);
        files::create_private_folder(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot create {}: {error}", path.display())))?;
        Ok(path)
    }

    /// Returns the component with this digest and its surface, or `None` if the cache has none for `engine`.
    pub(crate) fn compiled(&self, engine: &Engine, digest: &str) -> Option<(Surface, Component)> {
        let Compiled { surface, code } = Compiled::decode(self.entry("compiled", &compiled_name(engine, digest))?)?;
        Some((surface, deserialize(engine, &code)?))
    }

    /// Stores what the compiler has made of the component with this `digest`, and makes the component of it. A failure
    /// to store it is only logged: a full disk must not prevent a strategy from running.
    pub(crate) fn keep_compiled(&self, engine: &Engine, digest: &str, compiled: &Compiled) -> Option<Component> {
        let component = deserialize(engine, &compiled.code)?;
        let name = compiled_name(engine, digest);
        let kept = compiled.head().and_then(|head| self.keep_entry("compiled", &name, &[&head, &compiled.code]));
        if let Err(error) = kept {
            tracing::warn!(%error, "the compiled strategy was not kept; it will be compiled again next time");
        }
        Some(component)
    }

    /// Returns what was measured of a strategy under `key`, if anything.
    pub(crate) fn kept_measurement(&self, key: &str) -> Option<Vec<u8>> {
        self.entry("measured", &digest(key.as_bytes()))
    }

    /// Keeps what was measured under `key`. A failure is only logged: it will be measured again.
    pub(crate) fn keep_measurement(&self, key: &str, measured: &[u8]) {
        if let Err(error) = self.keep_entry("measured", &digest(key.as_bytes()), &[measured]) {
            tracing::warn!(%error, "what was measured of the strategy was not kept; it will be measured again");
        }
    }

    /// Returns the entry `name` of `folder`, if this user's host has kept it there. What is there otherwise is told and
    /// not used.
    fn entry(&self, folder: &str, name: &str) -> Option<Vec<u8>> {
        let path = self.root.join(folder).join(name);
        let read = own_file::read(&path, Secrecy::Open).and_then(|mut bytes| {
            let made = bytes
                .split_at_checked(TAG_BYTES)
                .is_some_and(|(tag, content)| self.key.has_made(tag, [folder, name], &[content]));
            // In its place: it may be large.
            bytes.drain(..TAG_BYTES.min(bytes.len()));
            made.then_some(bytes).ok_or_else(|| io::Error::other("it is damaged, or not what this host has kept there"))
        });
        let absent = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        read.inspect_err(|error| {
            if !absent(error) {
                tracing::warn!(path = %path.display(), %error, "an entry of the cache is not used; it is made again");
            }
        })
        .ok()
    }

    /// Keeps the concatenated `content`.
    fn keep_entry(&self, folder: &str, name: &str, content: &[&[u8]]) -> io::Result<()> {
        let tag = self.key.tag([folder, name], content);
        let tag = tag.ok_or_else(|| io::Error::other("there is no key to authenticate it with"))?;
        own_file::write(&self.folder(folder)?.join(name), tag.as_ref(), content)
    }
}

/// Returns the name of the entry with the native code of a component: the digest, and a hash over all that the code
/// depends on besides.
fn compiled_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = ShaHasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    crate::nan::VERSION.hash(&mut hasher);
    format!("{digest}-{}.code", hex(&hasher.0.finalize()[..16]))
}

/// Returns the folder of `user` in `temporary`, which is made if it is not there. Its name is known to all, so it is
/// taken only if nobody else can have put machine code into it: it must be a folder, no link, that belongs to the user
/// and that only they can write.
fn user_folder(temporary: &Path, user: u32) -> Option<PathBuf> {
    let path = temporary.join(format!("trading-host-{user}"));
    if !temporary.is_dir() || files::create_private_folder(&path).is_err() {
        return None;
    }
    let found = fs::symlink_metadata(&path).ok()?;
    let is_own = found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0;
    is_own.then_some(path)
}

/// Turns compiled code from the cache back into a component, or returns `None` if this engine cannot use it.
#[allow(unsafe_code, reason = "the one exception, explained in the function")]
fn deserialize(engine: &Engine, artefact: &[u8]) -> Option<Component> {
    // SAFETY: wasmtime runs the bytes as they are, so they must be its own output, unaltered. They are one of two
    // things. Either what `Compiler` has just returned: made by wasmtime in this process, or in a child of this very
    // program, which has sent it through a pipe that no other process holds. Or what `Cache::entry` returns, which is
    // what a host of this user has written with `keep_compiled`: its HMAC, with a key that stands outside of the
    // cache and is readable by this user alone, covers the bytes and their name, which holds the digest of the
    // component and the hash of engine configuration and rewriting. An entry of another component, engine or version
    // is not authentic under this name. A file given by a user never gets here: `audit::require_component` refuses
    // machine code.
    let component = unsafe { Component::deserialize(engine, artefact) };
    component
        .inspect_err(|error| tracing::warn!(%error, "compiled code does not fit this engine; compiling again"))
        .ok()
}

/// Returns the SHA-256 of `bytes` as lower-case hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hasher for file names. The standard library's may change from version to version; file names must not.
struct ShaHasher(Sha256);

impl Hasher for ShaHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let sum = self.0.clone().finalize();
        sum.iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_folder_that_others_could_have_filled_is_not_taken() {
        let temporary = tempfile::tempdir().unwrap();
        let user = user::id();
        let path = temporary.path().join(format!("trading-host-{user}"));
        assert_eq!(user_folder(temporary.path(), user), Some(path.clone()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        assert_eq!(user_folder(temporary.path(), user), Some(path.clone()), "one for all processes");
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(user_folder(temporary.path(), user), None, "others may write");
        fs::remove_dir(&path).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path(), &path).unwrap();
        assert_eq!(user_folder(temporary.path(), user), None, "a link");
        fs::create_dir(temporary.path().join("trading-host-4242424")).unwrap();
        assert_eq!(user_folder(temporary.path(), 4_242_424), None, "another user's");
        assert_eq!(user_folder(&temporary.path().join("nowhere"), user), None);
    }

    #[test]
    fn a_cache_of_a_process_is_removed_with_it() {
        let temporary = tempfile::tempdir().unwrap();
        let cache = Cache::of_process(temporary.path());
        let copy = cache.clone();
        drop(cache);
        assert!(copy.folder("compiled").unwrap().is_dir());
        drop(copy);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
        let nowhere = temporary.path().join("nowhere");
        assert!(Cache::of_process(&nowhere).folder("compiled").is_err());
        assert!(!nowhere.exists());
    }
}
