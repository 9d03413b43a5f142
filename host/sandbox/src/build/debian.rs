//! Debian's compiler for WebAssembly, unpacked in the cache folder: for machines that reach package registries alone.
//!
//! Nothing is installed and no root is needed: `rustc-web` would conflict with rustup. apt checks the signatures. No
//! version is written here: a security update moves it, so everything is read from what apt offers.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Progress;
use super::toolchain::say;
use crate::cache::Cache;

const COMPILER: &str = "rustc-web";
const SOURCES: &str = "rust-web-src";

/// An unpacked toolchain.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    /// Wrapper that starts the compiler with its libraries.
    pub rustc: PathBuf,
}

/// apt with the system's package lists, or with lists of its own.
struct Apt {
    lists: Option<PathBuf>,
}

/// The toolchain that an earlier build unpacked: the newest, if there are several.
pub(super) fn fetched(cache: &Cache) -> Option<Fetched> {
    let folders = fs::read_dir(cache.root().join("toolchains")).ok()?;
    let complete = |folder: PathBuf| Some(folder.join("rustc")).filter(|rustc| rustc.is_file());
    let mut found: Vec<_> = folders.filter_map(|folder| complete(folder.ok()?.path())).collect();
    found.sort();
    found.pop().map(|rustc| Fetched { rustc })
}

/// Downloads and unpacks what apt offers now.
pub(super) fn fetch(cache: &Cache, progress: &mut dyn FnMut(Progress)) -> Result<Fetched, String> {
    let system = |error: std::io::Error| error.to_string();
    for tool in ["apt-get", "apt-cache", "dpkg"] {
        say(Command::new(tool).arg("--version")).map_err(|_| format!("this system has no `{tool}`"))?;
    }
    let apt = Apt::with_package(cache, progress)?;
    let version = apt.field(COMPILER, "Version")?;
    let packages = apt.packages()?;
    let bytes: u64 = packages.iter().filter_map(|package| apt.field(package, "Size").ok()?.parse::<u64>().ok()).sum();
    progress(Progress::FetchingToolchain { megabytes: bytes.div_ceil(1_000_000) });
    let toolchains = cache.folder("toolchains").map_err(system)?;
    let target = toolchains.join(format!("debian-{}", version.replace(['/', ':'], "_")));
    // Beside the target, so that the last step is a rename: what bears the name is whole.
    let work = tempfile::tempdir_in(&toolchains).map_err(system)?;
    let (downloads, root) = (work.path().join("debs"), work.path().join("root"));
    for folder in [&downloads, &root] {
        fs::create_dir(folder).map_err(system)?;
    }
    say(apt.command("apt-get").arg("download").args(&packages).current_dir(&downloads))?;
    for package in fs::read_dir(&downloads).map_err(system)? {
        say(Command::new("dpkg").arg("-x").arg(package.map_err(system)?.path()).arg(&root))?;
    }
    fs::remove_dir_all(&downloads).map_err(system)?;
    write_wrapper(work.path(), &target).map_err(system)?;
    if target.exists() {
        fs::remove_dir_all(&target).map_err(system)?;
    }
    host_system::files::rename(&work.keep(), &target).map_err(system)?;
    let rustc = target.join("rustc");
    say(Command::new(&rustc).arg("-vV")).map_err(|error| format!("the unpacked compiler does not start: {error}"))?;
    Ok(Fetched { rustc })
}

/// A two-line program that starts the compiler, once it lies at `target`, with its own libraries before the system's.
fn write_wrapper(work: &Path, target: &Path) -> std::io::Result<()> {
    let libraries: BTreeSet<_> = library_folders(&work.join("root"))?
        .into_iter()
        .filter_map(|folder| Some(target.join(folder.strip_prefix(work).ok()?).display().to_string()))
        .collect();
    let libraries = libraries.into_iter().collect::<Vec<_>>().join(":");
    let rustc = target.join("root/usr/bin/rustc");
    let mut file = fs::File::create(work.join("rustc"))?;
    writeln!(file, "#!/bin/sh")?;
    writeln!(file, "LD_LIBRARY_PATH='{libraries}' exec '{}' \"$@\"", rustc.display())?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// The folders below `root/usr/lib` that hold shared libraries.
fn library_folders(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("usr/lib"))? {
        let folder = entry?.path();
        for folder in [folder.clone(), folder.join("lib")] {
            let Ok(mut files) = fs::read_dir(&folder) else { continue };
            if files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().contains(".so"))) {
                found.push(folder);
            }
        }
    }
    Ok(found)
}

impl Apt {
    /// apt that knows the compiler's package: the system's lists if they have it, else lists of our own.
    fn with_package(cache: &Cache, progress: &mut dyn FnMut(Progress)) -> Result<Apt, String> {
        let system = Apt { lists: None };
        if system.field(SOURCES, "Version").is_ok() && system.packages().is_ok() {
            return Ok(system);
        }
        progress(Progress::ReadingPackageLists);
        let lists = cache.folder("apt").map_err(|error| error.to_string())?;
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(lists.join(folder)).map_err(|error| error.to_string())?;
        }
        let own = Apt { lists: Some(lists) };
        let updated = say(own.command("apt-get").arg("update"));
        // One broken source among several is no reason to stop; without the package there is one.
        match (own.field(SOURCES, "Version"), updated) {
            (Ok(_), _) => Ok(own),
            (Err(_), Err(error)) => Err(format!("`apt-get update` failed: {error}")),
            (Err(_), Ok(_)) => Err(format!("no package source offers {SOURCES}")),
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if let Some(lists) = &self.lists {
            command.arg("-o").arg(format!("Dir::State::lists={}", lists.join("lists").display()));
            command.arg("-o").arg(format!("Dir::Cache={}", lists.join("cache").display()));
        }
        // The download is ours, not root's: no change of user, which could not read our folder.
        command.args(["-o", "APT::Sandbox::User="]).env("LC_ALL", "C");
        command
    }

    /// The field `name` of the version of `package` that apt would take.
    fn field(&self, package: &str, name: &str) -> Result<String, String> {
        let shown = say(self.command("apt-cache").args(["show", "--no-all-versions", package]))?;
        let start = format!("{name}: ");
        let value = shown.lines().find_map(|line| line.strip_prefix(&start));
        value.map(|value| value.trim().to_owned()).ok_or_else(|| format!("{package} has no {name}"))
    }

    /// The compiler, its sources, and the libraries that it needs and this system lacks.
    fn packages(&self) -> Result<BTreeSet<String>, String> {
        let mut packages = BTreeSet::from([SOURCES.to_owned()]);
        let mut open = vec![COMPILER.to_owned()];
        while let Some(package) = open.pop() {
            if packages.contains(&package) {
                continue;
            }
            let depends = self.field(&package, "Depends").unwrap_or_default();
            let names = depends.split(',').filter_map(|one| one.split_whitespace().next());
            // gcc and binutils are for linking native programs, which rustup's users can do already.
            open.extend(names.filter(|name| is_library(name) && !is_installed(name)).map(str::to_owned));
            packages.insert(package);
        }
        Ok(packages)
    }
}

fn is_library(package: &str) -> bool {
    package.starts_with("lib") && !package.starts_with("libc-dev") && !package.starts_with("libc6")
}

fn is_installed(package: &str) -> bool {
    let status = say(Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]));
    status.is_ok_and(|status| status.ends_with(" installed"))
}
