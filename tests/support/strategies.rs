//! The strategies that tests trade with: each is built once for each content of its source.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use host_sandbox::{Cache, Compiler, UserEnvironment};

use super::environment::Environment;

/// The root of this repository.
pub const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// An environment that shares the user's cache, so that strategies are built and compiled once. It holds no
/// strategies itself: tests name components by their paths, such as [`mean_reversion`] and [`RANGE_BUYER`].
pub fn environment() -> Environment {
    let key = Cache::key_folder_of_user(&user_environment()).expect("a home folder");
    let cache = Environment::new().with("HOST_CACHE_DIR", &user_cache().root().display().to_string());
    cache.with("HOST_CACHE_KEY_DIR", &key.display().to_string())
}

/// The cache of the user who runs the tests.
pub fn user_cache() -> Cache {
    Cache::of_user(&user_environment(), Compiler::in_this_process())
}

fn user_environment() -> UserEnvironment {
    UserEnvironment::new(std::env::vars_os(), std::env::home_dir())
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

/// The component of `tests/compat`: it buys below 0.40 and sells above 0.60, so that its trades can be worked out by
/// hand.
pub const RANGE_BUYER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/compat/strategy-1.0.0.wasm");

/// The component of `sources/scripted.rs`, which does what the column `volume` says.
pub fn scripted() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let environment = Environment::new();
        build(write_crate(&environment, "scripted", include_str!("sources/scripted.rs")))
    })
}

/// The component of `sources/average.rs`, which buys below an exponential average and leaves at it.
pub fn average() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let environment = Environment::new();
        build(write_crate(&environment, "average", include_str!("sources/average.rs")))
    })
}

/// Builds the crate in `folder` and returns the component's path in the cache. It runs in the user's own environment,
/// because the first build on a machine fetches the toolchain, but trusts the folder in settings of its own.
pub fn build(folder: impl AsRef<Path>) -> String {
    let settings = tempfile::tempdir().expect("a folder");
    let host = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(words).arg(folder.as_ref()).env("XDG_CONFIG_HOME", settings.path());
        let output = command.output().expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    if !folder.as_ref().starts_with(REPOSITORY) {
        host(&["trust", "folder"]);
    }
    host(&["build"]).trim().to_owned()
}

/// Confirms that `component`, which nobody has signed, may run live in `environment`, as a person does.
pub fn confirm(environment: &Environment, component: &str) {
    environment.run(&format!("trust confirm {component}")).success();
}

/// Writes a strategy's crate of one source file into the folder `name` of `environment`, as an author outside this
/// repository would have it: with the SDK as its only dependency. Returns the folder.
pub fn write_crate(environment: &Environment, name: &str, source: &str) -> PathBuf {
    write_version(environment, (name, "1.0.0"), source)
}

/// The same, of another version than the first.
pub fn write_version(environment: &Environment, (name, version): (&str, &str), source: &str) -> PathBuf {
    let sdk = Path::new(REPOSITORY).join("sdk/rust").canonicalize().expect("the SDK");
    let manifest = format!(
        "[package]\nname = \"{name}\"\ndescription = \"A strategy of a test.\"\nversion = \"{version}\"\n\
         edition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n[dependencies]\n\
         strategy-sdk = {{ path = {sdk:?} }}\n"
    );
    environment.write(&format!("{name}/src/lib.rs"), source);
    // The repository's lock file: dependencies are fetched once for all strategies, and the same content is built once.
    let versions = std::fs::read(Path::new(REPOSITORY).join("Cargo.lock")).expect("the versions");
    environment.write(&format!("{name}/Cargo.lock"), versions);
    environment.write(&format!("{name}/Cargo.toml"), manifest).parent().expect("its folder").to_owned()
}
