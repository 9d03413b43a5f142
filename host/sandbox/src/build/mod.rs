//! Builds a strategy's crate into a component.
//!
//! rustc compiles a core module for `wasm32-unknown-unknown`, which imports nothing but the contract, and
//! `wit-component` turns it into a component. The same content is built only once. Nothing is written into the
//! strategy's folder except by cargo itself (`Cargo.lock`).

mod cargo;
mod debian;
mod error;
mod fingerprint;
mod lock;
mod process;
mod step;
mod toolchain;

use std::path::{Path, PathBuf};

use host_system::files;
use wit_component::ComponentEncoder;

use crate::audit;
use crate::cache::{Cache, digest};
use crate::environment::UserEnvironment;
pub use error::BuildError;
pub use step::BuildStep;
pub use toolchain::ToolchainChoice;

/// The options of a build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The WASM toolchain to use; by default the first that works.
    pub toolchain: ToolchainChoice,
    /// Builds even if the cache has this content.
    pub force: bool,
}

/// A built strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component, in the cache.
    pub path: PathBuf,
    pub size_bytes: u64,
    /// True if an earlier build had made it.
    pub from_cache: bool,
    /// Name of the toolchain, for people.
    pub toolchain: String,
}

/// Builds the strategy crate in `dir` into a component in `cache`, reporting each step to `progress`.
///
/// # Errors
/// A [`BuildError`]; the compiler's own messages are in [`BuildError::Compile`].
pub fn build(
    dir: &Path,
    options: &BuildOptions,
    environment: &UserEnvironment,
    cache: &Cache,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<Built, BuildError> {
    if !dir.join("Cargo.toml").is_file() {
        return Err(BuildError::NoCrate { dir: dir.to_owned() });
    }
    let dir = dir.canonicalize().map_err(|source| BuildError::Read { path: dir.to_owned(), source })?;
    let cache_failed = |source| BuildError::Cache { root: cache.root().to_owned(), source };
    let _lock = lock::hold(cache, progress).map_err(cache_failed)?;
    let toolchain = toolchain::choose(options.toolchain, &dir, cache, progress)?;
    let package = cargo::package(&dir, environment)?;
    let strategies = cache.folder("strategies").map_err(cache_failed)?;
    let sources = fingerprint::of_sources(&package, &toolchain)?;
    let kept_as = || {
        let key = fingerprint::with_versions(&sources, &package)?;
        Ok(strategies.join(format!("{}-{key}.wasm", package.name)))
    };
    let path = kept_as()?;
    if let (false, Some(size_bytes)) = (options.force, kept_size(cache, &path)) {
        return Ok(Built { path, size_bytes, from_cache: true, toolchain: toolchain.name });
    }
    let target = cache.folder("target").map_err(cache_failed)?.join(&toolchain.id);
    cargo::forget(&package, &toolchain, &target, environment)?;
    let module = cargo::compile(&package, &toolchain, &target, environment, progress)?;
    progress(BuildStep::Encoding);
    let module = std::fs::read(&module).map_err(|source| BuildError::Read { path: module, source })?;
    let component = encode(&module).map_err(|reason| BuildError::Encode { dir, reason })?;
    // The build may have written Cargo.lock, which is part of the next build's key. The sources are hashed only once,
    // before the build: a change made meanwhile must not get the name of what was compiled.
    let path = kept_as()?;
    files::replace(&path, &[&component]).map_err(cache_failed)?;
    cache.keep_measurement(&digest_key(&path), digest(&component).as_bytes());
    Ok(Built { path, size_bytes: component.len() as u64, from_cache: false, toolchain: toolchain.name })
}

/// Returns the size of the component that a former build left at `path`, or `None` if it did not, or not this one: what
/// else lies there was not made from these sources.
fn kept_size(cache: &Cache, path: &Path) -> Option<u64> {
    let built = cache.kept_measurement(&digest_key(path))?;
    let component = std::fs::read(path).ok()?;
    (digest(&component).as_bytes() == built).then_some(component.len() as u64)
}

fn digest_key(path: &Path) -> String {
    format!("built {}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Turns a core module that carries the contract's types into a component, and checks that it is a strategy.
fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))?;
    let surface = audit::surface(&component);
    let checked = surface.and_then(|surface| audit::require_contract(&surface));
    checked.map_err(|refusal| refusal.of("the component").to_string())?;
    Ok(component)
}
