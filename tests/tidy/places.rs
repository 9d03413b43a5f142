//! Rules about where files stand.

use std::collections::BTreeSet;

use crate::findings::{self, Finding};
use crate::modules::{self, Crate};
use crate::packages::normal;
use crate::tree::Tree;

const ONE_HABIT: &str = "a module with children is `x/mod.rs`, so that its folder holds all of it";

const DEAD: &str = "nothing checks a file that is not compiled";

const TOP: &str = "a newcomer sees at a glance what there is; documents belong in `host/docs`";
const TOP_ENTRIES: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "host",
    "sdk",
    "strategies",
    "tests",
    "wit",
];

const DOCS: &str = "strangers use these with nothing but their documentation";
/// Files that demand documentation of all that is public below them.
const DOCUMENTED: [&str; 3] = ["host/core/src/lib.rs", "host/venues/src/model.rs", "sdk/rust/src/lib.rs"];

fn two_habits(tree: &Tree) -> Vec<Finding> {
    let folders: BTreeSet<_> = tree.with_ending(".rs").filter_map(|(path, _)| Some(path.rsplit_once('/')?.0)).collect();
    let beside =
        tree.with_ending(".rs").filter(|(path, _)| path.strip_suffix(".rs").is_some_and(|x| folders.contains(x)));
    beside.map(|(path, _)| Finding::new(path, 1, "stands beside its folder; it is the folder's `mod.rs`")).collect()
}

fn dead_files(tree: &Tree, crates: &[Crate]) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    for modules in crates {
        reached.extend(modules.files().into_iter().map(str::to_owned));
    }
    for (path, text) in tree.with_ending(".rs") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let included = text.split("include_str!(\"").chain(text.split("include!(\"")).skip(1);
        reached
            .extend(included.filter_map(|rest| rest.split('"').next()).map(|file| normal(&format!("{folder}/{file}"))));
    }
    let dead = tree.with_ending(".rs").filter(|(path, _)| !reached.contains(*path));
    dead.map(|(path, _)| Finding::new(path, 1, "no `mod`, target or `include_str!` reaches this file")).collect()
}

fn strays(tree: &Tree) -> Vec<Finding> {
    let agreed = |entry: &str| entry.starts_with('.') || TOP_ENTRIES.contains(&entry);
    tree.top()
        .iter()
        .filter(|entry| !agreed(entry))
        .map(|entry| Finding::new(entry, 1, "not at the top level"))
        .collect()
}

fn undocumented(tree: &Tree) -> Vec<Finding> {
    let demands = |path: &str| {
        tree.text(path).is_some_and(|text| text.lines().any(|line| line.trim() == "#![warn(missing_docs)]"))
    };
    let without = DOCUMENTED.iter().filter(|path| !demands(path));
    without.map(|path| Finding::new(path, 1, "`#![warn(missing_docs)]` is missing")).collect()
}

#[test]
fn a_module_with_children_is_mod_rs() {
    findings::expect_none(ONE_HABIT, two_habits(Tree::checkout()));
}

#[test]
fn no_dead_files() {
    findings::expect_none(DEAD, dead_files(Tree::checkout(), modules::of_checkout()));
}

#[test]
fn top_level_is_as_agreed() {
    findings::expect_none(TOP, strays(Tree::checkout()));
}

#[test]
fn docs_are_demanded_where_strangers_read_them() {
    findings::expect_none(DOCS, undocumented(Tree::checkout()));
}

#[test]
fn finds_a_module_beside_its_folder() {
    let tree = Tree::made_up(&[("a/src/x.rs", ""), ("a/src/x/y.rs", ""), ("a/src/z/mod.rs", ""), ("a/src/w.rs", "")]);
    findings::expect(two_habits(&tree), &["a/src/x.rs:1: stands beside its folder; it is the folder's `mod.rs`"]);
}

#[test]
fn finds_dead_files() {
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\""),
        ("a/src/lib.rs", "mod x;"),
        ("a/src/x.rs", "const T: &str = include_str!(\"data/text.rs\");"),
        ("a/src/data/text.rs", ""),
        ("a/src/y.rs", ""),
        ("a/tests/t/main.rs", ""),
        ("a/tests/t/help.rs", ""),
    ]);
    let nothing = "no `mod`, target or `include_str!` reaches this file";
    findings::expect(
        dead_files(&tree, &modules::crates(&tree)),
        &[&*format!("a/src/y.rs:1: {nothing}"), &*format!("a/tests/t/help.rs:1: {nothing}")],
    );
}

#[test]
fn finds_strays() {
    let tree =
        Tree::made_up(&[("NOTES.md", ""), ("README.md", ""), (".ci/run", ""), ("host/a", ""), ("scripts/b", "")]);
    findings::expect(strays(&tree), &["NOTES.md:1: not at the top level", "scripts:1: not at the top level"]);
}

#[test]
fn finds_crates_without_demanded_docs() {
    let tree = Tree::made_up(&[("host/core/src/lib.rs", "#![warn(missing_docs)]"), ("sdk/rust/src/lib.rs", "//! No.")]);
    assert_eq!(undocumented(&tree).len(), 2);
}
