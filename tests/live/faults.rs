//! Plans of faults: every fault that the exchange can inject, each with a rule of its own, so that each is counted.

use serde_json::{Value, json};

/// Wall-clock milliseconds that a connection hangs: longer than the host waits for a response.
const HANG_MS: u64 = 1_500;

fn rule(endpoint: &str, chance: f64, fault: Value) -> Value {
    json!({ "endpoint": endpoint, "chance": chance, "fault": fault })
}

/// Limits a rule to `times` faults, because they take real time.
fn at_most(times: u64, mut rule: Value) -> Value {
    rule["times"] = times.into();
    rule
}

/// A fault of every `nth` message of the WebSocket. By chance, it might never happen: the number of messages depends
/// on the machine.
fn every(nth: u64, fault: Value) -> Value {
    json!({ "endpoint": "websocket", "every": nth, "fault": fault })
}

fn status(status: u16, body: bool) -> Value {
    json!({ "kind": "status", "status": status, "body": body })
}

/// Faults of any request of a group, each with `chance`.
fn everywhere(endpoint: &str, chance: f64) -> Vec<Value> {
    let mut rules: Vec<Value> = [500, 502, 503, 429]
        .into_iter()
        .flat_map(|code| [status(code, true), status(code, false)])
        .chain(["truncated", "html", "invalid_json"].map(|kind| json!({ "kind": kind })))
        .chain([1, -1].map(|seconds| json!({ "kind": "clock_skew", "seconds": seconds })))
        .chain([json!({ "kind": "refuse", "hold_ms": 0 }), json!({ "kind": "slow", "delay_ms": 20 })])
        .map(|fault| rule(endpoint, chance, fault))
        .collect();
    for kind in ["timeout_before", "timeout_after"] {
        rules.push(at_most(3, rule(endpoint, chance, json!({ "kind": kind, "hold_ms": HANG_MS }))));
    }
    rules.push(at_most(3, rule(endpoint, chance, json!({ "kind": "refuse", "hold_ms": 50 }))));
    rules
}

/// Further faults of writes: the write takes effect, and its sender is told otherwise.
fn accepted(endpoint: &str, chance: f64) -> Vec<Value> {
    let accepted_then = |status: u16| json!({ "kind": "accepted_then", "status": status });
    let late = json!({ "kind": "late_acceptance", "delay": "40s" });
    let late_and_silent = json!({ "kind": "late_acceptance", "delay": "40s", "hold_ms": HANG_MS });
    vec![
        rule(endpoint, 2.0 * chance, accepted_then(500)),
        rule(endpoint, chance, accepted_then(502)),
        rule(endpoint, 2.0 * chance, late),
        at_most(3, rule(endpoint, chance, late_and_silent)),
    ]
}

/// A cancel that is done and not found, twice for each other fault: the venue says nothing more often than that.
fn not_found() -> Vec<Value> {
    vec![rule("cancels", 1.0, json!({ "kind": "cancel_not_found" }))]
}

/// Injects the rules' faults in turn instead of by chance, for requests that are too few for each fault to happen by
/// chance.
fn in_turn(mut rules: Vec<Value>) -> Vec<Value> {
    let period = rules.len() * 3 / 2;
    for (turn, rule) in (1..).zip(&mut rules) {
        rule.as_object_mut().expect("a rule").remove("chance");
        rule["at"] = (0..50).map(|round| turn + round * period).collect();
    }
    rules
}

/// All faults of polling and of orders, until `until` of exchange time. About every second order meets one.
pub fn all(until: &str) -> Value {
    let mut rules = [
        everywhere("market-data", 0.005),
        everywhere("portfolio", 0.005),
        everywhere("orders", 0.02),
        accepted("orders", 0.03),
        in_turn([everywhere("cancels", 1.0), accepted("cancels", 1.0), not_found()].concat()),
    ]
    .concat();
    rules.extend([
        // The venue sees a signature that is too old.
        rule("orders", 0.01, json!({ "kind": "clock_skew", "seconds": 60 })),
        at_most(1, rule("market-data", 0.01, json!({ "kind": "large_body", "megabytes": 21 }))),
        rule("market-data", 0.03, json!({ "kind": "stale_quotes", "age": "20m" })),
        rule("market-data", 0.03, json!({ "kind": "crossed_books", "share": 0.2 })),
        rule("portfolio", 0.3, json!({ "kind": "lagging_reads", "lag": "1s" })),
        rule("GET /portfolio/fills", 0.2, json!({ "kind": "duplicated_fills" })),
        rule("GET /portfolio/fills", 0.2, json!({ "kind": "reordered_fills" })),
        at_most(5, rule("portfolio", 0.01, json!({ "kind": "market_closes" }))),
    ]);
    lasting(rules, until)
}

/// All faults of polling and orders, and those of the WebSocket.
pub fn with_stream(until: &str) -> Value {
    let mut plan = all(until);
    let stream = [
        // Only lists of several pages can repeat or skip rows, such as that of events.
        rule("GET /events", 0.4, json!({ "kind": "repeated_rows" })),
        rule("GET /events", 0.4, json!({ "kind": "skipped_rows" })),
        rule("websocket", 0.2, status(503, false)),
        every(500, json!({ "kind": "disconnect" })),
        every(50, json!({ "kind": "lost_messages" })),
        rule("websocket", 0.5, json!({ "kind": "duplicated_fills" })),
        rule("websocket", 0.2, json!({ "kind": "reordered_fills" })),
    ];
    if let Value::Array(rules) = lasting(stream.to_vec(), until)["rules"].take() {
        plan["rules"].as_array_mut().expect("rules").extend(rules);
    }
    plan
}

fn lasting(mut rules: Vec<Value>, until: &str) -> Value {
    rules.iter_mut().for_each(|rule| rule["until"] = until.into());
    json!({ "seed": 1, "rules": rules })
}
