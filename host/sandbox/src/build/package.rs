//! Describes a strategy's crate, with all that its build takes in. This runs no code of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use host_system::capped;
use host_system::guard::guarded;
use toml::{Table, Value};

use super::error::BuildError;
use super::metadata::{Crate, Crates};
use super::room::Room;
use crate::tree::Tree;

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
    /// The folders of all crates that are compiled: its own, those of its path dependencies, and those that its
    /// workspace puts in place of others (`[patch]`). In order, so that a folder stands before those within it.
    pub folders: Vec<PathBuf>,
    /// The names of the crates in these folders.
    pub crates: Vec<String>,
    /// The manifests of crates that are not compiled, and that cargo reads all the same to lock the versions: other
    /// members of the workspace, and what only tests depend on.
    pub manifests: BTreeSet<PathBuf>,
    /// Sources that cargo only looks for, without reading them: those of these crates, and tests that lie elsewhere.
    pub unread: BTreeSet<PathBuf>,
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
/// that does not exist; [`BuildError::Elsewhere`].
pub(super) fn package(dir: &Path, room: &Room) -> Result<Package, BuildError> {
    let mut crates = Crates::new(room);
    let (workspace, members) = crates.describe(dir)?;
    let own = crates.get(dir).ok_or_else(|| BuildError::NoCrate { dir: dir.to_owned() })?;
    let (name, manifest) = (own.name.clone(), dir.join("Cargo.toml"));
    let compiled = [dir.to_owned()].into_iter().chain(patches(&workspace)?).collect();
    let compiled = crates.reached(compiled, &BTreeSet::new())?;
    let mut read = crates.reached(members.iter().chain(&compiled).cloned().collect(), &members)?;
    // The root of a workspace may be a crate as well.
    read.extend(crates.workspaces.iter().cloned());
    let described = |folders: &BTreeSet<PathBuf>| -> Vec<Crate> {
        folders.iter().filter_map(|folder| crates.get(folder).cloned()).collect()
    };
    let of_compiled = described(&compiled);
    of_compiled.iter().try_for_each(|one| require_counted(one, &compiled))?;
    let of_read = described(&read);
    let is_elsewhere = |path: &&PathBuf| !compiled.iter().any(|folder| path.starts_with(folder));
    Ok(Package {
        name,
        manifest,
        dir: dir.to_owned(),
        workspace,
        manifests: of_read.iter().map(|one| &one.manifest_path).filter(is_elsewhere).cloned().collect(),
        unread: of_read.iter().flat_map(Crate::sources).filter(is_elsewhere).cloned().collect(),
        workspaces: crates.workspaces,
        crates: of_compiled.into_iter().map(|one| one.name).collect(),
        folders: compiled.into_iter().collect(),
    })
}

/// Checks that what is compiled of `one` is part of `folders`, whose owners are checked and whose content is known.
fn require_counted(one: &Crate, folders: &BTreeSet<PathBuf>) -> Result<(), BuildError> {
    let counts = |path: &Path| {
        let holds = |folder: &&PathBuf| path.starts_with(folder);
        folders.iter().filter(holds).any(|folder| !Tree::left_out(folder).iter().any(|left| path.starts_with(left)))
    };
    for path in one.built() {
        // What is not there is for cargo to tell. A link within a folder counts as what it leads to.
        let Ok(real) = path.canonicalize() else { continue };
        let is_plain = !path.components().any(|part| part == Component::ParentDir);
        if !(counts(&real) || is_plain && counts(path)) {
            return Err(BuildError::Elsewhere { manifest: one.manifest_path.clone(), path: real });
        }
    }
    Ok(())
}

/// Returns the folders of the crates that the manifest of `workspace` puts in place of others.
fn patches(workspace: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let path = workspace.join("Cargo.toml");
    let text = capped::read_to_string(&path, capped::SETTINGS)
        .map_err(|source| BuildError::Read { path: path.clone(), source })?;
    let damaged = |output: String| BuildError::Manifest { dir: workspace.to_owned(), output };
    let manifest =
        guarded("the manifest", || text.parse::<Table>()).map_err(|panicked| damaged(panicked.to_string()))?;
    let manifest = manifest.map_err(|error| damaged(error.to_string()))?;
    let tables = |value: Option<&Value>| -> Vec<Value> {
        value.and_then(Value::as_table).into_iter().flat_map(|table| table.values().cloned()).collect()
    };
    let patched = tables(manifest.get("patch")).into_iter().flat_map(|source| tables(Some(&source)));
    let replacing = patched.chain(tables(manifest.get("replace")));
    Ok(replacing.filter_map(|one| Some(workspace.join(one.get("path")?.as_str()?))).collect())
}
