//! Builds a strategy's crate into a component.
//!
//! rustc compiles a core module for `wasm32-unknown-unknown`, which imports nothing but the contract, and
//! `wit-component` turns it into a component. The same content is built only once. Nothing is written into the
//! strategy's folder except by cargo itself (`Cargo.lock`).
//!
//! To build is to run code: build scripts and macros, of the crate and of all that it depends on. So only a
//! [`TrustedFolder`] is built. What it depends on is fetched first, which runs nothing; the code then runs without the
//! network, without the user's variables and, where bubblewrap works, without their files.
//!
//! Not even what the cache holds is looked up for a folder that is not trusted: to know which build is its own, cargo
//! would have to read it. A component of the cache counts only if this user's host has put it there
//! (a digest among the cache's measurements proves it), and the trust policy judges its bytes anew before each start.

mod cargo;
mod confinement;
mod debian;
mod error;
mod fingerprint;
mod lock;
mod metadata;
mod package;
mod process;
mod room;
mod step;
mod toolchain;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use host_system::files;
use wit_component::ComponentEncoder;

use crate::audit;
use crate::cache::{Cache, digest};
use crate::environment::UserEnvironment;
use crate::tree::Tree;
use crate::trust::TrustedFolder;
use confinement::Confinement;
pub use error::BuildError;
use package::Package;
use process::Watch;
use room::Room;
pub use step::BuildStep;
use toolchain::Toolchain;
pub use toolchain::{ToolchainChoice, ready_toolchain};

/// The options of a build.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// The WASM toolchain to use; by default the first that works.
    pub toolchain: ToolchainChoice,
    /// Builds even if the cache has this content.
    pub force: bool,
    /// Longest time for fetching and compiling together.
    pub time_limit: Duration,
    /// Ends the build once it is true.
    pub stop: Arc<AtomicBool>,
}

impl BuildOptions {
    /// The time that a build has by default: ten times what a slow machine needs for the first one.
    pub const TIME_LIMIT: Duration = Duration::from_secs(30 * 60);
}

impl Default for BuildOptions {
    fn default() -> BuildOptions {
        BuildOptions {
            toolchain: ToolchainChoice::default(),
            force: false,
            time_limit: BuildOptions::TIME_LIMIT,
            stop: Arc::default(),
        }
    }
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

/// Builds the strategy crate in `folder` into a component in `cache`, reporting each step to `progress`.
///
/// # Errors
/// A [`BuildError`]; the compiler's own messages are in [`BuildError::Compile`].
pub fn build(
    folder: &TrustedFolder,
    options: &BuildOptions,
    environment: &UserEnvironment,
    cache: &Cache,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<Built, BuildError> {
    let dir = folder.path();
    if !dir.join("Cargo.toml").is_file() {
        return Err(BuildError::NoCrate { dir: dir.to_owned() });
    }
    let cache_failed = |source| BuildError::Cache { root: cache.root().to_owned(), source };
    let _lock = lock::hold(cache, progress).map_err(cache_failed)?;
    let toolchain = toolchain::choose(options.toolchain, cache, progress)?;
    let room = Room::new(&toolchain, environment, cache).map_err(cache_failed)?;
    let package = package::package(dir, &room)?;
    let confinement = Confinement::find(environment);
    require_own(folder, &package, confinement.is_ok())?;
    let strategies = cache.folder("strategies").map_err(cache_failed)?;
    let sources = fingerprint::of_sources(&package, &toolchain, &room.cargo_home)?;
    let kept_as = || {
        let key = fingerprint::with_versions(&sources, &package)?;
        Ok(strategies.join(format!("{}-{key}.wasm", package.name)))
    };
    let path = kept_as()?;
    if let (false, Some(size_bytes)) = (options.force, kept_size(cache, &path)) {
        return Ok(Built { path, size_bytes, from_cache: true, toolchain: toolchain.name });
    }
    let target = cache.folder(&format!("target/{}", toolchain.id)).map_err(cache_failed)?;
    let target = target.canonicalize().map_err(cache_failed)?;
    let module = compile(folder, options, &package, (&toolchain, &room), &target, confinement, progress)?;
    progress(BuildStep::Encoding);
    let module = std::fs::read(&module).map_err(|source| BuildError::Read { path: module, source })?;
    let component = encode(&module).map_err(|reason| BuildError::Encode { dir: dir.to_owned(), reason })?;
    // The build may have written Cargo.lock, which is part of the next build's key. The sources are hashed only once,
    // before the build: a change made meanwhile must not get the name of what was compiled.
    let path = kept_as()?;
    files::replace(&path, &[&component]).map_err(cache_failed)?;
    cache.keep_measurement(&digest_key(&path), digest(&component).as_bytes());
    Ok(Built { path, size_bytes: component.len() as u64, from_cache: false, toolchain: toolchain.name })
}

/// Checks that nobody else can change what the build of `folder` takes in: its crate names other folders, and stands in
/// a workspace.
fn require_own(folder: &TrustedFolder, package: &Package, is_confined: bool) -> Result<(), BuildError> {
    let refused = |fault| BuildError::NotOwn { dir: package.dir.clone(), fault };
    let require = |taken_in: &PathBuf| folder.require_own(taken_in).map_err(refused);
    package.folders.iter().try_for_each(require)?;
    if !is_confined {
        // What is left out of a folder is then hidden from nobody, and code can include it.
        package.folders.iter().flat_map(|taken_in| Tree::left_out(taken_in)).try_for_each(|left| require(&left))?;
    }
    let leads = package.workspaces.iter().flat_map(|root| ["Cargo.toml", "Cargo.lock"].map(|name| root.join(name)));
    let leads = leads.chain(package.manifests.iter().cloned());
    leads.into_iter().try_for_each(|file| folder.require_own_file(&file)).map_err(refused)
}

/// Fetches what `package` depends on, and compiles it in the folder `target`. Returns the module's path.
fn compile(
    folder: &TrustedFolder,
    options: &BuildOptions,
    package: &Package,
    (toolchain, room): (&Toolchain, &Room),
    target: &Path,
    confinement: Result<Confinement, String>,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<PathBuf, BuildError> {
    let watch = Watch::new(options.time_limit, &options.stop);
    // Of the host's own code there is nothing to tell.
    let mut tell = |step| {
        if !folder.is_hosts_own() {
            progress(step)
        }
    };
    package.settings_beside().into_iter().map(BuildStep::NotRead).for_each(&mut tell);
    let confinement = confinement.map_err(|reason| tell(BuildStep::Unconfined(reason))).ok();
    progress(BuildStep::FetchingCrates);
    cargo::fetch(package, toolchain, room, watch)?;
    cargo::forget(package, toolchain, target, room)?;
    cargo::compile(package, toolchain, target, (room, confinement.as_ref()), watch, progress)
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
