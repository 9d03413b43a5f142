//! Picks what compiles for `wasm32-unknown-unknown`: the installed compiler, rustup, or Debian's packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::TARGET;
use super::{BuildError, Progress, debian};
use crate::cache::{Cache, digest};

/// Which toolchain to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolchainChoice {
    /// The first that works, in the order of the others.
    #[default]
    Automatic,
    /// The `rustc` in use, which must have the target.
    Installed,
    /// The same, after `rustup target add`.
    Rustup,
    /// Debian's `rustc-web`, unpacked in the cache folder; builds `std` from its sources, once.
    Debian,
}

/// A compiler for the target.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// For people.
    pub name: String,
    /// What the compiler says it is: part of each build's key.
    pub identity: String,
    /// Short form of it: names its target folder.
    pub id: String,
    unpacked: Option<Unpacked>,
}

/// A compiler that has no `std` for the target and needs a linker lent.
#[derive(Clone, Debug)]
pub(super) struct Unpacked {
    pub rustc: PathBuf,
    pub linker: PathBuf,
}

impl Toolchain {
    fn new(name: String, identity: String, unpacked: Option<Unpacked>) -> Toolchain {
        let id = digest(identity.as_bytes())[..16].to_owned();
        Toolchain { name, identity, id, unpacked }
    }

    #[cfg(test)]
    pub(super) fn for_tests(identity: &str) -> Toolchain {
        Toolchain::new(identity.to_owned(), identity.to_owned(), None)
    }

    /// Makes cargo use its compiler.
    pub(super) fn set_compiler(&self, cargo: &mut Command) {
        if let Some(Unpacked { rustc, linker }) = &self.unpacked {
            cargo.env("RUSTC", rustc).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }

    /// Whether it has no `std` for WebAssembly, so that each build makes one.
    pub(super) fn builds_std(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Makes `cargo build` use it, and build `std` first if it has none.
    pub(super) fn apply(&self, cargo: &mut Command) {
        self.set_compiler(cargo);
        if self.builds_std() {
            // `-Zbuild-std` is unstable; Debian's compiler is a release that has to be told to allow it.
            cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
    }
}

/// The toolchain for the crate in `dir`, as `choice` says.
///
/// # Errors
/// [`BuildError::NoToolchain`] with what each way said.
pub(super) fn choose(
    choice: ToolchainChoice,
    dir: &Path,
    cache: &Cache,
    progress: &mut dyn FnMut(Progress),
) -> Result<Toolchain, BuildError> {
    let wanted = |way| choice == ToolchainChoice::Automatic || choice == way;
    let mut tried = Vec::new();
    if wanted(ToolchainChoice::Installed) {
        match installed(dir) {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("the installed compiler ({reason})")),
        }
    }
    // What an earlier build fetched is there at once; rustup would ask the network each time first.
    if wanted(ToolchainChoice::Debian)
        && let Some(found) = debian::fetched(cache)
        && let Ok(found) = from_debian(dir, found)
    {
        return Ok(found);
    }
    if wanted(ToolchainChoice::Rustup) {
        match from_rustup(dir, progress) {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("`rustup target add {TARGET}` ({reason})")),
        }
    }
    if wanted(ToolchainChoice::Debian) {
        let fetched = debian::fetch(cache, progress).and_then(|found| from_debian(dir, found));
        match fetched {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("Debian's package rustc-web ({reason})")),
        }
    }
    Err(BuildError::NoToolchain { tried })
}

/// The `rustc` that cargo would use in `dir`, if it has the target's `std`.
fn installed(dir: &Path) -> Result<Toolchain, String> {
    let libraries = say(rustc(dir).args(["--print", "target-libdir", "--target", TARGET]))?;
    let has_std = std::fs::read_dir(libraries.trim())
        .is_ok_and(|mut files| files.any(|file| file.is_ok_and(|file| is_std(&file.file_name().to_string_lossy()))));
    if !has_std {
        return Err(format!("it has no target {TARGET}"));
    }
    let identity = say(rustc(dir).arg("-vV"))?;
    Ok(Toolchain::new(first_line(&identity), identity, None))
}

fn is_std(file: &str) -> bool {
    file.starts_with("libstd-") && file.ends_with(".rlib")
}

fn from_rustup(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Toolchain, String> {
    // Is there a rustup at all? Only then is there something to report.
    say(Command::new("rustup").arg("--version").current_dir(dir))?;
    progress(Progress::AddingTarget);
    say(Command::new("rustup").args(["target", "add", TARGET]).current_dir(dir))?;
    installed(dir)
}

/// Debian's compiler with the linker that the installed compiler brings along.
fn from_debian(dir: &Path, found: debian::Fetched) -> Result<Toolchain, String> {
    let identity = say(Command::new(&found.rustc).arg("-vV"))?;
    let host = identity.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let sysroot = say(rustc(dir).args(["--print", "sysroot"]))?;
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.is_file() {
        return Err(format!("the installed Rust has no linker at {}", linker.display()));
    }
    let name = format!("{} (Debian, std built from source)", first_line(&identity));
    let identity = format!("{identity}debian, std from source");
    Ok(Toolchain::new(name, identity, Some(Unpacked { rustc: found.rustc, linker })))
}

fn rustc(dir: &Path) -> Command {
    let mut command = Command::new("rustc");
    command.current_dir(dir);
    command
}

/// Runs `command`; its output, or the last line of its complaint.
pub(super) fn say(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("`{program}` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed without a word").trim().to_owned())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
