//! Rate limits, on a clock that moves only when told to.

use super::*;

async fn how_many(desk: &Desk, who: Who, method: &str, path: &str, most: usize) -> usize {
    for n in 0..most {
        let reply = desk.call(who, method, path, None).await;
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
    let desk = Desk::with(Tier::Basic, FeeModel::None).await;
    let (balance, nothing) = ("/trade-api/v2/portfolio/balance", format!("{ORDERS}/none/amend"));
    // First the burst, then what flows in.
    assert_eq!(how_many(&desk, Bob, "GET", balance, 99).await, 60);
    assert_eq!(how_many(&desk, Bob, "POST", &nothing, 99).await, 10);
    desk.step(Span::seconds(1));
    assert_eq!(how_many(&desk, Bob, "GET", balance, 99).await, 20);
    assert_eq!(how_many(&desk, Bob, "POST", &nothing, 99).await, 10);
    desk.step(Span::millis(99));
    assert_eq!(how_many(&desk, Bob, "GET", balance, 99).await, 1);
    assert_eq!(how_many(&desk, Bob, "POST", &nothing, 99).await, 0);
    desk.step(Span::millis(1));
    assert_eq!(how_many(&desk, Bob, "POST", &nothing, 99).await, 1);
    // Others are not held up by it, and waiting longer than the bucket is deep brings nothing more.
    assert_eq!(how_many(&desk, Nobody, "GET", "/trade-api/v2/markets", 99).await, 60);
    desk.step(Span::hours(1));
    assert_eq!(how_many(&desk, Bob, "GET", balance, 99).await, 60);
}

#[tokio::test]
async fn cancels_are_cheap_and_batches_cost_what_is_in_them() {
    let desk = Desk::with(Tier::Basic, FeeModel::None).await;
    let batch = format!("{ORDERS}/batched");
    let id = "00000000-0000-4000-8000-000000000000";
    let orders = |n: usize| Some(json!({ "orders": vec![limit("CENT", "bid", "0.01", "1", json!({})); n] }));
    let cancels = |n: usize| Some(json!({ "orders": vec![json!({ "order_id": id }); n] }));
    // 100 tokens are there. A batch that cannot be is a request.
    desk.call(Bob, "POST", &batch, orders(11)).await.expect(400);
    desk.call(Bob, "POST", &batch, orders(5)).await.expect(201);
    desk.call(Bob, "POST", &batch, orders(5)).await.expect(429);
    desk.call(Bob, "DELETE", &batch, cancels(20)).await.expect(200);
    desk.call(Bob, "DELETE", &batch, cancels(1)).await.expect(429);
    desk.step(Span::millis(200));
    assert_eq!(how_many(&desk, Bob, "DELETE", &format!("{ORDERS}/{id}"), 99).await, 10);
}

#[tokio::test]
async fn what_is_refused_is_not_free() {
    let batch = format!("{ORDERS}/batched");
    for method in ["POST", "DELETE"] {
        for (body, status) in [("{", 400), ("{}", 400), (r#"{"orders": []}"#, 200)] {
            let desk = Desk::with(Tier::Basic, FeeModel::None).await;
            let status = if method == "POST" && status == 200 { 201 } else { status };
            for expect in [[status; 10].as_slice(), &[429]].concat() {
                let headers = Bob.headers(desk.now_ms(), method, &batch);
                let reply = desk.send(method, &batch, &headers, Some(body.to_owned())).await;
                assert_eq!(reply.status, expect, "{method} {body}");
            }
        }
    }
    // Who is nobody, or not believed, draws on what all such have.
    let forged = Ann.headers(0, "POST", "elsewhere");
    for headers in [vec![], forged] {
        let desk = Desk::with(Tier::Basic, FeeModel::None).await;
        for expect in [[401; 10].as_slice(), &[429]].concat() {
            let reply = desk.send("POST", &batch, &headers, Some("{}".to_owned())).await;
            assert_eq!(reply.status, expect, "{headers:?}");
        }
        // Members are not held up by it.
        desk.place(Ann, limit("CENT", "bid", "0.40", "1", json!({}))).await;
    }
}

#[tokio::test]
async fn the_account_page_tells_the_limits() {
    let desk = Desk::with(Tier::Basic, FeeModel::None).await;
    let expect = json!({
        "usage_tier": "basic",
        "read": { "refill_rate": 200, "bucket_capacity": 600 },
        "write": { "refill_rate": 100, "bucket_capacity": 100 },
        "grants": [],
    });
    assert_eq!(desk.get(Ann, "/account/limits").await, expect);
    let costs = desk.get(Ann, "/account/endpoint_costs").await;
    assert_eq!(costs["default_cost"], 10);
    assert!(costs["endpoint_costs"].as_array().unwrap().iter().all(|row| row["cost"] == 2), "{costs}");
}

#[test]
fn buckets_hold_a_second_of_basic_writes_two_of_others_and_three_of_reads() {
    use host_exchange::server::limits::Bucket::{Read, Write};
    let check = |tier: Tier, expect: [u32; 2]| assert_eq!([Read, Write].map(|bucket| tier.capacity(bucket)), expect);
    check(Tier::Basic, [600, 100]);
    check(Tier::Advanced, [900, 600]);
    check(Tier::Prestige, [18_000, 16_000]);
}
