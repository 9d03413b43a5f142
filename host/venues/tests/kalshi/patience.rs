//! Retries, the breaker, the budget and pages, on a stepped clock: no test here takes real time.

use host_core::{Span, Timestamp};
use host_exchange::server::accounts::KeyKind;
use host_venues::error::ReadError;
use host_venues::kalshi::Kalshi;
use host_venues::model::MarketFilter;

use crate::fake::{Fake, Keys, Reply, START};

fn http(status: u16, body: &str) -> Reply {
    Reply::Http(status, body.to_owned())
}

const BALANCE: &str = r#"{"balance": 100, "balance_dollars": "1.00", "portfolio_value": 5, "updated_ts": 1}"#;

async fn venue(replies: impl IntoIterator<Item = Reply>) -> (Fake, Kalshi) {
    let fake = Fake::start(replies).await;
    let kalshi = fake.client(&Keys::new(KeyKind::Ed25519)).await;
    (fake, kalshi)
}

/// Returns the waits before the second and later requests.
fn waits(fake: &Fake) -> Vec<Span> {
    let times: Vec<Timestamp> = fake.seen().iter().map(|seen| seen.time).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test]
async fn a_read_is_retried_after_two_seconds_then_four_then_eight() {
    for failure in
        [http(500, ""), http(503, "<html>"), http(200, "{"), http(429, "{}"), http(408, ""), Reply::Raw(vec![])]
    {
        let (fake, kalshi) = venue([failure.clone(), failure.clone(), failure.clone(), http(200, BALANCE)]).await;
        kalshi.balance().await.unwrap();
        for (wait, least) in waits(&fake).into_iter().zip([2, 4, 8]) {
            let bounds = Span::seconds(least)..=Span::millis(least * 1_250);
            assert!(bounds.contains(&wait), "{failure:?}: {wait} after {least}");
        }
        assert_eq!(fake.seen().len(), 4, "{failure:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_retried() {
    for status in [400, 401, 403, 404, 409, 410, 422] {
        let (fake, kalshi) = venue([http(status, "{}"), http(200, BALANCE)]).await;
        assert!(matches!(kalshi.balance().await, Err(ReadError::Refused { .. })), "{status}");
        assert_eq!(fake.seen().len(), 1, "{status}");
    }
    let (_fake, kalshi) = venue([http(404, "{}")]).await;
    assert_eq!(kalshi.order("v1").await, Ok(None));
}

#[tokio::test]
async fn five_failures_open_the_breaker_and_one_success_closes_it() {
    let (fake, kalshi) =
        venue(std::iter::repeat_n(http(500, ""), 5).chain([http(200, BALANCE), http(200, BALANCE)])).await;
    assert!(matches!(kalshi.balance().await, Err(ReadError::Failing { attempts: 4, .. })));
    // The fifth opens it: the read returns its last failure, and nothing more is sent.
    assert!(matches!(kalshi.balance().await, Err(ReadError::Failing { attempts: 1, .. })));
    let Err(ReadError::CircuitOpen { until, .. }) = kalshi.balance().await else { panic!("it is open") };
    assert_eq!(fake.seen().len(), 5);
    // An urgent client is let through.
    kalshi.urgent().balance().await.unwrap();
    kalshi.balance().await.unwrap();
    assert!(until > kalshi.clock().now(), "the urgent success closed it early");
}

#[tokio::test]
async fn failing_market_data_leaves_the_account_readable() {
    for failure in [http(500, ""), http(200, r#"{"markets": 3}"#)] {
        let (fake, kalshi) =
            venue(std::iter::repeat_n(failure.clone(), 5).chain(std::iter::repeat_n(http(200, BALANCE), 2))).await;
        let open = MarketFilter::Open(vec![]);
        let quotes = || kalshi.quotes(&open);
        while !matches!(quotes().await, Err(ReadError::CircuitOpen { .. })) {}
        assert_eq!(fake.seen().len(), 5, "{failure:?}");
        assert!(kalshi.reads_resume().is_some());
        kalshi.balance().await.unwrap();
        // A success of the one does not close the breaker of the other.
        assert!(matches!(quotes().await, Err(ReadError::CircuitOpen { .. })), "{failure:?}");
        assert_eq!(fake.seen().len(), 6, "{failure:?}");
    }
}

#[tokio::test]
async fn an_urgent_read_returns_at_once() {
    let (fake, kalshi) = venue([]).await;
    assert!(kalshi.urgent().open_orders().await.is_err());
    assert_eq!((fake.seen().len(), kalshi.clock().now()), (1, START));
}

#[tokio::test]
async fn reads_keep_to_the_budget_and_slow_down_when_refused() {
    let (fake, kalshi) = venue(std::iter::repeat_n(http(200, BALANCE), 100)).await;
    for _ in 0..60 {
        kalshi.balance().await.unwrap();
    }
    // Twenty at once, then twenty a second.
    let first = fake.seen()[19].time;
    let (last, seconds) = (fake.seen()[59].time, (fake.seen()[59].time - START).as_seconds());
    assert_eq!(first, START);
    assert!((1.9..2.2).contains(&seconds), "{last}: {seconds} s for forty requests");
    let (fake, kalshi) = venue([http(429, "{}")].into_iter().chain(std::iter::repeat_n(http(200, BALANCE), 100))).await;
    for _ in 0..41 {
        kalshi.balance().await.unwrap();
    }
    let seconds = (fake.seen()[41].time - fake.seen()[21].time).as_seconds();
    assert!((1.2..2.0).contains(&seconds), "{seconds} s for twenty requests at half speed, growing");
}

#[tokio::test]
async fn the_venue_s_limits_set_the_budget() {
    let limits = r#"{"usage_tier": "premier", "read": {"refill_rate": 1000, "bucket_capacity": 3000},
        "write": {"refill_rate": 1000, "bucket_capacity": 1000}, "grants": []}"#;
    let (_, kalshi) = venue([http(200, limits)].into_iter().chain(std::iter::repeat_n(http(200, BALANCE), 200))).await;
    assert_eq!(kalshi.limits().await.unwrap().usage_tier, "premier");
    for _ in 0..119 {
        kalshi.balance().await.unwrap();
    }
    let seconds = (kalshi.clock().now() - START).as_seconds();
    assert!((0.8..1.1).contains(&seconds), "{seconds} s for 1,190 tokens, 190 of them at hand");
}

fn orders(ids: &[&str], cursor: &str) -> Reply {
    let row = |id: &&str| {
        serde_json::json!({
            "order_id": id, "client_order_id": "", "ticker": "KX-1", "book_side": "bid", "yes_price_dollars": "0.42",
            "initial_count_fp": "1", "fill_count_fp": "0", "remaining_count_fp": "1", "status": "resting",
        })
    };
    let rows: Vec<_> = ids.iter().map(row).collect();
    http(200, &serde_json::json!({ "orders": rows, "cursor": cursor }).to_string())
}

#[tokio::test]
async fn pages_are_followed_and_repeated_rows_are_dropped() {
    let (fake, kalshi) = venue([orders(&["a", "b"], "x&=y"), orders(&["b", "c", "c"], "z"), orders(&["d"], "")]).await;
    let ids: Vec<_> = kalshi.open_orders().await.unwrap().rows.into_iter().map(|order| order.order_id).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    let asked: Vec<_> = fake.seen().iter().map(|seen| seen.head.lines().next().unwrap().to_owned()).collect();
    insta::assert_snapshot!(asked.join("\n"), @"
    GET /trade-api/v2/portfolio/orders?limit=1000&status=resting HTTP/1.1
    GET /trade-api/v2/portfolio/orders?limit=1000&status=resting&cursor=x%26%3Dy HTTP/1.1
    GET /trade-api/v2/portfolio/orders?limit=1000&status=resting&cursor=z HTTP/1.1
    ");
}

#[tokio::test]
async fn a_list_that_would_never_end_is_refused() {
    let (fake, kalshi) = venue([orders(&["a"], "x"), orders(&["b"], "y"), orders(&["c"], "x")]).await;
    let error = kalshi.open_orders().await.unwrap_err().to_string();
    assert!(error.contains("the cursor of page 0"), "{error}");
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_list_whose_pages_bring_nothing_new_is_refused() {
    // Each page has a new cursor.
    let check = async |page: fn(usize) -> Reply, requests: std::ops::RangeInclusive<usize>, expect: &str| {
        let (fake, kalshi) = venue((0..2_000).map(page)).await;
        let error = kalshi.open_orders().await.unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert!(requests.contains(&fake.seen().len()), "{} requests", fake.seen().len());
    };
    check(|number| orders(&[], &number.to_string()), 3..=5, "bring nothing new").await;
    check(|number| orders(&["a", "b"], &number.to_string()), 3..=5, "bring nothing new").await;
    check(|number| orders(&[&number.to_string()], &format!("c{number}")), 1_000..=1_000, "more than 1000 pages").await;
    // Single barren pages are allowed.
    let pages = [orders(&[], "1"), orders(&[], "2"), orders(&["a"], "3"), orders(&[], "4"), orders(&["b"], "")];
    let (_fake, kalshi) = venue(pages).await;
    assert_eq!(kalshi.open_orders().await.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn a_list_with_too_many_rows_is_refused() {
    let page = |number: usize| {
        let ids: Vec<String> = (0..10_000).map(|row| format!("v{number}-{row}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        orders(&ids, &format!("c{number}"))
    };
    let (fake, kalshi) = venue((0..25).map(page)).await;
    let error = kalshi.open_orders().await.unwrap_err().to_string();
    assert!(error.contains("more than 200000 rows"), "{error}");
    assert_eq!(fake.seen().len(), 21);
}

#[tokio::test]
async fn markets_are_requested_by_the_thousand() {
    let empty = http(200, r#"{"markets": [], "cursor": ""}"#);
    let (fake, kalshi) = venue(std::iter::repeat_n(empty, 6)).await;
    let tickers = (0..150).map(|number| format!("T{number}")).collect();
    kalshi.quotes(&MarketFilter::Open(vec![])).await.unwrap();
    kalshi.quotes(&MarketFilter::Open(vec!["KXA".to_owned(), "KXB".to_owned()])).await.unwrap();
    kalshi.quotes(&MarketFilter::Tickers(tickers)).await.unwrap();
    let asked: Vec<_> = fake
        .seen()
        .iter()
        .map(|seen| seen.head.split(' ').nth(1).unwrap()[..82.min(seen.head.find(" HTTP").unwrap() - 4)].to_owned())
        .collect();
    insta::assert_snapshot!(asked.join("\n"), @"
    /trade-api/v2/markets?limit=1000&status=open&mve_filter=exclude
    /trade-api/v2/markets?limit=1000&status=open&mve_filter=exclude&series_ticker=KXA
    /trade-api/v2/markets?limit=1000&status=open&mve_filter=exclude&series_ticker=KXB
    /trade-api/v2/markets?limit=1000&tickers=T0%2CT1%2CT2%2CT3%2CT4%2CT5%2CT6%2CT7%2CT
    /trade-api/v2/markets?limit=1000&tickers=T100%2CT101%2CT102%2CT103%2CT104%2CT105%2
    ");
}

#[tokio::test]
async fn the_venue_s_time_is_known_to_the_second() {
    // The fake's `Date` is 2026-09-21 14:13:20, the second in which its clock starts.
    let status = r#"{"exchange_active": true, "trading_active": false}"#;
    // The failure before, and the wait after it, do not affect the estimate.
    let (_fake, kalshi) = venue([http(500, ""), http(200, status), http(200, status)]).await;
    let time = kalshi.venue_time().await.unwrap();
    assert_eq!((time.earliest, time.latest), (START, START + Span::seconds(1)));
    assert_eq!(kalshi.skew(), Some(time));
    assert!(!kalshi.exchange_status().await.unwrap().is_trading);
    let ahead = host_venues::client::VenueTime { local: START + Span::seconds(4), ..time };
    let behind = host_venues::client::VenueTime { local: START + Span::seconds(-4), ..time };
    assert_eq!((ahead.skew(), behind.skew()), (Span::seconds(3), Span::seconds(-4)));
}
