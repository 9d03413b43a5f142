//! Debian's compiler for WebAssembly, unpacked in the cache folder, for machines that reach only package registries.
//!
//! Nothing is installed and no root is needed; installed, `rustc-web` would conflict with rustup. apt checks the
//! signatures. No version is fixed here, because security updates change it: every version is read from apt's lists.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::output_of;
use super::step::BuildStep;
use crate::cache::Cache;

const COMPILER: &str = "rustc-web";
const SOURCES: &str = "rust-web-src";

/// An unpacked toolchain.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    /// The wrapper script that starts the compiler with its own libraries.
    pub rustc: PathBuf,
}

/// apt with the system's package lists, or with lists in our cache folder.
struct Apt {
    lists: Option<PathBuf>,
}

/// Returns the toolchain that an earlier build unpacked; of several, the newest by name.
pub(super) fn fetched(cache: &Cache) -> Option<Fetched> {
    let folders = fs::read_dir(cache.root().join("toolchains")).ok()?;
    let complete = |folder: PathBuf| Some(folder.join("rustc")).filter(|rustc| rustc.is_file());
    let mut found: Vec<_> = folders.filter_map(|folder| complete(folder.ok()?.path())).collect();
    found.sort();
    found.pop().map(|rustc| Fetched { rustc })
}

/// Downloads and unpacks the version that apt offers now.
pub(super) fn fetch(cache: &Cache, progress: &mut dyn FnMut(BuildStep)) -> Result<Fetched, String> {
    let system = |error: std::io::Error| error.to_string();
    for tool in ["apt-get", "apt-cache", "dpkg"] {
        output_of(Command::new(tool).arg("--version")).map_err(|_| format!("this system has no `{tool}`"))?;
    }
    let apt = Apt::with_package(cache, progress)?;
    let version = apt.field(COMPILER, "Version")?;
    let packages = apt.packages()?;
    let bytes: u64 = packages.iter().filter_map(|package| apt.field(package, "Size").ok()?.parse::<u64>().ok()).sum();
    progress(BuildStep::FetchingToolchain { megabytes: bytes.div_ceil(1_000_000) });
    let toolchains = cache.folder("toolchains").map_err(system)?;
    let target = toolchains.join(format!("debian-{}", version.replace(['/', ':'], "_")));
    // In the same folder as the target, so that the last step is a rename and a target is always complete.
    let work = host_system::files::scratch_folder(&toolchains, ".unpacking-").map_err(system)?;
    let (downloads, root) = (work.path().join("debs"), work.path().join("root"));
    for folder in [&downloads, &root] {
        fs::create_dir(folder).map_err(system)?;
    }
    output_of(apt.command("apt-get").arg("download").args(&packages).current_dir(&downloads))?;
    for package in fs::read_dir(&downloads).map_err(system)? {
        output_of(Command::new("dpkg").arg("-x").arg(package.map_err(system)?.path()).arg(&root))?;
    }
    fs::remove_dir_all(&downloads).map_err(system)?;
    write_wrapper(work.path(), &target).map_err(system)?;
    if target.exists() {
        fs::remove_dir_all(&target).map_err(system)?;
    }
    host_system::files::rename(&work.keep(), &target).map_err(system)?;
    let rustc = target.join("rustc");
    output_of(Command::new(&rustc).arg("-vV"))
        .map_err(|error| format!("the unpacked compiler does not start: {error}"))?;
    Ok(Fetched { rustc })
}

/// Writes a script that starts the compiler, once it is at `target`, with its own libraries before the system's.
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

/// Returns the folders below `root/usr/lib` that hold shared libraries.
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
    /// Returns an apt whose lists have the compiler's packages: the system's lists if they do, else lists of our own.
    fn with_package(cache: &Cache, progress: &mut dyn FnMut(BuildStep)) -> Result<Apt, String> {
        let system = Apt { lists: None };
        if system.field(SOURCES, "Version").is_ok() && system.packages().is_ok() {
            return Ok(system);
        }
        progress(BuildStep::ReadingPackageLists);
        let lists = cache.folder("apt").map_err(|error| error.to_string())?;
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(lists.join(folder)).map_err(|error| error.to_string())?;
        }
        let own = Apt { lists: Some(lists) };
        let updated = output_of(own.command("apt-get").arg("update"));
        // One broken source among several does not matter as long as another offers the package.
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
        // apt must not change to its own user, which could not write to our folder.
        command.args(["-o", "APT::Sandbox::User="]).env("LC_ALL", "C");
        command
    }

    /// Returns the field `name` of the version of `package` that apt would install.
    fn field(&self, package: &str, name: &str) -> Result<String, String> {
        let shown = output_of(self.command("apt-cache").args(["show", "--no-all-versions", package]))?;
        let start = format!("{name}: ");
        let value = shown.lines().find_map(|line| line.strip_prefix(&start));
        value.map(|value| value.trim().to_owned()).ok_or_else(|| format!("{package} has no {name}"))
    }

    /// Returns the compiler, its sources, and the libraries that it needs and this system lacks.
    fn packages(&self) -> Result<BTreeSet<String>, String> {
        let mut packages = BTreeSet::from([SOURCES.to_owned()]);
        let mut open = vec![COMPILER.to_owned()];
        while let Some(package) = open.pop() {
            if packages.contains(&package) {
                continue;
            }
            let depends = self.field(&package, "Depends").unwrap_or_default();
            let names = depends.split(',').filter_map(|one| one.split_whitespace().next());
            // gcc and binutils are left out: they link native programs (build scripts, macros), which an installed Rust
            // can already do.
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
    let status = output_of(Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]));
    status.is_ok_and(|status| status.ends_with(" installed"))
}
