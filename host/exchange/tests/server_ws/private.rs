//! Private channels: a member's own orders, fills and positions, and nobody else's.

use proptest::prelude::*;

use super::*;

const PRIVATE: [&str; 4] = ["fill", "user_orders", "market_positions", "order_group_updates"];

#[test]
fn members_receive_their_own_updates() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        client.subscribe(json!({ "channels": PRIVATE })).await;
        let account = host_exchange::venue::AccountId::primary(ANN);
        let group = exchange.handle.with_venue(|venue, now| venue.create_group(account, Qty::contracts(50), now));
        let group = group.expect("a good limit");
        exchange.place(BOB, &order("KXCENT", Side::Sell, 4_000, 2, "bob-1"));
        exchange.place(ANN, &NewOrder { group: Some(group), ..order("KXCENT", Side::Buy, 4_100, 5, "ann-1") });
        exchange.handle.with_venue(|venue, now| venue.cancel_all(ANN, None, now)).expect("they can be cancelled");
        exchange.determine("KXCENT", Resolution::Yes);
        insta::assert_snapshot!(show(&client.settle().await), @r#"
        seq=1 sid=4 type="order_group_updates"
            contracts_limit_fp="50.00" event_type="created" order_group_id=(an id) ts_ms=1764547200000
        sid=1 type="fill"
            action="buy" book_side="bid" client_order_id="ann-1" count_fp="2.00" exchange_index=0
            fee_cost="0.033600" is_taker=true market_ticker="KXCENT" order_id=(an id) outcome_side="yes"
            post_position_fp="2.00" purchased_side="yes" side="yes" subaccount=0 trade_id=(an id) ts=1764547200
            ts_ms=1764547200000 yes_price_dollars="0.4000"
        sid=3 type="market_position"
            fees_paid_dollars="0.033600" market_ticker="KXCENT" position_cost_dollars="0.800000"
            position_fee_cost_dollars="0.033600" position_fp="2.00" realized_pnl_dollars="0.000000" subaccount=0
            user_id=(an id) volume_fp="2.00"
        sid=2 type="user_order"
            book_side="bid" client_order_id="ann-1" created_time="2025-12-01T00:00:00Z"
            created_ts_ms=1764547200000 exchange_index=0 fill_count_fp="2.00" initial_count_fp="5.00"
            is_yes=true last_update_time="2025-12-01T00:00:00Z" last_updated_ts_ms=1764547200000
            maker_fees_dollars="0.000000" maker_fill_cost_dollars="0.000000" order_group_id=(an id)
            order_id=(an id) outcome_side="yes" remaining_count_fp="3.00"
            self_trade_prevention_type="taker_at_cross" side="yes" status="resting" subaccount_number=0
            taker_fees_dollars="0.033600" taker_fill_cost_dollars="0.800000" ticker="KXCENT" user_id=(an id)
            yes_price_dollars="0.4100"
        sid=2 type="user_order"
            book_side="bid" client_order_id="ann-1" created_time="2025-12-01T00:00:00Z"
            created_ts_ms=1764547200000 exchange_index=0 fill_count_fp="2.00" initial_count_fp="5.00"
            is_yes=true last_update_time="2025-12-01T00:00:00Z" last_updated_ts_ms=1764547200000
            maker_fees_dollars="0.000000" maker_fill_cost_dollars="0.000000" order_group_id=(an id)
            order_id=(an id) outcome_side="yes" remaining_count_fp="0.00"
            self_trade_prevention_type="taker_at_cross" side="yes" status="canceled" subaccount_number=0
            taker_fees_dollars="0.033600" taker_fill_cost_dollars="0.800000" ticker="KXCENT" user_id=(an id)
            yes_price_dollars="0.4100"
        sid=3 type="market_position"
            fees_paid_dollars="0.033600" market_ticker="KXCENT" position_cost_dollars="0.000000"
            position_fee_cost_dollars="0.033600" position_fp="0.00" realized_pnl_dollars="1.200000" subaccount=0
            user_id=(an id) volume_fp="2.00"
        "#);
        client.assert_no_gaps();
    });
}

#[test]
fn private_channels_can_be_limited_to_some_markets() {
    run(async {
        let exchange = Exchange::quiet().await;
        let mut client = exchange.connect(ANN).await;
        client.subscribe(json!({ "channels": ["user_orders"], "market_tickers": ["KXCENT"] })).await;
        exchange.place(ANN, &order("KXTAPER", Side::Buy, 100, 1, "elsewhere"));
        exchange.place(ANN, &order("KXCENT", Side::Buy, 100, 1, "here"));
        let seen = of_type(&client.settle().await, "user_order");
        assert_eq!(seen.iter().map(|order| &order["client_order_id"]).collect::<Vec<_>>(), ["here"]);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whatever two members do, a third receives nothing private, and each of them nothing of the other's.
    #[test]
    fn nobody_receives_anothers_orders(
        deeds in prop::collection::vec((0u32..2, 0usize..2, any::<bool>(), 30i32..50, 1i64..20), 1..60),
    ) {
        run(async {
            let exchange = Exchange::quiet().await;
            let everything = json!({
                "channels": ["orderbook_delta", "ticker", "trade", "market_lifecycle_v2", "fill", "user_orders",
                    "market_positions", "order_group_updates"],
                "market_tickers": ["KXCENT", "KXTAPER"],
            });
            let mut clients = Vec::new();
            for member in 2..5 {
                let mut client = exchange.connect(MemberId(member)).await;
                client.subscribe(everything.clone()).await;
                clients.push(client);
            }
            for (number, (member, market, is_buy, cents, contracts)) in deeds.into_iter().enumerate() {
                let side = if is_buy { Side::Buy } else { Side::Sell };
                let id = format!("of-{}-{number}", NAMES[member as usize]);
                let limit = order(["KXCENT", "KXTAPER"][market], side, cents * 100, contracts, &id);
                let _ = exchange.handle.with_venue(|venue, now| venue.create(MemberId(member + 2), &limit, now));
            }
            exchange.determine("KXCENT", Resolution::No);
            for (number, client) in clients.iter_mut().enumerate() {
                let seen = client.settle().await;
                client.assert_no_gaps();
                let user_id = exchange.handle.peek(|venue| {
                    venue.member(MemberId(number as u32 + 2)).map(|member| member.user_id.to_string())
                });
                for message in &seen {
                    let text = message.to_string();
                    for other in NAMES.iter().filter(|name| **name != NAMES[number]) {
                        assert!(!text.contains(&format!("of-{other}")), "{} received {text}", NAMES[number]);
                    }
                    if let Some(user) = message["msg"]["user_id"].as_str() {
                        assert_eq!(Some(user), user_id.as_deref());
                    }
                }
                if number == 2 {
                    for kind in ["fill", "user_order", "market_position", "order_group_updates"] {
                        assert!(of_type(&seen, kind).is_empty(), "{kind}");
                    }
                }
            }
            check_fills_against_ledger(&exchange).await;
        });
    }
}

/// The messages add up to the ledger's figures: nothing is lost between members.
async fn check_fills_against_ledger(exchange: &Exchange) {
    let (_, ledger) = exchange.ask(reqwest::Method::GET, "/simulation/ledger", None).await;
    let number = |value: &Value| value.as_str().expect("a string").parse::<i64>().expect("an integer");
    let totals = &ledger["totals"];
    assert_eq!(
        number(&totals["deposits"]),
        number(&totals["cash"]) + number(&totals["fees"]) + number(&totals["escrow"])
    );
    let members = ledger["members"].as_array().expect("members");
    assert_eq!(members.len(), 3);
    let (mut fees, mut cash) = (0, 0);
    for member in members {
        let fills = member["fills"].as_array().expect("fills");
        fees += fills.iter().map(|fill| number(&fill["fee"])).sum::<i64>();
        cash += member["accounts"].as_array().expect("accounts").iter().map(|one| number(&one["cash"])).sum::<i64>();
        for order in member["orders"].as_array().expect("orders") {
            let of_order = fills.iter().filter(|fill| fill["order_id"] == order["order_id"]);
            let filled: i64 = of_order.map(|fill| number(&fill["qty"])).sum();
            assert_eq!(filled, number(&order["filled"]), "{order}");
        }
    }
    assert_eq!((fees, cash), (number(&totals["fees"]), number(&totals["cash"])));
}
