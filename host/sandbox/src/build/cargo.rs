//! Calls cargo: what the crate is, and its module for `wasm32-unknown-unknown`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::toolchain::Toolchain;
use super::{BuildError, Progress};

pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// How every strategy is built, whatever its workspace's profile says: for speed, ending in a trap on panic, with
/// function names (a seventh of the size) so that a fault can say where it happened.
const PROFILE: [(&str, &str); 6] = [
    ("OPT_LEVEL", "3"),
    ("LTO", "fat"),
    ("CODEGEN_UNITS", "1"),
    ("PANIC", "abort"),
    ("DEBUG", "false"),
    ("STRIP", "debuginfo"),
];
/// The same as text, for the fingerprint.
pub(super) const SETTINGS: &str = "opt 3, fat lto, 1 unit, panic abort, names kept, folders named";

/// Environment variables by which the cargo that runs this host, or a linter, would reach into the strategy's build.
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
/// Cargo's own settings that have to stay: where it lives and how it reaches its registries.
const KEPT_PREFIXES: [&str; 6] =
    ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_TERM_"];

/// A strategy's crate.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub name: String,
    pub manifest: PathBuf,
    pub dir: PathBuf,
    pub workspace: PathBuf,
    /// Its folder and those of all path dependencies, in order.
    pub folders: Vec<PathBuf>,
    /// The names of the crates in them.
    pub crates: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
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
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<MessageTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
}

/// Cargo, free of what this process inherited from the cargo that may have started it.
pub(super) fn cargo(dir: &Path) -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let foreign = text.starts_with("CARGO") && !KEPT_PREFIXES.iter().any(|kept| text.starts_with(kept));
        if foreign || FOREIGN_VARIABLES.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    command.current_dir(dir).env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command
}

/// What is in `dir`: asks cargo without resolving versions, so it needs no network.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's words.
pub(super) fn package(dir: &Path) -> Result<Package, BuildError> {
    let metadata = metadata(dir)?;
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
                elsewhere = self::metadata(&folder)?;
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

fn path_dependencies(package: &MetadataPackage) -> Vec<PathBuf> {
    let built = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    built.filter_map(|dependency| dependency.path.clone()).collect()
}

fn metadata(dir: &Path) -> Result<Metadata, BuildError> {
    let output = cargo(dir)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|source| BuildError::Start { program: "cargo".to_owned(), source })?;
    let failed = |output: String| BuildError::Manifest { dir: dir.to_owned(), output };
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}

/// Makes cargo forget what it built of the crates in folders. It tells them apart by their place within their workspace
/// and by the age of their files: in a target folder that many workspaces share, it would take one author's crate for
/// another's of the same name, or a copy's for the original's.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's words.
pub(super) fn forget(package: &Package, toolchain: &Toolchain, target: &Path) -> Result<(), BuildError> {
    let mut command = cargo(&package.dir);
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
    Err(BuildError::Manifest { dir: package.dir.clone(), output: relevant(&output) })
}

/// Compiles `package` with `toolchain` in the target folder `target`; returns the path of its module.
///
/// # Errors
/// [`BuildError::Compile`] with the compiler's words, [`BuildError::NotCdylib`].
pub(super) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    target: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, BuildError> {
    let mut command = cargo(&package.dir);
    command.args(["build", "--lib", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&package.manifest).arg("--target-dir").arg(target);
    for (name, value) in PROFILE {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    toolchain.apply(&mut command);
    if !toolchain.builds_std() {
        // Not where `std` is built with the same flags: it would be built again for each author's folders.
        command.env("CARGO_ENCODED_RUSTFLAGS", without_folders(package));
    }
    let not_started = |source| BuildError::Start { program: "cargo".to_owned(), source };
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(not_started)?;
    // Both pipes are read at once: a full one would stop cargo.
    let stderr = child.stderr.take();
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    });
    let module = child.stdout.take().and_then(|stdout| follow(BufReader::new(stdout), package, progress));
    let status = child.wait().map_err(not_started)?;
    let said = said.join().unwrap_or_default();
    if !status.success() {
        return Err(BuildError::Compile { dir: package.dir.clone(), output: relevant(&said) });
    }
    module.ok_or_else(|| BuildError::NotCdylib { dir: package.dir.clone() })
}

/// Flags that put names for the folders of this machine, which would show in panic messages and change the digest.
fn without_folders(package: &Package) -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let named = |folder: &PathBuf| Some((folder.clone(), folder.file_name()?.to_string_lossy().into_owned()));
    let folders = package.folders.iter().filter_map(named).chain(home.map(|home| (home, "cargo".to_owned())));
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    // Cargo's own separator, so that folders may have spaces in their names.
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Reports each crate that cargo finishes; returns the module of `package`.
fn follow(messages: impl BufRead, package: &Package, progress: &mut dyn FnMut(Progress)) -> Option<PathBuf> {
    let mut module = None;
    for line in messages.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
        if message.reason != "compiler-artifact" {
            continue;
        }
        if let (Some(target), false) = (message.target, message.fresh) {
            progress(Progress::Compiling(target.name));
        }
        if message.manifest_path.as_ref() == Some(&package.manifest) {
            let is_module = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
            module = message.filenames.into_iter().find(is_module).or(module);
        }
    }
    module
}

/// Cargo's words without its running commentary.
fn relevant(said: &str) -> String {
    let commentary = ["Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking ", "Adding ", "Blocking "];
    let kept = said.lines().filter(|line| !commentary.iter().any(|word| line.trim_start().starts_with(word)));
    kept.collect::<Vec<_>>().join("\n")
}
