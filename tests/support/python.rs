//! Python packages from the user's package index, each in a virtual environment beside the build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a Python that has the `packages` of pip, among them the module `module`, or the reason why there is none.
/// They are installed once, with the given `options` of pip.
pub fn python_with(module: &str, packages: &[&str], options: &[&str]) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(packages.join("-").replace("==", "-"));
    let python = folder.join("bin/python");
    let has_module = || run(Command::new(&python).args(["-c", &format!("import {module}")]));
    if has_module().is_ok() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(options).args(packages))?;
    has_module().map(|()| python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}
