//! Runs cargo: to fetch what a crate depends on, and to compile its module for `wasm32-unknown-unknown`.

use std::path::{Path, PathBuf};

use host_system::capped;
use host_system::guard::guarded;
use serde::Deserialize;

use super::confinement::Confinement;
use super::error::BuildError;
use super::error::{not_started, without_progress};
use super::package::Package;
use super::process::{Ended, Watch, watched};
use super::room::Room;
use super::step::BuildStep;
use super::toolchain::{TARGET, Toolchain};

/// The release profile of every strategy, which overrides that of its workspace: optimised for speed, and with a trap
/// on panic. Function names, a seventh of the size, are kept so that a fault can tell where it happened.
const PROFILE: [(&str, &str); 6] = [
    ("OPT_LEVEL", "3"),
    ("LTO", "fat"),
    ("CODEGEN_UNITS", "1"),
    ("PANIC", "abort"),
    ("DEBUG", "false"),
    ("STRIP", "debuginfo"),
];
/// The profile and the compiler flags as text, for the fingerprint.
pub(super) const SETTINGS: &str = "opt 3, fat lto, 1 unit, panic abort, names kept, folders named";

#[derive(Deserialize)]
struct CargoMessage {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<ArtifactTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    name: String,
}

/// The part of a `Cargo.lock` that is read.
#[derive(Deserialize)]
struct CargoLock {
    #[serde(default, rename = "package")]
    packages: Vec<LockedCrate>,
}

#[derive(Deserialize)]
struct LockedCrate {
    name: String,
}

/// Removes earlier builds of the crates in `package.folders` from the shared target folder. Cargo identifies such
/// crates by their place within their workspace and by the age of their files. In a target folder that many workspaces
/// share, it would confuse crates of the same name by different authors, or a copy with the original.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's output.
pub(super) fn forget(package: &Package, toolchain: &Toolchain, target: &Path, room: &Room) -> Result<(), BuildError> {
    let mut command = room.cargo();
    command.args(["clean", "--offline", "--release", "--target", TARGET]).arg("--target-dir").arg(target);
    command.arg("--manifest-path").arg(&package.manifest);
    for name in in_lock(package) {
        command.args(["--package", name]);
    }
    toolchain.set_compiler(&mut command);
    let output = command.output().map_err(not_started)?;
    if output.status.success() {
        return Ok(());
    }
    Err(BuildError::Manifest {
        dir: package.dir.clone(),
        output: without_progress(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// Returns the crates of `package` that are used: cargo knows no others, such as those of a `[patch]` for nothing.
fn in_lock(package: &Package) -> impl Iterator<Item = &String> {
    let lock = capped::read_to_string(&package.workspace.join("Cargo.lock"), capped::RESULTS).ok();
    let lock = lock.and_then(|text| guarded("the lock", || toml::from_str::<CargoLock>(&text)).ok()?.ok());
    let is_used =
        move |name: &&String| lock.as_ref().is_none_or(|lock| lock.packages.iter().any(|locked| locked.name == **name));
    package.crates.iter().filter(is_used)
}

/// Fetches what `package` depends on, and writes or trims its `Cargo.lock`. No code of a crate runs for this.
///
/// # Errors
/// [`BuildError::Fetch`] with cargo's output; the fetch takes too long or is stopped.
pub(super) fn fetch(package: &Package, toolchain: &Toolchain, room: &Room, watch: Watch<'_>) -> Result<(), BuildError> {
    let mut command = room.cargo_with_network();
    command.arg("fetch").arg("--manifest-path").arg(&package.manifest);
    // Build scripts and macros run on this machine, and what they depend on is for it.
    for target in [TARGET].into_iter().chain(toolchain.host()) {
        command.args(["--target", target]);
    }
    toolchain.apply(&mut command);
    match watched(&mut command, watch, &mut |_| {}).map_err(not_started)? {
        Ended::Exited(status, _) if status.success() => Ok(()),
        Ended::Exited(_, messages) => {
            Err(BuildError::Fetch { dir: package.dir.clone(), output: without_progress(&messages) })
        }
        ended => Err(cut_short(package, &ended)),
    }
}

/// Compiles `package` with `toolchain` in the target folder `target`, without the network, and returns the path of its
/// module. This runs code of the crate and of all that it depends on, within `confinement` if there is one.
///
/// # Errors
/// [`BuildError::Compile`] with the compiler's output, [`BuildError::NotCdylib`]; it takes too long or is stopped.
pub(super) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    target: &Path,
    (room, confinement): (&Room, Option<&Confinement>),
    watch: Watch<'_>,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<PathBuf, BuildError> {
    let mut command = room.cargo();
    command.args(["build", "--lib", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    command.args(["--offline", "--locked", "--manifest-path"]).arg(&package.manifest).arg("--target-dir").arg(target);
    for (name, value) in PROFILE {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    toolchain.apply(&mut command);
    if !toolchain.builds_std() {
        // A build of `std` would use the same flags, and be repeated for each author's folders.
        command.env("CARGO_ENCODED_RUSTFLAGS", without_folders(package, room));
    }
    if let Some(confinement) = confinement {
        command = confinement.confine(&command, package, toolchain, room, target);
    }
    let mut module = None;
    let mut follow = |line: &str| follow(line, package, target, &mut module, progress);
    match watched(&mut command, watch, &mut follow).map_err(not_started)? {
        Ended::Exited(status, _) if status.success() => {
            module.ok_or_else(|| BuildError::NotCdylib { dir: package.dir.clone() })
        }
        Ended::Exited(_, messages) => {
            Err(BuildError::Compile { dir: package.dir.clone(), output: without_progress(&messages) })
        }
        ended => Err(cut_short(package, &ended)),
    }
}

fn cut_short(package: &Package, ended: &Ended) -> BuildError {
    match ended {
        Ended::Late => BuildError::Late { dir: package.dir.clone() },
        Ended::Stopped | Ended::Exited(..) => BuildError::Stopped { dir: package.dir.clone() },
    }
}

/// Returns compiler flags that replace this machine's folders by short names. Otherwise they would appear in panic
/// messages, and the component's digest would depend on the machine.
fn without_folders(package: &Package, room: &Room) -> String {
    let named = |folder: &PathBuf| Some((folder.clone(), folder.file_name()?.to_string_lossy().into_owned()));
    let home = (room.cargo_home.clone(), "cargo".to_owned());
    let folders = package.folders.iter().filter_map(named).chain([home]);
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    // Cargo's own separator, so that folders may have spaces in their names.
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Reports each crate that cargo finishes, and notes the module of `package`. A macro can write such lines too, so only
/// files in `target` count, where the crate's code could write anyway.
fn follow(
    line: &str,
    package: &Package,
    target: &Path,
    module: &mut Option<PathBuf>,
    progress: &mut dyn FnMut(BuildStep),
) {
    let Ok(message) = serde_json::from_str::<CargoMessage>(line) else { return };
    if message.reason != "compiler-artifact" {
        return;
    }
    if let (Some(target), false) = (message.target, message.fresh) {
        progress(BuildStep::Compiling(target.name));
    }
    if message.manifest_path.as_ref() == Some(&package.manifest) {
        let is_module = |path: &PathBuf| {
            path.extension().is_some_and(|ending| ending == "wasm")
                && path.canonicalize().is_ok_and(|path| path.starts_with(target))
        };
        *module = message.filenames.into_iter().find(is_module).or(module.take());
    }
}
