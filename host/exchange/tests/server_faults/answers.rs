//! Faults of single requests and responses: what the client sees, and whether the request took effect.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Exchange, ORDERS, run};

/// Describes what a client sees of a response.
async fn outcome(answer: reqwest::Result<reqwest::Response>) -> String {
    match answer {
        Err(error) if error.is_connect() => "no connection".to_owned(),
        Err(_) => "no answer".to_owned(),
        Ok(answer) => {
            let status = answer.status().as_u16();
            let retry = answer.headers().get("retry-after").map_or("", |_| ", retry later");
            let body = match answer.bytes().await {
                Err(_) => "broken off".to_owned(),
                Ok(bytes) if bytes.is_empty() => "no body".to_owned(),
                Ok(bytes) if bytes.len() > 1_000_000 => format!("{} MB", bytes.len() >> 20),
                Ok(bytes) => match serde_json::from_slice::<Value>(&bytes) {
                    Ok(json) => json.get("error").map_or("an answer".to_owned(), |error| error["code"].to_string()),
                    Err(_) if bytes.starts_with(b"<!DOCTYPE html>") => "a page".to_owned(),
                    Err(_) => "no JSON".to_owned(),
                },
            };
            format!("{status}{retry}: {body}")
        }
    }
}

/// Sends an order that is hit by `fault`; checks what the client sees, and whether the venue has the order.
fn check_order(fault: Value, expect: &str, has_it: bool) {
    run(async {
        let name = fault["kind"].as_str().expect("a name").to_owned();
        let rule = json!({ "endpoint": "orders", "fault": fault, "at": [1] });
        let exchange = Exchange::with(json!([rule])).await;
        let seen = outcome(exchange.buy("ONE", "first", 30).await).await;
        assert_eq!(seen, expect, "{name}");
        let expect_orders: &[&str] = if has_it { &["first"] } else { &[] };
        assert_eq!(exchange.orders(), expect_orders, "{name}");
        assert_eq!(exchange.injected().await, json!({ name.as_str(): 1 }));
        // The fault hits only this one request.
        assert_eq!(outcome(exchange.buy("ONE", "second", 30).await).await, "201: an answer", "{name}");
    });
}

#[test]
fn a_request_that_fails_before_has_no_effect() {
    let status = |status: u16, body: bool| json!({ "kind": "status", "status": status, "body": body });
    check_order(status(500, true), "500: \"internal_server_error\"", false);
    check_order(status(502, false), "502: no body", false);
    check_order(status(503, true), "503: \"service_unavailable\"", false);
    check_order(status(429, true), "429: \"too_many_requests\"", false);
    check_order(status(429, false), "429: no body", false);
    let later = json!({ "kind": "status", "status": 429, "retry_after": 3 });
    check_order(later, "429, retry later: \"too_many_requests\"", false);
    check_order(json!({ "kind": "refuse" }), "no answer", false);
    check_order(json!({ "kind": "timeout_before", "hold_ms": 5 }), "no answer", false);
}

#[test]
fn a_request_that_fails_after_takes_effect() {
    check_order(json!({ "kind": "timeout_after", "hold_ms": 5 }), "no answer", true);
    check_order(json!({ "kind": "accepted_then" }), "500: \"internal_server_error\"", true);
    check_order(json!({ "kind": "accepted_then", "status": 502 }), "502: \"internal_server_error\"", true);
    check_order(json!({ "kind": "truncated" }), "201: broken off", true);
    check_order(json!({ "kind": "html" }), "200: a page", true);
    check_order(json!({ "kind": "invalid_json" }), "200: no JSON", true);
    check_order(json!({ "kind": "large_body", "megabytes": 3 }), "200: 3 MB", true);
    check_order(json!({ "kind": "slow", "delay_ms": 5 }), "201: an answer", true);
}

#[test]
fn a_closed_port_refuses_connections_and_opens_again() {
    run(async {
        let fault = json!({ "kind": "refuse", "hold_ms": 2_000 });
        let exchange = Exchange::with(json!([{ "endpoint": "market-data", "fault": fault, "at": [1] }])).await;
        assert_eq!(outcome(exchange.get("/exchange/status").await).await, "no answer");
        // The port may take a moment to close.
        let (mut seen, begun) = (Vec::new(), std::time::Instant::now());
        loop {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it stays closed");
            seen.push(outcome(exchange.get("/exchange/status").await).await);
            if seen.last().is_some_and(|last| last == "200: an answer") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(seen.contains(&"no connection".to_owned()), "{seen:?}");
    });
}

#[test]
fn rules_hit_only_the_requests_they_name() {
    let fault = json!({ "kind": "status", "status": 500 });
    let check = |endpoint: &str, expect: [u16; 5]| {
        run(async {
            let exchange = Exchange::with(json!([{ "endpoint": endpoint, "fault": fault }])).await;
            let mut seen = Vec::new();
            for (method, path) in [
                (Method::GET, "/markets"),
                (Method::GET, "/markets/ONE"),
                (Method::GET, "/portfolio/balance"),
                (Method::DELETE, ORDERS),
                (Method::POST, "/portfolio/order_groups/create"),
            ] {
                let body = (method == Method::POST).then(|| json!({ "contracts_limit": 5 }));
                seen.push(exchange.send(method, path, body).await.expect("an answer").status().as_u16());
            }
            assert_eq!(seen, expect, "{endpoint}");
        });
    };
    check("*", [500, 500, 500, 500, 500]);
    check("market-data", [500, 500, 200, 204, 201]);
    check("portfolio", [200, 200, 500, 204, 201]);
    check("cancels", [200, 200, 200, 500, 201]);
    check("orders", [200, 200, 200, 204, 500]);
    check("websocket", [200, 200, 200, 204, 201]);
    check("GET /markets", [500, 200, 200, 204, 201]);
    check("GET /markets/{ticker}", [200, 500, 200, 204, 201]);
    check("* /portfolio/{what}", [200, 200, 500, 204, 201]);
    check("GET /trade-api/v2/portfolio/balance", [200, 200, 500, 204, 201]);
}

#[test]
fn the_clock_of_the_venue_can_be_wrong_and_step() {
    run(async {
        let skew = |seconds: i64, from: &str, until: &str| {
            let fault = json!({ "kind": "clock_skew", "seconds": seconds });
            json!({ "endpoint": "*", "fault": fault, "from": from, "until": until })
        };
        let exchange = Exchange::with(json!([skew(300, "10s", "20s"), skew(-17, "20s", "30s")])).await;
        let mut seen = Vec::new();
        for second in [0, 10, 20, 30] {
            exchange.advance(second).await;
            let answer = exchange.get("/portfolio/balance").await.expect("an answer");
            let date = answer.headers()["date"].to_str().expect("text").to_owned();
            seen.push(format!("{} {}", answer.status().as_u16(), &date[17..25]));
        }
        // A client that signs by the true clock is refused while the venue's is off by more than its tolerance.
        assert_eq!(seen, ["200 00:00:00", "401 00:05:10", "401 00:00:03", "200 00:00:30"]);
        exchange.simulation(Method::PUT, "faults", Some(json!({ "rules": [skew(300, "0s", "1h")] }))).await;
        let answer = exchange.send_at(300, Method::GET, "/portfolio/balance", None).await.expect("an answer");
        assert_eq!(answer.status(), 200, "whoever signs by the venue's clock is let in");
    });
}

#[test]
fn a_market_closes_with_a_working_order() {
    run(async {
        let rule = json!({ "endpoint": "portfolio", "fault": { "kind": "market_closes" }, "times": 1 });
        let exchange = Exchange::with(json!([rule])).await;
        exchange.read("/portfolio/balance").await;
        assert_eq!(exchange.injected().await, json!({ "market_closes": 0 }), "nobody has an order");
        exchange.buy("TWO", "first", 30).await.expect("an answer");
        exchange.read("/portfolio/balance").await;
        exchange.read("/portfolio/balance").await;
        assert_eq!(exchange.injected().await, json!({ "market_closes": 1 }));
        let statuses = exchange.read("/markets").await["markets"].clone();
        let of = |ticker: &str| {
            let market = statuses.as_array().and_then(|all| all.iter().find(|market| market["ticker"] == ticker));
            market.expect("it is listed")["status"].clone()
        };
        assert_eq!([of("ONE"), of("TWO"), of("THREE")], [json!("active"), json!("closed"), json!("active")]);
        let orders = exchange.read("/portfolio/orders").await;
        assert_eq!(orders["orders"][0]["status"], "canceled");
    });
}

#[test]
fn trading_pauses_and_resumes() {
    run(async {
        let pause = |exchange: bool, from: &str, until: &str| {
            let fault = json!({ "kind": "pause", "span": "60s", "exchange": exchange });
            json!({ "endpoint": "portfolio", "fault": fault, "from": from, "until": until })
        };
        let exchange = Exchange::with(json!([pause(false, "10s", "70s"), pause(true, "100s", "160s")])).await;
        let order = |id: &str, pulled: bool| {
            json!({
                "ticker": "ONE", "client_order_id": id, "side": "bid", "count": "1.00", "price": "0.3000",
                "time_in_force": "good_till_canceled", "self_trade_prevention_type": "taker_at_cross",
                "cancel_order_on_pause": pulled,
            })
        };
        for (id, pulled) in [("pulled", true), ("waits", false)] {
            let answer = exchange.send(Method::POST, ORDERS, Some(order(id, pulled))).await.expect("an answer");
            assert_eq!(answer.status(), 201);
        }
        let refused = async |status: u16, code: &str| {
            let answer = exchange.buy("ONE", "no", 30).await.expect("an answer");
            assert_eq!(answer.status(), status);
            assert_eq!(answer.json::<Value>().await.expect("JSON")["error"]["code"], code);
        };
        let status = async |active: bool, trading: bool| {
            let status = exchange.read("/exchange/status").await;
            assert_eq!((&status["exchange_active"], &status["trading_active"]), (&json!(active), &json!(trading)));
            status["exchange_estimated_resume_time"].clone()
        };
        exchange.advance(10).await;
        let resting = exchange.read("/portfolio/orders?status=resting").await;
        assert_eq!(resting["orders"].as_array().map(Vec::len), Some(1));
        assert_eq!(resting["orders"][0]["client_order_id"], "waits");
        assert_eq!(status(true, false).await, "2025-12-01T00:01:10Z");
        refused(409, "trading_is_paused").await;
        exchange.read("/portfolio/balance").await;
        assert_eq!(exchange.injected().await, json!({ "pause": 1 }), "one pause at a time");
        exchange.advance(70).await;
        assert_eq!(status(true, true).await, Value::Null);
        assert_eq!(exchange.buy("ONE", "again", 30).await.expect("an answer").status(), 201);
        exchange.advance(100).await;
        exchange.read("/portfolio/balance").await;
        status(false, false).await;
        refused(503, "exchange_is_paused").await;
        assert_eq!(exchange.send(Method::DELETE, ORDERS, None).await.expect("an answer").status(), 503);
        exchange.advance(160).await;
        assert_eq!(exchange.send(Method::DELETE, ORDERS, None).await.expect("an answer").status(), 204);
    });
}

#[test]
fn the_exchange_announces_and_closes_for_maintenance_on_request() {
    run(async {
        let exchange = Exchange::with(json!([])).await;
        let post = async |what: &str, asked: Value, expect: u16| {
            let (status, said) = exchange.simulation(Method::POST, what, Some(asked.clone())).await;
            assert_eq!(status, expect, "{asked}: {said}");
        };
        exchange.advance(10).await;
        post("announcement", json!({ "type": "warning", "message": "Maintenance soon." }), 200).await;
        post("announcement", json!({ "type": "shout", "message": "?" }), 400).await;
        post("announcement", json!({ "type": "info" }), 400).await;
        // As the venue's specification has it: OpenAPI 3.34.0, `Announcement`.
        let announced = json!([{
            "type": "warning", "message": "Maintenance soon.", "status": "active",
            "delivery_time": "2025-12-01T00:00:10Z",
        }]);
        assert_eq!(exchange.read("/exchange/announcements").await["announcements"], announced);
        let begun_ns = 1_764_547_200_000_000_000_i64;
        let window = |from: i64, until: i64| {
            let at = |second: i64| begun_ns + second * 1_000_000_000;
            json!({ "from_ns": at(from), "until_ns": at(until) })
        };
        post("maintenance", window(5, 60), 400).await;
        post("maintenance", window(60, 60), 400).await;
        post("maintenance", window(60, 120), 200).await;
        let planned = json!([{
            "start_datetime": "2025-12-01T00:01:00Z", "end_datetime": "2025-12-01T00:02:00Z",
        }]);
        let windows = async || exchange.read("/exchange/schedule").await["schedule"]["maintenance_windows"].clone();
        assert_eq!(windows().await, planned);
        for (second, active, left) in [(59, true, 1), (60, false, 1), (119, false, 1), (120, true, 0)] {
            exchange.advance(second).await;
            assert_eq!(exchange.read("/exchange/status").await["exchange_active"], active, "at {second} s");
            assert_eq!(windows().await.as_array().map(Vec::len), Some(left), "at {second} s");
        }
    });
}

#[test]
fn the_exchange_and_its_markets_are_paused_on_request() {
    run(async {
        let exchange = Exchange::with(json!([])).await;
        let check = async |asked: Value, status: u16, order: u16| {
            let (answered, said) = exchange.simulation(Method::POST, "status", Some(asked.clone())).await;
            assert_eq!(answered, status, "{asked}: {said}");
            let id: String = asked.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
            let answer = exchange.buy("TWO", &format!("{status}-{id}"), 30).await.expect("an answer");
            assert_eq!(answer.status(), order, "{asked}");
        };
        check(json!({ "status": "paused" }), 200, 409).await;
        check(json!({ "status": "closed" }), 200, 503).await;
        check(json!({ "status": "active" }), 200, 201).await;
        check(json!({ "status": "paused", "market": "ONE" }), 200, 201).await;
        check(json!({ "status": "paused", "market": "TWO" }), 200, 409).await;
        check(json!({ "status": "paused", "market": "TWO" }), 400, 409).await;
        check(json!({ "status": "active", "market": "TWO" }), 200, 201).await;
        check(json!({ "status": "closed", "market": "TWO" }), 200, 409).await;
        check(json!({ "status": "active", "market": "TWO" }), 400, 409).await;
        check(json!({ "status": "active", "market": "NONE" }), 404, 409).await;
        check(json!({ "status": "asleep" }), 400, 409).await;
        check(json!({ "status": "active", "markets": "TWO" }), 400, 409).await;
    });
}
