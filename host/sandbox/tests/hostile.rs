//! Hostile and broken strategies: each ends in the right fault with a helpful message, and the host keeps running.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod support;

use host_core::Strategy;
use host_core::strategy::FaultKind;
use support::{Guest, decide, start};

/// Calls `on-batch` with ten rows and expects a fault of `kind` whose message contains `expect`; a second call must
/// return the same fault.
fn check(guest: &Guest, kind: FaultKind, expect: &str) -> host_core::Fault {
    let mut strategy = start(guest).unwrap();
    let fault = decide(&mut strategy, 10).unwrap_err();
    assert_eq!(fault.kind, kind, "{fault:?}");
    assert!(fault.message.contains(expect), "{:?} should contain {expect:?}", fault.message);
    assert!(!fault.message.contains("cannot enter"), "{fault:?}");
    assert_eq!(decide(&mut strategy, 1).unwrap_err(), fault, "a dead instance repeats its fault");
    assert_eq!(strategy.fault(), Some(&fault));
    fault
}

fn check_body(on_batch: &'static str, kind: FaultKind, expect: &str) -> host_core::Fault {
    check(&Guest { on_batch, ..Guest::default() }, kind, expect)
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let budget = "used up its 10010000 fuel for a batch of 10 rows";
    check_body("(loop $again (br $again)) (unreachable)", FaultKind::OutOfFuel, budget);
}

#[test]
fn an_endless_loop_over_log_calls_runs_out_of_fuel() {
    let body = "(loop $again (call $say (i32.const 1) (i32.const 16) (i32.const 4)) (br $again)) (unreachable)";
    let fault = check_body(body, FaultKind::OutOfFuel, "fuel_per_row");
    assert!(fault.log.len() <= 21, "{}", fault.log.len());
    assert!(fault.log.last().unwrap().contains("further log messages were dropped"), "{:?}", fault.log.last());
}

#[test]
fn processor_time_stops_what_fuel_does_not() {
    let endless = Guest { on_batch: "(loop $again (br $again)) (unreachable)", ..Guest::default() };
    let limits = host_sandbox::SandboxLimits { fuel_base: u64::MAX / 4, call_ms: 1_000, ..support::limits() };
    let folder = tempfile::tempdir().unwrap();
    let sandbox = host_sandbox::Sandbox::new(limits, host_sandbox::Cache::at(folder.path())).unwrap();
    let mut strategy =
        sandbox.load_bytes("demo.wasm", &endless.component()).unwrap().start(&support::settings()).unwrap();
    let fault = decide(&mut strategy, 1).unwrap_err();
    assert_eq!((fault.kind, fault.message.contains("1000 ms")), (FaultKind::TimedOut, true), "{fault:?}");
}

#[test]
fn a_memory_bomb_is_stopped_at_its_limit() {
    let body = "(loop $again (call $grow (i32.const 16)) (br $again)) (unreachable)";
    check_body(
        body,
        FaultKind::OutOfMemory,
        "asked for 8454144 bytes of memory; the limit `memory_bytes` allows 8388608",
    );
    let fault = support::load(&Guest { pages: 200, ..Guest::default() }).unwrap_err();
    assert_eq!(fault.fault().unwrap().kind, FaultKind::OutOfMemory, "{fault}");
    let more = "(table $t 1 funcref)";
    let body = "(loop $again (drop (table.grow $t (ref.null func) (i32.const 50000))) (br $again)) (unreachable)";
    check(&Guest { on_batch: body, more, ..Guest::default() }, FaultKind::OutOfMemory, "table_elements");
}

#[test]
fn a_panic_carries_the_strategys_own_message() {
    let more = r#"(data (i32.const 4096) "panicked at src/lib.rs:7:\nspan is 0") (data (i32.const 4200) "before")"#;
    let on_batch = "(call $say (i32.const 1) (i32.const 4200) (i32.const 6))
                    (call $say (i32.const 3) (i32.const 4096) (i32.const 35)) (unreachable)";
    let fault = check(
        &Guest { on_batch, more, ..Guest::default() },
        FaultKind::Panicked,
        "panicked at src/lib.rs:7:\nspan is 0",
    );
    assert_eq!(fault.log, ["info: before", "error: panicked at src/lib.rs:7:", "error: span is 0"]);
    check_body("(unreachable)", FaultKind::Panicked, "without leaving a message");
}

#[test]
fn other_traps_are_named() {
    let more = "(func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))";
    let on_batch = "(drop (call $deeper (i32.const 0))) (call $ok)";
    check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::StackOverflow, "stack_bytes");
    check_body(
        "(drop (i32.div_u (i32.const 1) (local.get $batch))) (i32.div_u (i32.const 1) (i32.const 0))",
        FaultKind::Trapped,
        "integer divide by zero",
    );
    check_body("(i32.load (i32.const -4))", FaultKind::Trapped, "out of bounds memory access");
}

#[test]
fn answers_that_break_the_contract_are_refused() {
    let invalid = FaultKind::InvalidAnswer;
    check_body(
        "(call $signal (i32.const 0) (i32.const 3) (f64.const nan))
         (call $answer (i32.const 1) (i32.const 0) (i32.const 0))",
        invalid,
        "signal 0 has confidence NaN",
    );
    check_body(
        "(call $signal (i32.const 0) (i32.const 10) (f64.const 1))
         (call $answer (i32.const 1) (i32.const 0) (i32.const 0))",
        invalid,
        "signal 0 answers row 10, but the batch has 10 rows",
    );
    check_body(
        "(call $answer (i32.const 0) (i32.const 512) (i32.const 11))",
        invalid,
        "returned 11 scores for 10 rows",
    );
    check_body("(call $answer (i32.const 0) (i32.const 512) (i32.const 90000000))", invalid, "out of bounds");
    check_body("(call $answer (i32.const 0) (i32.const 513) (i32.const 10))", invalid, "align");
    check_body("(i32.const -8)", invalid, "out of bounds");
    let bad_action =
        "(call $signal (i32.const 0) (i32.const 3) (f64.const 1)) (i32.store8 (i32.const 516) (i32.const 9))
                      (call $answer (i32.const 1) (i32.const 0) (i32.const 0))";
    check_body(bad_action, invalid, "discriminant");
}

#[test]
fn a_huge_answer_is_refused_before_it_is_copied() {
    // 100,000 signals of 40 bytes fit in the guest's memory, but the host reads no more than its limit.
    let huge = Guest {
        on_batch: "(call $answer (i32.const 100000) (i32.const 0) (i32.const 0))",
        pages: 80,
        ..Guest::default()
    };
    check(&huge, FaultKind::InvalidAnswer, "handed over more than 1053696 bytes");
}

#[test]
fn text_that_is_not_utf_8_is_a_fault() {
    let more = r#"(data (i32.const 4096) "\ff\fe\80")"#;
    let on_batch = "(call $say (i32.const 1) (i32.const 4096) (i32.const 3)) (call $ok)";
    check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::InvalidAnswer, "its call of the log breaks");
    let on_batch = "(call $refuse (i32.const 4096) (i32.const 3))";
    let answer = "its answer breaks the binary contract: invalid utf-8";
    check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::InvalidAnswer, answer);
    let on_batch = "(call $say (i32.const 9) (i32.const 4096) (i32.const 0)) (call $ok)";
    let level = "its call of the log breaks the binary contract: unexpected discriminant: 9";
    check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::InvalidAnswer, level);
}

#[test]
fn what_is_no_answer_is_not_called_one() {
    let on_batch = "(call $say (i32.const 1) (i32.const 0) (i32.const 3000000)) (call $ok)";
    let large = Guest { on_batch, pages: 80, ..Guest::default() };
    check(&large, FaultKind::InvalidAnswer, "logged a message of more than the 1053696 bytes");
    let starts = |part: &str, expect: &str| {
        let (sandbox, _folder) = support::sandbox();
        let bytes = support::beside(&Guest::default().component(), &format!("(component {part})"));
        let error = sandbox.load_bytes("demo.wasm", &bytes).unwrap_err();
        assert_eq!(error.fault().unwrap().kind, FaultKind::OutOfMemory, "{error}");
        assert!(error.to_string().contains(expect), "{error} should contain {expect:?}");
    };
    let two_hundred =
        |module: &str| format!("(core module $m {module}) {}", "(core instance (instantiate $m))".repeat(200));
    starts(&two_hundred("(memory 0)"), "has more than 200 memories, the most that a strategy may have");
    starts(&two_hundred("(table 0 funcref)"), "has more than 200 tables, the most that a strategy may have");
    let handles = "(type $r (resource (rep i32))) (core func $new (canon resource.new $r)) (core module $m
                   (import \"\" \"new\" (func $new (param i32) (result i32)))
                   (func $s (loop (drop (call $new (i32.const 1))) (br 0))) (start $s))
                   (core instance (instantiate $m (with \"\" (instance (export \"new\" (func $new))))))";
    starts(handles, "holds more handles of its own resources than the engine allows");
    let logs = "(func $s (call $say (i32.const 1) (i32.const 16) (i32.const 4))) (start $s)";
    let error = start(&Guest { more: logs, ..Guest::default() }).unwrap_err().to_string();
    assert!(error.contains("a start function can call nothing outside, not even the log"), "{error}");
}

#[test]
fn a_strategys_words_are_passed_on_as_they_are() {
    let more = r#"(data (i32.const 4096) "\1b[2Jno market 7")"#;
    let on_batch = "(call $refuse (i32.const 4096) (i32.const 15))";
    check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::Refused, "\u{1b}[2Jno market");
    let on_batch = "(call $say (i32.const 0) (i32.const 4096) (i32.const 15)) (unreachable)";
    let fault = check(&Guest { on_batch, more, ..Guest::default() }, FaultKind::Panicked, "");
    assert_eq!(fault.log, ["debug: \u{1b}[2Jno market 7"]);
}

#[test]
fn init_and_describe_are_metered_too() {
    let check = |guest: Guest, expect: &str| {
        let error = start(&guest).unwrap_err();
        assert!(error.to_string().contains(expect), "{error} should contain {expect:?}");
    };
    let endless = "(loop $again (br $again)) (unreachable)";
    check(Guest { init: endless, ..Guest::default() }, "failed in `init`: used up its 10000000 fuel");
    check(Guest { describe: endless, ..Guest::default() }, "failed in `describe`: used up its 10000000 fuel");
    check(
        Guest { init: "(call $refuse (i32.const 32) (i32.const 7))", ..Guest::default() },
        "failed in `init`: A test.",
    );
    check(Guest { more: "(func $s (loop $l (br $l))) (start $s)", ..Guest::default() }, "failed in its start: used up");
    check(Guest { describe: "(i32.const 4096)", ..Guest::default() }, "describes itself wrongly: the name is empty");
}

#[test]
fn a_fault_does_not_affect_other_strategies() {
    let (sandbox, _folder) = support::sandbox();
    let bad = Guest { on_batch: "(unreachable)", ..Guest::default() };
    let good = sandbox.load_bytes("good.wasm", &Guest::default().component()).unwrap();
    let bad = sandbox.load_bytes("bad.wasm", &bad.component()).unwrap();
    let mut good = good.start(&support::settings()).unwrap();
    for _ in 0..3 {
        assert!(decide(&mut bad.start(&support::settings()).unwrap(), 10).is_err());
        assert_eq!(decide(&mut good, 10).unwrap().signals, []);
    }
    assert_eq!((good.usage().calls, good.usage().rows), (3, 30));
}

/// Starts `guest` under these limits, as live trading does if `is_live`.
fn start_under(guest: &Guest, limits: host_sandbox::SandboxLimits, is_live: bool) -> host_sandbox::SandboxedStrategy {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = host_sandbox::Sandbox::new(limits, host_sandbox::Cache::at(folder.path())).unwrap();
    let component = sandbox.load_bytes("demo.wasm", &guest.component()).unwrap();
    let component = if is_live { component.timed() } else { component };
    component.start(&support::settings()).unwrap()
}

/// Counts to a million in each call, which every limit of one call allows.
const BUSY: &str = "(local $left i32) (local.set $left (i32.const 1000000))
                    (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                    (call $ok)";

#[test]
fn a_strategy_within_the_limits_of_each_call_ends_at_those_of_a_minute() {
    let busy = Guest { on_batch: BUSY, ..Guest::default() };
    let limits = host_sandbox::SandboxLimits { fuel_per_minute: 20_000_000, ..support::limits() };
    let mut strategy = start_under(&busy, limits, false);
    let calls = (0..100).find_map(|call| decide(&mut strategy, 1).err().map(|fault| (call, fault)));
    let (call, fault) = calls.unwrap();
    assert_eq!((fault.kind, fault.message.contains("`fuel_per_minute`")), (FaultKind::OutOfFuel, true), "{fault:?}");
    assert!((2..20).contains(&call), "it failed at call {call}");
}

#[test]
fn wall_time_over_time_counts_in_live_trading_alone() {
    let busy = Guest { on_batch: BUSY, ..Guest::default() };
    let limits = host_sandbox::SandboxLimits { call_ms_per_minute: 1, ..support::limits() };
    let fault = |is_live| {
        let mut strategy = start_under(&busy, limits.clone(), is_live);
        (0..200).find_map(|_| decide(&mut strategy, 1).err())
    };
    assert_eq!(fault(false), None);
    let fault = fault(true).unwrap();
    assert_eq!((fault.kind, fault.message.contains("call_ms_per_minute")), (FaultKind::TimedOut, true), "{fault:?}");
}

#[test]
fn a_fresh_instance_is_as_the_first_one_was() {
    let mut strategy = start_under(&Guest::default(), support::limits(), false);
    decide(&mut strategy, 5).unwrap();
    let mut fresh = strategy.fresh().unwrap().unwrap();
    assert_eq!((fresh.usage().rows, fresh.manifest(), fresh.sha256()), (0, strategy.manifest(), strategy.sha256()));
    let mut decisions = host_core::Decisions::default();
    let quotes = host_core::Quotes::default();
    let batch = host_core::strategy::Batch { markets: &[], quotes: quotes.all(), positions: &[], fills: &[] };
    fresh.on_batch(&batch, &mut decisions).unwrap();
}

#[test]
fn a_warm_up_beyond_the_limit_is_refused() {
    let limits = host_sandbox::SandboxLimits { max_warm_up: host_core::Span(-1), ..support::limits() };
    let folder = tempfile::tempdir().unwrap();
    let sandbox = host_sandbox::Sandbox::new(limits, host_sandbox::Cache::at(folder.path())).unwrap();
    let error = sandbox.load_bytes("demo.wasm", &Guest::default().component()).unwrap_err().to_string();
    assert!(error.contains("demo.wasm asks for ") && error.contains("`sandbox.max_warm_up`"), "{error}");
}
