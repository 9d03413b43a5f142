//! Crate folders of strangers: to build one is to run its code, so none is built that nobody has trusted; and what then
//! runs sees nothing of its user.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use crate::support::environment::{Environment, Outcome};
use crate::support::installed::install_from;
use crate::support::process::Host;
use crate::support::strategies::{RANGE_BUYER, REPOSITORY, environment};
use crate::support::wait::eventually;

/// A build script that leaves a mark wherever it can.
const MARKS: &str = r#"fn main() {
    let _ = std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/marker"), "it ran");
    let _ = std::fs::write("MARKER", "it ran");
}"#;

/// A build script that tells what it can reach, and fails, so that its output is shown.
const TELLS: &str = r#"fn main() {
    std::env::vars().for_each(|(name, value)| println!("sees {name}={value}"));
    let tells = |what: &str, reached: bool| println!("{what}: {reached}");
    tells("its own sources", std::fs::read("src/lib.rs").is_ok());
    tells("to change them", std::fs::write("src/extra.rs", "").is_ok());
    tells("files of the user", std::fs::read("SECRET").is_ok());
    tells("the network", std::net::TcpStream::connect("ADDRESS").is_ok());
    tells("a place of its own", std::fs::write(std::env::temp_dir().join("x"), "").is_ok());
    println!("\u{202e}reversed");
    panic!("that is all");
}"#;

const MANIFEST: &str = "[workspace]\n[package]\nname = \"stranger\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
                        [lib]\ncrate-type = [\"cdylib\"]\n";

/// Writes the crate of a stranger into the folder `name`, with a build script in which MARKER is a path. Returns the
/// paths of its marks.
fn stranger(environment: &Environment, name: &str, script: &str) -> [PathBuf; 2] {
    let elsewhere = environment.path("marker-elsewhere");
    environment.write(&format!("{name}/Cargo.toml"), MANIFEST);
    environment.write(&format!("{name}/src/lib.rs"), "");
    environment.write(&format!("{name}/build.rs"), script.replace("MARKER", &elsewhere.display().to_string()));
    [environment.path(name).join("marker"), elsewhere]
}

#[track_caller]
fn refused(environment: &Environment, args: &str, words: &[&str]) {
    let said = environment.run(args).failure(1);
    assert!(words.iter().all(|word| said.contains(word)), "`host {args}` does not say {words:?}:\n{said}");
}

#[test]
fn no_command_builds_what_nobody_has_trusted() {
    let environment = environment().with("USER", "alex");
    let marks = stranger(&environment, "x", MARKS);
    // Settings of cargo and rustup are code too.
    let wrapper = environment.write("x/wrapper", "#!/bin/sh\ntouch \"$(dirname \"$0\")/marker\"\nexec \"$@\"\n");
    fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).expect("a script");
    let settings =
        format!("[build]\nrustc-wrapper = {wrapper:?}\n[target.wasm32-unknown-unknown]\nlinker = {wrapper:?}\n");
    environment.write("x/.cargo/config.toml", &settings);
    environment.write(".cargo/config.toml", &settings);
    environment.write("x/rust-toolchain.toml", "[toolchain]\npath = \"/nowhere\"\n");
    environment.run("sign --new-key k.key --no-password").success();
    environment.run("data generate --markets 2 --for 1d --poll 10m --out tape").success();
    environment.run(&format!("run --strategy {RANGE_BUYER} --for 1h --markets 2 --journal j")).success();
    let trust = ["is not trusted", "hint: look at it, then trust it: `host trust folder x`", "`X.wasm`"];
    for args in [
        "build x",
        "build x --force --toolchain installed",
        "inspect x",
        "check x",
        "trust confirm x",
        "run --strategy x --for 1h --markets 2",
        "run --strategy one=x --for 1h --markets 2",
        "backtest --strategy x --tape tape",
        "replay j --strategy x",
    ] {
        refused(&environment, args, &trust);
        assert!(marks.iter().all(|mark| !mark.exists()), "`host {args}` ran its code");
    }
    refused(&environment, "sign x --key k.key", &["a file is signed"]);
    assert!(!environment.path("x/Cargo.lock").exists() && !environment.path("x/target").exists());
}

#[test]
fn trust_is_kept_with_the_user_and_is_for_one_folder() {
    let environment = environment().with("USER", "alex");
    let _ = stranger(&environment, "x", MARKS);
    let _ = stranger(&environment, "x/inner", MARKS);
    let is_refused = |args: &str, why: &str| refused(&environment, args, &[why, "hint: "]);
    // Neither files that came with it nor its name make it trusted.
    environment.write("host.toml", "[trust]\nkeys = []\n");
    environment.write("x/home/.config/trading-host/trusted-folders.toml", "");
    fs::copy(PathBuf::from(REPOSITORY).join("Cargo.toml"), environment.path("Cargo.toml")).expect("a copy");
    let _ = stranger(&environment, "strategies/mean-reversion", MARKS);
    is_refused("build strategies/mean-reversion", "is not trusted");
    fs::remove_file(environment.path("Cargo.toml")).expect("it is there");
    is_refused("trust folder nowhere", "has no Cargo.toml");
    is_refused("trust folder x --remove", "is not a folder that was trusted");
    let said = environment.run("trust folder x");
    assert!(said.stderr.contains("x is trusted: a build may run its code"), "{said}");
    let list = environment.path("home/.config/trading-host/trusted-folders.toml");
    assert_eq!(fs::metadata(&list).expect("the list").permissions().mode() & 0o777, 0o600);
    let shown: serde_json::Value =
        serde_json::from_str(&environment.run("trust list --format json").success()).expect("JSON");
    assert_eq!(shown["folders"][0]["path"], "[FOLDER]/x");
    assert_eq!(shown["folders"][0]["by"], "alex (host trust folder)");
    assert!(environment.run("trust list").success().contains("[FOLDER]/x  alex (host trust folder)"));
    // It is built under every name of its, and only it.
    symlink(environment.path("x"), environment.path("link")).expect("a link");
    for name in ["x", "./x/../x", "link"] {
        is_built(&environment.run(&format!("build {name}")));
    }
    is_refused("build x/inner", "is not trusted");
    // A link that is led elsewhere names another folder.
    let _ = stranger(&environment, "y", MARKS);
    fs::remove_file(environment.path("link")).expect("it is there");
    symlink(environment.path("y"), environment.path("link")).expect("a link");
    is_refused("build link", "is not trusted");
    environment.run("trust folder x --remove").success();
    is_refused("build x", "is not trusted");
    // A list that others could have written counts for nothing.
    environment.run("trust folder x").success();
    fs::set_permissions(&list, Permissions::from_mode(0o666)).expect("its permissions");
    is_refused("build x", "the list of trusted folders does not count: others can write");
    environment.run("trust list").failure(1);
}

/// Asserts that the code of a crate ran: its module was built, though it is no strategy.
#[track_caller]
fn is_built(outcome: &Outcome) {
    assert!(outcome.stderr.contains("makes no strategy"), "{outcome}");
}

#[test]
fn what_others_can_change_or_put_there_is_not_what_was_trusted() {
    let environment = environment();
    let marks = stranger(&environment, "x", MARKS);
    environment.run("trust folder x").success();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(environment.path(name), Permissions::from_mode(mode)).expect("its permissions");
    };
    let is_refused = |why: &str| {
        refused(&environment, "build x", &[why, "hint: "]);
        assert!(marks.iter().all(|mark| !mark.exists()), "its code ran");
    };
    for name in ["x", "x/src", "x/build.rs"] {
        mode(name, 0o777);
        is_refused("others can write");
        refused(&environment, "trust folder x", &["others can write", "chmod -R go-w"]);
        mode(name, 0o755);
    }
    // Whoever can write the folder above can put another one there.
    mode("", 0o777);
    is_refused("others can write [FOLDER]");
    mode("", 0o755);
    // What a crate takes in from elsewhere is its code as well.
    environment.write("lib/Cargo.toml", MANIFEST.replace("stranger", "taken-in"));
    environment.write("lib/src/lib.rs", "");
    environment.write("x/Cargo.toml", format!("{MANIFEST}[dependencies]\ntaken-in = {{ path = \"../lib\" }}\n"));
    mode("lib/src/lib.rs", 0o666);
    is_refused("takes in what is not its own: others can write [FOLDER]/lib/src/lib.rs");
    // Another folder under the same name is another one, whatever is in it.
    fs::rename(environment.path("x"), environment.path("former")).expect("a name");
    let _ = stranger(&environment, "x", MARKS);
    is_refused("is not the folder that was trusted");
    // Only the administrator can give files away.
    if std::os::unix::fs::chown(environment.path("x/build.rs"), Some(4242), None).is_ok() {
        environment.run("trust folder x --remove").success();
        refused(&environment, "trust folder x", &["belongs to another user, number 4242", "`cp -r`"]);
    }
}

/// Makes a crate that tells what it can reach, and returns what it told. `path` stands before the user's own PATH.
fn told(environment: &Environment, path: &str) -> String {
    let network = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let secret = environment.write("secret", "key");
    let script = TELLS.replace("SECRET", &secret.display().to_string());
    let script = script.replace("ADDRESS", &network.local_addr().expect("an address").to_string());
    let _ = stranger(environment, "x", &script);
    environment.run("trust folder x").success();
    let path = format!("{path}:{}", std::env::var("PATH").expect("a PATH"));
    let canaries = [
        ("PATH", path.as_str()),
        ("KALSHI_KEY", "canary"),
        ("SSH_AUTH_SOCK", "canary"),
        ("CARGO_REGISTRY_TOKEN", "canary"),
        ("CARGO_REGISTRIES_OWN_TOKEN", "canary"),
        ("CARGO_HTTP_PROXY", "http://canary"),
        ("RUSTFLAGS", "--cfg canary"),
        ("RUSTC_WRAPPER", "/canary"),
    ];
    let output = environment.command("build x").envs(canaries).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("that is all"), "{said}");
    assert!(!said.contains("canary") && said.contains("sees CARGO_MANIFEST_DIR="), "{said}");
    assert!(!said.contains('\u{202e}') && said.contains("\\u{202e}reversed"), "{said}");
    assert!(said.contains("its own sources: true") && said.contains("a place of its own: true"), "{said}");
    assert!(!said.contains(&format!("HOME={}\n", environment.path("home").display())), "{said}");
    said
}

#[test]
fn a_build_sees_no_network_no_files_and_no_variables_of_its_user() {
    install_from("bwrap", "bubblewrap");
    let said = told(&environment(), "/usr/bin");
    if said.contains("bubblewrap does not work here") {
        eprintln!("not tested: this system lets nobody confine a process");
        return;
    }
    assert!(!said.contains("not confined"), "{said}");
    for what in ["to change them", "files of the user", "the network"] {
        assert!(said.contains(&format!("{what}: false")), "{what}:\n{said}");
    }
}

#[test]
fn a_build_without_bubblewrap_sees_no_variables_and_says_what_it_may_reach() {
    let environment = environment();
    let broken = environment.write("bin/bwrap", "#!/bin/sh\necho 'no permission' >&2\nexit 1\n");
    fs::set_permissions(broken, Permissions::from_mode(0o755)).expect("a script");
    let said = told(&environment, &environment.path("bin").display().to_string());
    let note = "note: the build is not confined, so its code can reach what you can: bubblewrap does not work here: no \
                permission\n";
    assert_eq!(said.matches(note).count(), 1, "{said}");
}

#[test]
fn settings_that_lie_with_a_strategy_are_not_read() {
    let environment = environment();
    let _ = stranger(&environment, "x", MARKS);
    let wrapper = environment.write("x/wrapper", "#!/bin/sh\ntouch MARKER\nexit 1\n");
    let mark = environment.path("wrapped");
    environment.write("x/wrapper", environment.read("x/wrapper").replace("MARKER", &mark.display().to_string()));
    fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).expect("a script");
    environment.write("x/.cargo/config.toml", format!("[build]\nrustc-wrapper = {wrapper:?}\n"));
    environment.write("x/rust-toolchain.toml", "[toolchain]\npath = \"/nowhere\"\n");
    environment.run("trust folder x").success();
    let outcome = environment.run("build x");
    is_built(&outcome);
    for file in [".cargo/config.toml", "rust-toolchain.toml"] {
        assert!(outcome.stderr.contains(&format!("note: [FOLDER]/x/{file} is not read")), "{outcome}");
    }
    assert!(!mark.exists(), "its wrapper ran");
}

#[test]
fn a_build_ends_when_its_time_is_over_or_its_user_wants_it() {
    let environment = environment();
    let script = "fn main() { loop { std::thread::sleep(std::time::Duration::from_millis(100)); } }";
    let _ = stranger(&environment, "x", script);
    environment.run("trust folder x").success();
    let said = environment.run("build x --time-limit 3s").failure(1);
    assert!(said.contains("was not built within its time") && said.contains("--time-limit 2h"), "{said}");
    let _ = fs::remove_file(environment.path("x/Cargo.lock"));
    let mut host = Host::of(&environment, environment.command("build x"));
    eventually("a build", || environment.path("x/Cargo.lock").exists().then_some(()));
    host.signal("INT");
    assert_eq!(host.end().code(), Some(130), "{}", host.said());
    assert!(host.said().contains("stopped by Ctrl-C: ") && host.said().contains("was not built"), "{}", host.said());
}

#[test]
fn the_hosts_own_strategies_are_built_without_a_question() {
    let environment = environment();
    let strategy = format!("{REPOSITORY}/strategies/mean-reversion");
    let said = environment.run(&format!("inspect {strategy}"));
    assert!(said.stdout.contains("mean-reversion") && !said.stderr.contains("trust"), "{said}");
    // What else lies in the workspace may have been unpacked there.
    let said = environment.run(&format!("build {REPOSITORY}")).failure(1);
    assert!(said.contains("is not trusted"), "{said}");
}
