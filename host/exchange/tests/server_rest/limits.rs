//! Rate limits, on a stepped clock.

use super::*;

async fn how_many(server: &TestServer, who: Who, method: &str, path: &str, most: usize) -> usize {
    for n in 0..most {
        let reply = server.call(who, method, path, None).await;
        if reply.status == 429 {
            assert_eq!(reply.body, json!({ "error": { "code": "too_many_requests", "message": "too many requests" } }));
            assert!(!reply.headers.contains_key("retry-after"));
            return n;
        }
    }
    most
}

#[tokio::test]
async fn a_basic_member_reads_twenty_times_a_second_and_writes_ten_times() {
    let server = TestServer::with(Tier::Basic, FeeModel::None).await;
    let (balance, nothing) = ("/trade-api/v2/portfolio/balance", format!("{ORDERS}/none/amend"));
    // The bucket holds a second.
    assert_eq!(how_many(&server, Bob, "GET", balance, 99).await, 20);
    assert_eq!(how_many(&server, Bob, "POST", &nothing, 99).await, 10);
    server.step(Span::seconds(1));
    assert_eq!(how_many(&server, Bob, "GET", balance, 99).await, 20);
    assert_eq!(how_many(&server, Bob, "POST", &nothing, 99).await, 10);
    server.step(Span::millis(99));
    assert_eq!(how_many(&server, Bob, "GET", balance, 99).await, 1);
    assert_eq!(how_many(&server, Bob, "POST", &nothing, 99).await, 0);
    server.step(Span::millis(1));
    assert_eq!(how_many(&server, Bob, "POST", &nothing, 99).await, 1);
    // Other members are not affected, and waiting longer than it takes to fill the bucket brings nothing more.
    assert_eq!(how_many(&server, Nobody, "GET", "/trade-api/v2/markets", 99).await, 20);
    server.step(Span::hours(1));
    assert_eq!(how_many(&server, Bob, "GET", balance, 99).await, 20);
}

#[tokio::test]
async fn cancels_are_cheap_and_batches_cost_as_much_as_their_items() {
    let server = TestServer::with(Tier::Basic, FeeModel::None).await;
    let batch = format!("{ORDERS}/batched");
    let id = "00000000-0000-4000-8000-000000000000";
    let orders = |n: usize| Some(json!({ "orders": vec![limit("CENT", "bid", "0.01", "1", json!({})); n] }));
    let cancels = |n: usize| Some(json!({ "orders": vec![json!({ "order_id": id }); n] }));
    // 100 tokens are left. A batch that is refused costs as much as one request.
    server.call(Bob, "POST", &batch, orders(11)).await.expect(400);
    server.call(Bob, "POST", &batch, orders(5)).await.expect(201);
    server.call(Bob, "POST", &batch, orders(5)).await.expect(429);
    server.call(Bob, "DELETE", &batch, cancels(20)).await.expect(200);
    server.call(Bob, "DELETE", &batch, cancels(1)).await.expect(429);
    server.step(Span::millis(200));
    assert_eq!(how_many(&server, Bob, "DELETE", &format!("{ORDERS}/{id}"), 99).await, 10);
}

#[tokio::test]
async fn refused_requests_are_charged() {
    let batch = format!("{ORDERS}/batched");
    for method in ["POST", "DELETE"] {
        for (body, status) in [("{", 400), ("{}", 400), (r#"{"orders": []}"#, 200)] {
            let server = TestServer::with(Tier::Basic, FeeModel::None).await;
            let status = if method == "POST" && status == 200 { 201 } else { status };
            for expect in [[status; 10].as_slice(), &[429]].concat() {
                let headers = Bob.headers(server.now_ms(), method, &batch);
                let reply = server.send(method, &batch, &headers, Some(body.to_owned())).await;
                assert_eq!(reply.status, expect, "{method} {body}");
            }
        }
    }
    // Unsigned requests and those with bad signatures share one bucket.
    let forged = Ann.headers(0, "POST", "elsewhere");
    for headers in [vec![], forged] {
        let server = TestServer::with(Tier::Basic, FeeModel::None).await;
        for expect in [[401; 10].as_slice(), &[429]].concat() {
            let reply = server.send("POST", &batch, &headers, Some("{}".to_owned())).await;
            assert_eq!(reply.status, expect, "{headers:?}");
        }
        // Members are not affected.
        server.place(Ann, limit("CENT", "bid", "0.40", "1", json!({}))).await;
    }
}

#[tokio::test]
async fn the_account_endpoint_reports_the_limits() {
    let server = TestServer::with(Tier::Basic, FeeModel::None).await;
    let expect = json!({
        "usage_tier": "basic",
        "read": { "refill_rate": 200, "bucket_capacity": 200 },
        "write": { "refill_rate": 100, "bucket_capacity": 100 },
        "grants": [],
    });
    assert_eq!(server.get(Ann, "/account/limits").await, expect);
    let costs = server.get(Ann, "/account/endpoint_costs").await;
    assert_eq!(costs["default_cost"], 10);
    let rows = costs["endpoint_costs"].as_array().unwrap();
    let path = "/trade-api/v2/portfolio/orders/:order_id";
    assert!(rows.contains(&json!({ "method": "GET", "path": path, "cost": 2 })), "{costs}");
    let one_order = format!("/trade-api/v2/portfolio/orders/{}", uuid::Uuid::nil());
    assert_eq!(how_many(&server, Bob, "GET", &one_order, 999).await, 100);
}

#[test]
fn buckets_hold_a_second_of_reads_and_of_basic_writes_and_two_of_other_writes() {
    use host_exchange::server::limits::Bucket::{Read, Write};
    let check = |tier: Tier, expect: [u32; 2]| assert_eq!([Read, Write].map(|bucket| tier.capacity(bucket)), expect);
    check(Tier::Basic, [200, 100]);
    check(Tier::Advanced, [300, 600]);
    check(Tier::Prestige, [6_000, 16_000]);
}
