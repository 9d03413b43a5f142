//! A venue at its worst: the tape is the same.

use serde_json::json;

use super::stand::{PERIOD, SERIES, Stand, report};

const DAY_S: i64 = 86_400;

#[test]
fn the_tape_is_what_the_exchanges_ledger_says() {
    let stand = Stand::new("");
    let done = report(stand.download(&format!("{SERIES} {PERIOD} --trades --format json --out tape")));
    stand.assert_is_ledger("tape", (0, DAY_S + 18 * 3_600), true);
    assert_eq!((&done["markets"], &done["historical_markets"]), (&json!(4), &json!(2)));
    assert_eq!(done["markets_without_candles"], json!([]));
    let info = stand.environment.run("data info tape").success();
    for said in [
        "imported: downloaded from kalshi",
        "minute candles, no sizes: bid, ask and last price are those at the end of each minute",
        "a minute without a candle is one without a change",
        "of 4 markets 2 are from the historical tier, whose cut-off was 2026-01-0",
        "--period 1m",
        "last price, volume",
    ] {
        assert!(info.contains(said), "no `{said}` in:\n{info}");
    }
}

#[test]
fn a_venue_that_fails_all_the_time_ends_in_the_same_tape() {
    let stand = Stand::new("");
    let rule =
        |fault: serde_json::Value, chance: f64| json!({ "endpoint": "market-data", "chance": chance, "fault": fault });
    let plan = json!({ "seed": 11, "rules": [
        rule(json!({ "kind": "status", "status": 429 }), 0.04),
        rule(json!({ "kind": "status", "status": 503 }), 0.03),
        rule(json!({ "kind": "status", "status": 500, "body": false }), 0.02),
        rule(json!({ "kind": "truncated" }), 0.04),
        rule(json!({ "kind": "html" }), 0.02),
        rule(json!({ "kind": "invalid_json" }), 0.02),
        rule(json!({ "kind": "refuse", "hold_ms": 50 }), 0.03),
    ]});
    let set = stand.exchange.put("/simulation/faults", &plan);
    assert_eq!(set.0, 200, "{set:?}");
    let outcome = stand.download(&format!("{SERIES} {PERIOD} --trades --format json --out tape"));
    let _ = report(outcome);
    stand.assert_is_ledger("tape", (0, DAY_S + 18 * 3_600), true);
}

#[test]
fn hours_are_candles_as_well_and_never_end_after_the_close() {
    let stand = Stand::new("");
    let args = format!("{SERIES} {PERIOD} --format json");
    let done = report(stand.download(&format!("{args} --period 1h --out hours")));
    let rows = done["tape"]["rows"].as_u64().expect("a number");
    // Two markets of twenty hours, and two of eighteen until the end.
    assert!((4..=2 * 20 + 2 * 18).contains(&rows), "{rows}");
    // Another period needs another tape.
    let said = stand.download(&format!("{args} --period 1d --out hours")).failure(1);
    assert!(said.contains("is of periods of `1h`, and `1d` is asked for: write another tape"), "{said}");
    // No market lives until the end of a day.
    let said = stand.download(&format!("{args} --period 1d --out days")).failure(3);
    assert!(said.contains("the venue has not one candlestick of the 4 markets"), "{said}");
}
