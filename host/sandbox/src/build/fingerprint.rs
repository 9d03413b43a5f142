//! One hash over everything that a build depends on: the same hash means the same component.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::cargo::Package;
use super::error::BuildError;
use super::toolchain::Toolchain;
use crate::cache::hex;

/// Version of the encoder. Change it whenever the same module would become another component.
const ENCODER: &str = "wit-component 0.263, trading-host 1";
/// The contract of this host, which an SDK in the same repository may read from outside of its folder.
const CONTRACT: &str = include_str!("../../../../wit/strategy.wit");

/// Returns the hash of all source files of `package` and its path dependencies, of the workspace's settings and of
/// `toolchain`.
///
/// # Errors
/// [`BuildError::Read`] for a file that cannot be read.
pub(super) fn of_sources(package: &Package, toolchain: &Toolchain) -> Result<String, BuildError> {
    let mut hash = Sha256::new();
    for fixed in [ENCODER, CONTRACT, &toolchain.identity, super::cargo::SETTINGS] {
        add(&mut hash, "", fixed.as_bytes());
    }
    for file in ["Cargo.toml", ".cargo/config.toml"].map(|name| package.workspace.join(name)) {
        if file.is_file() {
            add_file(&mut hash, &file, &package.workspace)?;
        }
    }
    for folder in &package.folders {
        for file in files(folder)? {
            add_file(&mut hash, &file, folder)?;
        }
    }
    Ok(hex(&hash.finalize()[..16]))
}

/// Returns the hash of `sources` together with the current `Cargo.lock`, which a build may write or trim.
///
/// # Errors
/// [`BuildError::Read`] if it cannot be read.
pub(super) fn with_versions(sources: &str, package: &Package) -> Result<String, BuildError> {
    let mut hash = Sha256::new();
    add(&mut hash, "sources", sources.as_bytes());
    let versions = package.workspace.join("Cargo.lock");
    if versions.is_file() {
        add_file(&mut hash, &versions, &package.workspace)?;
    }
    Ok(hex(&hash.finalize()[..16]))
}

/// Adds a name and a content, each after its length, so that no two pairs give the same bytes.
fn add(hash: &mut Sha256, name: &str, content: &[u8]) {
    for part in [name.as_bytes(), content] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
}

/// Adds a file under its path relative to `folder`, so that a copy of a crate elsewhere has the same hash.
fn add_file(hash: &mut Sha256, file: &Path, folder: &Path) -> Result<(), BuildError> {
    let content = fs::read(file).map_err(|source| BuildError::Read { path: file.to_owned(), source })?;
    add(hash, &file.strip_prefix(folder).unwrap_or(file).to_string_lossy(), &content);
    Ok(())
}

/// Returns all files below `folder` in order, without version control, build products (target folders carry a tag) and
/// nested crates.
fn files(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let failed = |source| BuildError::Read { path: folder.to_owned(), source };
    let mut entries: Vec<_> = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for path in entries.into_iter().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let skipped = name == ".git" || path.join("CACHEDIR.TAG").exists() || path.join("Cargo.toml").exists();
            if !skipped {
                found.extend(files(&path)?);
            }
        } else if path.extension().is_none_or(|ending| ending != "wasm") && name != "Cargo.lock" {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_inputs_of_a_build_change_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("Cargo.toml"), "[package]").unwrap();
        fs::write(root.join("src/lib.rs"), "fn a() {}").unwrap();
        let toolchain = |identity: &str| Toolchain::for_tests(identity);
        let package = Package {
            name: "demo".into(),
            manifest: root.join("Cargo.toml"),
            dir: root.to_owned(),
            workspace: root.to_owned(),
            folders: vec![root.to_owned()],
            crates: vec!["demo".into()],
        };
        let hash = |identity: &str| {
            let sources = of_sources(&package, &toolchain(identity)).unwrap();
            with_versions(&sources, &package).unwrap()
        };
        let first = hash("rustc 1");
        assert_eq!(first, hash("rustc 1"));
        assert_ne!(first, hash("rustc 2"));
        fs::create_dir_all(root.join("target/release")).unwrap();
        fs::write(root.join("target/CACHEDIR.TAG"), "").unwrap();
        fs::write(root.join("target/release/x.d"), "x").unwrap();
        fs::write(root.join("out.wasm"), "x").unwrap();
        assert_eq!(first, hash("rustc 1"), "build products");
        fs::write(root.join("src/table.csv"), "1").unwrap();
        let with_table = hash("rustc 1");
        assert_ne!(first, with_table, "a file that the code may include");
        fs::write(root.join("Cargo.lock"), "x").unwrap();
        assert_ne!(with_table, hash("rustc 1"), "the versions of its dependencies");
        fs::rename(root.join("src/table.csv"), root.join("src/table2.csv")).unwrap();
        assert_ne!(with_table, hash("rustc 1"), "a file's name");
    }
}
