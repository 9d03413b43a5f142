//! `host sign` and Debian's minisign: each verifies what the other signs. `minisign` is installed with `apt-get` where
//! it is missing.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::environment::{Environment, assert_refused};
use crate::support::installed;
use crate::support::strategies::{RANGE_BUYER, environment};

/// An environment with a component.
fn with_component() -> Environment {
    let environment = environment().with("USER", "alex");
    environment.write("x.wasm", std::fs::read(RANGE_BUYER).expect("a component"));
    environment
}

/// Runs `minisign` with `args`, and types `typed`. Returns true if it succeeds, and everything that it printed.
fn minisign(environment: &Environment, args: &str, typed: &str) -> (bool, String) {
    installed::install("minisign");
    let mut command = Command::new("minisign");
    command.args(args.split_whitespace()).current_dir(environment.path("")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("minisign runs");
    let mut keyboard = child.stdin.take().expect("its keyboard");
    keyboard.write_all(typed.as_bytes()).expect("typed");
    drop(keyboard);
    let output = child.wait_with_output().expect("it ends");
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn minisign_verifies_what_the_host_signs() {
    let environment = with_component();
    environment.write("password", "correct horse\nanother line\n");
    for (name, protection) in [("plain", "--no-password"), ("locked", "--password-file password")] {
        let public = environment.run(&format!("sign --new-key {name}.key {protection}")).success();
        assert!(environment.read(&format!("{name}.pub")).ends_with(&public), "{public}");
        let mode = std::fs::metadata(environment.path(&format!("{name}.key"))).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let printed = environment.run(&format!("sign x.wasm --key {name}.key --password-file password")).success();
        assert_eq!(printed, "x.wasm.minisig\n");
        let (verified, said) = minisign(&environment, &format!("-V -m x.wasm -p {name}.pub"), "");
        assert!(verified && said.contains("Signature and comment signature verified"), "{said}");
        let comment = "file:x.wasm\thashed\tstrategy:range-buyer 1.0.0\tsha256:";
        assert!(said.contains(comment) && said.contains("\tcontract:trading:strategy@1.0.0"), "{said}");
        let signature = environment.read("x.wasm.minisig");
        environment.write("x.wasm.minisig", signature.replace("range-buyer 1.0.0", "range-buyer 1.0.1"));
        assert!(!minisign(&environment, &format!("-V -m x.wasm -p {name}.pub"), "").0);
        // It can sign with the host's key as well.
        let signed = minisign(&environment, &format!("-S -m x.wasm -s {name}.key"), "correct horse\n");
        assert!(signed.0, "{}", signed.1);
        environment.run(&format!("trust add {name} {name}.pub")).success();
        assert_signed_by(&environment, name);
    }
}

#[track_caller]
fn assert_signed_by(environment: &Environment, name: &str) {
    let shown = environment.run("inspect x.wasm").success();
    assert!(shown.contains(&format!("signed by {name} (key ")), "{shown}");
}

#[test]
fn the_host_verifies_what_minisign_signs_in_either_form() {
    let environment = with_component();
    for (name, how, typed) in [("plain", "-W", ""), ("locked", "", "correct horse\ncorrect horse\n")] {
        let made = minisign(&environment, &format!("-G {how} -p {name}.pub -s {name}.key"), typed);
        assert!(made.0, "{}", made.1);
        environment.run(&format!("trust add {name} {name}.pub")).success();
        for form in ["", "-l"] {
            let signed = minisign(&environment, &format!("-S {form} -m x.wasm -s {name}.key"), typed);
            assert!(signed.0, "{}", signed.1);
            assert_signed_by(&environment, name);
        }
    }
    // Its keys sign here.
    environment.write("password", "correct horse");
    for (name, flag) in [("plain", ""), ("locked", "--password-file password")] {
        environment.run(&format!("sign x.wasm --key {name}.key {flag}")).success();
        assert_signed_by(&environment, name);
        let (verified, said) = minisign(&environment, &format!("-V -m x.wasm -p {name}.pub"), "");
        assert!(verified, "{said}");
    }
    environment.write("x.wasm", [std::fs::read(RANGE_BUYER).expect("bytes"), vec![0]].concat());
    assert!(!minisign(&environment, "-V -m x.wasm -p locked.pub", "").0);
}

#[test]
fn what_cannot_be_signed_is_refused_with_the_reason() {
    let prepare = |environment: &Environment| {
        environment.write("x.wasm", std::fs::read(RANGE_BUYER).expect("a component"));
        environment.write("password", "correct horse");
        environment.write("wrong", "battery staple");
        environment.write("empty", "\n");
        environment.write("noise", "noise\nnoise\n");
        environment.write("folder/file", "");
        environment.run("sign --new-key k.key --password-file password").success();
    };
    let check = |args: &str, code: i32, expect: &[&str]| assert_refused(prepare, args, code, expect);
    check("sign x.wasm --key k.key", 1, &["there is no terminal", "`--password-file FILE`"]);
    check("sign x.wasm --key k.key --password-file wrong", 1, &["the password is wrong", "try again"]);
    check("sign x.wasm --key k.key --password-file nothing", 1, &["cannot read the password file nothing"]);
    check("sign x.wasm --key k.pub", 1, &["it is a public key: sign with the secret one"]);
    check("sign x.wasm --key noise", 1, &["it is no secret key of minisign", "`host sign --new-key FILE`"]);
    check("sign x.wasm --key x.wasm", 1, &["it is no secret key of minisign"]);
    check("sign x.wasm --key nowhere.key", 1, &["cannot read the secret key nowhere.key"]);
    check("sign y.wasm --key k.key", 1, &["cannot load the strategy y.wasm", "did you mean `x.wasm`?"]);
    check("sign password --key k.key", 1, &["password is no WebAssembly component"]);
    check("sign folder --key k.key", 1, &["a file is signed", "host build folder --out X.wasm"]);
    check("sign x.wasm", 2, &["--key <FILE>"]);
    check("sign", 2, &["X.wasm"]);
    check("sign x.wasm --key k.key --password secret", 2, &["--password"]);
    check("sign --new-key k.key --no-password", 1, &["k.key already exists", "never overwritten"]);
    check("sign --new-key k.other --no-password", 1, &["k.pub already exists"]);
    check("sign --new-key n.key --password-file empty", 1, &["the password is empty", "`--no-password`"]);
    check("sign --new-key n.key", 1, &["there is no terminal"]);
    check("sign --new-key nowhere/n.key --no-password", 1, &["cannot write the secret key nowhere/n.key"]);
}
