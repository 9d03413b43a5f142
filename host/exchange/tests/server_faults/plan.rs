//! Plans: parsing, refusals with reasons, and reproducibility by seed.

use host_exchange::server::faults::{Chance, FaultPlan, preset};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Exchange, run};

#[test]
fn a_plan_survives_the_trip_through_json() {
    for plan in [
        json!({ "seed": 7, "rules": [
            { "endpoint": "orders", "fault": { "kind": "late_acceptance", "delay": "40s", "status": 500 },
              "chance": 0.25 },
            { "endpoint": "DELETE /portfolio/events/orders/{id}", "fault": { "kind": "refuse", "hold_ms": 3 },
              "every": 4 },
            { "endpoint": "*", "fault": { "kind": "html" }, "at": [1, 5], "from": "10s", "until": "2h", "times": 1 },
        ] }),
        serde_json::to_value(preset("all", Chance::new(0.3))).expect("JSON"),
    ] {
        let read: FaultPlan = serde_json::from_value(plan.clone()).expect("a plan");
        assert_eq!(serde_json::to_value(read).expect("JSON"), plan);
    }
}

#[test]
fn an_invalid_plan_is_refused_with_the_reason() {
    let check = |rule: Value, expect: &str| {
        let read: Result<FaultPlan, _> = serde_json::from_value(json!({ "rules": [rule] }));
        let said = read.expect_err("it is no plan").to_string();
        assert!(said.contains(expect), "{said}");
    };
    let html = json!({ "kind": "html" });
    check(json!({ "endpoint": "ordres", "fault": html }), "market-data, orders, cancels");
    check(json!({ "endpoint": "FETCH /markets", "fault": html }), "is not an endpoint pattern");
    check(json!({ "endpoint": "GET markets", "fault": html }), "is not an endpoint pattern");
    check(json!({ "endpoint": "*", "fault": { "kind": "fire" } }), "unknown variant `fire`");
    check(json!({ "endpoint": "*", "fault": { "kind": "status", "status": 200 } }), "from 400 to 599");
    check(json!({ "endpoint": "*", "fault": { "kind": "status", "status": 500, "bdy": true } }), "unknown field `bdy`");
    check(json!({ "endpoint": "*", "fault": { "kind": "late_acceptance", "delay": "soon" } }), "500ms, 30s");
    check(json!({ "endpoint": "*", "fault": html, "chance": 1.5 }), "from 0 to 1");
    check(json!({ "endpoint": "*", "fault": html, "chance": 0.5, "every": 2 }), "exclude each other");
    check(json!({ "endpoint": "*", "fault": html, "every": 0 }), "nonzero");
    check(json!({ "endpoint": "*", "fault": html, "from": "2h", "until": "1h" }), "later than `from`");
    check(json!({ "endpoint": "*", "fault": html, "often": true }), "unknown field `often`");
    check(json!({ "fault": html }), "missing field `endpoint`");
}

/// Returns the statuses of forty reads.
async fn statuses(exchange: &Exchange) -> Vec<u16> {
    let mut seen = Vec::new();
    for _ in 0..40 {
        seen.push(exchange.get("/exchange/status").await.expect("an answer").status().as_u16());
    }
    seen
}

#[test]
fn the_same_seed_gives_the_same_faults_and_another_seed_different_ones() {
    let fault = json!({ "kind": "status", "status": 503 });
    let rules = json!([{ "endpoint": "market-data", "fault": fault, "chance": 0.3 }]);
    let seen = [7, 7, 8].map(|seed| run(async { statuses(&Exchange::seeded(rules.clone(), seed).await).await }));
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
    let failed = seen[0].iter().filter(|status| **status == 503).count();
    assert!((4..=20).contains(&failed), "{failed} of 40 at a chance of 0.3");
    // An additional rule does not change what the others draw.
    let other = json!({ "endpoint": "orders", "fault": { "kind": "html" }, "chance": 0.5 });
    let more = json!([rules[0], other]);
    assert_eq!(run(async { statuses(&Exchange::seeded(more, 7).await).await }), seen[0]);
}

#[test]
fn triggers_count_what_a_rule_can_hit() {
    let check = |trigger: Value, expect: &[usize]| {
        let mut rule = json!({ "endpoint": "market-data", "fault": { "kind": "status", "status": 503 } });
        let fields = rule.as_object_mut().expect("an object");
        fields.extend(trigger.as_object().expect("an object").clone());
        let seen = run(async { statuses(&Exchange::with(json!([rule])).await).await });
        let hit: Vec<usize> = (1..).zip(seen).filter(|(_, status)| *status == 503).map(|(number, _)| number).collect();
        assert_eq!(hit, expect, "{trigger}");
    };
    check(json!({ "at": [2, 3, 39] }), &[2, 3, 39]);
    check(json!({ "every": 15 }), &[15, 30]);
    check(json!({ "every": 10, "times": 2 }), &[10, 20]);
    check(json!({ "chance": 0.0 }), &[]);
    check(json!({ "times": 3 }), &[1, 2, 3]);
    check(json!({ "from": "1s" }), &[]);
    check(json!({ "until": "1s", "times": 2 }), &[1, 2]);
}

#[test]
fn a_plan_can_be_changed_while_the_exchange_runs() {
    run(async {
        let exchange = Exchange::with(json!([])).await;
        let plan = json!({ "rules": [{ "endpoint": "*", "fault": { "kind": "status", "status": 500 } }] });
        let (status, report) = exchange.simulation(Method::PUT, "faults", Some(plan)).await;
        assert_eq!((status, &report["plan"]["rules"][0]["endpoint"]), (200, &json!("*")));
        assert_eq!(exchange.get("/markets").await.expect("an answer").status(), 500);
        let (_, report) = exchange.simulation(Method::GET, "faults", None).await;
        assert_eq!(report["rules"], json!([{ "endpoint": "*", "fault": "status", "seen": 1, "injected": 1 }]));
        exchange.simulation(Method::DELETE, "faults", None).await;
        assert_eq!(exchange.get("/markets").await.expect("an answer").status(), 200);
        let (_, report) = exchange.simulation(Method::GET, "faults", None).await;
        // The total counts are kept.
        assert_eq!((&report["rules"], &report["injected"]), (&json!([]), &json!({ "status": 1 })));
        let (status, report) = exchange
            .simulation(Method::PUT, "faults", Some(json!({ "preset": "all", "chance": 0.5, "seed": 3 })))
            .await;
        assert_eq!((status, &report["plan"]["seed"]), (200, &json!(3)));
        let (status, said) = exchange.simulation(Method::PUT, "faults", Some(json!({ "preset": "some" }))).await;
        assert_eq!(
            (status, said["error"]["details"].as_str()),
            (400, Some("no preset `some`: there are none and all"))
        );
    });
}

#[test]
fn a_preset_hits_about_its_share_of_requests() {
    run(async {
        let exchange = Exchange::with(json!([])).await;
        exchange.simulation(Method::PUT, "faults", Some(json!({ "preset": "all", "chance": 0.3 }))).await;
        let plan = exchange.simulation(Method::GET, "faults", None).await.1["plan"].clone();
        let rules = plan["rules"].as_array().expect("rules");
        for group in ["market-data", "portfolio", "orders", "cancels", "websocket"] {
            let of_group = rules.iter().filter(|rule| rule["endpoint"] == group && rule["times"].is_null());
            let is_request =
                |rule: &&Value| !["lost_messages", "disconnect"].iter().any(|kind| rule["fault"]["kind"] == *kind);
            let is_fill = |rule: &&Value| {
                group == "websocket" && rule["fault"]["kind"].as_str().is_some_and(|kind| kind.ends_with("_fills"))
            };
            let sum: f64 = of_group
                .filter(is_request)
                .filter(|rule| !is_fill(rule))
                .filter_map(|rule| rule["chance"].as_f64())
                .sum();
            assert!((sum - 0.3).abs() < 1e-9, "{group}: {sum}");
        }
    });
}
