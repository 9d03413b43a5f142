//! What a component is, for people and scripts: `host inspect`.

use std::path::Path;

use host_core::Manifest;
use serde::Serialize;

use crate::component::Sandbox;
use crate::error::LoadError;

/// A component, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Its file, as named.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// What it says of itself, its parameters included.
    pub manifest: Manifest,
    /// What it imports: the contract's log and types, or nothing.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Whether a newer version can take over its state.
    pub has_state: bool,
    /// Whether its native code was in the compile cache.
    pub cached: bool,
}

impl Sandbox {
    /// Describes the component in the file `path`; of its code, only `describe` is run.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn inspect(&self, path: &Path) -> Result<Inspection, LoadError> {
        let component = self.load(path)?;
        let has_state = component.has_state();
        Ok(Inspection {
            file: component.name,
            digest: component.digest,
            size_bytes: component.size_bytes,
            manifest: component.manifest,
            imports: component.imports,
            exports: component.exports,
            has_state,
            cached: component.from_cache,
        })
    }
}
