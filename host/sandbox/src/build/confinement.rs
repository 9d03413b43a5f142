//! Confines the code that a build runs, with bubblewrap where it is installed and works: no network, no home, and of
//! the machine's files only those that a compiler needs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::package::Package;
use super::process::output_of;
use super::room::Room;
use super::toolchain::Toolchain;
use crate::environment::UserEnvironment;

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

/// A bubblewrap that works on this machine.
#[derive(Debug)]
pub(super) struct Confinement {
    bubblewrap: PathBuf,
}

impl Confinement {
    /// Finds bubblewrap, and tries it.
    ///
    /// # Errors
    /// The reason why nothing can be confined, for people.
    pub fn find(environment: &UserEnvironment) -> Result<Confinement, String> {
        let bubblewrap = environment.program("bwrap").ok_or("bubblewrap (`bwrap`) is not installed")?;
        let found = Confinement { bubblewrap };
        let mut trial = found.command();
        trial.args(["--", "true"]).env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        output_of(&mut trial).map_err(|reason| format!("bubblewrap does not work here: {reason}"))?;
        Ok(found)
    }

    /// Returns the start of a bubblewrap that shows the system's programs alone.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.bubblewrap);
        command.args(["--unshare-all", "--die-with-parent", "--new-session"]);
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
        // Whole workspaces: cargo reads the manifests of all members.
        let sources = package.workspaces.iter().chain(&package.folders);
        let readable =
            toolchain.folders().into_iter().chain(room.tools.clone()).chain(of_cargo).chain(sources.cloned());
        for path in readable {
            bind(&mut command, "--ro-bind-try", &path);
        }
        for path in [target, room.scratch()] {
            bind(&mut command, "--bind", path);
        }
        command.args(["--chdir", "/", "--"]).arg(cargo.get_program()).args(cargo.get_args());
        command.env_clear().current_dir("/").stdin(std::process::Stdio::null());
        let set = cargo.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.envs(set);
        command
    }
}

fn bind(command: &mut Command, how: &str, path: &Path) {
    command.arg(how).args([OsString::from(path), OsString::from(path)]);
}
