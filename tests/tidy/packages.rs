//! The packages of the tree, as their manifests state them: targets and dependencies.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tree::Tree;

#[derive(Debug)]
pub struct Package {
    pub name: String,
    /// Folder of the manifest, without a `/` at its end.
    pub folder: String,
    /// Names of the packages that production code uses, on any platform.
    pub dependencies: BTreeSet<String>,
    /// Part of the workspace; a folder with a workspace of its own is not.
    pub member: bool,
    /// Files at which a crate begins.
    pub roots: BTreeSet<String>,
}

impl Package {
    pub fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

/// Returns all packages of the tree, members of the workspace or not.
pub fn packages(tree: &Tree) -> Vec<Package> {
    tree.with_ending("Cargo.toml").filter_map(|(path, text)| package(tree, path, text)).collect()
}

pub fn manifest(path: &str, text: &str) -> Table {
    text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn package(tree: &Tree, path: &str, text: &str) -> Option<Package> {
    let manifest = manifest(path, text);
    let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    let folder = path.strip_suffix("/Cargo.toml")?.to_owned();
    let roots = roots(tree, &folder, &manifest);
    let member = !manifest.contains_key("workspace");
    Some(Package { name, folder, member, dependencies: dependencies(&manifest), roots })
}

fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = platforms.map(|platform| platform.get("dependencies")).chain([manifest.get("dependencies")]);
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    // `alias = { package = "name" }` depends on `name`.
    let names = entries.map(|(name, value)| value.get("package").and_then(Value::as_str).unwrap_or(name).to_owned());
    names.collect()
}

/// Returns the files that cargo finds by itself or by a `path` in the manifest.
fn roots(tree: &Tree, folder: &str, manifest: &Table) -> BTreeSet<String> {
    let mut roots: BTreeSet<_> =
        ["src/lib.rs", "src/main.rs", "build.rs"].iter().map(|file| format!("{folder}/{file}")).collect();
    for (path, _) in tree.with_ending(".rs") {
        let Some(inside) = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { continue };
        for discovered in ["src/bin/", "tests/", "benches/", "examples/"] {
            let Some(rest) = inside.strip_prefix(discovered) else { continue };
            if !rest.contains('/') || (rest.ends_with("/main.rs") && rest.matches('/').count() == 1) {
                roots.insert(path.to_owned());
            }
        }
    }
    for kind in ["lib", "bin", "test", "bench", "example"] {
        let targets = match manifest.get(kind) {
            Some(Value::Array(targets)) => targets.as_slice(),
            Some(target) => std::slice::from_ref(target),
            None => &[],
        };
        let paths = targets.iter().filter_map(|target| target.get("path")?.as_str());
        roots.extend(paths.map(|path| normal(&format!("{folder}/{path}"))));
    }
    roots.retain(|path| tree.text(path).is_some());
    roots
}

/// Returns the path without `.` and `..`.
pub fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn reads_targets_and_dependencies() {
    let manifest = r#"
        package.name = "a"
        test = [{ name = "t", path = "../../tests/t/main.rs" }]
        dependencies.b.workspace = true
        dependencies.c = { package = "d" }
        dev-dependencies.e = "1"
        target.'cfg(unix)'.dependencies.f = "1"
    "#;
    let files =
        ["x/a/src/lib.rs", "x/a/src/m.rs", "x/a/tests/one.rs", "x/a/tests/two/main.rs", "x/a/tests/two/help.rs"];
    let mut tree: Vec<_> = files.iter().map(|path| (*path, "")).collect();
    tree.extend([("x/a/Cargo.toml", manifest), ("tests/t/main.rs", "")]);
    let packages = packages(&Tree::made_up(&tree));
    let [package] = packages.as_slice() else { panic!("{packages:?}") };
    assert_eq!(package.name, "a");
    assert_eq!(package.dependencies.iter().collect::<Vec<_>>(), ["b", "d", "f"]);
    let roots: Vec<_> = package.roots.iter().collect();
    assert_eq!(roots, ["tests/t/main.rs", "x/a/src/lib.rs", "x/a/tests/one.rs", "x/a/tests/two/main.rs"]);
}
