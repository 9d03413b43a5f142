//! The surroundings of a build: what cargo, compilers and build scripts see of this machine.
//!
//! Every command starts without the user's variables, which hold keys and tokens, and in the root folder: cargo and
//! rustup look for settings where they are started and above, and settings are code. A `.cargo/config.toml` that came
//! with a strategy names wrappers, linkers and credential helpers; a `rust-toolchain.toml`, a compiler. Neither is
//! read. The user's own settings, in cargo's home, are.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use host_system::files::{self, ScratchFolder};

use super::toolchain::Toolchain;
use crate::cache::Cache;
use crate::environment::UserEnvironment;

/// Folders in which every system has its tools.
const SYSTEM_TOOLS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

const EMPTY_FILE: &str = "empty";

/// Variables with which cargo reaches registries, beyond those of cargo itself.
const OF_NETWORK: [&str; 12] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
];
/// Prefixes of cargo's own variables for that. Some hold tokens.
const OF_REGISTRIES: [&str; 3] = ["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR"];

/// The surroundings of one build. Its home and temporary folder are removed with it.
#[derive(Debug)]
pub(super) struct Room {
    scratch: ScratchFolder,
    pub cargo_home: PathBuf,
    cargo: PathBuf,
    /// The folders of programs, in order.
    pub tools: Vec<PathBuf>,
    /// Settings of registries, without tokens.
    kept: Vec<(OsString, OsString)>,
    of_network: Vec<(OsString, OsString)>,
}

impl Room {
    /// Makes the surroundings of a build with `toolchain`.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn new(toolchain: &Toolchain, environment: &UserEnvironment, cache: &Cache) -> io::Result<Room> {
        let scratch = files::private_scratch_folder(&cache.folder("")?, "building-")?;
        for name in ["home", "tmp"] {
            fs::create_dir(scratch.path().join(name))?;
        }
        fs::write(scratch.path().join(EMPTY_FILE), "")?;
        let cargo_home = environment.cargo_home().map_or_else(|| cache.folder("cargo"), Ok)?;
        let own = toolchain.sysroot.join("bin");
        let cargo = own.join("cargo");
        // A compiler without a cargo beside it is used with the cargo that the user has.
        let cargo = if cargo.is_file() { Some(cargo) } else { environment.program("cargo") };
        let cargo = cargo.unwrap_or_else(|| "cargo".into());
        let linker = environment.program("cc").and_then(|cc| Some(cc.parent()?.to_owned()));
        let tools = [own].into_iter().chain(linker).chain(SYSTEM_TOOLS.map(PathBuf::from)).collect();
        let variables = |is_wanted: fn(&str) -> bool| -> Vec<(OsString, OsString)> {
            let named = environment.variables().filter(|(name, _)| name.to_str().is_some_and(is_wanted));
            named.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let (kept, of_network) = (variables(names_a_registry), variables(reaches_registries));
        Ok(Room { scratch, cargo_home, cargo, tools, kept, of_network })
    }

    /// The folder with home and temporary files.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// A file without content, which stands for those that have to be there and are not read.
    pub fn empty_file(&self) -> PathBuf {
        self.scratch().join(EMPTY_FILE)
    }

    /// Returns a cargo that sees nothing but what it needs.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        let path = self.tools.iter().map(|folder| folder.as_os_str()).collect::<Vec<_>>().join(OsStr::new(":"));
        command.env_clear().current_dir("/").stdin(Stdio::null()).env("PATH", path);
        command.env("CARGO_HOME", &self.cargo_home).env("HOME", self.scratch().join("home"));
        command.env("TMPDIR", self.scratch().join("tmp")).env("LANG", "C.UTF-8").env("CARGO_TERM_COLOR", "never");
        command.envs(self.kept.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Returns a cargo that may use the network, for what runs no code of a strategy.
    pub fn cargo_with_network(&self) -> Command {
        let mut command = self.cargo();
        command.envs(self.of_network.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Returns true for variables that say which registry is meant: without them cargo would not find what was fetched.
fn names_a_registry(name: &str) -> bool {
    let of_registry = name.starts_with("CARGO_REGISTR") && (name.ends_with("_INDEX") || name.ends_with("_DEFAULT"));
    of_registry || name.starts_with("CARGO_SOURCE_")
}

fn reaches_registries(name: &str) -> bool {
    OF_NETWORK.contains(&name) || OF_REGISTRIES.iter().any(|start| name.starts_with(start))
}
