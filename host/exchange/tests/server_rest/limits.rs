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
    assert_eq!(how_many(&desk, Bob, "POST", &nothing, 99).await, 30);
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
    // 300 tokens are there.
    desk.call(Bob, "POST", &batch, orders(31)).await.expect(400);
    desk.call(Bob, "POST", &batch, orders(20)).await.expect(201);
    desk.call(Bob, "POST", &batch, orders(11)).await.expect(429);
    desk.call(Bob, "DELETE", &batch, cancels(50)).await.expect(200);
    desk.call(Bob, "DELETE", &batch, cancels(1)).await.expect(429);
    desk.step(Span::millis(200));
    assert_eq!(how_many(&desk, Bob, "DELETE", &format!("{ORDERS}/{id}"), 99).await, 10);
}

#[tokio::test]
async fn the_account_page_tells_the_limits() {
    let desk = Desk::with(Tier::Basic, FeeModel::None).await;
    let expect = json!({
        "usage_tier": "basic",
        "read": { "refill_rate": 200, "bucket_capacity": 600 },
        "write": { "refill_rate": 100, "bucket_capacity": 300 },
        "grants": [],
    });
    assert_eq!(desk.get(Ann, "/account/limits").await, expect);
    let costs = desk.get(Ann, "/account/endpoint_costs").await;
    assert_eq!(costs["default_cost"], 10);
    assert!(costs["endpoint_costs"].as_array().unwrap().iter().all(|row| row["cost"] == 2), "{costs}");
}
