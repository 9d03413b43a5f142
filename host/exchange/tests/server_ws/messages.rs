//! Messages of the public channels, to the letter.

use super::*;

#[test]
fn a_trade_shows_on_every_public_channel() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(MemberId(4)).await;
        exchange.place(BOB, &order("KXTAPER", Side::Sell, 9_550, 7, "bob-1"));
        let channels = json!({
            "channels": ["orderbook_delta", "ticker", "trade"],
            "market_tickers": ["KXTAPER"],
            "send_initial_snapshot": true,
        });
        let mut seen = client.subscribe(channels).await;
        exchange.advance(START + Span::seconds(90)).await;
        exchange.place(ANN, &order("KXTAPER", Side::Buy, 9_600, 3, "ann-1"));
        seen.extend(client.settle().await);
        // Nothing that the ticker shows has changed.
        exchange.place(ANN, &order("KXTAPER", Side::Sell, 9_700, 3, "ann-2"));
        seen.extend(client.settle().await);
        insta::assert_snapshot!(show(&seen), @r#"
        id=1 type="subscribed"
            channel="orderbook_delta" sid=1
        id=1 type="subscribed"
            channel="ticker" sid=2
        id=1 type="subscribed"
            channel="trade" sid=3
        seq=1 sid=1 type="orderbook_snapshot"
            market_id=(an id) market_ticker="KXTAPER" no_dollars_fp=[["0.0450","7.00"]]
        sid=2 type="ticker"
            dollar_open_interest=0 dollar_volume=0 last_trade_size_fp="0.00" market_id=(an id)
            market_ticker="KXTAPER" open_interest_fp="0.00" price_dollars="0.0000" time="2025-12-01T00:00:00Z"
            ts=1764547200 ts_ms=1764547200000 volume_fp="0.00" yes_ask_dollars="0.9550" yes_ask_size_fp="7.00"
            yes_bid_dollars="0.0000" yes_bid_size_fp="0.00"
        sid=3 type="trade"
            count_fp="3.00" is_block_trade=false market_ticker="KXTAPER" no_price_dollars="0.0450"
            taker_book_side="bid" taker_outcome_side="yes" taker_side="yes" trade_id=(an id) ts=1764547290
            ts_ms=1764547290000 yes_price_dollars="0.9550"
        seq=2 sid=1 type="orderbook_delta"
            delta_fp="-3.00" market_id=(an id) market_ticker="KXTAPER" price_dollars="0.0450" side="no"
            ts="2025-12-01T00:01:30Z" ts_ms=1764547290000
        sid=2 type="ticker"
            dollar_open_interest=1 dollar_volume=1 last_trade_size_fp="3.00" market_id=(an id)
            market_ticker="KXTAPER" open_interest_fp="3.00" price_dollars="0.9550" time="2025-12-01T00:01:30Z"
            ts=1764547290 ts_ms=1764547290000 volume_fp="3.00" yes_ask_dollars="0.9550" yes_ask_size_fp="4.00"
            yes_bid_dollars="0.0000" yes_bid_size_fp="0.00"
        seq=3 sid=1 type="orderbook_delta"
            delta_fp="3.00" market_id=(an id) market_ticker="KXTAPER" price_dollars="0.0300" side="no"
            ts="2025-12-01T00:01:30Z" ts_ms=1764547290000
        "#);
    });
}

#[test]
fn an_empty_side_is_left_out_of_a_snapshot() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        let channels = ["orderbook_delta", "ticker"];
        let params = json!({ "channels": channels, "market_ticker": "KXCENT", "send_initial_snapshot": true });
        let seen = client.subscribe(params).await;
        let book = &of_type(&seen, "orderbook_snapshot")[0];
        let names: Vec<&str> = book.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, ["market_id", "market_ticker"]);
        let ticker = &of_type(&seen, "ticker")[0];
        let quoted =
            ["yes_bid_dollars", "yes_bid_size_fp", "yes_ask_dollars", "yes_ask_size_fp"].map(|name| &ticker[name]);
        assert_eq!(quoted, ["0.0000", "0.00", "1.0000", "0.00"]);
    });
}

#[test]
fn a_markets_life_cycle_is_public() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        client.subscribe(json!({ "channels": ["market_lifecycle_v2"], "market_ticker": "KXTAPER" })).await;
        let halt = |venue: &mut Venue, now| venue.halt(MarketId(0), now).and_then(|()| venue.resume(MarketId(0), now));
        exchange.handle.with_venue(halt).expect("it trades");
        exchange
            .handle
            .with_venue(|venue, now| venue.set_close(MarketId(0), now + Span::hours(1), now))
            .expect("it is open");
        exchange.advance(START + Span::hours(2)).await;
        exchange.determine("KXCENT", Resolution::Scalar(Price(2_500)));
        exchange
            .handle
            .with_venue(|venue, now| {
                let mut market = venue.market(MarketId(0)).expect("it is there").listing.clone();
                let event = EventInfo { ticker: "KX-26".into(), ..venue.event("KX-25").expect("it is there").clone() };
                market.event.clone_from(&event.ticker);
                venue.add_event(event);
                venue.list_market(Listing { ticker: "KXNEW".into(), closes: now + Span::days(1), ..market }, now)
            })
            .expect("it is new");
        insta::assert_snapshot!(show(&client.settle().await), @r#"
        sid=1 type="market_lifecycle_v2"
            event_type="deactivated" is_deactivated=true market_ticker="KXCENT"
        sid=1 type="market_lifecycle_v2"
            event_type="activated" is_deactivated=false market_ticker="KXCENT"
        sid=1 type="market_lifecycle_v2"
            close_ts=1764550800 event_type="close_date_updated" market_ticker="KXCENT"
        sid=1 type="market_lifecycle_v2"
            event_type="deactivated" is_deactivated=true market_ticker="KXCENT"
        sid=1 type="market_lifecycle_v2"
            determination_ts=1764554400 event_type="determined" market_ticker="KXCENT" result="scalar"
            settlement_value="0.2500"
        sid=1 type="market_lifecycle_v2"
            event_type="settled" market_ticker="KXCENT" settled_ts=1764554400
        sid=1 type="event_lifecycle"
            collateral_return_type="" event_ticker="KX-26" series_ticker="KX" subtitle="" title="an event"
        sid=1 type="market_lifecycle_v2"
            additional_metadata.can_close_early=false additional_metadata.event_ticker="KX-26"
            additional_metadata.expected_expiration_ts=1767139200 additional_metadata.name="a market"
            additional_metadata.no_sub_title="a market" additional_metadata.rules_primary="a market"
            additional_metadata.rules_secondary="" additional_metadata.title="a market"
            additional_metadata.yes_sub_title="a market" close_ts=1764640800 event_type="created"
            market_ticker="KXNEW" open_ts=1764547200
        "#);
    });
}

#[test]
fn tickers_can_be_subscribed_to_by_the_venues_ids() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        let id = exchange.handle.peek(|venue| venue.market(MarketId(1)).map(|market| market.uuid.to_string()));
        client.subscribe(json!({ "channels": ["ticker"], "market_ids": [id] })).await;
        exchange.place(BOB, &order("KXCENT", Side::Buy, 4_000, 1, ""));
        exchange.place(BOB, &order("KXTAPER", Side::Buy, 4_000, 1, ""));
        let seen = of_type(&client.settle().await, "ticker");
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0]["market_ticker"], "KXTAPER");
    });
}

#[test]
fn silent_channels_can_be_subscribed_to() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        let names = ["communications", "multivariate", "multivariate_market_lifecycle"];
        let seen = client.subscribe(json!({ "channels": names })).await;
        assert_eq!(of_type(&seen, "subscribed").len(), 3);
        exchange.place(BOB, &order("KXCENT", Side::Buy, 4_000, 1, ""));
        assert_eq!(client.settle().await, Vec::<Value>::new());
    });
}
