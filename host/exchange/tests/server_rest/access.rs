//! Authentication: good, bad, stale and missing signatures.

use super::*;

type Headers = Vec<(&'static str, String)>;
type Change<'a> = dyn Fn(&mut Headers) + 'a;

const BALANCE: &str = "/trade-api/v2/portfolio/balance";
const MARKETS: &str = "/trade-api/v2/markets";

/// Sends a request whose headers were modified by `change`; returns the status, and code and details of the error.
async fn ask(server: &TestServer, who: Who, path: &str, change: impl Fn(&mut Headers)) -> (u16, String) {
    let mut headers = who.headers(server.now_ms(), "GET", path);
    change(&mut headers);
    let reply = server.send("GET", path, &headers, None).await;
    let text = |field: &str| reply.body["error"][field].as_str().unwrap_or_default().to_owned();
    (reply.status, format!("{} {}", text("code"), text("details")))
}

#[tokio::test]
async fn both_kinds_of_keys_authenticate_and_no_key_sees_public_data_only() {
    let server = TestServer::open().await;
    for (who, path, status) in
        [(Ann, BALANCE, 200), (Bob, BALANCE, 200), (Nobody, BALANCE, 401), (Nobody, MARKETS, 200), (Ann, MARKETS, 200)]
    {
        assert_eq!(ask(&server, who, path, |_| ()).await.0, status, "{who:?} {path}");
    }
}

#[tokio::test]
async fn a_wrong_signature_is_refused_even_on_public_endpoints() {
    let server = TestServer::open().await;
    let other = |method: &str, path: &str| Ann.headers(server.now_ms(), method, path);
    let (other_method, other_path) = (other("POST", MARKETS), other("GET", BALANCE));
    let with_query = other("GET", &format!("{MARKETS}?limit=1"));
    let bobs = Bob.headers(server.now_ms(), "GET", MARKETS);
    let cases: [(&str, &Change); 10] = [
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| headers[2].1 = other_method[2].1.clone()),
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| headers[2].1 = other_path[2].1.clone()),
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| headers[2].1 = with_query[2].1.clone()),
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| headers[2].1 = bobs[2].1.clone()),
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| headers[2].1 = "no base64!".into()),
        ("authentication_error INCORRECT_API_KEY_SIGNATURE", &|headers| {
            headers[1].1 = (server.now_ms() + 1).to_string()
        }),
        ("authentication_error NOT_FOUND", &|headers| headers[0].1 = "eve-key".into()),
        ("unauthorized KALSHI-ACCESS-TIMESTAMP must be milliseconds since 1970", &|headers| {
            headers[1].1 = "yesterday".into()
        }),
        ("signature_is_missing_from_headers ", &|headers| {
            headers.pop();
        }),
        ("unauthorized header kalshi-access-key is missing or unreadable", &|headers| {
            headers.remove(0);
        }),
    ];
    for (expect, change) in cases {
        assert_eq!(ask(&server, Ann, MARKETS, change).await, (401, expect.to_owned()));
    }
}

#[tokio::test]
async fn the_exchanges_clock_decides_what_is_stale() {
    let server = TestServer::open().await;
    for who in [Ann, Bob] {
        for (skew_ms, status) in [(-10_000, 200), (10_000, 200), (-10_001, 401), (10_001, 401), (i64::MAX / 2, 401)] {
            let headers = who.headers(server.now_ms().saturating_add(skew_ms), "GET", BALANCE);
            let reply = server.send("GET", BALANCE, &headers, None).await;
            assert_eq!(reply.status, status, "{who:?} {skew_ms}");
            let expired = json!({ "code": "header_timestamp_expired", "message": "header timestamp expired" });
            assert!(status == 200 || reply.body == json!({ "error": expired }), "{}", reply.body);
        }
    }
    // A signed request can be sent again within the window, as at the venue, and not after it.
    let headers = Ann.headers(server.now_ms(), "GET", BALANCE);
    for (span, status) in [(Span::ZERO, 200), (Span::seconds(10), 200), (Span::millis(1), 401)] {
        server.step(span);
        assert_eq!(server.send("GET", BALANCE, &headers, None).await.status, status);
    }
}

#[tokio::test]
async fn every_response_carries_the_exchanges_time() {
    let server = TestServer::open().await;
    server.step(Span::hours(30) + Span::millis(1_500));
    for (path, status) in [("/trade-api/v2/exchange/status", 200), (BALANCE, 401), ("/nowhere", 404)] {
        let reply = server.call(Nobody, "GET", path, None).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers["date"], "Tue, 02 Dec 2025 06:00:01 GMT", "{path}");
    }
}

#[tokio::test]
async fn members_see_nothing_of_each_other() {
    let server = TestServer::open().await;
    let order = server.place(Ann, limit("CENT", "bid", "0.40", "5", json!({}))).await;
    let id = order["order_id"].as_str().unwrap();
    let paths = [
        ("GET", format!("/trade-api/v2/portfolio/orders/{id}")),
        ("GET", format!("/trade-api/v2/portfolio/orders/{id}/queue_position")),
        ("DELETE", format!("{ORDERS}/{id}")),
    ];
    for (method, path) in &paths {
        assert_eq!(server.call(Bob, method, path, None).await.status, 404, "{method} {path}");
    }
    assert_eq!(server.get(Bob, "/portfolio/orders").await["orders"], json!([]));
    for (method, path) in &paths {
        server.call(Ann, method, path, None).await.expect(200);
    }
}

/// The official SDK and our own host sign with the machine's time, whatever the exchange's clock shows.
#[tokio::test]
async fn on_a_fast_or_past_clock_signatures_by_the_machines_time_are_accepted_too() {
    // Wide enough that a stalling machine passes, and far from the year that lies between the two clocks.
    let options = ServerOptions { signature_window: Span::hours(1), ..ServerOptions::default() };
    for speed in [60.0, 1.0, 0.001] {
        let clock = ExchangeClock::running(START, speed);
        let server = TestServer::on(clock, Tier::Prestige, FeeModel::None, options.clone()).await;
        let machine_ms = ExchangeClock::wall().now().0 / 1_000_000;
        let hours = |n: i64| n * 3_600_000;
        for (time_ms, status) in [
            (machine_ms, 200),
            (server.now_ms(), 200),
            (machine_ms - hours(2), 401),
            (machine_ms + hours(2), 401),
            (server.now_ms() - hours(2), 401),
            ((machine_ms + server.now_ms()) / 2, 401),
        ] {
            for who in [Ann, Bob] {
                let headers = who.headers(time_ms, "GET", BALANCE);
                assert_eq!(server.send("GET", BALANCE, &headers, None).await.status, status, "{speed} {time_ms}");
            }
        }
    }
}
