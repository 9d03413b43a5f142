//! Files and folders that are no strategy: each is refused with what it is and what to do, before anything else begins.

use super::misbehaving::tape;
use crate::support::environment::{Environment, assert_refused};
use crate::support::strategies::RANGE_BUYER;

#[test]
fn a_file_that_is_no_strategy_is_refused_with_what_it_is() {
    let file = |content: &'static [u8]| move |environment: &Environment| drop(environment.write("x.wasm", content));
    for command in ["inspect", "check"] {
        let args = format!("{command} x.wasm");
        assert_refused(|_| {}, &args, 1, &["x.wasm", "No such file"]);
        assert_refused(file(b""), &args, 1, &["x.wasm is no WebAssembly component", "hint: "]);
        assert_refused(file(b"hello"), &args, 1, &["x.wasm is no WebAssembly component"]);
        assert_refused(file(b"\0asm\x01\0\0\0"), &args, 1, &["core WebAssembly module", "host build"]);
        assert_refused(file(b"\0asm\x0d\0\x01\0\x01\xff"), &args, 1, &["x.wasm is damaged"]);
        assert_refused(file(b"\0asm\x0d\0\x01\0"), &args, 1, &["exports no `trading:strategy/guest@1.0.0`"]);
    }
    assert_refused(
        file(&[0; 4096]),
        "inspect x.wasm --set sandbox.component_bytes=100",
        1,
        &["4096 bytes", "allows 100"],
    );
}

#[test]
fn a_component_with_foreign_imports_is_refused_by_name() {
    let foreign = r#"(component
        (import "wasi:filesystem/types@0.2.0" (instance))
        (import "wasi:cli/environment@0.2.0" (instance)))"#;
    let prepare = |environment: &Environment| drop(environment.write("x.wasm", wat::parse_str(foreign).expect("WAT")));
    let expect = ["wasi:filesystem/types@0.2.0", "wasi:cli/environment@0.2.0", "trading:strategy/log@1"];
    assert_refused(prepare, "inspect x.wasm", 5, &expect);
    assert_refused(prepare, "check x.wasm", 5, &expect);
}

#[test]
fn a_missing_strategy_gets_a_suggestion() {
    let prepare = |environment: &Environment| {
        environment.write("strategies/mean-reversion/Cargo.toml", "");
        environment.write("empty/readme", "");
    };
    assert_refused(prepare, "inspect mean-revesion", 1, &["did you mean `strategies/mean-reversion`?"]);
    assert_refused(prepare, "inspect strategies/mean_reversion", 1, &["did you mean `strategies/mean-reversion`?"]);
    assert_refused(prepare, "build strategies/mean-revrsion", 1, &["did you mean `strategies/mean-reversion`?"]);
    assert_refused(prepare, "build empty", 1, &["it has no Cargo.toml", "hint: "]);
    assert_refused(prepare, "inspect empty", 1, &["it has no Cargo.toml"]);
}

#[test]
fn a_file_that_is_no_strategy_is_refused_before_a_run_begins() {
    let check = |content: &[u8], code: i32, expect: &str| {
        let environment = tape();
        environment.write("x.wasm", content);
        for command in ["run --for 1h --markets 1", "backtest --tape tape --scores s.csv"] {
            let said = environment.run(&format!("{command} --strategy x.wasm")).failure(code);
            assert!(said.contains(expect), "{said}");
        }
        assert!(!environment.path("runs").exists() && !environment.path("s.csv").exists());
    };
    check(b"", 1, "is no WebAssembly component");
    check(b"\0asm\x01\0\0\0", 1, "core WebAssembly module");
    check(&wat::parse_str("(component)").expect("WAT"), 1, "exports no `trading:strategy/guest@1.0.0`");
    let foreign = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#;
    check(&wat::parse_str(foreign).expect("WAT"), 5, "wasi:clocks/wall-clock@0.2.0");
    let mut good = std::fs::read(RANGE_BUYER).expect("a component");
    check(&good[..good.len() / 2], 1, "damaged");
    let middle = good.len() / 2;
    good[middle..middle + 64].fill(0xff);
    let environment = tape();
    environment.write("x.wasm", good);
    let outcome = environment.run("backtest --strategy x.wasm --tape tape");
    assert!(matches!(outcome.code, Some(1 | 5)) && !outcome.stderr.contains("a bug"), "{outcome}");
}
