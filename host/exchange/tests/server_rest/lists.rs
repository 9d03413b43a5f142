//! Pagination: every row once, in order, while the list grows.

use super::*;

/// Returns all rows of a list, page by page; runs `meanwhile` between pages.
async fn walk(
    server: &TestServer,
    who: Who,
    path: &str,
    rows: &str,
    id: &str,
    meanwhile: impl AsyncFn(),
) -> Vec<String> {
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = server.get(who, &format!("{path}{joint}cursor={cursor}")).await;
        seen.extend(page[rows].as_array().unwrap().iter().map(|row| row[id].as_str().unwrap().to_owned()));
        cursor = page["cursor"].as_str().expect("a cursor, if only an empty one").to_owned();
        if cursor.is_empty() {
            return seen;
        }
        meanwhile().await;
    }
}

#[tokio::test]
async fn orders_come_newest_first_and_new_ones_do_not_shift_the_pages() {
    let server = TestServer::open().await;
    let mut ids = vec![];
    for n in 1..=7 {
        let order = server.place(Ann, limit("CENT", "bid", &format!("0.0{n}"), "1", json!({}))).await;
        ids.push(order["order_id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    for limit_of_page in [1, 2, 3, 7, 100] {
        let path = format!("/portfolio/orders?limit={limit_of_page}");
        let meanwhile = async || {
            let late = limit("TAPER", "bid", "0.01", "1", json!({}));
            server.place(Ann, late).await;
        };
        let seen = walk(&server, Ann, &format!("{path}&ticker=CENT"), "orders", "order_id", async || ()).await;
        assert_eq!(seen, ids, "{path}");
        let seen =
            walk(&server, Ann, &format!("{path}&status=resting&ticker=CENT"), "orders", "order_id", meanwhile).await;
        assert_eq!(seen, ids, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_and_another_begins_it_anew() {
    let server = TestServer::open().await;
    for price in ["0.01", "0.02"] {
        server.place(Ann, limit("CENT", "bid", price, "1", json!({}))).await;
    }
    let page = server.get(Ann, "/portfolio/orders?limit=1").await;
    let cursor = page["cursor"].as_str().unwrap();
    assert_ne!(server.get(Ann, &format!("/portfolio/orders?limit=1&cursor={cursor}")).await["orders"], page["orders"]);
    for strange in [cursor, "garbage", "%FF", "====", "bWFya2V0cy8tMQ"] {
        let markets = server.get(Ann, &format!("/markets?cursor={strange}")).await;
        assert_eq!(markets, server.get(Ann, "/markets").await, "{strange}");
    }
}

#[tokio::test]
async fn all_other_lists_have_pages_too() {
    let server = TestServer::open().await;
    for market in ["CENT", "TAPER", "DECI"] {
        server.place(Ann, limit(market, "bid", "0.40", "3", json!({}))).await;
        for _ in 0..3 {
            server.place(Bob, limit(market, "ask", "0.40", "1", json!({}))).await;
        }
    }
    let nothing = async || ();
    for (who, path, rows, id, expect) in [
        (Nobody, "/markets", "markets", "ticker", 3),
        (Nobody, "/markets/trades", "trades", "trade_id", 9),
        (Nobody, "/events", "events", "event_ticker", 2),
        (Ann, "/portfolio/fills", "fills", "fill_id", 9),
        (Bob, "/portfolio/orders", "orders", "order_id", 9),
        (Bob, "/portfolio/positions", "market_positions", "ticker", 3),
    ] {
        let whole = walk(&server, who, path, rows, id, nothing).await;
        assert_eq!(whole.len(), expect, "{path}");
        assert_eq!(walk(&server, who, &format!("{path}?limit=2"), rows, id, nothing).await, whole, "{path}");
    }
    server.exchange.with_venue(|venue, now| venue.advance(now + Span::days(1)));
    for market in 0..3 {
        let (market, yes) = (host_core::MarketId(market), host_exchange::venue::Resolution::Yes);
        server.exchange.with_venue(|venue, now| venue.determine(market, yes, now)).unwrap();
    }
    server.step(Span::days(1) + Span::minutes(5));
    let settled = walk(&server, Ann, "/portfolio/settlements?limit=2", "settlements", "ticker", nothing).await;
    assert_eq!(settled, ["DECI", "TAPER", "CENT"]);
}

#[tokio::test]
async fn the_sums_of_an_event_cover_all_its_positions_on_every_page() {
    let server = TestServer::open().await;
    for (ticker, count) in [("CENT", "2"), ("TAPER", "3"), ("DECI", "5")] {
        server.place(Bob, limit(ticker, "ask", "0.5", count, json!({}))).await;
        server.place(Ann, limit(ticker, "bid", "0.5", count, json!({}))).await;
    }
    let mut cursor = String::new();
    for (ticker, event) in [("CENT", "E"), ("TAPER", "E"), ("DECI", "F")] {
        let page = server.get(Ann, &format!("/portfolio/positions?limit=1&cursor={cursor}")).await;
        assert_eq!(page["market_positions"][0]["ticker"], ticker);
        let sums = page["event_positions"].as_array().unwrap();
        assert_eq!((sums.len(), &sums[0]["event_ticker"]), (1, &json!(event)));
        assert_eq!(
            (&sums[0]["total_cost_shares_fp"], &sums[0]["event_exposure_dollars"]),
            (&json!("5.00"), &json!("2.500000"))
        );
        cursor = page["cursor"].as_str().unwrap().to_owned();
    }
    assert_eq!(cursor, "");
    // One of the event's positions is enough.
    let one = server.get(Ann, "/portfolio/positions?ticker=TAPER").await;
    assert_eq!(one["event_positions"][0]["total_cost_shares_fp"], "5.00");
}
