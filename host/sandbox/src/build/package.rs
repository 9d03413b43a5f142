//! Describes a strategy's crate, with all that its build takes in. This runs no code of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::BuildError;
use super::room::Room;

/// A strategy's crate.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub name: String,
    pub manifest: PathBuf,
    pub dir: PathBuf,
    /// The root of its workspace, where its versions are locked.
    pub workspace: PathBuf,
    /// That root, and those of its path dependencies, in order.
    pub workspaces: BTreeSet<PathBuf>,
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

impl Package {
    /// Returns the settings of cargo and rustup that lie with it, and that its author may believe to be read.
    pub fn settings_beside(&self) -> Vec<PathBuf> {
        let folders = BTreeSet::from([&self.dir, &self.workspace]);
        let settings = [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];
        let places = folders.into_iter().flat_map(|folder| settings.map(|name| folder.join(name)));
        places.filter(|file| file.is_file()).collect()
    }
}

/// Describes the crate in `dir`. Cargo resolves no versions for this, so it needs no network.
///
/// # Errors
/// [`BuildError::Manifest`] with cargo's output; [`BuildError::NoCrate`]; [`BuildError::Read`] for a path dependency
/// that does not exist.
pub(super) fn package(dir: &Path, room: &Room) -> Result<Package, BuildError> {
    let metadata = metadata(dir, room)?;
    let manifest = dir.join("Cargo.toml");
    let own = metadata.packages.iter().find(|package| package.manifest_path == manifest);
    let own = own.ok_or_else(|| BuildError::NoCrate { dir: dir.to_owned() })?;
    let mut folders = BTreeSet::from([dir.to_owned()]);
    let mut workspaces = BTreeSet::from([metadata.workspace_root.clone()]);
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
                elsewhere = self::metadata(&folder, room)?;
                workspaces.insert(elsewhere.workspace_root);
                elsewhere.packages.iter().find(|package| package.manifest_path == manifest)
            }
        };
        crates.extend(known.map(|known| known.name.clone()));
        open.extend(known.into_iter().flat_map(path_dependencies));
    }
    let (name, dir) = (own.name.clone(), dir.to_owned());
    let folders = folders.into_iter().collect();
    Ok(Package { name, manifest, dir, workspace: metadata.workspace_root, workspaces, folders, crates })
}

fn path_dependencies(package: &PackageMetadata) -> Vec<PathBuf> {
    let built = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    built.filter_map(|dependency| dependency.path.clone()).collect()
}

fn metadata(dir: &Path, room: &Room) -> Result<Metadata, BuildError> {
    let output = room
        .cargo()
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(dir.join("Cargo.toml"))
        .output()
        .map_err(not_started)?;
    let failed = |output: String| BuildError::Manifest { dir: dir.to_owned(), output };
    if !output.status.success() {
        return Err(failed(without_progress(&String::from_utf8_lossy(&output.stderr))));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}

pub(super) fn not_started(source: std::io::Error) -> BuildError {
    BuildError::Start { program: "cargo".to_owned(), source }
}

/// Returns cargo's messages without its progress lines.
pub(super) fn without_progress(messages: &str) -> String {
    let progress = ["Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking ", "Adding ", "Blocking "];
    let kept = messages.lines().filter(|line| !progress.iter().any(|start| line.trim_start().starts_with(start)));
    kept.collect::<Vec<_>>().join("\n")
}
