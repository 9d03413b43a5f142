//! The files of a strategy's crate.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All that stands in a folder, in order, and the folder itself, without what is left out.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub folders: Vec<PathBuf>,
    pub files: Vec<PathBuf>,
}

impl Tree {
    /// Returns the folders in `folder` that are left out, since no compiler needs them: `.git`, and the build products
    /// in `target`, which cargo has tagged. A build must not see them: they are large, so nobody looks at what they
    /// hold.
    pub fn left_out(folder: &Path) -> Vec<PathBuf> {
        let (versions, products) = (folder.join(".git"), folder.join("target"));
        let is_tagged = products.join("CACHEDIR.TAG").exists();
        let left_out = [(versions, true), (products, is_tagged)];
        left_out.into_iter().filter(|(path, is_left)| *is_left && path.is_dir()).map(|(path, _)| path).collect()
    }

    /// Lists `folder`. Links are followed, each folder once: links can go round in a circle.
    ///
    /// # Errors
    /// The system's, with the path that cannot be read. A link that leads nowhere is left out.
    pub fn of(folder: &Path) -> Result<Tree, (PathBuf, io::Error)> {
        let mut tree = Tree::default();
        let left_out = Tree::left_out(folder);
        let mut seen = BTreeSet::new();
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            let failed = |source: io::Error| (next.clone(), source);
            if !seen.insert(next.canonicalize().map_err(failed)?) {
                continue;
            }
            for entry in fs::read_dir(&next).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.is_dir() && !left_out.contains(&path) {
                    open.push(path);
                } else if path.is_file() {
                    tree.files.push(path);
                }
            }
            tree.folders.push(next);
        }
        tree.folders.sort();
        tree.files.sort();
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn circles_of_links_end_and_build_products_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["src/inner", ".git", "target/debug", "data/target"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in ["src/lib.rs", ".git/config", "target/CACHEDIR.TAG", "target/debug/x.d", "data/target/table.csv"] {
            fs::write(root.join(name), "").unwrap();
        }
        symlink(root, root.join("src/inner/above")).unwrap();
        symlink("nowhere", root.join("src/broken")).unwrap();
        let tree = Tree::of(root).unwrap();
        assert_eq!(tree.files, ["data/target/table.csv", "src/lib.rs"].map(|name| root.join(name)));
        assert_eq!(Tree::left_out(root), [".git", "target"].map(|name| root.join(name)));
        let folders = ["", "data", "data/target", "src", "src/inner"].map(|name| root.join(name));
        assert_eq!(tree.folders, folders);
        assert_eq!(Tree::of(&root.join("none")).unwrap_err().0, root.join("none"));
    }
}
