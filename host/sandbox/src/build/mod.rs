//! From a strategy's crate folder to a component: `build`.
//!
//! rustc makes a core module for `wasm32-unknown-unknown`, which imports nothing but the contract; `wit-component` turns it
//! into a component. A strategy is built once for each content; nothing is ever written into its folder but by cargo itself
//! (its `Cargo.lock`).

mod cargo;
mod debian;
mod fingerprint;
mod lock;
mod toolchain;

use std::fmt;
use std::path::{Path, PathBuf};

use host_system::files;
use wit_component::ComponentEncoder;

use crate::audit;
use crate::cache::Cache;
pub use toolchain::ToolchainChoice;

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Which WASM toolchain; by default the first that works.
    pub toolchain: ToolchainChoice,
    /// Build even if the cache has this content.
    pub force: bool,
}

/// A built strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component, in the cache.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Whether it had been built before.
    pub from_cache: bool,
    /// What built it, for people.
    pub toolchain: String,
}

/// What `build` is at; its `Display` is one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another build holds the cache.
    Waiting,
    /// `rustup target add`.
    AddingTarget,
    /// Reading Debian's package lists.
    ReadingPackageLists,
    /// Fetching and unpacking Debian's WASM toolchain, once.
    FetchingToolchain {
        /// About how much, in MB.
        megabytes: u64,
    },
    /// Compiling the crate named.
    Compiling(String),
    /// Turning the module into a component.
    Encoding,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Waiting => f.write_str("waiting for another build"),
            Progress::AddingTarget => f.write_str("adding rustup's target wasm32-unknown-unknown"),
            Progress::ReadingPackageLists => f.write_str("reading Debian's package lists"),
            Progress::FetchingToolchain { megabytes } => {
                write!(f, "fetching the WASM toolchain ({megabytes} MB, once)")
            }
            Progress::Compiling(name) => write!(f, "building {name}"),
            Progress::Encoding => f.write_str("making the component"),
        }
    }
}

/// Why a strategy could not be built.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BuildError {
    #[error("{} is no strategy crate: it has no Cargo.toml", dir.display())]
    NoCrate { dir: PathBuf },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the cache folder {} cannot be used: {source}; set {} to another one", root.display(), crate::CACHE_VARIABLE)]
    Cache { root: PathBuf, source: std::io::Error },
    #[error("`{program}` could not be started: {source}; install Rust from rustup.rs")]
    Start { program: String, source: std::io::Error },
    #[error("cargo cannot read {}:\n{output}", dir.display())]
    Manifest { dir: PathBuf, output: String },
    #[error("{} does not compile:\n{output}", dir.display())]
    Compile { dir: PathBuf, output: String },
    #[error("{} makes no WebAssembly module: its Cargo.toml needs `[lib] crate-type = [\"cdylib\", \"rlib\"]`", dir.display())]
    NotCdylib { dir: PathBuf },
    #[error("{} makes no strategy: {reason}", dir.display())]
    Encode { dir: PathBuf, reason: String },
    #[error("no toolchain for WebAssembly was found. Tried: {}", tried.join("; "))]
    NoToolchain { tried: Vec<String> },
}

/// Builds the strategy crate in `dir` into a component in `cache`, telling `progress` what it is at.
///
/// # Errors
/// A [`BuildError`]; the compiler's own messages are in [`BuildError::Compile`].
pub fn build(
    dir: &Path,
    options: &BuildOptions,
    cache: &Cache,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, BuildError> {
    if !dir.join("Cargo.toml").is_file() {
        return Err(BuildError::NoCrate { dir: dir.to_owned() });
    }
    let dir = dir.canonicalize().map_err(|source| BuildError::Read { path: dir.to_owned(), source })?;
    let cache_failed = |source| BuildError::Cache { root: cache.root().to_owned(), source };
    let _lock = lock::hold(cache, progress).map_err(cache_failed)?;
    let toolchain = toolchain::choose(options.toolchain, &dir, cache, progress)?;
    let package = cargo::package(&dir)?;
    let strategies = cache.folder("strategies").map_err(cache_failed)?;
    let sources = fingerprint::of_sources(&package, &toolchain)?;
    let kept_as = || {
        let key = fingerprint::with_versions(&sources, &package)?;
        Ok(strategies.join(format!("{}-{key}.wasm", package.name)))
    };
    let path = kept_as()?;
    if let (false, Ok(metadata)) = (options.force, path.metadata()) {
        return Ok(Built { path, size_bytes: metadata.len(), from_cache: true, toolchain: toolchain.name });
    }
    let target = cache.folder("target").map_err(cache_failed)?.join(&toolchain.id);
    cargo::forget(&package, &toolchain, &target)?;
    let module = cargo::compile(&package, &toolchain, &target, progress)?;
    progress(Progress::Encoding);
    let module = std::fs::read(&module).map_err(|source| BuildError::Read { path: module, source })?;
    let component = encode(&module).map_err(|reason| BuildError::Encode { dir, reason })?;
    // The build may have written Cargo.lock, which the next one will look for; the sources are those of before.
    let path = kept_as()?;
    files::replace(&path, &[&component]).map_err(cache_failed)?;
    Ok(Built { path, size_bytes: component.len() as u64, from_cache: false, toolchain: toolchain.name })
}

/// Turns a core module that carries the contract's types into a component, which must be a strategy.
fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))?;
    let surface = audit::surface("the component", &component).map_err(|error| error.to_string())?;
    audit::require_contract("the component", &surface).map_err(|error| error.to_string())?;
    Ok(component)
}
