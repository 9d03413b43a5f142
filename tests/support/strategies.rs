//! Strategies that are built once for each content.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use host_sandbox::Cache;

use super::environment::Environment;

/// Where this repository is.
pub const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// An environment that shares the user's cache, so that strategies are built and compiled once for each content. Without its
/// repository it has no strategy: see [`mean_reversion`] and [`range_buyer`].
pub fn environment() -> Environment {
    Environment::new().with("HOST_CACHE_DIR", &Cache::of_user().root().display().to_string())
}

/// The component of the mean-reversion strategy.
pub fn mean_reversion() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| build(Path::new(REPOSITORY).join("strategies/mean-reversion")))
}

/// The component of the calendar-spread strategy.
pub fn calendar_spread() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| build(Path::new(REPOSITORY).join("strategies/calendar-spread")))
}

/// The component of `tests/compat`: buys below 0.40 and leaves above 0.60, so that its trades can be worked out by hand.
pub const RANGE_BUYER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/compat/strategy-1.0.0.wasm");

/// Builds the crate in `folder` with the user's own environment, since the first build of a machine fetches its toolchain;
/// yields the component's path in the cache.
pub fn build(folder: impl AsRef<Path>) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_host")).arg("build").arg(folder.as_ref()).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a path").trim().to_owned()
}

/// Writes a strategy's crate of one source file into a new folder `name` of `environment`, as an author outside of this
/// repository has it: with the SDK as its only dependency.
pub fn write_crate(environment: &Environment, name: &str, source: &str) -> PathBuf {
    let sdk = Path::new(REPOSITORY).join("sdk/rust").canonicalize().expect("the SDK");
    let manifest = format!(
        "[package]\nname = \"{name}\"\ndescription = \"A strategy of a test.\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n[dependencies]\nstrategy-sdk = {{ path = {sdk:?} }}\n"
    );
    environment.write(&format!("{name}/src/lib.rs"), source);
    // The repository's versions: what is fetched for one strategy serves all, and the same content is built once.
    let versions = std::fs::read(Path::new(REPOSITORY).join("Cargo.lock")).expect("the versions");
    environment.write(&format!("{name}/Cargo.lock"), versions);
    environment.write(&format!("{name}/Cargo.toml"), manifest).parent().expect("its folder").to_owned()
}
