//! The user's cache folder: compiled strategies, built strategies, the WASM toolchain. Whatever is in it can be deleted.
//!
//! The only `unsafe` of the project is here: see [`deserialize`].

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use host_system::files;
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Names the environment variable that moves the cache.
pub const CACHE_VARIABLE: &str = "HOST_CACHE_DIR";

/// A cache folder that this host owns.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The user's: `$HOST_CACHE_DIR`, else `trading-host` in the platform's cache folder, else one for this process alone.
    pub fn of_user() -> Cache {
        let root = std::env::var_os(CACHE_VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let platform = || etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("trading-host"));
        // Never a fixed name in the temporary folder: whoever made it first could plant machine code there.
        let own = || tempfile::Builder::new().prefix("trading-host-").tempdir().map(tempfile::TempDir::keep);
        let root =
            root.or_else(platform).or_else(|| own().ok()).unwrap_or_else(|| PathBuf::from(".trading-host-cache"));
        // A relative folder would be another one after each change of directory.
        Cache { root: std::path::absolute(&root).unwrap_or(root) }
    }

    /// One at `root`.
    pub fn at(root: impl Into<PathBuf>) -> Cache {
        Cache { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Creates and returns the folder `name`, readable by its owner alone.
    ///
    /// # Errors
    /// The system's, with the path.
    pub(crate) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.root.join(name);
        files::create_private_folder(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot create {}: {error}", path.display())))?;
        Ok(path)
    }

    /// The native code of the component `wasm` whose digest is `digest`: from the cache, or `None`.
    pub(crate) fn compiled(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let bytes = fs::read(self.compiled_path(engine, digest)).ok()?;
        let (sum, artefact) = bytes.split_at_checked(32)?;
        if Sha256::digest(artefact).as_slice() != sum {
            tracing::warn!(digest, "the compile cache's entry is damaged; compiling again");
            return None;
        }
        deserialize(engine, artefact)
    }

    /// Keeps `component`'s native code. A full disk is no reason not to run it: failure is only logged.
    pub(crate) fn keep_compiled(&self, engine: &Engine, digest: &str, component: &Component) {
        let path = self.compiled_path(engine, digest);
        let kept = component.serialize().map_err(io::Error::other).and_then(|artefact| {
            self.folder("compiled")?;
            files::replace(&path, &[Sha256::digest(&artefact).as_slice(), &artefact])
        });
        if let Err(error) = kept {
            tracing::warn!(%error, "the compiled strategy was not kept; it will be compiled again next time");
        }
    }

    fn compiled_path(&self, engine: &Engine, digest: &str) -> PathBuf {
        let mut hasher = ShaHasher(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        crate::nan::VERSION.hash(&mut hasher);
        let engine_hash = hex(&hasher.0.finalize()[..8]);
        self.root.join("compiled").join(format!("{digest}-{engine_hash}.bin"))
    }
}

/// Turns compiled code from the cache back into a component, or `None` if this engine cannot use it.
#[allow(unsafe_code, reason = "the one exception, explained in the function")]
fn deserialize(engine: &Engine, artefact: &[u8]) -> Option<Component> {
    // SAFETY: wasmtime runs what it is given here, so it must be its own output, unaltered. It is: the file was written
    // by `keep_compiled` of the same engine configuration (its hash is in the name) into a folder that only this user
    // can write, and the caller has checked the SHA-256 that was written with it. Files that users hand in never come
    // here: `audit::require_component` refuses machine code.
    let component = unsafe { Component::deserialize(engine, artefact) };
    component
        .inspect_err(|error| tracing::warn!(%error, "compiled code does not fit this engine; compiling again"))
        .ok()
}

/// SHA-256 of `bytes`, as hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The standard library's hasher may change with its version; names of files must not.
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
