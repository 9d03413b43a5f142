//! The crates of a workspace as cargo describes them without resolving versions: no network is needed, and no code
//! runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::{BuildError, not_started, without_progress};
use super::room::Room;

/// The kinds of targets that no build of a strategy compiles.
const NOT_BUILT: [&str; 4] = ["bin", "example", "test", "bench"];

/// A workspace: that of a crate, or the crate alone.
#[derive(Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Crate>,
    pub workspace_root: PathBuf,
}

/// A crate, as its manifest describes it.
#[derive(Clone, Deserialize)]
pub(super) struct Crate {
    pub name: String,
    pub manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Clone, Deserialize)]
struct Dependency {
    kind: Option<String>,
    path: Option<PathBuf>,
}

#[derive(Clone, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Metadata {
    /// Describes the workspace of the crate in `dir`.
    ///
    /// # Errors
    /// [`BuildError::Manifest`] with cargo's output.
    fn of(dir: &Path, room: &Room) -> Result<Metadata, BuildError> {
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
}

impl Crate {
    /// Returns the folders of its path dependencies; those of its tests are among them if `with_tests`.
    fn dependencies(&self, with_tests: bool) -> impl Iterator<Item = PathBuf> {
        let wanted = move |dependency: &&Dependency| with_tests || dependency.kind.as_deref() != Some("dev");
        self.dependencies.iter().filter(wanted).filter_map(|dependency| dependency.path.clone())
    }

    /// Returns the first files of what a build compiles: its library and its build script.
    pub fn built(&self) -> impl Iterator<Item = &PathBuf> {
        let is_built = |target: &&Target| !target.kind.iter().any(|kind| NOT_BUILT.contains(&kind.as_str()));
        self.targets.iter().filter(is_built).map(|target| &target.src_path)
    }

    /// Returns the first files of all its targets.
    pub fn sources(&self) -> impl Iterator<Item = &PathBuf> {
        self.targets.iter().map(|target| &target.src_path)
    }
}

/// The crates that have been described so far.
pub(super) struct Crates<'a> {
    room: &'a Room,
    by_folder: BTreeMap<PathBuf, Crate>,
    /// The roots of their workspaces.
    pub workspaces: BTreeSet<PathBuf>,
}

impl<'a> Crates<'a> {
    pub fn new(room: &'a Room) -> Crates<'a> {
        Crates { room, by_folder: BTreeMap::new(), workspaces: BTreeSet::new() }
    }

    pub fn get(&self, folder: &Path) -> Option<&Crate> {
        self.by_folder.get(folder)
    }

    /// Describes the crate in `folder` with its workspace. Returns the workspace's root, and its members' folders.
    ///
    /// # Errors
    /// [`BuildError::Manifest`] with cargo's output.
    pub fn describe(&mut self, folder: &Path) -> Result<(PathBuf, BTreeSet<PathBuf>), BuildError> {
        let Metadata { packages, workspace_root } = Metadata::of(folder, self.room)?;
        let mut members = BTreeSet::new();
        for package in packages {
            let place = canonical(package.manifest_path.parent().unwrap_or(folder).to_owned())?;
            members.insert(place.clone());
            self.by_folder.insert(place, package);
        }
        self.workspaces.insert(workspace_root.clone());
        Ok((workspace_root, members))
    }

    /// Returns the folders `open` and those of all path dependencies of theirs; what tests depend on counts for the
    /// crates in `tested`.
    ///
    /// # Errors
    /// [`BuildError::Manifest`] with cargo's output; [`BuildError::Read`] for a folder that does not exist.
    pub fn reached(
        &mut self,
        mut open: Vec<PathBuf>,
        tested: &BTreeSet<PathBuf>,
    ) -> Result<BTreeSet<PathBuf>, BuildError> {
        let mut reached = BTreeSet::new();
        while let Some(folder) = open.pop() {
            let folder = canonical(folder)?;
            if !reached.insert(folder.clone()) {
                continue;
            }
            if !self.by_folder.contains_key(&folder) {
                self.describe(&folder)?;
            }
            open.extend(self.get(&folder).into_iter().flat_map(|found| found.dependencies(tested.contains(&folder))));
        }
        Ok(reached)
    }
}

fn canonical(folder: PathBuf) -> Result<PathBuf, BuildError> {
    folder.canonicalize().map_err(|source| BuildError::Read { path: folder, source })
}
