//! Every refusal, with its status and body.

use host_core::MarketId;
use host_exchange::venue::{ExchangeStatus, Resolution};

use super::*;

/// Sends Ann's order, with fields overridden by `more`; returns status, code and details.
async fn refused(server: &TestServer, more: Value) -> (u16, String, String) {
    let reply = server.call(Ann, "POST", ORDERS, Some(limit("CENT", "bid", "0.40", "5", more))).await;
    let text = |name: &str| reply.body["error"][name].as_str().unwrap_or_default().to_owned();
    (reply.status, text("code"), text("details"))
}

const CLIENT_ORDER_ID: &str = "client_order_id: at most 64 letters, digits, and _ : + = / -";

type Refused = (Value, u16, &'static str, &'static str);

/// Returns fields that are missing or malformed, each with status, code and details of the refusal.
fn malformed_orders() -> Vec<Refused> {
    vec![
        (json!({ "ticker": null }), 400, "missing_parameters", "ticker is required"),
        (json!({ "ticker": "" }), 400, "missing_parameters", "ticker is required"),
        (json!({ "time_in_force": null }), 400, "missing_parameters", "time_in_force is required"),
        (
            json!({ "self_trade_prevention_type": null }),
            400,
            "missing_parameters",
            "self_trade_prevention_type is required",
        ),
        (json!({ "side": null }), 400, "invalid_order", "side is required"),
        (json!({ "count": null }), 400, "invalid_order", "count is required"),
        (json!({ "price": null }), 400, "invalid_order", "price is required"),
        (json!({ "side": "yes" }), 400, "invalid_order", "side must be bid or ask"),
        (json!({ "time_in_force": "day" }), 400, "invalid_order", "invalid time_in_force"),
        (json!({ "self_trade_prevention_type": "no" }), 400, "invalid_order", "invalid self_trade_prevention_type"),
        (json!({ "price": "0.405" }), 400, "invalid_price", ""),
        (json!({ "price": "0" }), 400, "invalid_price", ""),
        (json!({ "price": "1.00" }), 400, "invalid_price", ""),
        (json!({ "price": "-0.40" }), 400, "invalid_price", ""),
        (json!({ "price": "0.40001" }), 400, "invalid_price", ""),
        (json!({ "price": "cheap" }), 400, "invalid_price", ""),
        (json!({ "count": "0" }), 400, "invalid_order", "invalid count: must be positive"),
        (json!({ "count": "-1" }), 400, "invalid_order", "invalid count: must be positive"),
        (json!({ "count": "1.001" }), 400, "invalid_order", "count must be a number with at most 2 decimals"),
    ]
}

/// Returns fields of orders that break a rule, each with status, code and details of the refusal.
fn forbidden_orders() -> Vec<Refused> {
    vec![
        (json!({ "expiration_time": 1 }), 400, "invalid_order", "expiration_time must be in the future"),
        (
            json!({ "expiration_time": 4_000_000_000_i64, "time_in_force": "immediate_or_cancel" }),
            400,
            "invalid_order",
            "expiration_time requires time_in_force good_till_canceled",
        ),
        (json!({ "price": "0.60", "post_only": true }), 400, "invalid_order", "post only cross"),
        (
            json!({ "post_only": true, "time_in_force": "fill_or_kill" }),
            400,
            "invalid_order",
            "post_only requires time_in_force good_till_canceled",
        ),
        (
            json!({ "reduce_only": true }),
            400,
            "invalid_order",
            "reduce_only requires time_in_force immediate_or_cancel",
        ),
        (
            json!({ "reduce_only": true, "time_in_force": "immediate_or_cancel" }),
            400,
            "invalid_order",
            "reduce_only order would increase the position",
        ),
        (json!({ "subaccount": 64 }), 400, "invalid_order", "subaccount must be within 0..63"),
        (json!({ "subaccount": -1 }), 400, "invalid_order", "subaccount must be within 0..63"),
        (json!({ "count": "2501" }), 400, "insufficient_balance", ""),
        (json!({ "subaccount": 5 }), 400, "insufficient_balance", ""),
        (json!({ "ticker": "NOWHERE" }), 404, "market_not_found", ""),
        (json!({ "client_order_id": "a b" }), 400, "invalid_parameters", CLIENT_ORDER_ID),
        (json!({ "client_order_id": "é" }), 400, "invalid_parameters", CLIENT_ORDER_ID),
        (json!({ "order_group_id": "no group" }), 404, "not_found", ""),
        (json!({ "client_order_id": "used" }), 409, "order_already_exists", ""),
        (
            json!({ "price": "0.60", "count": "11", "time_in_force": "fill_or_kill" }),
            409,
            "fill_or_kill_insufficient_resting_volume",
            "",
        ),
    ]
}

#[tokio::test]
async fn an_order_that_breaks_a_rule_is_refused_with_the_reason() {
    let server = TestServer::open().await;
    server.place(Bob, limit("CENT", "ask", "0.60", "10", json!({}))).await;
    server.place(Ann, limit("CENT", "bid", "0.10", "1", json!({ "client_order_id": "used" }))).await;
    for (more, status, code, details) in [malformed_orders(), forbidden_orders()].concat() {
        assert_eq!(refused(&server, more.clone()).await, (status, code.into(), details.into()), "{more}");
    }
    // None of them had an effect.
    assert_eq!(server.get(Ann, "/portfolio/balance").await["balance_dollars"], "999.9000");
    assert_eq!(server.get(Ann, "/portfolio/orders").await["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_closed_exchange_or_market_is_the_reason_of_a_refusal() {
    let server = TestServer::open().await;
    let set = |status| server.exchange.with_venue(|venue, now| venue.set_status(status, now));
    let check = async |status: u16, code: &str| {
        assert_eq!(refused(&server, json!({})).await, (status, code.to_owned(), String::new()));
    };
    set(ExchangeStatus::Paused);
    check(409, "trading_is_paused").await;
    assert_eq!(server.get(Nobody, "/exchange/status").await["trading_active"], false);
    set(ExchangeStatus::Closed);
    check(503, "exchange_is_paused").await;
    assert_eq!(server.get(Nobody, "/exchange/status").await["exchange_active"], false);
    set(ExchangeStatus::Active);
    server.exchange.with_venue(|venue, now| venue.halt(MarketId(0), now)).unwrap();
    check(409, "MARKET_INACTIVE").await;
    server.exchange.with_venue(|venue, now| venue.resume(MarketId(0), now)).unwrap();
    server.place(Ann, limit("CENT", "bid", "0.40", "1", json!({}))).await;
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(0), Resolution::No, now)).unwrap();
    check(409, "MARKET_INACTIVE").await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_at_the_top_level() {
    let server = TestServer::open().await;
    let order = |name: &str, value: Value| limit("CENT", "bid", "0.40", "5", json!({ name: value })).to_string();
    let bodies = [
        "{".to_owned(),
        "null".to_owned(),
        "[1]".to_owned(),
        "\u{0}".to_owned(),
        "{\"ticker\": NaN}".to_owned(),
        order("price", json!(0.4)),
        order("count", json!(5)),
        order("expiration_time", json!("soon")),
        order("post_only", json!("yes")),
        order("ticker", json!(["CENT"])),
        "[".repeat(100_000),
    ];
    for body in bodies {
        let headers = Ann.headers(server.now_ms(), "POST", ORDERS);
        let reply = server.send("POST", ORDERS, &headers, Some(body.clone())).await;
        let start: String = body.chars().take(50).collect();
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!("bad_request")), "{start}");
        assert_eq!(reply.body["message"], "bad request");
        assert!(reply.body["details"].is_string(), "{start}");
        assert!(reply.body["error"].is_null(), "{start}");
    }
}

#[tokio::test]
async fn missing_things_are_reported_in_the_venues_format() {
    let server = TestServer::open().await;
    let id = "00000000-0000-4000-8000-000000000000";
    let cases = [
        (Nobody, "GET", "/nowhere".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/trade-api/v2/nowhere".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/trade-api/v2/markets/NOWHERE".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/trade-api/v2/markets/NOWHERE/orderbook".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/trade-api/v2/events/NOWHERE".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/trade-api/v2/series/NOWHERE".to_owned(), 404, "not_found"),
        (Nobody, "GET", "/simulation/clock".to_owned(), 404, "not_found"),
        (Ann, "GET", format!("/trade-api/v2/portfolio/orders/{id}"), 404, "not_found"),
        (Ann, "DELETE", format!("{ORDERS}/{id}"), 404, "not_found"),
        (Ann, "DELETE", format!("{ORDERS}/no-uuid"), 404, "not_found"),
        (Ann, "GET", format!("/trade-api/v2/portfolio/order_groups/{id}"), 404, "not_found"),
        (Ann, "PUT", format!("/trade-api/v2/portfolio/order_groups/{id}/reset"), 404, "not_found"),
        (Ann, "PUT", "/trade-api/v2/markets".to_owned(), 405, "method_not_allowed"),
        (Ann, "POST", "/trade-api/v2/portfolio/orders".to_owned(), 410, "deprecated_v1_order_endpoint"),
        (Ann, "DELETE", format!("/trade-api/v2/portfolio/orders/{id}"), 410, "deprecated_v1_order_endpoint"),
        (Ann, "POST", "/trade-api/v2/portfolio/orders/batched".to_owned(), 410, "deprecated_v1_order_endpoint"),
    ];
    for (who, method, path, status, code) in cases {
        let reply = server.call(who, method, &path, None).await;
        assert_eq!((reply.status, &reply.body["error"]["code"]), (status, &json!(code)), "{method} {path}");
        assert!(reply.body["error"]["message"].is_string());
    }
}

/// The shape and the words of the venue's validator.
#[tokio::test]
async fn a_query_that_is_not_valid_is_refused_with_a_message_alone() {
    let server = TestServer::open().await;
    let tag = |operation: &str, field: &str, check: &str| {
        let key = format!("Key: '{operation}Params.{field}'");
        format!("{operation}: {key} Error:Field validation for '{field}' failed on the '{check}' tag")
    };
    let cases = [
        ("/markets?limit=1001", tag("GetMarkets", "Limit", "lte")),
        ("/markets?limit=0", tag("GetMarkets", "Limit", "gte")),
        ("/markets?limit=-1", tag("GetMarkets", "Limit", "gte")),
        ("/markets/CENT/orderbook?depth=101", tag("GetOrderbook", "Depth", "lte")),
        ("/markets/orderbooks", tag("GetOrderbooks", "Tickers", "required")),
        ("/markets/candlesticks?period_interval=60", tag("GetCandlesticks", "StartTs", "required")),
        ("/markets?limit=ten", "GetMarkets: limit must be an integer".to_owned()),
        ("/markets?min_close_ts=noon", "GetMarkets: min_close_ts must be an integer".to_owned()),
        ("/markets?status=active", "GetMarkets: status must be one of unopened, open, closed, settled".to_owned()),
        ("/portfolio/orders?status=open", "GetOrders: status must be one of resting, canceled, executed".to_owned()),
        ("/portfolio/orders?subaccount=64", "GetOrders: subaccount must be within 0..63".to_owned()),
        (
            "/portfolio/positions?count_filter=all",
            "GetPositions: count_filter: `all` is neither position nor total_traded".to_owned(),
        ),
        ("/events?limit=201", tag("GetEvents", "Limit", "lte")),
    ];
    for (path, why) in cases {
        let body = server.call(Ann, "GET", &format!("/trade-api/v2{path}"), None).await.expect(400);
        assert_eq!(body, json!({ "msg": format!("Parameter validation failed for {why}") }), "{path}");
    }
}

#[tokio::test]
async fn invalid_text_and_invalid_upgrades_are_refused_in_the_venues_format() {
    let server = TestServer::open().await;
    for path in ["/markets/%FF", "/events/%FF", "/portfolio/orders/%FF", "/portfolio/order_groups/%FF"] {
        let body = server.call(Ann, "GET", &format!("/trade-api/v2{path}"), None).await.expect(400);
        assert_eq!(body["error"]["code"], "bad_request", "{path}");
    }
    let reply = server.call(Ann, "GET", "/trade-api/ws/v2", None).await;
    assert!((400..500).contains(&reply.status), "{}", reply.status);
    assert_eq!(reply.body["error"]["code"], "bad_request");
}

#[tokio::test]
async fn the_two_formats_of_a_groups_limit_must_agree() {
    let server = TestServer::open().await;
    let path = "/trade-api/v2/portfolio/order_groups/create";
    for (body, status) in [
        (json!({ "contracts_limit": 5, "contracts_limit_fp": "5.00" }), 201),
        (json!({ "contracts_limit": 5, "contracts_limit_fp": "5.01" }), 400),
        (json!({ "contracts_limit_fp": "0.5" }), 201),
        (json!({ "contracts_limit": i64::MAX }), 400),
        (json!({ "contracts_limit": 5, "contracts_limit_fp": "many" }), 400),
        (json!({}), 400),
    ] {
        assert_eq!(server.call(Ann, "POST", path, Some(body.clone())).await.status, status, "{body}");
    }
}
