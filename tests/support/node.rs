//! Packages of npm, each set in a folder beside the build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::installed::install_unless;

/// Returns a folder in whose `node_modules` the `packages` are, each of one version. They are installed once, and so
/// are Node.js and npm where they are missing. The variable `skip` goes without the test that needs them.
pub fn node_with(packages: &[&str], skip: &str) -> PathBuf {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _held = INSTALLING.lock();
    install_unless("node", "nodejs", Some(skip));
    install_unless("npm", "npm", Some(skip));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(packages.join("-").replace(['@', '/'], "-"));
    let is_complete = folder.join("complete");
    if !is_complete.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("package.json"), "{\"private\": true, \"type\": \"module\"}").expect("a file");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--save-exact"]).args(packages).current_dir(&folder);
        let output = npm.output().expect("npm runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{packages:?} cannot be had (`{skip}=1` goes without): {npm:?}: {said}");
        std::fs::write(is_complete, "").expect("a file");
    }
    folder
}
