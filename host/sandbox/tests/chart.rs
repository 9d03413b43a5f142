//! The optional `chart` interface: what a strategy draws, and what it may not answer.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod support;

use host_core::strategy::FaultKind;
use host_sandbox::{CheckOptions, SandboxedStrategy, SequenceOptions, check};
use support::{Guest, decide, load, start};

/// A guest whose one line is called `demo` and has the value 0.5 in one market. Its functions are `names` and `values`;
/// `$list` returns the list of so many items at an address.
fn charted(functions: &'static str) -> Guest {
    Guest { world: "charted", more: functions, ..Guest::default() }
}

macro_rules! values {
    ($body:literal) => {
        charted(concat!(
            r#"
  (func $list (param $at i32) (param $count i32) (result i32)
    (i32.store (i32.const 400) (local.get $at)) (i32.store (i32.const 404) (local.get $count)) (i32.const 400))
  (data (i32.const 416) "\10\00\00\00\04\00\00\00\10\00\00\00\04\00\00\00")
  (func (export "trading:strategy/chart@1.1.0#names") (result i32) (call $list (i32.const 416) (i32.const 1)))
  (func (export "trading:strategy/chart@1.1.0#values") (param i32 i32) (result i32) "#,
            $body,
            ")"
        ))
    };
}

macro_rules! names {
    ($body:literal) => {
        charted(concat!(
            r#"
  (func $list (param $at i32) (param $count i32) (result i32)
    (i32.store (i32.const 400) (local.get $at)) (i32.store (i32.const 404) (local.get $count)) (i32.const 400))
  (data (i32.const 416) "\10\00\00\00\04\00\00\00\10\00\00\00\04\00\00\00")
  (data (i32.const 432) "\10\00\00\00\29\00\00\00")
  (func (export "trading:strategy/chart@1.1.0#values") (param i32 i32) (result i32) (unreachable))
  (func (export "trading:strategy/chart@1.1.0#names") (result i32) "#,
            $body,
            ")"
        ))
    };
}

fn ask(strategy: &mut SandboxedStrategy) -> Result<Vec<f64>, host_core::Fault> {
    strategy.line_values(&[3], 1)
}

#[test]
fn lines_are_named_and_have_values() {
    let guest = values!("(f64.store (i32.const 448) (f64.const 0.5)) (call $list (i32.const 448) (i32.const 1))");
    let component = load(&guest).unwrap();
    assert!(component.has_chart());
    assert_eq!(component.contract(), "trading:strategy@1.1.0");
    let mut strategy = start(&guest).unwrap();
    assert_eq!(strategy.line_names().unwrap(), ["demo"]);
    assert_eq!(ask(&mut strategy).unwrap(), [0.5]);
    let nothing = values!("(f64.store (i32.const 448) (f64.const nan)) (call $list (i32.const 448) (i32.const 1))");
    assert!(ask(&mut start(&nothing).unwrap()).unwrap()[0].is_nan(), "NaN stands for none");
}

#[test]
fn a_strategy_without_lines_loads_and_refuses() {
    let component = load(&Guest::default()).unwrap();
    assert!(!component.has_chart());
    assert_eq!(component.contract(), "trading:strategy@1.0.0");
    let mut strategy = start(&Guest::default()).unwrap();
    assert_eq!(strategy.line_names().unwrap_err().kind, FaultKind::Refused);
    assert!(decide(&mut strategy, 10).is_ok());
}

#[test]
fn what_is_no_line_is_refused_and_the_strategy_lives_on() {
    let check = |guest: &Guest, expect: &str| {
        let mut strategy = start(guest).unwrap();
        let answer = strategy.line_names().and_then(|_| ask(&mut strategy));
        let fault = answer.unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidAnswer, "{fault:?}");
        assert!(fault.message.contains(expect), "{:?} should contain {expect:?}", fault.message);
        assert!(decide(&mut strategy, 10).is_ok(), "a wrong line ends no strategy");
    };
    check(
        &values!("(f64.store (i32.const 448) (f64.const inf)) (call $list (i32.const 448) (i32.const 1))"),
        "value 0 of its lines is inf",
    );
    check(&values!("(call $list (i32.const 448) (i32.const 0))"), "returned 0 values for 1 lines in 1 markets");
    check(&values!("(call $list (i32.const 448) (i32.const 2))"), "returned 2 values");
    check(&names!("(call $list (i32.const 416) (i32.const 2))"), "two of its lines have one name");
    check(&names!("(call $list (i32.const 432) (i32.const 1))"), "is no name of a line");
    check(&names!("(call $list (i32.const 2048) (i32.const 1))"), "\"\" is no name of a line");
    check(&names!("(call $list (i32.const 2048) (i32.const 9))"), "it names 9 lines: a chart has at most 8");
}

#[test]
fn a_trap_or_too_much_ends_the_instance_that_was_asked() {
    let check = |guest: &Guest, kind: FaultKind| {
        let mut strategy = start(guest).unwrap();
        let fault = ask(&mut strategy).unwrap_err();
        assert_eq!(fault.kind, kind, "{fault:?}");
        assert_eq!(decide(&mut strategy, 1).unwrap_err(), fault, "nobody can enter it again");
    };
    check(&values!("(unreachable)"), FaultKind::Panicked);
    check(&values!("(loop $again (br $again)) (unreachable)"), FaultKind::OutOfFuel);
    check(
        &values!("(call $grow (i32.const 64)) (call $list (i32.const 65536) (i32.const 400000))"),
        FaultKind::InvalidAnswer,
    );
}

#[test]
fn a_strategy_that_decides_by_being_asked_fails_the_check() {
    let options = CheckOptions {
        sequence: SequenceOptions { markets: 1, days: 1, ..SequenceOptions::default() },
        ..CheckOptions::default()
    };
    let asked = |guest: &Guest| {
        let report = check(&load(guest).unwrap(), &options).unwrap();
        report
            .findings
            .into_iter()
            .find(|one| one.name == "the same decisions when asked for lines")
            .map(|one| one.passed)
    };
    let honest = values!("(f64.store (i32.const 448) (f64.const 0.5)) (call $list (i32.const 448) (i32.const 6))");
    assert_eq!(asked(&honest), Some(false), "6 values for one market");
    let honest = values!("(f64.store (i32.const 448) (f64.const 0.5)) (call $list (i32.const 448) (i32.const 1))");
    assert_eq!(asked(&honest), Some(true));
    let on_batch = "(if (i32.load (i32.const 480)) (then (call $signal (i32.const 0) (i32.const 0) (f64.const 1))))
        (call $answer (i32.load (i32.const 480)) (i32.const 0) (i32.const 0))";
    let counting = values!("(i32.store (i32.const 480) (i32.const 1)) (call $list (i32.const 448) (i32.const 1))");
    assert_eq!(asked(&Guest { on_batch, ..counting }), Some(false));
    assert_eq!(asked(&Guest::default()), None);
}
