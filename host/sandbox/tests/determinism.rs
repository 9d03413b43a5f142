//! Every engine setting that a guest could observe, tested by a guest that tries; and the strategies that `check` must
//! catch.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod support;

use host_core::Strategy;
use host_sandbox::{CheckOptions, CheckReport, SequenceOptions, check};
use support::{Guest, decide, load, start};

/// Returns the low 48 bits of `expression` (an i64), computed by a guest and handed out as a score.
fn score_bits(expression: &str) -> u64 {
    let on_batch = format!(
        "(i64.store (i32.const 512) (i64.and {expression} (i64.const 0xffffffffffff)))
         (f64.store (i32.const 512) (f64.convert_i64_u (i64.load (i32.const 512))))
         (call $answer (i32.const 0) (i32.const 512) (i32.const 1))"
    );
    let guest = Guest { on_batch: on_batch.leak(), ..Guest::default() };
    decide(&mut start(&guest).unwrap(), 1).unwrap().scores[0] as u64
}

#[test]
fn a_nan_has_the_same_bits_wherever_it_came_from() {
    // IEEE 754 leaves the sign and payload of a computed NaN open, and processors differ.
    let canonical = 0x7ff8_0000_0000_0000u64 & 0xffff_ffff_ffff;
    let check = |operation: &str| {
        let bits = format!("(i64.reinterpret_f64 {operation})");
        assert_eq!(score_bits(&bits), canonical, "{operation}");
        // The sign and exponent, which the mask above cuts off.
        assert_eq!(score_bits(&format!("(i64.shr_u {bits} (i64.const 48))")), 0x7ff8, "{operation}");
    };
    check("(f64.div (f64.const 0) (f64.const 0))");
    check("(f64.sub (f64.const inf) (f64.const inf))");
    check("(f64.sqrt (f64.const -1))");
    check("(f64.add (f64.const -nan:0x8000000001234) (f64.const 1))");
    check("(f64.promote_f32 (f32.div (f32.const 0) (f32.const -0)))");
    check("(f64.neg (f64.div (f64.const 0) (f64.const 0)))");
    check("(f64x2.extract_lane 1 (f64x2.sqrt (f64x2.splat (f64.const -1))))");
    check("(f64x2.extract_lane 0 (f64x2.splat (f64.div (f64.const 0) (f64.const 0))))");
}

#[test]
fn a_nan_has_the_same_bits_in_memory_through_signs_and_in_narrow_floats() {
    let nan = "(f64.div (f64.const 0) (f64.const 0))";
    let nan_32 = "(f32.div (f32.const 0) (f32.const 0))";
    let check = |expression: String, expect: u64| assert_eq!(score_bits(&expression), expect, "{expression}");
    let through_memory =
        |store: &str| format!("(block (result i64) {store} (i64.shr_u (i64.load (i32.const 600)) (i64.const 16)))");
    check(through_memory(&format!("(f64.store (i32.const 600) {nan})")), 0x7ff8_0000_0000);
    check(through_memory(&format!("(f32.store (i32.const 604) {nan_32})")), 0x7fc0_0000_0000);
    let vector = format!("(f32x4.sqrt (f32x4.splat {nan_32}))");
    check(through_memory(&format!("(v128.store (i32.const 600) {vector})")), 0x7fc0_0000_7fc0);
    check(format!("(i64.extend_i32_u (i32.reinterpret_f32 {nan_32}))"), 0x7fc0_0000);
    // `copysign` moves the sign of a NaN to a number.
    check(format!("(i64.trunc_f64_s (f64.copysign (f64.const 5) {nan}))"), 5);
    check(format!("(i64.trunc_f32_s (f32.copysign (f32.const 5) {nan_32}))"), 5);
}

#[test]
fn other_floats_are_left_unchanged() {
    let check = |expression: &str, expect: u64| assert_eq!(score_bits(expression), expect, "{expression}");
    check("(i64.trunc_f64_s (f64.copysign (f64.const 5) (f64.neg (f64.const -1))))", 5);
    check("(i64.shr_u (i64.reinterpret_f64 (f64.div (f64.const 1) (f64.const -0))) (i64.const 48))", 0xfff0);
    check("(i64.shr_u (i64.reinterpret_f64 (f64.mul (f64.const 0) (f64.const -1))) (i64.const 48))", 0x8000);
    check("(i64.reinterpret_f64 (f64.div (f64.const 0x1p-1074) (f64.const 1)))", 1);
    // A constant keeps its payload: no processor has computed it.
    check("(i64.reinterpret_f64 (f64.const nan:0x8000000001234))", 0x1234);
}

#[test]
fn fuel_is_the_same_on_each_run_and_grows_with_the_work() {
    let spin = "(local $i i32) (local.set $i (i32.mul (i32.const 10) (i32.load offset=12 (local.get $batch))))
                (loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) (call $ok)";
    let fuel = |rows: usize| {
        let mut strategy = start(&Guest { on_batch: spin, ..Guest::default() }).unwrap();
        decide(&mut strategy, rows).unwrap();
        strategy.usage().fuel
    };
    let (ten, hundred) = (fuel(10), fuel(100));
    assert_eq!((ten, hundred), (fuel(10), fuel(100)));
    assert!(hundred > ten + 900 && hundred < 20 * ten, "{ten} {hundred}");
}

#[test]
fn the_columns_arrive_bit_for_bit() {
    // The guest returns the bid column as its scores.
    let echo =
        "(call $answer (i32.const 0) (i32.load offset=24 (local.get $batch)) (i32.load offset=28 (local.get $batch)))";
    let mut strategy = start(&Guest { on_batch: echo, ..Guest::default() }).unwrap();
    let mut quotes = support::quotes(1_000);
    quotes.bid[3] = f64::NAN;
    quotes.bid[4] = -0.0;
    quotes.bid[5] = f64::MIN_POSITIVE / 8.0;
    let mut decisions = host_core::Decisions::default();
    for _ in 0..3 {
        strategy.on_batch(&support::batch(&quotes), &mut decisions).unwrap();
        let bits = |column: &[f64]| column.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&decisions.scores), bits(&quotes.bid));
    }
}

fn report(on_batch: &'static str, more: &'static str) -> CheckReport {
    let guest = Guest { on_batch, more, pages: 60, ..Guest::default() };
    let sequence = SequenceOptions { markets: 3, days: 2, ..SequenceOptions::default() };
    check(&load(&guest).unwrap(), &CheckOptions { sequence, ..CheckOptions::default() }).unwrap()
}

fn failures(report: &CheckReport) -> Vec<&str> {
    report.findings.iter().filter(|finding| !finding.passed).map(|finding| finding.name.as_str()).collect()
}

#[test]
fn a_strategy_that_decides_row_by_row_passes() {
    let echo =
        "(call $answer (i32.const 0) (i32.load offset=24 (local.get $batch)) (i32.load offset=28 (local.get $batch)))";
    let report = report(echo, "");
    assert_eq!((failures(&report), report.passed()), (vec![], true));
    assert!(report.scores > 1_000 && report.rows >= report.scores, "{report:?}");
    assert!(report.fuel_per_row > report.fuel_per_row_in_bulk, "{report:?}");
}

#[test]
fn a_strategy_that_looks_ahead_is_caught() {
    // Signals the first row of each batch if the bid of the last row differs.
    let ahead = "(local $bids i32) (local $last i32)
      (local.set $bids (i32.load offset=24 (local.get $batch)))
      (local.set $last (i32.sub (i32.load offset=28 (local.get $batch)) (i32.const 1)))
      (local.set $last (i32.add (local.get $bids) (i32.shl (local.get $last) (i32.const 3))))
      (if (result i32) (f64.eq (f64.load (local.get $bids)) (f64.load (local.get $last)))
        (then (call $ok))
        (else
          (call $signal (i32.const 0) (i32.const 0) (f64.const 1))
          (call $answer (i32.const 1) (i32.const 0) (i32.const 0))))";
    let report = report(ahead, "");
    assert!(failures(&report).contains(&"the same decisions row by row"), "{report:?}");
    let finding = report.findings.iter().find(|finding| !finding.passed).unwrap();
    assert!(finding.detail.contains("row 0 has buy with confidence 1 once and no signal once"), "{}", finding.detail);
}

#[test]
fn a_strategy_that_counts_calls_is_caught() {
    let more = "(global $calls (mut i32) (i32.const 0))";
    let counts = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (result i32) (i32.rem_u (global.get $calls) (i32.const 7))
        (then (call $ok))
        (else
          (call $signal (i32.const 0) (i32.const 0) (f64.const 1))
          (call $answer (i32.const 1) (i32.const 0) (i32.const 0))))";
    let report = report(counts, more);
    assert!(!failures(&report).iter().any(|name| name.starts_with("deterministic")), "two equal runs agree");
    assert_eq!(failures(&report).len(), 3, "{report:?}");
}

#[test]
fn a_strategy_that_traps_is_reported_with_its_message() {
    let more = r#"(data (i32.const 4096) "no such market")"#;
    let report = report("(call $say (i32.const 3) (i32.const 4096) (i32.const 14)) (unreachable)", more);
    assert_eq!(failures(&report), ["runs poll by poll"]);
    let detail = &report.findings.last().unwrap().detail;
    assert!(detail.starts_with("batch from row 0: no such market"), "{detail}");
}
