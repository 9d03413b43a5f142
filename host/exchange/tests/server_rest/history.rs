//! Candlesticks and the historical tier.

use host_core::MarketId;
use host_exchange::venue::Resolution;

use super::*;

/// Returns an exchange whose markets move to the historical tier two hours after their payout, with a bid of 0.40 in
/// `DECI` from the start, one of 0.45 and a trade of 2 at 0.50 in the second minute, and the result ten minutes later.
async fn settled() -> TestServer {
    let settings = VenueSettings { historical_after: Span::hours(2), ..VenueSettings::default() };
    let server = TestServer::with_settings(settings).await;
    server.place(Bob, limit("DECI", "bid", "0.4", "3", json!({}))).await;
    server.step(Span::seconds(90));
    server.place(Bob, limit("DECI", "bid", "0.45", "1", json!({}))).await;
    server.place(Bob, limit("DECI", "ask", "0.5", "2", json!({}))).await;
    server.place(Ann, limit("DECI", "bid", "0.5", "2", json!({}))).await;
    server.step(Span::minutes(10));
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(2), Resolution::Yes, now)).unwrap();
    server.step(Span::minutes(5));
    server
}

fn start_s() -> i64 {
    START.0 / 1_000_000_000
}

fn minutes(from: i64, to: i64) -> String {
    format!("start_ts={}&end_ts={}&period_interval=1", start_s() + 60 * from, start_s() + 60 * to)
}

#[tokio::test]
async fn a_settled_market_is_in_one_tier_and_moves_with_the_cutoff() {
    let server = settled().await;
    let candles = |tier: &str| match tier {
        "live" => format!("/trade-api/v2/series/S/markets/DECI/candlesticks?{}", minutes(0, 60)),
        _ => format!("/trade-api/v2/historical/markets/DECI/candlesticks?{}", minutes(0, 60)),
    };
    let tickers = |page: &Value| {
        let rows = page["markets"].as_array().unwrap();
        rows.iter().map(|market| market["ticker"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (tier, other, markets, historical) in [
        ("live", "historical", vec!["CENT", "TAPER", "DECI"], vec![]),
        ("historical", "live", vec!["CENT", "TAPER"], vec!["DECI"]),
    ] {
        assert_eq!(tickers(&server.get(Nobody, "/markets").await), markets, "{tier}");
        for query in ["", "?series_ticker=S", "?tickers=DECI", "?event_ticker=F", "?mve_filter=exclude"] {
            let page = server.get(Nobody, &format!("/historical/markets{query}")).await;
            assert_eq!(tickers(&page), historical, "{tier} {query}");
        }
        let batch =
            server.get(Nobody, &format!("/markets/candlesticks?market_tickers=CENT,DECI&{}", minutes(0, 60))).await;
        assert_eq!(batch["markets"].as_array().unwrap().len(), if tier == "live" { 2 } else { 1 }, "{tier}");
        let (path, other) = (candles(tier), candles(other));
        let found = server.call(Nobody, "GET", &path, None).await.expect(200);
        assert_eq!(found["candlesticks"].as_array().unwrap().len(), 2, "{tier}: quiet minutes have none");
        server.call(Nobody, "GET", &other, None).await.expect(404);
        let one = |tier: &str| format!("/trade-api/v2{}/markets/DECI", if tier == "live" { "" } else { "/historical" });
        server.call(Nobody, "GET", &one(tier), None).await.expect(200);
        server.call(Nobody, "GET", &one(if tier == "live" { "historical" } else { "live" }), None).await.expect(404);
        server.step(Span::minutes(121));
    }
}

#[tokio::test]
async fn historical_candles_have_the_same_values_under_names_without_units() {
    let server = settled().await;
    let live = server.get(Nobody, &format!("/series/S/markets/DECI/candlesticks?{}", minutes(0, 60))).await;
    server.step(Span::minutes(121));
    let old = server.get(Nobody, &format!("/historical/markets/DECI/candlesticks?{}", minutes(0, 60))).await;
    let (live, old) = (&live["candlesticks"][1], &old["candlesticks"][1]);
    assert_eq!(old["end_period_ts"], start_s() + 120);
    for side in ["yes_bid", "yes_ask", "price"] {
        for name in ["open", "low", "high", "close"] {
            assert_eq!(old[side][name], live[side][format!("{name}_dollars")], "{side} {name}");
        }
    }
    assert_eq!((&old["volume"], &old["open_interest"]), (&json!("2.00"), &json!("2.00")));
    assert_eq!((&old["price"]["mean"], &old["price"]["previous"]), (&json!("0.5000"), &Value::Null));
}

#[tokio::test]
async fn trades_move_by_their_own_time() {
    let server = settled().await;
    let count = async |path: &str| server.get(Nobody, path).await["trades"].as_array().unwrap().len();
    assert_eq!((count("/markets/trades?ticker=DECI").await, count("/historical/trades?ticker=DECI").await), (1, 0));
    // Two hours after the trade, and before that after the payout.
    server.step(Span::minutes(106));
    assert_eq!((count("/markets/trades?ticker=DECI").await, count("/historical/trades?ticker=DECI").await), (0, 1));
    assert_eq!(count("/historical/trades?ticker=TAPER").await, 0);
    let cutoff = server.get(Nobody, "/historical/cutoff").await;
    assert_eq!(
        (&cutoff["market_settled_ts"], &cutoff["trades_created_ts"]),
        (&json!("2025-12-01T00:02:30Z"), &json!("2025-12-01T00:02:30Z"),)
    );
}

#[tokio::test]
async fn too_many_candlesticks_are_refused() {
    let server = settled().await;
    let many = "CENT,TAPER,DECI,NOWHERE";
    let check = async |path: String, most: Option<&str>| {
        let reply = server.call(Nobody, "GET", &format!("/trade-api/v2{path}"), None).await;
        match most {
            Some(most) => {
                assert!(reply.expect(400).to_string().contains(&format!("max candlesticks: {most}")), "{path}")
            }
            None => drop(reply.expect(200)),
        }
    };
    check(format!("/series/S/markets/DECI/candlesticks?{}", minutes(0, 5_000)), None).await;
    check(format!("/series/S/markets/DECI/candlesticks?{}", minutes(0, 5_001)), Some("5000")).await;
    check(format!("/markets/candlesticks?market_tickers={many}&{}", minutes(0, 2_500)), None).await;
    check(format!("/markets/candlesticks?market_tickers={many}&{}", minutes(0, 2_501)), Some("10000")).await;
    server.step(Span::hours(3));
    check(format!("/historical/markets/DECI/candlesticks?{}", minutes(0, 5_000)), None).await;
    check(format!("/historical/markets/DECI/candlesticks?{}", minutes(0, 5_001)), Some("5000")).await;
    let both = "/trade-api/v2/historical/markets?series_ticker=S&event_ticker=F";
    server.call(Nobody, "GET", both, None).await.expect(400);
}
