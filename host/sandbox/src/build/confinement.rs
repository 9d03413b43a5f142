//! Confines the code that a build runs, with bubblewrap where it is installed and works: no network, no home, and of
//! the machine's files only those that a compiler needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::package::Package;
use super::process::output_of;
use super::room::Room;
use super::toolchain::Toolchain;
use crate::environment::UserEnvironment;
use crate::tree::Tree;

/// The parts of a system that compilers and linkers need, each if it is there.
const SYSTEM: [&str; 11] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
];
/// The crates that cargo has fetched, and the user's settings for it. Tokens lie in other files.
const OF_CARGO: [&str; 4] = ["registry", "git", "config.toml", "config"];

/// Forbids namespaces within the confinement: an older bubblewrap, or one that is installed setuid, cannot.
const NO_NAMESPACES: &[&str] = &["--unshare-user", "--disable-userns"];

/// A bubblewrap that works on this machine.
#[derive(Debug)]
pub(super) struct Confinement {
    bubblewrap: PathBuf,
    /// The options that this one has beyond those of all.
    stricter: &'static [&'static str],
}

impl Confinement {
    /// Finds bubblewrap, and tries it.
    ///
    /// # Errors
    /// The reason why nothing can be confined, for people.
    pub fn find(environment: &UserEnvironment) -> Result<Confinement, String> {
        let bubblewrap = environment.program("bwrap").ok_or("bubblewrap (`bwrap`) is not installed")?;
        let strict = Confinement { bubblewrap, stricter: NO_NAMESPACES };
        if strict.works().is_ok() {
            return Ok(strict);
        }
        let found = Confinement { stricter: &[], ..strict };
        found.works().map_err(|reason| format!("bubblewrap does not work here: {reason}"))?;
        Ok(found)
    }

    fn works(&self) -> Result<(), String> {
        let mut trial = self.command();
        trial.args(["--", "true"]).env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        output_of(&mut trial).map(drop)
    }

    /// Returns the start of a bubblewrap that shows the system's programs alone.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.bubblewrap);
        // For root, bubblewrap would keep all capabilities, with which what is bound read-only can be made writable.
        command.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]).args(self.stricter);
        for part in SYSTEM {
            command.args(["--ro-bind-try", part, part]);
        }
        command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
        command
    }

    /// Returns `cargo`, a command of `room`, so that it sees of the machine what the build of `package` needs, and can
    /// write to `target` alone.
    pub fn confine(
        &self,
        cargo: &Command,
        package: &Package,
        toolchain: &Toolchain,
        room: &Room,
        target: &Path,
    ) -> Command {
        let mut command = self.command();
        let of_cargo = OF_CARGO.map(|name| room.cargo_home.join(name));
        for path in toolchain.folders().into_iter().chain(room.tools.clone()).chain(of_cargo) {
            bind(&mut command, "--ro-bind-try", &path, &path);
        }
        show_sources(&mut command, package, &room.empty_file());
        for path in [target, room.scratch()] {
            bind(&mut command, "--bind", path, path);
        }
        command.args(["--chdir", "/", "--"]).arg(cargo.get_program()).args(cargo.get_args());
        command.env_clear().current_dir("/").stdin(std::process::Stdio::null());
        let set = cargo.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.envs(set);
        command
    }
}

/// Shows the folders that are compiled, without what is left out of them: nobody has checked whose it is. Of the
/// workspaces around them, which may be somebody's home, only the files are shown that cargo reads.
fn show_sources(command: &mut Command, package: &Package, empty: &Path) {
    for path in package.unread.iter().filter(|path| path.is_file()) {
        bind(command, "--ro-bind-try", empty, path);
    }
    let leads = package.workspaces.iter().flat_map(|root| ["Cargo.toml", "Cargo.lock"].map(|name| root.join(name)));
    for path in leads.chain(package.manifests.iter().cloned()) {
        bind(command, "--ro-bind-try", &path, &path);
    }
    for folder in &package.folders {
        bind(command, "--ro-bind-try", folder, folder);
        // Nothing can be mounted on a link; what it leads to is not shown.
        for hidden in Tree::left_out(folder).iter().filter(|path| !path.is_symlink()) {
            command.arg("--tmpfs").arg(hidden);
        }
    }
}

fn bind(command: &mut Command, how: &str, source: &Path, place: &Path) {
    command.arg(how).args([source, place]);
}
