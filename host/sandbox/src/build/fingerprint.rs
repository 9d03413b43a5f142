//! One hash over everything that a build depends on: the same hash means the same component.
//!
//! The environment is no part of it, because no build sees it, nor are settings of cargo that lie with a strategy,
//! because none are read.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::BuildError;
use super::package::Package;
use super::toolchain::Toolchain;
use crate::cache::hex;
use crate::tree::Tree;

/// Version of the encoder. Change it whenever the same module would become another component.
const ENCODER: &str = "wit-component 0.263, trading-host 2";
/// The contract of this host, which each component is checked against.
const CONTRACT: &str = include_str!("../../../../wit/strategy.wit");

/// Returns the hash of all source files of `package` and its path dependencies, of the manifests of their workspaces,
/// of the user's own settings in `cargo_home` and of `toolchain`.
///
/// # Errors
/// [`BuildError::Read`] for a file that cannot be read.
pub(super) fn of_sources(package: &Package, toolchain: &Toolchain, cargo_home: &Path) -> Result<String, BuildError> {
    let mut hash = Sha256::new();
    for fixed in [ENCODER, CONTRACT, &toolchain.identity, super::cargo::SETTINGS] {
        add(&mut hash, "", fixed.as_bytes());
    }
    let manifests = package.workspaces.iter().map(|workspace| workspace.join("Cargo.toml"));
    for file in manifests.chain(["config.toml", "config"].map(|name| cargo_home.join(name))) {
        if file.is_file() {
            add_file(&mut hash, &file, file.parent().unwrap_or(&file))?;
        }
    }
    for folder in &package.folders {
        let tree = Tree::of(folder).map_err(|(path, source)| BuildError::Read { path, source })?;
        // The versions are added apart, since a build may change them.
        for file in tree.files.iter().filter(|file| file.file_name().is_none_or(|name| name != "Cargo.lock")) {
            add_file(&mut hash, file, folder)?;
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
            workspaces: [root.to_owned()].into(),
            folders: vec![root.to_owned()],
            crates: vec!["demo".into()],
            manifests: [].into(),
            unread: [].into(),
        };
        let hash = |identity: &str| {
            let sources = of_sources(&package, &toolchain(identity), &root.join("cargo")).unwrap();
            with_versions(&sources, &package).unwrap()
        };
        let first = hash("rustc 1");
        assert_eq!(first, hash("rustc 1"));
        assert_ne!(first, hash("rustc 2"));
        fs::create_dir_all(root.join("target/release")).unwrap();
        fs::write(root.join("target/CACHEDIR.TAG"), "").unwrap();
        fs::write(root.join("target/release/x.d"), "x").unwrap();
        assert_eq!(first, hash("rustc 1"), "build products");
        fs::write(root.join("inner.wasm"), "x").unwrap();
        let with_binary = hash("rustc 1");
        assert_ne!(first, with_binary, "a binary that the code may include");
        fs::remove_file(root.join("inner.wasm")).unwrap();
        fs::create_dir(root.join("cargo")).unwrap();
        fs::write(root.join("cargo/config.toml"), "[patch]").unwrap();
        assert_ne!(first, hash("rustc 1"), "the user's own settings");
        fs::remove_dir_all(root.join("cargo")).unwrap();
        fs::write(root.join("src/table.csv"), "1").unwrap();
        let with_table = hash("rustc 1");
        assert_ne!(first, with_table, "a file that the code may include");
        fs::write(root.join("Cargo.lock"), "x").unwrap();
        assert_ne!(with_table, hash("rustc 1"), "the versions of its dependencies");
        fs::rename(root.join("src/table.csv"), root.join("src/table2.csv")).unwrap();
        assert_ne!(with_table, hash("rustc 1"), "a file's name");
    }
}
