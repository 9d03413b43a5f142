//! Public data.

use host_core::MarketId;
use host_exchange::venue::Resolution;

use super::*;

/// Returns an exchange with a book of three YES bids and two offers in `DECI`, and a trade of 1.50 at 0.500.
async fn trading() -> TestServer {
    let server = TestServer::open().await;
    for (side, price, count) in [
        ("bid", "0.456", "3"),
        ("bid", "0.4", "2.25"),
        ("bid", "0.123", "1"),
        ("ask", "0.501", "4"),
        ("ask", "0.6", "5"),
    ] {
        server.place(Ann, limit("DECI", side, price, count, json!({}))).await;
    }
    server.place(Ann, limit("DECI", "ask", "0.5", "1.5", json!({}))).await;
    server.step(Span::seconds(90));
    server.place(Bob, limit("DECI", "bid", "0.5", "1.5", json!({}))).await;
    server
}

#[tokio::test]
async fn books_show_bids_of_both_sides_the_best_last() {
    let server = trading().await;
    let whole = json!({
        "yes_dollars": [["0.1230", "1.00"], ["0.4000", "2.25"], ["0.4560", "3.00"]],
        "no_dollars": [["0.4000", "5.00"], ["0.4990", "4.00"]],
    });
    let best = json!({ "yes_dollars": [["0.4560", "3.00"]], "no_dollars": [["0.4990", "4.00"]] });
    for (depth, expect) in [("", &whole), ("?depth=0", &whole), ("?depth=100", &whole), ("?depth=1", &best)] {
        let book = server.get(Nobody, &format!("/markets/DECI/orderbook{depth}")).await;
        assert_eq!(&book["orderbook_fp"], expect, "{depth}");
    }
    let empty = json!({ "yes_dollars": [], "no_dollars": [] });
    for tickers in ["tickers=CENT,DECI", "tickers=CENT&tickers=DECI", "tickers=CENT&tickers=NOWHERE,DECI"] {
        let books = server.get(Nobody, &format!("/markets/orderbooks?{tickers}")).await;
        let expect = json!([{ "ticker": "CENT", "orderbook_fp": empty }, { "ticker": "DECI", "orderbook_fp": whole }]);
        assert_eq!(books["orderbooks"], expect, "{tickers}");
    }
}

#[tokio::test]
async fn markets_are_filtered_by_attributes_and_status() {
    let server = TestServer::open().await;
    server.step(Span::seconds(10));
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(0), Resolution::Yes, now)).unwrap();
    let start = START.0 / 1_000_000_000;
    let cases = [
        ("".to_owned(), vec!["CENT", "TAPER", "DECI"]),
        ("status=open".into(), vec!["TAPER", "DECI"]),
        ("status=closed".into(), vec!["CENT"]),
        ("status=settled".into(), vec![]),
        ("event_ticker=E".into(), vec!["CENT", "TAPER"]),
        ("series_ticker=S&status=open&event_ticker=E".into(), vec!["TAPER"]),
        ("series_ticker=T".into(), vec![]),
        ("tickers=DECI,CENT".into(), vec!["CENT", "DECI"]),
        (format!("min_close_ts={}", start + 60), vec!["TAPER", "DECI"]),
        (format!("max_close_ts={}", start + 60), vec!["CENT"]),
        (format!("min_created_ts={}", start + 1), vec![]),
        (format!("min_updated_ts={}", start + 1), vec!["CENT"]),
        ("mve_filter=only".into(), vec![]),
        ("mve_filter=exclude&limit=1".into(), vec!["CENT"]),
    ];
    for (query, expect) in cases {
        let page = server.get(Nobody, &format!("/markets?{query}")).await;
        let tickers: Vec<&str> =
            page["markets"].as_array().unwrap().iter().map(|market| market["ticker"].as_str().unwrap()).collect();
        assert_eq!(tickers, expect, "{query}");
    }
    for query in ["min_close_ts=1&min_created_ts=1", "status=open&max_close_ts=1", "status=closed&min_updated_ts=1"] {
        server.call(Nobody, "GET", &format!("/trade-api/v2/markets?{query}"), None).await.expect(400);
    }
    server.step(Span::minutes(5));
    let page = server.get(Nobody, "/markets?status=settled").await;
    assert_eq!(page["markets"][0]["status"], "finalized");
}

#[tokio::test]
async fn trades_and_candlesticks_show_the_same_trade() {
    let server = trading().await;
    let trades = server.get(Nobody, "/markets/trades?ticker=DECI").await;
    let trade = &trades["trades"][0];
    assert_eq!((&trade["yes_price_dollars"], &trade["no_price_dollars"]), (&json!("0.5000"), &json!("0.5000")));
    assert_eq!((&trade["count_fp"], &trade["taker_book_side"]), (&json!("1.50"), &json!("bid")));
    assert_eq!(trade["created_time"], "2025-12-01T00:01:30Z");
    for query in ["ticker=CENT", "is_block_trade=true", "max_ts=1764547289", "min_ts=1764547291"] {
        assert_eq!(server.get(Nobody, &format!("/markets/trades?{query}")).await["trades"], json!([]), "{query}");
    }
    let start = START.0 / 1_000_000_000;
    let query = format!("start_ts={start}&end_ts={}&period_interval=1", start + 120);
    let candles = server.get(Nobody, &format!("/series/S/markets/DECI/candlesticks?{query}")).await;
    assert_eq!(candles["ticker"], "DECI");
    let rows = candles["candlesticks"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["end_period_ts"], &rows[0]["price"]), (&json!(start + 60), &json!({})));
    assert_eq!((&rows[1]["price"]["mean_dollars"], &rows[1]["volume_fp"]), (&json!("0.5000"), &json!("1.50")));
    assert_eq!(rows[1]["yes_ask"]["close_dollars"], "0.5010");
    let batch = server.get(Nobody, &format!("/markets/candlesticks?market_tickers=CENT,DECI&{query}")).await;
    assert_eq!(batch["markets"][1], json!({ "market_ticker": "DECI", "candlesticks": rows }));
    let wrong_series = format!("/trade-api/v2/series/T/markets/DECI/candlesticks?{query}");
    server.call(Nobody, "GET", &wrong_series, None).await.expect(404);
    let wrong_period = format!("/trade-api/v2/series/S/markets/DECI/candlesticks?{query}0");
    server.call(Nobody, "GET", &wrong_period, None).await.expect(400);
}

#[tokio::test]
async fn events_include_their_markets_on_request() {
    let server = TestServer::open().await;
    let tickers = |markets: &Value| -> Vec<String> {
        let rows = markets.as_array().map_or(&[][..], Vec::as_slice);
        rows.iter().map(|market| market["ticker"].as_str().unwrap().to_owned()).collect()
    };
    let plain = server.get(Nobody, "/events").await;
    assert_eq!(plain["events"][0]["event_ticker"], "E");
    assert!(plain["events"][0]["markets"].is_null());
    let nested = server.get(Nobody, "/events?with_nested_markets=true&limit=1").await;
    assert_eq!(tickers(&nested["events"][0]["markets"]), ["CENT", "TAPER"]);
    let one = server.get(Nobody, "/events/F").await;
    assert_eq!((tickers(&one["markets"]), one["event"]["category"].as_str()), (vec!["DECI".into()], Some("Weather")));
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(2), Resolution::Yes, now)).unwrap();
    for (query, expect) in [
        ("status=open", &["E"][..]),
        ("status=closed", &["F"]),
        ("status=settled", &[]),
        ("series_ticker=S", &["E", "F"]),
        ("series_ticker=T", &[]),
        ("tickers=F", &["F"]),
    ] {
        let events = server.get(Nobody, &format!("/events?{query}")).await;
        let found: Vec<&str> =
            events["events"].as_array().unwrap().iter().map(|event| event["event_ticker"].as_str().unwrap()).collect();
        assert_eq!(found, expect, "{query}");
    }
}

#[tokio::test]
async fn series_are_found_by_category_and_tag() {
    let server = TestServer::with(Tier::Basic, FeeModel::KalshiWithMakerFees).await;
    let series = server.get(Nobody, "/series/S").await;
    assert_eq!(series["series"]["fee_type"], "quadratic_with_maker_fees");
    assert_eq!(series["series"]["fee_multiplier"], 1.0);
    for (query, count) in
        [("", 1), ("category=Weather", 1), ("category=Sports", 0), ("tags=sun,rain", 1), ("tags=sun", 0)]
    {
        let list = server.get(Nobody, &format!("/series?{query}")).await;
        assert_eq!(list["series"].as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn events_have_candlesticks_and_metadata_of_all_their_markets() {
    let server = trading().await;
    let start = START.0 / 1_000_000_000;
    let query = format!("start_ts={start}&end_ts={}&period_interval=1", start + 120);
    let alone = server.get(Nobody, &format!("/series/S/markets/DECI/candlesticks?{query}")).await;
    let event = server.get(Nobody, &format!("/series/S/events/F/candlesticks?{query}")).await;
    let expect = json!({
        "market_tickers": ["DECI"],
        "market_candlesticks": [alone["candlesticks"]],
        "adjusted_end_ts": start + 120,
    });
    assert_eq!(event, expect);
    // Two markets, 5,000 candlesticks: 2,500 minutes each.
    let long = format!("start_ts={start}&end_ts={}&period_interval=1", start + 999_999);
    let event = server.get(Nobody, &format!("/series/S/events/E/candlesticks?{long}")).await;
    assert_eq!(event["adjusted_end_ts"], start + 2_500 * 60);
    server
        .call(Nobody, "GET", &format!("/trade-api/v2/series/T/events/F/candlesticks?{query}"), None)
        .await
        .expect(404);
    let details = server.get(Nobody, "/events/E/metadata").await;
    assert_eq!(details["market_details"][1], json!({ "market_ticker": "TAPER", "image_url": "", "color_code": "" }));
    server.call(Nobody, "GET", "/trade-api/v2/events/G/metadata", None).await.expect(404);
    assert_eq!(server.get(Nobody, "/events/multivariate?limit=5").await, json!({ "events": [], "cursor": "" }));
}
