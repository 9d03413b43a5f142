//! The description of a component for people and scripts, as `host inspect` shows it.

use std::path::Path;

use host_core::Manifest;
use serde::Serialize;

use crate::component::Sandbox;
use crate::error::LoadError;

/// The description of a component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// The file, as the caller named it.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    pub size_bytes: u64,
    pub manifest: Manifest,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// True if a newer version can take over its state.
    pub has_state: bool,
    /// True if it draws lines over the price of a market.
    pub has_chart: bool,
    /// True if its native code was in the compile cache.
    pub cached: bool,
}

impl Sandbox {
    /// Describes the component in the file `path`. Only its `describe` function is run.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn inspect(&self, path: &Path) -> Result<Inspection, LoadError> {
        let component = self.load(path)?;
        let (has_state, has_chart) = (component.has_state(), component.has_chart());
        Ok(Inspection {
            file: component.name,
            digest: component.digest,
            size_bytes: component.size_bytes,
            manifest: component.manifest,
            imports: component.imports,
            exports: component.exports,
            has_state,
            has_chart,
            cached: component.from_cache,
        })
    }
}
