//! Connecting, commands, errors.

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::*;

#[test]
fn only_members_connect() {
    run(async {
        let exchange = Exchange::quiet().await;
        let good = exchange.headers(ANN, "GET", PATH);
        let bad: [Vec<(&'static str, String)>; 4] = [
            vec![],
            good[..2].to_vec(),
            exchange.headers(ANN, "GET", "/trade-api/ws/v1").to_vec(),
            [&good[..2], &exchange.headers(BOB, "GET", PATH)[2..]].concat(),
        ];
        for headers in bad {
            match exchange.try_connect(&headers).await {
                Err(Error::Http(answer)) => assert_eq!(answer.status(), 401),
                other => panic!("{headers:?}: {}", other.is_ok()),
            }
        }
        assert!(exchange.try_connect(&good).await.is_ok());
    });
}

/// The venue has retired its error 6, "Already subscribed".
#[test]
fn what_is_subscribed_to_already_can_be_subscribed_to_again() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        for sid in [1, 2] {
            let seen = client.subscribe(json!({ "channels": ["orderbook_delta"], "market_ticker": "KXCENT" })).await;
            assert_eq!(seen[0]["msg"], json!({ "channel": "orderbook_delta", "sid": sid }));
        }
        exchange.place(ANN, &order("KXCENT", Side::Buy, 4_000, 1, "a"));
        let seen = of_type(&client.settle().await, "orderbook_delta");
        assert_eq!(seen.len(), 2, "{seen:?}");
        client.assert_no_gaps();
        // Not without end.
        client.subscribe(json!({ "channels": vec!["fill"; 998] })).await;
        client.send("subscribe", json!({ "channels": ["fill"] })).await;
        assert_eq!(client.next().await.expect("an answer")["msg"]["code"], 26);
    });
}

#[test]
fn errors_have_the_venues_codes() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        client.subscribe(json!({ "channels": ["ticker"] })).await;
        client.subscribe(json!({ "channels": ["orderbook_delta"], "market_ticker": "KXCENT" })).await;
        let too_many: Vec<String> = (0..10_001).map(|number| format!("KX{number}")).collect();
        let table = [
            ("subscribe", json!("x"), 2),
            ("subscribe", json!({}), 3),
            ("subscribe", json!({ "channels": [] }), 3),
            ("subscribe", json!({ "channels": "trade" }), 11),
            ("subscribe", json!({ "channels": ["weather"] }), 8),
            ("subscribe", json!({ "channels": ["trade", 5] }), 11),
            ("subscribe", json!({ "channels": ["orderbook_delta"] }), 14),
            ("subscribe", json!({ "channels": ["trade"], "market_tickers": [] }), 14),
            ("subscribe", json!({ "channels": ["trade"], "market_tickers": "KXCENT" }), 11),
            ("subscribe", json!({ "channels": ["trade"], "market_ticker": "A", "market_tickers": ["B"] }), 11),
            ("subscribe", json!({ "channels": ["trade"], "market_id": "0" }), 11),
            ("subscribe", json!({ "channels": ["trade"], "market_ticker": "KXNONE" }), 16),
            ("subscribe", json!({ "channels": ["trade"], "market_tickers": too_many }), 26),
            ("subscribe", json!({ "channels": ["fill"], "send_initial_snapshot": "yes" }), 11),
            ("unsubscribe", json!({}), 4),
            ("unsubscribe", json!({ "sids": [] }), 4),
            ("unsubscribe", json!({ "sids": ["1"] }), 11),
            ("unsubscribe", json!({ "sids": [1, 9] }), 7),
            ("update_subscription", json!({ "action": "add_markets" }), 4),
            ("update_subscription", json!({ "sids": [1, 2], "action": "add_markets" }), 12),
            ("update_subscription", json!({ "sid": 9, "action": "add_markets", "market_ticker": "KXCENT" }), 7),
            ("update_subscription", json!({ "sid": 2, "market_ticker": "KXCENT" }), 15),
            ("update_subscription", json!({ "sid": 2, "action": "forget", "market_ticker": "KXCENT" }), 13),
            ("update_subscription", json!({ "sid": 1, "action": "add_markets", "market_ticker": "KXCENT" }), 13),
            ("update_subscription", json!({ "sid": 2, "action": "add_markets" }), 14),
            ("update_subscription", json!({ "sid": 2, "action": "add_markets", "market_ticker": "KXNONE" }), 16),
            ("update_subscription", json!({ "sid": 2, "action": "get_snapshot", "market_ticker": "KXTAPER" }), 11),
            ("trade", json!({}), 5),
        ];
        for (command, params, code) in table {
            client.send(command, params.clone()).await;
            let answer = client.next().await.expect("an answer");
            assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!(client.last_id)), "{answer}");
            assert_eq!(answer["msg"]["code"], code, "{command} {params}: {answer}");
        }
        for text in ["", "5", "[]", "{", "{\"id\": \"one\", \"cmd\": \"list_subscriptions\"}"] {
            client.write(text).await;
            let answer = client.next().await.expect("an answer");
            assert_eq!(answer, json!({ "type": "error", "msg": { "code": 1, "msg": "Unable to process message" } }));
        }
        // None of these has changed anything.
        client.write(json!({ "id": 77, "cmd": "list_subscriptions" }).to_string()).await;
        let both = json!([{ "channel": "ticker", "sid": 1 }, { "channel": "orderbook_delta", "sid": 2 }]);
        assert_eq!(client.next().await, Some(json!({ "id": 77, "type": "ok", "msg": both })));
    });
}

#[test]
fn subscriptions_are_created_changed_and_ended() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        let answers = client.subscribe(json!({ "channels": ["trade", "orderbook_delta"], "market_ticker": "KXCENT" }));
        let mut seen = answers.await;
        client
            .send("update_subscription", json!({ "sid": 2, "action": "add_markets", "market_ticker": "KXTAPER" }))
            .await;
        client
            .send(
                "update_subscription",
                json!({ "sids": [2], "action": "delete_markets", "market_tickers": ["KXCENT"] }),
            )
            .await;
        seen.extend(client.settle().await);
        exchange.place(BOB, &order("KXCENT", Side::Buy, 4_000, 1, ""));
        client.send("update_subscription", json!({ "sid": 2, "action": "get_snapshot" })).await;
        client.send("unsubscribe", json!({ "sids": [2] })).await;
        seen.extend(client.settle().await);
        exchange.place(BOB, &order("KXTAPER", Side::Buy, 4_000, 1, ""));
        seen.extend(client.settle().await);
        client.assert_no_gaps();
        insta::assert_snapshot!(show(&seen), @r#"
        id=1 type="subscribed"
            channel="trade" sid=1
        id=1 type="subscribed"
            channel="orderbook_delta" sid=2
        seq=1 sid=2 type="orderbook_snapshot"
            market_id=(an id) market_ticker="KXCENT"
        id=3 seq=2 sid=2 type="ok"
            market_tickers=["KXCENT","KXTAPER"]
        seq=3 sid=2 type="orderbook_snapshot"
            market_id=(an id) market_ticker="KXTAPER"
        id=4 seq=4 sid=2 type="ok"
            market_tickers=["KXTAPER"]
        id=6 seq=5 sid=2 type="ok"
            market_tickers=["KXTAPER"]
        seq=6 sid=2 type="orderbook_snapshot"
            market_id=(an id) market_ticker="KXTAPER"
        id=7 seq=7 sid=2 type="unsubscribed"
        "#);
    });
}

#[test]
fn a_command_without_a_number_is_answered_without_one() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        for id in [json!({}), json!({ "id": 0 })] {
            let mut command = id;
            command["cmd"] = "list_subscriptions".into();
            client.write(command.to_string()).await;
            assert_eq!(client.next().await, Some(json!({ "type": "ok", "msg": [] })));
        }
    });
}

#[test]
fn a_client_that_reads_nothing_is_told_and_disconnected() {
    run(async {
        let exchange = Exchange::quiet().await;
        let (mut slow, mut quick) = (exchange.connect(ANN).await, exchange.connect(BOB).await);
        for client in [&mut slow, &mut quick] {
            client.subscribe(json!({ "channels": ["orderbook_delta"], "market_ticker": "KXCENT" })).await;
        }
        let mut received = 0;
        // More than the buffers between two sockets can hold.
        for number in 0..60_000 {
            let side = order("KXCENT", Side::Buy, 100 + number % 50 * 100, 1, "");
            let id =
                exchange.handle.with_venue(|venue, now| venue.create(BOB, &side, now)).expect("a good order").order_id;
            exchange.handle.with_venue(|venue, now| venue.cancel(BOB, id, now)).expect("it rests");
            if number % 500 == 0 {
                received += quick.settle().await.len();
            }
        }
        received += quick.settle().await.len();
        assert_eq!(received, 120_000);
        quick.assert_no_gaps();
        let mut last = Value::Null;
        while let Some(message) = slow.next().await {
            last = message;
        }
        assert_eq!((&last["type"], &last["msg"]["code"]), (&json!("error"), &json!(25)));
        slow.assert_no_gaps();
    });
}

#[test]
fn the_server_sends_heartbeats() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        // The first message arrives without a request, after a while.
        let first = client.socket.next().await.expect("a message").expect("no error");
        assert_eq!(first, Message::Ping("heartbeat".into()));
    });
}

/// Returns parameters that a confused client may send: correct names with values of all types.
fn params() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "KXCENT",
        "KXTAPER",
        "KXNONE",
        "ticker",
        "fill",
        "orderbook_delta",
        "add_markets",
        "",
    ]);
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        (-1i64..4).prop_map(Value::from),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
    ];
    let value = prop_oneof![2 => leaf.clone(), 3 => prop::collection::vec(leaf, 0..3).prop_map(Value::from)];
    let names = vec![
        "channels",
        "market_ticker",
        "market_tickers",
        "market_ids",
        "sid",
        "sids",
        "action",
        "send_initial_snapshot",
    ];
    let map = prop::collection::btree_map(prop::sample::select(names), value.clone(), 0..5);
    prop_oneof![9 => map.prop_map(|map| json!(map)), 1 => value]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// A malformed command is answered, never followed by silence or the end of the connection.
    #[test]
    fn every_command_is_answered(
        commands in prop::collection::vec(
            (prop::sample::select(vec!["subscribe", "unsubscribe", "update_subscription", "", "x"]), params()), 1..30),
        raw in prop::collection::vec(".{0,40}", 0..10),
    ) {
        run(async {
            let exchange = Exchange::quiet().await;
            let mut client = exchange.connect(ANN).await;
            for (command, params) in commands {
                client.send(command, params).await;
                let asked = client.last_id;
                let answers = client.settle().await;
                assert!(answers.iter().any(|answer| answer["id"] == asked), "{command}: {answers:?}");
            }
            for text in raw {
                client.write(text).await;
                assert_eq!(client.settle().await.len(), 1);
            }
            client.assert_no_gaps();
        });
    }
}

#[test]
fn an_open_connection_does_not_prevent_shutdown() {
    run(async {
        let exchange = Exchange::quiet().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (end, ended) = oneshot::channel::<()>();
        let shutdown = async move { ended.await.unwrap_or_default() };
        let server = tokio::spawn(serve(listener, exchange.handle.clone(), ServerOptions::default(), shutdown));
        let other = Exchange { handle: exchange.handle.clone(), address, keys: exchange.keys.clone() };
        let mut client = other.connect(ANN).await;
        client.subscribe(json!({ "channels": ["ticker"] })).await;
        end.send(()).expect("it runs");
        server.await.expect("no panic").expect("no error");
    });
}

#[test]
fn commands_are_rate_limited_on_the_exchanges_clock() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        // The burst, then one more command for each twentieth of a second.
        for (allowed, then) in [(200, Span::millis(50)), (1, Span::millis(99)), (1, Span::ZERO)] {
            for _ in 0..allowed {
                client.send("list_subscriptions", json!({})).await;
                assert_eq!(client.next().await.expect("an answer")["type"], "ok");
            }
            client.send("list_subscriptions", json!({})).await;
            let refused = client.next().await.expect("an answer");
            assert_eq!((&refused["type"], &refused["msg"]["code"]), (&json!("error"), &json!(27)));
            exchange.advance(exchange.handle.clock().now() + then).await;
        }
    });
}
