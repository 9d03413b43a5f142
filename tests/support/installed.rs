//! Programs of others that tests run, from the system's packages.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

/// Installs the program of the Debian package `name` if it is missing. Returns its path.
pub fn install(name: &str) -> String {
    install_from(name, name)
}

/// Installs the program `name`, from the Debian package `package`, if it is missing. Returns its path.
pub fn install_from(name: &str, package: &str) -> String {
    install_unless(name, package, None)
}

/// Does the same for tests that the variable `skip` goes without.
pub fn install_unless(name: &str, package: &str, skip: Option<&str>) -> String {
    // One at a time: the package manager has a lock of its own.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _held = INSTALLING.lock();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/support/install.sh");
    let output = Command::new("sh").arg(script).args([name, package]).output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let or = skip.map_or(String::new(), |skip| format!(", or go without them by `{skip}=1`"));
    assert!(
        output.status.success(),
        "these tests need {name}, and it cannot be installed: run `apt-get install {package}`{or}\n{said}"
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
