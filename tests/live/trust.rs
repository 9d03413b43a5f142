//! Nothing unverified trades real money: live starts of signed, unsigned, confirmed and changed components.

use std::fs;

use crate::support::rig::{LIVE, Rig, eager};
use crate::support::strategies::RANGE_BUYER;

/// A rig with a component `x.wasm` that nobody has signed and nobody has confirmed.
fn rig() -> Rig {
    let rig = Rig::new("--markets 5");
    put(&rig, eager());
    fs::remove_file(rig.environment.path("host.lock")).expect("it is there");
    rig
}

/// Makes `x.wasm` a copy of `component`.
fn put(rig: &Rig, component: &str) {
    rig.environment.write("x.wasm", fs::read(component).expect("a component"));
}

fn live(more: &str) -> String {
    format!("run --strategy x.wasm {LIVE} --for 3s {more}")
}

/// Asserts that a live start is refused before anything is sent, with a message that contains all of `words`.
#[track_caller]
fn refused(rig: &Rig, more: &str, words: &[&str]) {
    let said = rig.environment.run(&live(more)).failure(1);
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
    assert!(said.contains("not started: nothing runs that is not trusted") && said.contains("hint: "), "{said}");
    assert!(!rig.account("").exists() && rig.orders().is_empty(), "it has begun:\n{said}");
}

/// Asserts that a live run starts and ends well; returns what it said.
#[track_caller]
fn runs(rig: &Rig, more: &str) -> String {
    let outcome = rig.environment.run(&live(more));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stderr.contains("trading eager at kalshi"), "{outcome}");
    outcome.stderr
}

#[test]
fn what_nobody_signed_runs_once_a_person_has_confirmed_it() {
    let rig = rig();
    let lock = || rig.environment.read("host.lock");
    let unconfirmed = ["nobody has signed it", "nobody has confirmed its digest, sha256 ", "host trust confirm x.wasm"];
    refused(&rig, "", &unconfirmed);
    let said = rig.environment.run(&live("--confirm-component 0123456789abcdef")).failure(1);
    assert!(said.contains("is none of the strategies' digests") && said.contains("eager has sha256 "), "{said}");
    let shown: serde_json::Value =
        serde_json::from_str(&rig.environment.run("inspect x.wasm --format json").success()).expect("JSON");
    let digest = shown["sha256"].as_str().expect("a digest");
    let said = runs(&rig, &format!("--confirm-component {}", &digest[..8]));
    assert!(said.contains("  signer   nobody; confirmed by alex (host run --confirm-component) at 20"), "{said}");
    assert!(said.contains("  markets  all of kalshi\n"), "{said}");
    assert!(lock().contains("[live.eager]") && lock().contains(&format!("sha256 = \"{digest}\"")), "{}", lock());
    runs(&rig, "");
    // Another component, whatever its name, is another matter.
    put(&rig, RANGE_BUYER);
    let said = rig.environment.run(&live("")).failure(1);
    assert!(unconfirmed.iter().all(|word| said.contains(word)), "{said}");
    rig.environment.run("trust confirm x.wasm").success();
    assert_eq!(lock().matches("[[confirmed]]").count(), 2);
    let said = rig.environment.run(&live("").replace("x.wasm", "eager=x.wasm")).stderr;
    let change = "warning: the component of eager was changed: it is 1.0.0, sha256 b54f64f4208a8fa0, unsigned; before";
    assert!(said.contains(change), "{said}");
}

#[test]
fn a_signature_counts_or_keeps_a_component_from_trading() {
    let rig = rig();
    let host = |args: &str| drop(rig.environment.run(args).success());
    host("sign --new-key alex.key --no-password");
    host("sign --new-key bert.key --no-password");
    host("trust confirm x.wasm");
    host("sign x.wasm --key alex.key");
    let unknown = ["which is not in the trust list", "`host trust add NAME PUBLIC_KEY`", "x.wasm.minisig"];
    refused(&rig, "", &unknown);
    refused(&rig, "--set trust.live=tell", &unknown);
    host("trust add alex alex.pub --expires 2026-01-01");
    refused(&rig, "", &["the key alex (", "is not trusted since 2026-01-01", "`expires`"]);
    host("trust remove alex");
    host("trust add alex alex.pub");
    put(&rig, RANGE_BUYER);
    refused(&rig, "", &["by the name of alex (", "none of these bytes", "get component and signature again"]);
    put(&rig, eager());
    let signature = rig.environment.read("x.wasm.minisig");
    rig.environment.write("x.wasm.minisig", signature.replace("hashed", "hashes"));
    refused(&rig, "", &["none of these bytes"]);
    rig.environment.write("x.wasm.minisig", &signature[..200]);
    refused(&rig, "", &["its signature cannot be read"]);
    rig.environment.write("x.wasm.minisig", signature);
    fs::remove_file(rig.environment.path("host.lock")).expect("it is there");
    let said = runs(&rig, "");
    assert!(said.contains("  signer   alex, key "), "{said}");
    assert!(rig.environment.read("host.lock").contains("signer = \"signed by alex (key "));
    host("trust remove alex");
    let said = rig.environment.run(&live("")).failure(1);
    assert!(unknown.iter().all(|word| said.contains(word)), "{said}");
}

#[test]
fn a_lock_that_cannot_be_read_keeps_a_host_from_starting() {
    let rig = rig();
    rig.environment.write("host.lock", "version = 1\n[live.eager]\nsha256 = 7\n");
    let said = rig.environment.run(&live("")).failure(1);
    assert!(said.contains("host.lock is damaged: line 3") && said.contains("move it away"), "{said}");
    assert!(!rig.account("").exists() && rig.orders().is_empty());
}
