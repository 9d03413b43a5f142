//! Strategies that are made of several components: lists and strings pass between these, and all of them together stay
//! within one strategy's limits.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod support;

use host_core::Strategy;
use host_core::strategy::FaultKind;
use host_sandbox::{LoadError, SandboxedStrategy};
use support::{Guest, compose, decide, model, sandbox, settings};

/// Asks the other component for the scores of all bids, and returns them. The other one is told what they are.
const ASK: &str = r#"(call $score (i32.load offset=24 (local.get $batch)) (i32.load offset=28 (local.get $batch))
                         (i32.const 4096) (i32.const 4) (i32.const 4200))
                     (call $answer (i32.const 0) (i32.load (i32.const 4200)) (i32.load (i32.const 4204)))"#;

/// The component that is asked. `$body` is called with prices and label, and answers with `$result`.
fn scorer(pages: u32, body: &str) -> Vec<u8> {
    model(&format!(
        r#"(module
  (memory (export "memory") {pages})
  (global $heap (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "test:parts/model@1.0.0#score")
    (param $prices i32) (param $count i32) (param $label i32) (param $length i32) (result i32)
    (local $index i32) (local $at i32)
    {body}
    (global.set $heap (i32.const 1024))
    (i32.store (i32.const 64) (local.get $prices)) (i32.store (i32.const 68) (local.get $count)) (i32.const 64)))"#
    ))
}

/// Halves each price, if the label is `bids`.
const HALVE: &str = "(if (i32.ne (local.get $length) (i32.const 4)) (then (unreachable)))
    (if (i32.ne (i32.load (local.get $label)) (i32.const 0x73646962)) (then (unreachable)))
    (local.set $at (local.get $prices))
    (loop $next
      (f64.store (local.get $at) (f64.mul (f64.load (local.get $at)) (f64.const 0.5)))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $count))))";

fn start(pages: u32, inner_pages: u32, body: &str) -> Result<SandboxedStrategy, LoadError> {
    let outer = Guest {
        world: "outer",
        imports: r#"(import "test:parts/model@1.0.0" "score" (func $score (param i32 i32 i32 i32 i32)))"#,
        on_batch: ASK,
        more: r#"(data (i32.const 4096) "bids")"#,
        pages,
        ..Guest::default()
    };
    let (sandbox, _folder) = sandbox();
    let bytes = compose(&outer.component(), &scorer(inner_pages, body));
    sandbox.load_bytes("composed.wasm", &bytes)?.start(&settings())
}

#[test]
fn lists_and_strings_pass_between_the_components_of_a_strategy() {
    let mut strategy = start(1, 1, HALVE).unwrap();
    for _ in 0..3 {
        let scores = decide(&mut strategy, 5).unwrap().scores;
        assert_eq!(scores, support::quotes(5).bid.iter().map(|bid| bid * 0.5).collect::<Vec<_>>());
    }
}

#[test]
fn the_memory_of_all_components_counts() {
    // The limit is 128 pages.
    assert_eq!(start(60, 60, HALVE).unwrap().usage().memory_bytes, 120 << 16);
    let error = start(60, 80, HALVE).map(|_| ()).unwrap_err();
    assert_eq!(error.fault().unwrap().kind, FaultKind::OutOfMemory, "{error}");
    let mut strategy = start(60, 60, "(drop (memory.grow (i32.const 20)))").unwrap();
    let fault = decide(&mut strategy, 5).unwrap_err();
    assert_eq!(fault.kind, FaultKind::OutOfMemory, "{fault:?}");
}

#[test]
fn the_fuel_of_all_components_counts() {
    let mut strategy = start(1, 1, "(loop $again (br $again))").unwrap();
    let fault = decide(&mut strategy, 5).unwrap_err();
    assert_eq!(fault.kind, FaultKind::OutOfFuel, "{fault:?}");
    let mut strategy = start(1, 1, "(unreachable)").unwrap();
    assert_eq!(decide(&mut strategy, 5).unwrap_err().kind, FaultKind::Panicked);
}
