//! Chooses a compiler for `wasm32-unknown-unknown`: the installed one, one from rustup, or Debian's packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use super::error::BuildError;
use super::process::output_of;
use super::step::BuildStep;
use crate::cache::{Cache, digest};

/// The target that every strategy is compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// The source of the toolchain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolchainChoice {
    /// The first of the others that works. A toolchain of Debian that was fetched before comes before rustup.
    #[default]
    Automatic,
    /// The installed `rustc`, which must have the target.
    Installed,
    /// The installed `rustc`, after `rustup target add`.
    Rustup,
    /// Debian's `rustc-web`, unpacked in the cache folder. `std` is built from its sources, once.
    Debian,
}

/// A compiler for the target.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// The name shown to people.
    pub name: String,
    /// The compiler's own description of its version, part of each build's key.
    pub identity: String,
    /// Short hash of the identity, the name of its target folder.
    pub id: String,
    /// The folder of the installed compiler, with its cargo and its linker.
    pub sysroot: PathBuf,
    unpacked: Option<Unpacked>,
}

/// A compiler without a linker and without `std` for the target.
#[derive(Clone, Debug)]
pub(super) struct Unpacked {
    pub rustc: PathBuf,
    /// The folder that it was unpacked into.
    pub folder: PathBuf,
    pub linker: PathBuf,
}

impl Toolchain {
    fn new(name: String, identity: String, sysroot: PathBuf, unpacked: Option<Unpacked>) -> Toolchain {
        let id = digest(identity.as_bytes())[..16].to_owned();
        Toolchain { name, identity, id, sysroot, unpacked }
    }

    #[cfg(test)]
    pub(super) fn for_tests(identity: &str) -> Toolchain {
        Toolchain::new(identity.to_owned(), identity.to_owned(), PathBuf::new(), None)
    }

    /// The platform of this machine, in rustc's words.
    pub(super) fn host(&self) -> Option<&str> {
        host_of(&self.identity)
    }

    /// The folders that it is run from.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        [self.sysroot.clone()]
            .into_iter()
            .chain(self.unpacked.as_ref().map(|unpacked| unpacked.folder.clone()))
            .collect()
    }

    /// Makes cargo use its compiler: named by its file, or rustup would choose one by the strategy's folder.
    pub(super) fn set_compiler(&self, cargo: &mut Command) {
        match &self.unpacked {
            Some(Unpacked { rustc, linker, .. }) => {
                cargo.env("RUSTC", rustc).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
            None => {
                let rustc = self.sysroot.join("bin/rustc");
                if rustc.is_file() {
                    cargo.env("RUSTC", rustc);
                }
            }
        }
    }

    /// Returns true if the toolchain has no `std` for WebAssembly, so that it has to be built as well.
    pub(super) fn builds_std(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Makes `cargo build` use the toolchain, and build `std` if the toolchain has none.
    pub(super) fn apply(&self, cargo: &mut Command) {
        self.set_compiler(cargo);
        if self.builds_std() {
            // `-Zbuild-std` is unstable, and Debian's compiler is a release, which allows it only with this variable.
            cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
    }
}

/// Returns the toolchain according to `choice`.
///
/// # Errors
/// [`BuildError::NoToolchain`] with the reason why each source failed.
pub(super) fn choose(
    choice: ToolchainChoice,
    cache: &Cache,
    progress: &mut dyn FnMut(BuildStep),
) -> Result<Toolchain, BuildError> {
    let wanted = |way| choice == ToolchainChoice::Automatic || choice == way;
    let mut tried = Vec::new();
    if wanted(ToolchainChoice::Installed) {
        match installed() {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("the installed compiler ({reason})")),
        }
    }
    // A toolchain that an earlier build fetched is available at once; rustup would use the network every time.
    if wanted(ToolchainChoice::Debian)
        && let Some(found) = debian::fetched(cache)
        && let Ok(found) = from_debian(found)
    {
        return Ok(found);
    }
    if wanted(ToolchainChoice::Rustup) {
        match from_rustup(progress) {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("`rustup target add {TARGET}` ({reason})")),
        }
    }
    if wanted(ToolchainChoice::Debian) {
        let fetched = debian::fetch(cache, progress).and_then(from_debian);
        match fetched {
            Ok(found) => return Ok(found),
            Err(reason) => tried.push(format!("Debian's package rustc-web ({reason})")),
        }
    }
    Err(BuildError::NoToolchain { tried })
}

/// Returns the name of a toolchain that a build would use at once: nothing is fetched or installed.
///
/// # Errors
/// The reason why there is none.
pub fn ready_toolchain(cache: &Cache) -> Result<String, String> {
    let found = installed().or_else(|reason| debian::fetched(cache).map_or(Err(reason), from_debian))?;
    // Debian's compiler has no cargo of its own, and rustc alone builds nothing.
    output_of(Command::new("cargo").arg("--version").current_dir("/"))?;
    Ok(found.name)
}

/// Returns the user's own `rustc`, if it has `std` for the target.
fn installed() -> Result<Toolchain, String> {
    let libraries = output_of(rustc().args(["--print", "target-libdir", "--target", TARGET]))?;
    let has_std = std::fs::read_dir(libraries.trim())
        .is_ok_and(|mut files| files.any(|file| file.is_ok_and(|file| is_std(&file.file_name().to_string_lossy()))));
    if !has_std {
        return Err(format!("it has no target {TARGET}"));
    }
    let identity = output_of(rustc().arg("-vV"))?;
    Ok(Toolchain::new(first_line(&identity), identity, sysroot()?, None))
}

fn is_std(file: &str) -> bool {
    file.starts_with("libstd-") && file.ends_with(".rlib")
}

fn from_rustup(progress: &mut dyn FnMut(BuildStep)) -> Result<Toolchain, String> {
    // Without rustup there is no step to report.
    output_of(Command::new("rustup").arg("--version").current_dir("/"))?;
    progress(BuildStep::AddingTarget);
    output_of(Command::new("rustup").args(["target", "add", TARGET]).current_dir("/"))?;
    installed()
}

/// Returns Debian's compiler with the linker of the installed compiler.
fn from_debian(found: debian::Fetched) -> Result<Toolchain, String> {
    let identity = output_of(Command::new(&found.rustc).arg("-vV"))?;
    let sysroot = sysroot()?;
    let linker = sysroot.join("lib/rustlib").join(host_of(&identity).unwrap_or_default()).join("bin/rust-lld");
    if !linker.is_file() {
        return Err(format!("the installed Rust has no linker at {}", linker.display()));
    }
    let name = format!("{} (Debian, std built from source)", first_line(&identity));
    let identity = format!("{identity}debian, std from source");
    let folder = found.rustc.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Toolchain::new(name, identity, sysroot, Some(Unpacked { rustc: found.rustc, folder, linker })))
}

fn sysroot() -> Result<PathBuf, String> {
    Ok(PathBuf::from(output_of(rustc().args(["--print", "sysroot"]))?.trim()))
}

fn host_of(identity: &str) -> Option<&str> {
    identity.lines().find_map(|line| line.strip_prefix("host: "))
}

/// The installed compiler, started where no strategy's settings are found.
fn rustc() -> Command {
    let mut command = Command::new("rustc");
    command.current_dir("/");
    command
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
