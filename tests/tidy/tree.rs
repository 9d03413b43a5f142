//! The files under examination: the checkout, or a small made-up tree that shows that a rule can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

#[derive(Debug)]
pub struct Tree {
    /// All files, from the repository's top, with `/` between folders.
    paths: BTreeSet<String>,
    /// The content of those that are text.
    texts: BTreeMap<String, String>,
}

impl Tree {
    /// Returns the checkout that the test belongs to.
    pub fn checkout() -> &'static Self {
        static CHECKOUT: OnceLock<Tree> = OnceLock::new();
        CHECKOUT.get_or_init(|| {
            let top = top();
            let paths = listed_by_git(&top).unwrap_or_else(|| walked(&top));
            let text = |path: &String| Some((path.clone(), std::fs::read_to_string(top.join(path)).ok()?));
            let texts: BTreeMap<_, _> = paths.iter().filter_map(text).collect();
            assert!(texts.contains_key("Cargo.toml"), "{} is not the checkout", top.display());
            Self { paths, texts }
        })
    }

    /// Returns a tree of these files.
    pub fn made_up(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<_, _> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { paths: texts.keys().cloned().collect(), texts }
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn with_ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(ending))
    }

    /// Returns true if there is such a file or folder.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty() || self.paths.iter().any(|file| is_within(file, path))
    }

    /// Returns true if a function of this name stands in a Rust file.
    pub fn defines(&self, function: &str) -> bool {
        let signature = format!("fn {function}(");
        self.with_ending(".rs").any(|(_, text)| text.contains(&signature))
    }

    /// Returns true if source files have a field or a text of this name, such as a key of the configuration or a code.
    pub fn has_key(&self, name: &str) -> bool {
        let (field, text) = (format!("pub {name}: "), format!("\"{name}\""));
        self.with_ending(".rs").any(|(_, source)| source.contains(&field) || source.contains(&text))
    }

    /// Returns the entries of the top folder.
    pub fn top(&self) -> BTreeSet<&str> {
        self.paths.iter().map(|path| path.split('/').next().unwrap_or(path)).collect()
    }

    /// Returns the syntax tree of each Rust file.
    pub fn parsed(&self) -> impl Iterator<Item = (&str, syn::File)> {
        self.with_ending(".rs").map(|(path, text)| (path, parse(path, text)))
    }
}

/// Returns true for the sources of what ships: test fixtures and whole-system tests do not.
pub fn is_production(path: &str) -> bool {
    path.contains("/src/") && !path.starts_with("tests/") && !path.starts_with("host/testkit/")
}

/// Returns true for what must stay as it was when its version of the contract was released.
pub fn is_frozen(path: &str) -> bool {
    path.starts_with("tests/compat/strategy-")
}

/// Returns true if `path` is `folder` or stands in it.
pub fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub fn parse(path: &str, text: &str) -> syn::File {
    syn::parse_file(text).unwrap_or_else(|error| panic!("{path}:{}: {error}", error.span().start().line))
}

/// Returns the checkout's folder. Cargo names the manifest's folder when it runs the test as well, so that a compiled
/// test can be pointed at another checkout.
fn top() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).join("../..")
}

/// Returns what git tracks or would track, so that a file counts before its first commit; `None` without git.
fn listed_by_git(top: &Path) -> Option<BTreeSet<String>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(top);
    let output = command.output().ok().filter(|output| output.status.success())?;
    let listed = String::from_utf8(output.stdout).ok()?;
    // Git still lists a file that was removed without its knowledge.
    let there = listed.split_terminator('\0').filter(|path| top.join(path).is_file());
    let paths: BTreeSet<_> = there.map(str::to_owned).collect();
    (!paths.is_empty()).then_some(paths)
}

fn walked(top: &Path) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(top.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_file() {
                paths.insert(path.to_string_lossy().replace('\\', "/"));
            } else if entry.file_name() != "target" && entry.file_name() != ".git" {
                folders.push(path);
            }
        }
    }
    paths
}

#[test]
fn finds_itself_with_and_without_git() {
    let top = top();
    let walked = walked(&top);
    for path in ["Cargo.toml", "tests/tidy/tree.rs"] {
        assert!(Tree::checkout().text(path).is_some(), "{path}");
        assert!(walked.contains(path), "{path}");
    }
}
