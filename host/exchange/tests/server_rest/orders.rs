//! The life cycle of orders, in fractions of contracts and of cents.

use super::*;

fn id(order: &Value) -> &str {
    order["order_id"].as_str().expect("an id")
}

async fn order(server: &TestServer, who: Who, order: &Value) -> Value {
    server.get(who, &format!("/portfolio/orders/{}", id(order))).await["order"].clone()
}

/// Returns the fields `names` of an order.
fn pick(order: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| order[*name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_order_in_fractions_rests_fills_and_is_cancelled() {
    let server = TestServer::open().await;
    let more = json!({ "client_order_id": "mine", "expiration_time": START.0 / 1_000_000_000 + 3_600 });
    let resting = server.place(Ann, limit("TAPER", "bid", "0.0810", "10.50", more)).await;
    assert_eq!(
        resting,
        json!({
            "order_id": id(&resting),
            "client_order_id": "mine",
            "fill_count": "0.00",
            "remaining_count": "10.50",
            "ts_ms": 1_764_547_200_000_i64,
        })
    );
    server.step(Span::millis(1_500));
    let taking = server.place(Bob, limit("TAPER", "ask", "0.08", "0.25", json!({}))).await;
    assert_eq!(pick(&taking, &["fill_count", "remaining_count", "average_fill_price"]), ["0.25", "0.00", "0.0810"]);
    let names = ["status", "yes_price_dollars", "initial_count_fp", "fill_count_fp", "remaining_count_fp"];
    let filled = order(&server, Ann, &resting).await;
    assert_eq!(pick(&filled, &names), ["resting", "0.0810", "10.50", "0.25", "10.25"]);
    assert_eq!(pick(&filled, &["maker_fill_cost_dollars", "book_side", "type"]), ["0.020250", "bid", "limit"]);
    assert_eq!(filled["expiration_time"], "2025-12-01T01:00:00Z");
    let path = format!("{ORDERS}/{}", id(&resting));
    let cancelled = server.call(Ann, "DELETE", &path, None).await.expect(200);
    assert_eq!(pick(&cancelled, &["client_order_id", "reduced_by"]), ["", "10.25"]);
    assert_eq!(cancelled["ts_ms"], 1_764_547_201_500_i64);
    server.call(Ann, "DELETE", &path, None).await.expect(404);
    assert_eq!(pick(&order(&server, Ann, &resting).await, &names), ["canceled", "0.0810", "10.50", "0.25", "0.00"]);
    assert_eq!(order(&server, Bob, &taking).await["status"], "executed");
}

#[tokio::test]
async fn an_immediate_order_without_a_counterparty_is_created_and_ends() {
    let server = TestServer::open().await;
    let more = json!({ "time_in_force": "immediate_or_cancel" });
    let made = server.place(Ann, limit("CENT", "bid", "0.40", "5", more)).await;
    assert_eq!(pick(&made, &["fill_count", "remaining_count"]), ["0.00", "0.00"]);
    assert_eq!(order(&server, Ann, &made).await["status"], "canceled");
}

#[tokio::test]
async fn orders_are_amended_and_decreased_and_have_queue_positions() {
    let server = TestServer::open().await;
    server.place(Bob, limit("DECI", "bid", "0.456", "7.77", json!({}))).await;
    let mine = server.place(Ann, limit("DECI", "bid", "0.456", "5", json!({ "client_order_id": "one" }))).await;
    let place = format!("/portfolio/orders/{}/queue_position", id(&mine));
    assert_eq!(server.get(Ann, &place).await, json!({ "queue_position_fp": "7.77" }));
    let path = format!("{ORDERS}/{}", id(&mine));
    let post = async |what: &str, body: Value| server.call(Ann, "POST", &format!("{path}/{what}"), Some(body)).await;

    let reply = post("decrease", json!({ "reduce_by": "1.25" })).await.expect(200);
    assert_eq!(pick(&reply, &["client_order_id", "remaining_count"]), ["one", "3.75"]);
    let reply = post("decrease", json!({ "reduce_to": "3" })).await.expect(200);
    assert_eq!(reply["remaining_count"], "3.00");
    for body in [json!({}), json!({ "reduce_by": "1", "reduce_to": "1" }), json!({ "reduce_to": "3" })] {
        assert_eq!(post("decrease", body).await.expect(400)["error"]["code"], "invalid_order");
    }
    let amendment = |more: Value| {
        let mut body = json!({ "ticker": "DECI", "side": "bid", "price": "0.457", "count": "4.5" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for bad in [json!({ "side": "ask" }), json!({ "ticker": "CENT" }), json!({ "client_order_id": "two" })] {
        assert_eq!(post("amend", amendment(bad)).await.expect(400)["error"]["code"], "invalid_order");
    }
    let expires = START.0 / 1_000_000_000 + 60;
    let more = json!({ "client_order_id": "one", "updated_client_order_id": "two", "expiration_time": expires });
    let reply = post("amend", amendment(more)).await.expect(200);
    assert_eq!(pick(&reply, &["client_order_id", "fill_count", "remaining_count"]), ["two", "0.00", "4.50"]);
    let mine_now = order(&server, Ann, &mine).await;
    assert_eq!(pick(&mine_now, &["yes_price_dollars", "client_order_id"]), ["0.4570", "two"]);
    assert_eq!(mine_now["expiration_time"], "2025-12-01T00:01:00Z");
    post("amend", amendment(json!({ "expiration_time": 0 }))).await.expect(200);
    server.step(Span::hours(1));
    assert_eq!(order(&server, Ann, &mine).await["status"], "resting");
    let places = server.get(Ann, "/portfolio/orders/queue_positions?market_tickers=DECI,CENT").await;
    let expect = json!([{ "order_id": id(&mine), "market_ticker": "DECI", "queue_position_fp": "0.00" }]);
    assert_eq!(places["queue_positions"], expect);
}

#[tokio::test]
async fn each_order_of_a_batch_succeeds_or_fails_on_its_own() {
    let server = TestServer::open().await;
    let batch = format!("{ORDERS}/batched");
    let good = limit("CENT", "bid", "0.40", "1.5", json!({ "client_order_id": "good" }));
    let bad = limit("CENT", "bid", "0.401", "1", json!({ "client_order_id": "bad" }));
    let empty = json!({});
    let poor = limit("CENT", "bid", "0.40", "9999", json!({}));
    let body = json!({ "orders": [good, bad, empty, poor] });
    let reply = server.call(Ann, "POST", &batch, Some(body)).await.expect(201);
    let rows = reply["orders"].as_array().unwrap();
    assert_eq!(pick(&rows[0], &["client_order_id", "remaining_count"]), ["good", "1.50"]);
    let error = json!({ "code": "invalid_price", "message": "invalid price", "details": "", "service": "exchange" });
    assert_eq!(rows[1], json!({ "client_order_id": "bad", "error": error }));
    assert_eq!(rows[2]["error"]["code"], "missing_parameters");
    let (code, message) = ("insufficient_balance", "insufficient balance");
    let error = json!({ "code": code, "message": message, "details": "", "service": "exchange" });
    assert_eq!(rows[3], json!({ "error": error }));

    let unknown = "00000000-0000-4000-8000-000000000000";
    let other_subaccount = json!({ "order_id": id(&rows[0]), "subaccount": 1 });
    let body = json!({ "orders": [other_subaccount, { "order_id": id(&rows[0]) }, { "order_id": unknown }] });
    let reply = server.call(Ann, "DELETE", &batch, Some(body)).await.expect(200);
    let rows = reply["orders"].as_array().unwrap();
    let error = json!({ "code": "not_found", "message": "not found", "details": "", "service": "exchange" });
    assert_eq!((&rows[0]["error"], &rows[0]["reduced_by"]), (&error, &json!("0.00")));
    assert_eq!(rows[1]["reduced_by"], "1.50");
    assert_eq!(rows[2], json!({ "order_id": unknown, "reduced_by": "0.00", "error": error }));
    for body in [json!({}), json!({ "orders": [{}] })] {
        let reply = server.call(Ann, "DELETE", &batch, Some(body)).await.expect(400);
        assert_eq!(reply["error"]["code"], "missing_parameters");
    }
}

#[tokio::test]
async fn cancel_all_affects_only_the_members_own_orders() {
    let server = TestServer::open().await;
    for ticker in ["CENT", "TAPER", "DECI"] {
        server.place(Ann, limit(ticker, "bid", "0.40", "1", json!({}))).await;
        server.place(Bob, limit(ticker, "bid", "0.40", "1", json!({}))).await;
    }
    let reply = server.call(Ann, "DELETE", ORDERS, None).await;
    assert_eq!((reply.status, reply.body), (204, Value::Null));
    let resting =
        async |who| server.get(who, "/portfolio/orders?status=resting").await["orders"].as_array().unwrap().len();
    assert_eq!((resting(Ann).await, resting(Bob).await), (0, 3));
    assert_eq!(server.get(Ann, "/portfolio/balance").await["balance"], 100_000);
}

#[tokio::test]
async fn groups_cancel_their_orders_at_the_limit() {
    let server = TestServer::open().await;
    let groups = "/trade-api/v2/portfolio/order_groups";
    let made =
        server.call(Ann, "POST", &format!("{groups}/create"), Some(json!({ "contracts_limit": 2 }))).await.expect(201);
    let group = made["order_group_id"].as_str().unwrap().to_owned();
    assert_eq!(made["subaccount"], 0);
    let in_group = || limit("CENT", "bid", "0.40", "5", json!({ "order_group_id": group }));
    let first = server.place(Ann, in_group()).await;
    let path = format!("{groups}/{group}");
    let view = server.call(Ann, "GET", &path, None).await.expect(200);
    assert_eq!((&view["contracts_limit_fp"], &view["orders"]), (&json!("2.00"), &json!([id(&first)])));
    server.place(Bob, limit("CENT", "ask", "0.40", "2", json!({}))).await;
    assert_eq!(order(&server, Ann, &first).await["status"], "canceled");
    let refused = server.call(Ann, "POST", ORDERS, Some(in_group())).await.expect(400);
    assert_eq!(refused["error"]["details"], "order group is triggered: reset it first");
    let put = async |what: &str, body| server.call(Ann, "PUT", &format!("{path}/{what}"), body).await.expect(200);
    put("reset", None).await;
    put("limit", Some(json!({ "contracts_limit_fp": "1.50" }))).await;
    server.place(Ann, in_group()).await;
    put("trigger", Some(json!({}))).await;
    let list = server.get(Ann, "/portfolio/order_groups").await;
    assert_eq!(list["order_groups"][0]["contracts_limit_fp"], "1.50");
    assert_eq!(server.get(Bob, "/portfolio/order_groups").await["order_groups"], json!([]));
    server.call(Ann, "DELETE", &path, None).await.expect(200);
    server.call(Ann, "GET", &path, None).await.expect(404);
    let bad = server.call(Ann, "POST", &format!("{groups}/create"), Some(json!({}))).await.expect(400);
    assert_eq!(bad["error"]["code"], "missing_parameters");
}

#[tokio::test]
async fn a_subaccounts_orders_are_found_only_under_its_number() {
    let server = TestServer::open().await;
    let (from, to, amount) = (0, 3, Usd::dollars(10));
    let ann = host_exchange::venue::MemberId(2);
    server.exchange.with_venue(|venue, now| venue.transfer(ann, (from, to), amount, now)).unwrap();
    let mine = server.place(Ann, limit("CENT", "bid", "0.40", "5", json!({ "subaccount": 3 }))).await;
    assert_eq!(order(&server, Ann, &mine).await["subaccount_number"], 3);
    let balance = async |query: &str| server.get(Ann, &format!("/portfolio/balance{query}")).await["balance"].clone();
    assert_eq!((balance("").await, balance("?subaccount=3").await), (json!(99_000), json!(800)));
    let resting = async |query: &str| {
        let list = server.get(Ann, &format!("/portfolio/orders?status=resting{query}")).await;
        list["orders"].as_array().unwrap().len()
    };
    assert_eq!((resting("").await, resting("&subaccount=3").await, resting("&subaccount=0").await), (1, 1, 0));
    let places = async |query: &str| {
        let list = server.get(Ann, &format!("/portfolio/orders/queue_positions{query}")).await;
        list["queue_positions"].as_array().unwrap().len()
    };
    assert_eq!((places("").await, places("?subaccount=3").await), (0, 1));
    let path = format!("{ORDERS}/{}", id(&mine));
    server.call(Ann, "DELETE", &path, None).await.expect(404);
    server.call(Ann, "DELETE", &format!("{ORDERS}?subaccount=0"), None).await.expect(204);
    assert_eq!(resting("").await, 1);
    server.call(Ann, "DELETE", &format!("{path}?subaccount=3"), None).await.expect(200);
}
