//! Builds real crates with the real compiler: in this repository, outside of it, and broken in the ways that authors
//! break them.
//!
//! The first run on a machine fetches a toolchain and builds `std`; both stay in the user's cache folder.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};

use host_core::strategy::{FaultKind, ParameterValue};
use host_core::{Span, Timestamp};
use host_sandbox::trust::{FolderTrust, HostWorkspace, TrustedFolder};
use host_sandbox::{
    BuildError, BuildOptions, Built, Cache, CheckOptions, Compiler, Sandbox, SandboxLimits, Settings, UserEnvironment,
    build, check,
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Trusts `dir` unless it is the repository's own, in settings that are not those of the user who runs the tests.
fn trusted(dir: &Path) -> TrustedFolder {
    let settings = tempfile::tempdir().unwrap();
    let place = ("XDG_CONFIG_HOME".into(), settings.path().as_os_str().to_owned());
    let own = HostWorkspace::at(&repository(), std::env::current_exe().ok().as_deref());
    let trust = FolderTrust::of_user(&UserEnvironment::new([place], None), own);
    trust.judge(dir).unwrap_or_else(|_| {
        trust.add(dir, "a test", Timestamp(0)).unwrap();
        trust.judge(dir).unwrap()
    })
}

fn build_quietly(dir: &Path) -> Result<Built, BuildError> {
    let environment = UserEnvironment::new(std::env::vars_os(), std::env::home_dir());
    build(&trusted(dir), &BuildOptions::default(), &environment, &user_cache(&environment), &mut |_| {})
}

fn user_sandbox() -> Sandbox {
    let environment = UserEnvironment::new(std::env::vars_os(), std::env::home_dir());
    Sandbox::new(SandboxLimits::default(), user_cache(&environment)).unwrap()
}

fn user_cache(environment: &UserEnvironment) -> Cache {
    Cache::of_user(environment, Compiler::in_this_process())
}

/// Writes a crate outside of the repository with this source; the lines of `manifest` follow its `[package]` section.
fn outside_crate(manifest: &str, source: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let package = "[workspace]\n[package]\nname = \"outsider\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(folder.path().join("Cargo.toml"), format!("{package}{manifest}")).unwrap();
    // The same dependency versions as in this repository: nothing has to be fetched or compiled again.
    fs::copy(repository().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), source).unwrap();
    folder
}

const CDYLIB: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

#[test]
fn the_repositorys_strategy_is_built_once_and_passes_every_check() {
    let dir = repository().join("strategies/mean-reversion");
    let built = build_quietly(&dir).unwrap();
    let again = build_quietly(&dir).unwrap();
    assert_eq!((again.from_cache, &again.path, again.size_bytes), (true, &built.path, built.size_bytes));

    let sandbox = user_sandbox();
    let component = sandbox.load(&built.path).unwrap();
    assert!(component.imports.iter().all(|import| import.starts_with("trading:strategy/")), "{component:?}");
    let report = check(&component, &CheckOptions::default()).unwrap();
    assert!(report.passed(), "{:#?}", report.findings);
    assert!(report.signals > 0 && report.scores > 0, "{report:?}");
}

#[test]
fn a_strategy_hands_its_state_to_the_next_instance() {
    let built = build_quietly(&repository().join("strategies/mean-reversion")).unwrap();
    let sandbox = user_sandbox();
    let component = sandbox.load(&built.path).unwrap();
    let settings = Settings { parameters: Vec::new(), poll_interval: Span::minutes(5) };
    let mut old = component.start(&settings).unwrap();
    assert!(old.has_state());
    let snapshot = old.save().unwrap();
    let mut new = component.start(&settings).unwrap();
    new.restore(&snapshot).unwrap();
    assert_eq!(new.save().unwrap(), snapshot);
    let foreign = host_core::SavedState { schema: "something else".into(), ..snapshot };
    assert_eq!(new.restore(&foreign).unwrap_err().kind, FaultKind::Refused);
    assert!(new.save().is_ok(), "a refusal leaves it running");
}

#[test]
fn an_authors_crate_outside_of_the_repository_builds_with_the_sdk_alone() {
    let sdk = repository().join("sdk/rust");
    let manifest = format!("{CDYLIB}[dependencies]\nstrategy-sdk = {{ path = {:?} }}\n", sdk.display().to_string());
    let source = r#"//! Panics on purpose.
use strategy_sdk::{Row, Settings, Signal, Strategy, parameters};
parameters! {
    struct OutsiderParameters {
        /// The row at which the strategy panics.
        panic_at: i64 = 3, in 1..=100;
    }
}
struct Outsider(i64);
impl Strategy for Outsider {
    type Parameters = OutsiderParameters;
    const ABOUT: strategy_sdk::About = strategy_sdk::about!();
    fn new(parameters: OutsiderParameters, _poll: i64) -> Result<Self, String> { Ok(Outsider(parameters.panic_at)) }
    fn on_row(&mut self, _row: &Row, _signals: &mut Vec<Signal>) -> f64 {
        self.0 -= 1;
        assert!(self.0 > 0, "row counter is {}", self.0);
        0.5
    }
}
strategy_sdk::export!(Outsider);
"#;
    let folder = outside_crate(&manifest, source);
    let built = build_quietly(folder.path()).unwrap();
    assert!(build_quietly(folder.path()).unwrap().from_cache);
    let component = fs::read(&built.path).unwrap();
    fs::write(&built.path, "planted").unwrap();
    assert!(!build_quietly(folder.path()).unwrap().from_cache, "what lies there was not built from these sources");
    assert_eq!(fs::read(&built.path).unwrap(), component);
    let sandbox = user_sandbox();
    let component = sandbox.load(&built.path).unwrap();
    let settings = Settings {
        parameters: vec![("panic_at".into(), ParameterValue::Text("2".into()))],
        poll_interval: Span::minutes(5),
    };
    let mut strategy = component.start(&settings).unwrap();
    let quotes = host_sandbox::Sequence::generate(host_sandbox::SequenceOptions::default()).quotes;
    let batch =
        |rows| host_core::strategy::Batch { markets: &[], quotes: quotes.view(0..rows), positions: &[], fills: &[] };
    let mut decisions = host_core::Decisions::default();
    host_core::Strategy::on_batch(&mut strategy, &batch(1), &mut decisions).unwrap();
    assert_eq!(decisions.scores, [0.5]);
    let fault = host_core::Strategy::on_batch(&mut strategy, &batch(5), &mut decisions).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Panicked);
    assert!(fault.message.contains("row counter is 0") && fault.message.contains("src/lib.rs"), "{fault:?}");
}

#[test]
fn crates_of_the_same_name_are_not_confused() {
    let source = |version: u32| format!("#[unsafe(no_mangle)] pub extern \"C\" fn answer() -> u32 {{ {version} }}");
    // Written before any of them is built, so that the files' ages do not tell them apart.
    let (one, two) = (outside_crate("", &source(1)), outside_crate(CDYLIB, "pub fn broken() -> u32 { \"two\" }"));
    let good = outside_crate(CDYLIB, &source(3));
    assert!(matches!(build_quietly(good.path()), Err(BuildError::Encode { .. })));
    assert!(matches!(build_quietly(two.path()), Err(BuildError::Compile { .. })));
    assert!(matches!(build_quietly(one.path()), Err(BuildError::NotCdylib { .. })));
}

#[test]
fn the_compilers_messages_reach_the_author() {
    let folder = outside_crate(CDYLIB, "pub fn answer() -> u32 { \"forty-two\" }");
    let error = build_quietly(folder.path()).unwrap_err().to_string();
    assert!(error.contains("does not compile") && error.contains("mismatched types"), "{error}");
    assert!(error.contains("src/lib.rs:1") && !error.contains("Compiling"), "{error}");
}

#[test]
fn the_error_for_a_crate_that_is_no_strategy_says_what_is_missing() {
    let check = |folder: &Path, expect: &str| {
        let error = build_quietly(folder).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(outside_crate("", "").path(), "crate-type = [\"cdylib\", \"rlib\"]");
    check(
        outside_crate(CDYLIB, "").path(),
        "makes no strategy: the component exports no `trading:strategy/guest@1.0.0`",
    );
    check(outside_crate("[nonsense\n", "").path(), "cargo cannot read");
    check(tempfile::tempdir().unwrap().path(), "has no Cargo.toml");
}
