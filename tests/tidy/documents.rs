//! Documents name files and tests that exist.

use crate::findings::{self, Finding};
use crate::packages::normal;
use crate::tree::Tree;

const REASON: &str = "a reader follows each name; where an invariant names its test, the test must be there";

/// Folders that paths in documents begin at, beside the document's own.
const BEGINNINGS: [&str; 2] = ["", "host"];

fn dead_references(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let exists = |file: &str, beginnings: &[&str]| {
            beginnings.iter().any(|beginning| tree.has(&normal(&format!("{beginning}/{file}"))))
        };
        for (index, line) in prose(text) {
            let mut report = |what: String| findings.push(Finding::new(path, index + 1, what));
            for target in links(line).filter(|target| !exists(target, &[folder])) {
                report(format!("link to `{target}`, which is no file"));
            }
            for name in line.split('`').skip(1).step_by(2) {
                let beginnings = [BEGINNINGS[0], BEGINNINGS[1], folder];
                if is_file_name(name) && !exists(name, &beginnings) {
                    report(format!("`{name}` is no file"));
                } else if is_test_name(name) && !tree.defines(name) && !tree.has_key(name) {
                    report(format!("`{name}` is no function"));
                }
            }
        }
    }
    findings
}

/// Returns the lines outside of code blocks, with their index.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// Returns the targets of links within the repository.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':'))
}

/// Returns true for a path with folders that ends in a source file; capitals stand for a name that the reader chooses.
fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/_-.".contains(c);
    name.contains('/') && name.ends_with(".rs") && !name.starts_with(['/', '~']) && name.chars().all(plain)
}

/// Returns true for what reads like the sentence that a test's name is.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() >= 3 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn documents_name_what_exists() {
    findings::expect_none(REASON, dead_references(Tree::checkout()));
}

#[test]
fn finds_dead_references() {
    let text = "[a](../a/src) [b](gone.md#x) [c](https://example.org)\n`a/src/lib.rs`, `src/lib.rs`, `src/NAME.rs`\n\
                `nothing_is_lost_here`, `all_is_lost_here`\n```\n`gone/file.rs`\n```\n`gone/file.rs`";
    let tree = Tree::made_up(&[("host/docs/page.md", text), ("host/a/src/lib.rs", "fn nothing_is_lost_here() {}")]);
    findings::expect(
        dead_references(&tree),
        &[
            "host/docs/page.md:1: link to `gone.md`, which is no file",
            "host/docs/page.md:2: `src/lib.rs` is no file",
            "host/docs/page.md:3: `all_is_lost_here` is no function",
            "host/docs/page.md:7: `gone/file.rs` is no file",
        ],
    );
}
