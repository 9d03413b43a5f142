//! No import circles between the files of a crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::findings::{self, Finding};
use crate::modules::{self, Crate, Edge};
use crate::tree::Tree;

const REASON: &str = "files that import each other can only be read, tested and moved together; what both need belongs \
                      in a third file below them";

/// Method calls are not followed, because syntax does not tell whose method it is. A re-export alone is not a use.
fn circles(crates: &[Crate]) -> Vec<Finding> {
    crates.iter().flat_map(|modules| circles_of(&modules.edges())).collect()
}

fn circles_of(edges: &BTreeSet<Edge>) -> Vec<Finding> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    let reached: BTreeMap<_, _> = next.keys().map(|file| (*file, reachable(file, &next))).collect();
    let together = |one: &str, other: &str| {
        reached.get(one).is_some_and(|all| all.contains(other))
            && reached.get(other).is_some_and(|all| all.contains(one))
    };
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for file in next.keys().filter(|file| together(file, file)) {
        if seen.contains(file) {
            continue;
        }
        let members: BTreeSet<&str> = next.keys().copied().filter(|other| together(file, other)).collect();
        seen.extend(members.iter().copied());
        findings.push(Finding::new(file, 1, describe(&members, edges)));
    }
    findings
}

fn reachable<'a>(from: &'a str, next: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        open.extend(next.get(file).into_iter().flatten().copied().filter(|file| reached.insert(*file)));
    }
    reached
}

fn describe(members: &BTreeSet<&str>, edges: &BTreeSet<Edge>) -> String {
    let mut arrows: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| members.contains(&*edge.from) && members.contains(&*edge.to)) {
        arrows.entry((&edge.from, &edge.to)).or_default().insert(&edge.name);
    }
    let mut text = format!("circle of {} files:", members.len());
    for ((from, to), names) in arrows {
        let names: Vec<_> = names.into_iter().collect();
        let _ = write!(text, "\n      {from} -> {to}: {}", names.join(", "));
    }
    text
}

#[test]
fn no_import_circles() {
    findings::expect_none(REASON, circles(modules::of_checkout()));
}

#[test]
fn finds_circles() {
    let manifest = "package.name = \"a\"";
    let siblings = [
        ("a/Cargo.toml", manifest),
        ("a/src/lib.rs", "mod one; mod two; mod three; pub use one::A;"),
        ("a/src/one.rs", "use super::two::B; pub struct A(C);"),
        ("a/src/two.rs", "pub struct B; impl From<crate::three::C> for B {}"),
        ("a/src/three.rs", "pub struct C; fn f() -> usize { size_of::<crate::A>() }"),
    ];
    findings::expect(
        circles(&modules::crates(&Tree::made_up(&siblings))),
        &["a/src/one.rs:1: circle of 3 files:\n      a/src/one.rs -> a/src/two.rs: B\n      \
           a/src/three.rs -> a/src/one.rs: A\n      a/src/two.rs -> a/src/three.rs: C"],
    );
    let parent_and_child = [
        ("a/Cargo.toml", manifest),
        ("a/src/lib.rs", "mod child; pub struct Parent; fn f() { child::help() }"),
        ("a/src/child.rs", "use super::Parent; pub fn help() {}"),
    ];
    findings::expect(
        circles(&modules::crates(&Tree::made_up(&parent_and_child))),
        &["a/src/child.rs:1: circle of 2 files:\n      a/src/child.rs -> a/src/lib.rs: Parent\n      \
           a/src/lib.rs -> a/src/child.rs: help"],
    );
    let fine = [
        ("a/Cargo.toml", manifest),
        (
            "a/src/lib.rs",
            "mod child; pub use child::help; pub struct Parent; #[cfg(test)] mod tests { use super::help; }",
        ),
        ("a/src/child.rs", "use super::Parent; pub fn help() {}"),
    ];
    findings::expect(circles(&modules::crates(&Tree::made_up(&fine))), &[]);
}
