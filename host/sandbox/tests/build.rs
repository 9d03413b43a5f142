//! Builds real crates with the real compiler: in this repository, outside of it, and broken in the ways that authors
//! break them.
//!
//! The first run on a machine fetches a toolchain and builds `std`; both stay in the user's cache folder.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use host_core::strategy::{FaultKind, ParameterValue};
use host_core::{Span, Timestamp};
use host_sandbox::trust::{FolderTrust, HostWorkspace, TrustedFolder};
use host_sandbox::{
    BuildError, BuildOptions, BuildStep, Built, Cache, CheckOptions, Compiler, Sandbox, SandboxLimits, Settings,
    UserEnvironment, build, check,
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

/// Builds the crate in `folder`, whose build script panics, and returns what it said.
fn told_by_the_script(folder: &Path) -> String {
    let error = build_quietly(folder).unwrap_err();
    assert!(matches!(error, BuildError::Compile { .. }), "{error}");
    error.to_string()
}

/// Returns true if builds are confined on this machine.
fn is_confined() -> bool {
    let environment = UserEnvironment::new(std::env::vars_os(), std::env::home_dir());
    let folder = outside_crate(CDYLIB, "");
    let mut confined = true;
    let mut watch = |step| confined &= !matches!(step, BuildStep::Unconfined(_));
    let _ =
        build(&trusted(folder.path()), &BuildOptions::default(), &environment, &user_cache(&environment), &mut watch);
    confined
}

#[test]
fn a_build_script_cannot_leave_its_confinement() {
    if !is_confined() {
        return;
    }
    let folder = outside_crate(CDYLIB, "");
    let script = r#"fn main() {
    let run = |script: &str| std::process::Command::new("sh").args(["-c", script]).status().unwrap().success();
    let dir = env!("CARGO_MANIFEST_DIR");
    println!("remounted: {}", run(&format!("mount -o remount,bind,rw {dir}")));
    println!("wrote: {}", std::fs::write(format!("{dir}/written"), "").is_ok());
    println!("nested: {}", run("unshare -Urm true"));
    println!("capabilities: {}", run("! grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status"));
    panic!("that is all");
}"#;
    fs::write(folder.path().join("build.rs"), script).unwrap();
    let told = told_by_the_script(folder.path());
    for reached in ["remounted", "wrote", "nested", "capabilities"] {
        assert!(told.contains(&format!("{reached}: false")), "{told}");
    }
    assert!(!folder.path().join("written").exists());
}

/// Writes files into `folder`, and the folders that they stand in.
fn write_all(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), content).unwrap();
    }
}

fn crate_named(name: &str, rest: &str) -> String {
    format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
}

/// A build script that fails, and tells which of `paths` it can read content from.
fn script_that_reads(paths: &[&str]) -> String {
    let reads = |path: &&str| {
        format!("println!(\"{path}: {{}}\", std::fs::read({path:?}).is_ok_and(|content| !content.is_empty()));\n")
    };
    format!("fn main() {{ {} panic!(\"that is all\"); }}", paths.iter().map(reads).collect::<String>())
}

#[test]
fn of_a_workspace_a_build_sees_what_cargo_reads_and_no_more() {
    if !is_confined() {
        return;
    }
    // Somebody's home, in which a workspace takes in what was downloaded.
    let home = tempfile::tempdir().unwrap();
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"dl/fast\", \"own/*\"]\n\
                    [workspace.package]\nlicense = \"MIT\"\n";
    let script = script_that_reads(&["src/lib.rs", "../../secret", "../../own/other/src/lib.rs"]);
    let own = crate_named("other", "[dev-dependencies]\ntests-only = { path = \"../../elsewhere\" }\n");
    write_all(
        home.path(),
        &[
            ("Cargo.toml", manifest),
            ("secret", "key"),
            ("own/other/Cargo.toml", &own),
            ("own/other/src/lib.rs", "// content"),
            ("elsewhere/Cargo.toml", &crate_named("tests-only", "")),
            ("elsewhere/src/lib.rs", "// content"),
            ("dl/fast/Cargo.toml", &crate_named("fast", &format!("license.workspace = true\n{CDYLIB}"))),
            ("dl/fast/src/lib.rs", "// content"),
            ("dl/fast/build.rs", &script),
        ],
    );
    let told = told_by_the_script(&home.path().join("dl/fast"));
    for (path, seen) in [("src/lib.rs", true), ("../../secret", false), ("../../own/other/src/lib.rs", false)] {
        assert!(told.contains(&format!("{path}: {seen}\n")), "{told}");
    }
}

#[test]
fn crates_that_are_only_for_tests_or_take_the_place_of_others_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let rest = format!(
        "{CDYLIB}[[test]]\nname = \"far\"\npath = \"../far/test.rs\"\n[workspace]\n\
         [dev-dependencies]\ntestkit = {{ path = \"../testkit\" }}\n\
         [patch.crates-io]\nitoa = {{ path = \"../itoa\" }}\n"
    );
    write_all(
        folder.path(),
        &[
            ("x/Cargo.toml", &crate_named("outsider", &rest)),
            ("x/src/lib.rs", ""),
            ("far/test.rs", ""),
            ("testkit/Cargo.toml", &format!("{}[workspace]\n", crate_named("testkit", "license = \"MIT\"\n"))),
            ("testkit/src/lib.rs", ""),
            ("itoa/Cargo.toml", &format!("{}[workspace]\n", crate_named("itoa", ""))),
            ("itoa/src/lib.rs", ""),
        ],
    );
    let built = build_quietly(&folder.path().join("x"));
    assert!(matches!(built, Err(BuildError::Encode { .. })), "{built:?}");
    // The same if the patch is used.
    let used = format!("{rest}[dependencies]\nitoa = \"1\"\n");
    let itoa = crate_named("itoa", "[workspace]\n").replace("0.1.0", "1.0.99");
    write_all(folder.path(), &[("x/Cargo.toml", &crate_named("outsider", &used)), ("itoa/Cargo.toml", &itoa)]);
    let built = build_quietly(&folder.path().join("x"));
    assert!(matches!(built, Err(BuildError::Encode { .. })), "{built:?}");
    // What may be compiled instead of another crate is code like any other.
    let patch = folder.path().join("itoa/src/lib.rs");
    fs::set_permissions(&patch, fs::Permissions::from_mode(0o666)).unwrap();
    let refused = build_quietly(&folder.path().join("x")).unwrap_err().to_string();
    assert!(refused.contains("takes in what is not its own") && refused.contains("itoa/src/lib.rs"), "{refused}");
}

#[test]
fn code_that_nobody_has_checked_is_not_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("x");
    let manifest = |rest: &str| format!("{}{CDYLIB}[workspace]\n", crate_named("outsider", rest));
    write_all(&place, &[(".git/b.rs", "fn main() {}"), ("src/lib.rs", "")]);
    write_all(&place, &[("target/CACHEDIR.TAG", ""), ("target/b.rs", "fn main() {}"), ("../b.rs", "fn main() {}")]);
    let check = |build: &str, expect: &str| {
        fs::write(place.join("Cargo.toml"), manifest(&format!("build = {build:?}\n"))).unwrap();
        let error = build_quietly(&place).unwrap_err();
        assert!(matches!(error, BuildError::Elsewhere { .. }), "{error}");
        assert!(error.to_string().contains(expect), "{error}");
    };
    check(".git/b.rs", "x/.git/b.rs, which is in no folder that is checked");
    check("target/b.rs", "x/target/b.rs");
    check("../b.rs", "/b.rs, which is in no folder");
    let included = "include!(\"../target/b.rs\");";
    write_all(&place, &[("Cargo.toml", &manifest("")), ("src/lib.rs", included)]);
    if is_confined() {
        let error = build_quietly(&place).unwrap_err().to_string();
        assert!(error.contains("does not compile") && error.contains("target/b.rs"), "{error}");
    }
    // Without a confinement it is seen, so others may not change it.
    fs::set_permissions(place.join("target/b.rs"), fs::Permissions::from_mode(0o666)).unwrap();
    let environment =
        UserEnvironment::new(std::env::vars_os().filter(|(name, _)| name != "PATH"), std::env::home_dir());
    let cache = user_cache(&environment);
    let error = build(&trusted(&place), &BuildOptions::default(), &environment, &cache, &mut |_| {}).unwrap_err();
    assert!(matches!(error, BuildError::NotOwn { .. }), "{error}");
}
