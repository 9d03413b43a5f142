//! Compares an answer with a recorded one: the same but for ids, times, and what a market is about.

use serde_json::Value;

/// Fields whose values are ids, times, cursors or names, which are others for each exchange.
const NAMES: [&str; 33] = [
    "order_id",
    "client_order_id",
    "fill_id",
    "trade_id",
    "user_id",
    "market_id",
    "cursor",
    "created_time",
    "last_update_time",
    "updated_time",
    "open_time",
    "close_time",
    "expiration_time",
    "expected_expiration_time",
    "latest_expiration_time",
    "settlement_ts",
    "last_updated_ts",
    "updated_ts",
    "ts",
    "ts_ms",
    "ticker",
    "event_ticker",
    "market_ticker",
    "title",
    "yes_sub_title",
    "no_sub_title",
    "rules_primary",
    "rules_secondary",
    // A determined market shows what its underlying was; the exchange knows results alone.
    "expiration_value",
    // Recorded a minute after a trade, which the venue had not counted yet.
    "volume_24h_fp",
    "sid",
    "id",
    "seq",
];

/// Fields that describe what a market is about, such as strikes and legs: only some markets have them.
const TERMS: [&str; 10] = [
    "custom_strike",
    "early_close_condition",
    "floor_strike",
    "is_provisional",
    "mve_collection_ticker",
    "mve_selected_legs",
    "occurrence_datetime",
    "primary_participant_key",
    "rules_secondary",
    "strike_type",
];

/// Fields that the venue has sent only since the recording (its specification 3.34), and one that orders of the closed
/// endpoint did not have.
const SINCE: [&str; 4] =
    ["exchange_index", "exchange_index_statuses", "settlement_bounds_type", "self_trade_prevention_type"];

/// Returns the differences between `ours` and `recorded`, each with its place.
pub(super) fn differences(ours: &Value, recorded: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", ours, recorded, &mut found);
    found
}

fn compare(place: &str, ours: &Value, recorded: &Value, found: &mut Vec<String>) {
    let name = place.rsplit('.').next().unwrap_or_default();
    match (ours, recorded) {
        (Value::Object(ours), Value::Object(recorded)) => {
            for (name, value) in recorded.iter().filter(|(name, _)| !TERMS.contains(&name.as_str())) {
                match ours.get(name) {
                    Some(own) => compare(&format!("{place}.{name}"), own, value, found),
                    None => found.push(format!("{place}.{name} is missing")),
                }
            }
            let may_be = |name: &str| SINCE.contains(&name) || TERMS.contains(&name) || recorded.contains_key(name);
            let more = ours.keys().filter(|name| !may_be(name));
            found.extend(more.map(|name| format!("{place}.{name} is not recorded")));
        }
        (Value::Array(ours), Value::Array(recorded)) => {
            // The recorded lists of markets were cut to two.
            if ours.len() != recorded.len() && !(name == "markets" && ours.len() > recorded.len()) {
                found.push(format!("{place} has {} rows instead of {}", ours.len(), recorded.len()));
            }
            for (row, (own, value)) in ours.iter().zip(recorded).enumerate() {
                compare(&format!("{place}[{row}]"), own, value, found);
            }
        }
        _ if NAMES.contains(&name) && std::mem::discriminant(ours) == std::mem::discriminant(recorded) => {}
        _ if NAMES.contains(&name) => found.push(format!("{place} is {ours}, of another type than {recorded}")),
        _ if ours != recorded => found.push(format!("{place} is {ours} instead of {recorded}")),
        _ => {}
    }
}

#[test]
fn what_differs_is_found() {
    use serde_json::json;
    let recorded = json!({ "order": { "order_id": "a", "count": "1.00", "rows": [["0.4", "1"]] } });
    let check = |ours: Value, expect: &[&str]| assert_eq!(differences(&ours, &recorded), expect, "{ours}");
    check(recorded.clone(), &[]);
    let same = json!({ "order": { "order_id": "b", "count": "1.00", "rows": [["0.4", "1"]], "exchange_index": 0 } });
    check(same, &[]);
    let other = json!({ "order": { "order_id": 7, "count": "1", "rows": [], "fee": "0" }, "msg": "" });
    let expect = [
        ".order.count is \"1\" instead of \"1.00\"",
        ".order.order_id is 7, of another type than \"a\"",
        ".order.rows has 0 rows instead of 1",
        ".order.fee is not recorded",
        ".msg is not recorded",
    ];
    check(other, &expect);
    check(json!({}), &[".order is missing"]);
}
