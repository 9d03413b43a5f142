//! The reasons why a crate cannot be built into a component. Each message names the cause and, where there is one, the
//! remedy.

use std::path::PathBuf;

use crate::cache::CACHE_VARIABLE;
use crate::trust::NotOwn;

/// A strategy that could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{} is no strategy crate: it has no Cargo.toml", dir.display())]
    NoCrate { dir: PathBuf },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the cache folder {} cannot be used: {source}; set {} to another one",
        root.display(),
        CACHE_VARIABLE
    )]
    Cache { root: PathBuf, source: std::io::Error },
    #[error("`{program}` could not be started: {source}; install Rust from rustup.rs")]
    Start { program: String, source: std::io::Error },
    #[error("cargo cannot read {}:\n{output}", dir.display())]
    Manifest { dir: PathBuf, output: String },
    #[error("cannot fetch what {} depends on:\n{output}", dir.display())]
    Fetch { dir: PathBuf, output: String },
    #[error(
        "{} names {}, which is in no folder that is checked, or in build products or version control: move it into the \
         folder of the crate",
        manifest.display(),
        path.display()
    )]
    Elsewhere { manifest: PathBuf, path: PathBuf },
    #[error("{} takes in what is not its own: {fault}", dir.display())]
    NotOwn { dir: PathBuf, fault: NotOwn },
    #[error("{} was not built within its time", dir.display())]
    Late { dir: PathBuf },
    #[error("{} was not built: it was stopped", dir.display())]
    Stopped { dir: PathBuf },
    #[error("{} does not compile:\n{output}", dir.display())]
    Compile { dir: PathBuf, output: String },
    #[error(
        "{} makes no WebAssembly module: its Cargo.toml needs `[lib] crate-type = [\"cdylib\", \"rlib\"]`",
        dir.display()
    )]
    NotCdylib { dir: PathBuf },
    #[error("{} makes no strategy: {reason}", dir.display())]
    Encode { dir: PathBuf, reason: String },
    #[error("no toolchain for WebAssembly was found. Tried: {}", tried.join("; "))]
    NoToolchain { tried: Vec<String> },
}

/// Returns the error of a cargo that could not be started.
pub(super) fn not_started(source: std::io::Error) -> BuildError {
    BuildError::Start { program: "cargo".to_owned(), source }
}

/// Returns cargo's messages without its progress lines.
pub(super) fn without_progress(messages: &str) -> String {
    let progress = ["Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking ", "Adding ", "Blocking "];
    let kept = messages.lines().filter(|line| !progress.iter().any(|start| line.trim_start().starts_with(start)));
    kept.collect::<Vec<_>>().join("\n")
}
