//! Runs cargo: to describe a crate, and to compile its module for `wasm32-unknown-unknown`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::error::BuildError;
use super::step::BuildStep;
use super::toolchain::{TARGET, Toolchain};
use crate::environment::UserEnvironment;

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

/// Environment variables with which a cargo that runs this host, or a linter, would change the strategy's build.
const FOREIGN_VARIABLES: [&str; 8] = [
    "RUSTFLAGS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_LINKER",
    "MAKEFLAGS",
    "MFLAGS",
    "CARGO_MAKEFLAGS",
];
/// Prefixes of cargo's settings that are passed on: its home, and its access to registries.
const KEPT_PREFIXES: [&str; 6] =
    ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_TERM_"];

/// A strategy's crate.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub name: String,
    pub manifest: PathBuf,
    pub dir: PathBuf,
    pub workspace: PathBuf,
    /// The crate's folder and those of all its path dependencies, in order.
    pub folders: Vec<PathBuf>,
    /// The names of the crates in these folders.
    pub crates: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<PackageMetadata>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct PackageMetadata {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    kind: Option<String>,
    path: Option<PathBuf>,
}

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

/// Returns a cargo command without the variables that this process may have inherited from another cargo.
pub(super) fn cargo(dir: &Path, environment: &UserEnvironment) -> Command {
    let mut command = Command::new("cargo");
    for name in environment.names() {
        let text = name.to_string_lossy();
        let foreign = text.starts_with("CARGO") && !KEPT_PREFIXES.iter().any(|kept| text.starts_with(kept));
        if foreign || FOREIGN_VARIABLES.contains(&text.as_ref()) {
            command.env_remove(name);
        }
    }
    command.current_dir(dir).env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command
}

/// Describes the crate in `dir`. Cargo resolves no versions for this, so it needs no network.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's output; [`BuildError::NoCrate`]; [`BuildError::Read`] for a path dependency
/// that does not exist.
pub(super) fn package(dir: &Path, environment: &UserEnvironment) -> Result<Package, BuildError> {
    let metadata = metadata(dir, environment)?;
    let manifest = dir.join("Cargo.toml");
    let own = metadata.packages.iter().find(|package| package.manifest_path == manifest);
    let own = own.ok_or_else(|| BuildError::NoCrate { dir: dir.to_owned() })?;
    let mut folders = BTreeSet::from([dir.to_owned()]);
    let mut crates = vec![own.name.clone()];
    let mut open = path_dependencies(own);
    while let Some(folder) = open.pop() {
        let folder = folder.canonicalize().map_err(|source| BuildError::Read { path: folder, source })?;
        if !folders.insert(folder.clone()) {
            continue;
        }
        let manifest = folder.join("Cargo.toml");
        let elsewhere;
        let known = match metadata.packages.iter().find(|package| package.manifest_path == manifest) {
            Some(known) => Some(known),
            None => {
                elsewhere = self::metadata(&folder, environment)?;
                elsewhere.packages.iter().find(|package| package.manifest_path == manifest)
            }
        };
        crates.extend(known.map(|known| known.name.clone()));
        open.extend(known.into_iter().flat_map(path_dependencies));
    }
    let name = own.name.clone();
    let folders = folders.into_iter().collect();
    Ok(Package { name, manifest, dir: dir.to_owned(), workspace: metadata.workspace_root, folders, crates })
}

fn path_dependencies(package: &PackageMetadata) -> Vec<PathBuf> {
    let built = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    built.filter_map(|dependency| dependency.path.clone()).collect()
}

fn metadata(dir: &Path, environment: &UserEnvironment) -> Result<Metadata, BuildError> {
    let output = cargo(dir, environment)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|source| BuildError::Start { program: "cargo".to_owned(), source })?;
    let failed = |output: String| BuildError::Manifest { dir: dir.to_owned(), output };
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}

/// Removes earlier builds of the crates in `package.folders` from the shared target folder. Cargo identifies such
/// crates by their place within their workspace and by the age of their files. In a target folder that many workspaces
/// share, it would confuse crates of the same name by different authors, or a copy with the original.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's output.
pub(super) fn forget(
    package: &Package,
    toolchain: &Toolchain,
    target: &Path,
    environment: &UserEnvironment,
) -> Result<(), BuildError> {
    let mut command = cargo(&package.dir, environment);
    command.args(["clean", "--release", "--target", TARGET]).arg("--target-dir").arg(target);
    for name in &package.crates {
        command.args(["--package", name]);
    }
    toolchain.set_compiler(&mut command);
    let output = command.output().map_err(|source| BuildError::Start { program: "cargo".to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&output.stderr);
    Err(BuildError::Manifest { dir: package.dir.clone(), output: without_progress(&output) })
}

/// Compiles `package` with `toolchain` in the target folder `target`, and returns the path of its module.
///
/// # Errors
/// [`BuildError::Compile`] with the compiler's output, [`BuildError::NotCdylib`].
pub(super) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    target: &Path,
    environment: &UserEnvironment,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<PathBuf, BuildError> {
    let mut command = cargo(&package.dir, environment);
    command.args(["build", "--lib", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&package.manifest).arg("--target-dir").arg(target);
    for (name, value) in PROFILE {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    toolchain.apply(&mut command);
    if !toolchain.builds_std() {
        // A build of `std` would use the same flags, and be repeated for each author's folders.
        command.env("CARGO_ENCODED_RUSTFLAGS", without_folders(package, environment));
    }
    let not_started = |source| BuildError::Start { program: "cargo".to_owned(), source };
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(not_started)?;
    // Both pipes are read at the same time: cargo would block on a full one.
    let stderr = child.stderr.take();
    let messages = std::thread::spawn(move || {
        let mut messages = Vec::new();
        stderr.map(|mut stderr| stderr.read_to_end(&mut messages));
        String::from_utf8_lossy(&messages).into_owned()
    });
    let module = child.stdout.take().and_then(|stdout| follow(BufReader::new(stdout), package, progress));
    let status = child.wait().map_err(not_started)?;
    let messages = messages.join().unwrap_or_default();
    if !status.success() {
        return Err(BuildError::Compile { dir: package.dir.clone(), output: without_progress(&messages) });
    }
    module.ok_or_else(|| BuildError::NotCdylib { dir: package.dir.clone() })
}

/// Returns compiler flags that replace this machine's folders by short names. Otherwise they would appear in panic
/// messages, and the component's digest would depend on the machine.
fn without_folders(package: &Package, environment: &UserEnvironment) -> String {
    let home = environment.cargo_home();
    let named = |folder: &PathBuf| Some((folder.clone(), folder.file_name()?.to_string_lossy().into_owned()));
    let folders = package.folders.iter().filter_map(named).chain(home.map(|home| (home, "cargo".to_owned())));
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    // Cargo's own separator, so that folders may have spaces in their names.
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Reports each crate that cargo finishes, and returns the module of `package`.
fn follow(messages: impl BufRead, package: &Package, progress: &mut dyn FnMut(BuildStep)) -> Option<PathBuf> {
    let mut module = None;
    for line in messages.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<CargoMessage>(&line) else { continue };
        if message.reason != "compiler-artifact" {
            continue;
        }
        if let (Some(target), false) = (message.target, message.fresh) {
            progress(BuildStep::Compiling(target.name));
        }
        if message.manifest_path.as_ref() == Some(&package.manifest) {
            let is_module = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
            module = message.filenames.into_iter().find(is_module).or(module);
        }
    }
    module
}

/// Returns cargo's messages without its progress lines.
fn without_progress(messages: &str) -> String {
    let progress = ["Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking ", "Adding ", "Blocking "];
    let kept = messages.lines().filter(|line| !progress.iter().any(|start| line.trim_start().starts_with(start)));
    kept.collect::<Vec<_>>().join("\n")
}
