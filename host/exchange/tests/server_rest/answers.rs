//! Whole responses, field by field, as strict clients require them.

use host_core::MarketId;
use host_exchange::venue::Resolution;

use super::*;

/// Returns an exchange on which Ann has bought 10.50 of `TAPER` at 0.081 from Bob, and 2 NO of `CENT`; another order
/// of hers rests.
async fn traded() -> TestServer {
    let server = TestServer::with(Tier::Prestige, FeeModel::Kalshi).await;
    let more =
        json!({ "client_order_id": "mine", "self_trade_prevention_type": "maker", "cancel_order_on_pause": true });
    server.place(Ann, limit("TAPER", "bid", "0.0810", "10.50", more)).await;
    server.step(Span::millis(1_500));
    server.place(Bob, limit("TAPER", "ask", "0.08", "10.50", json!({}))).await;
    server.place(Bob, limit("CENT", "bid", "0.70", "2", json!({}))).await;
    server.place(Ann, limit("CENT", "ask", "0.70", "2", json!({}))).await;
    server.place(Ann, limit("DECI", "ask", "0.701", "1.25", json!({}))).await;
    server
}

#[tokio::test]
async fn a_market() {
    let server = traded().await;
    server.place(Bob, limit("TAPER", "ask", "0.95", "3", json!({}))).await;
    let market = server.get(Nobody, "/markets/TAPER").await["market"].clone();
    let expect = json!({
        "ticker": "TAPER",
        "event_ticker": "E",
        "market_type": "binary",
        "title": "TAPER?",
        "yes_sub_title": "yes",
        "no_sub_title": "no",
        "created_time": "2025-12-01T00:00:00Z",
        "updated_time": "2025-12-01T00:00:00Z",
        "open_time": "2025-12-01T00:00:00Z",
        "close_time": "2025-12-02T00:00:00Z",
        "expected_expiration_time": "2025-12-03T00:00:00Z",
        "expiration_time": "2025-12-03T00:00:00Z",
        "latest_expiration_time": "2025-12-03T00:00:00Z",
        "settlement_timer_seconds": 300,
        "status": "active",
        "yes_bid_dollars": "0.0000",
        "yes_bid_size_fp": "0.00",
        "yes_ask_dollars": "0.9500",
        "yes_ask_size_fp": "3.00",
        "no_bid_dollars": "0.0500",
        "no_ask_dollars": "1.0000",
        "last_price_dollars": "0.0810",
        "volume_fp": "10.50",
        "volume_24h_fp": "10.50",
        "open_interest_fp": "10.50",
        "notional_value_dollars": "1.0000",
        "liquidity_dollars": "0.0000",
        "previous_yes_bid_dollars": "0.0000",
        "previous_yes_ask_dollars": "0.0000",
        "previous_price_dollars": "0.0000",
        "result": "",
        "can_close_early": true,
        "settlement_bounds_type": "default",
        "expiration_value": "",
        "rules_primary": "as it says",
        "rules_secondary": "",
        "strike_type": "custom",
        "response_price_units": "usd_cent",
        "fractional_trading_enabled": true,
        "price_level_structure": "tapered_deci_cent",
        "price_ranges": [
            { "start": "0.0000", "end": "0.1000", "step": "0.0010" },
            { "start": "0.1000", "end": "0.9000", "step": "0.0100" },
            { "start": "0.9000", "end": "1.0000", "step": "0.0010" },
        ],
        "exchange_index": 0,
    });
    assert_eq!(market, expect);
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(1), Resolution::Yes, now)).unwrap();
    server.step(Span::minutes(5));
    let market = server.get(Nobody, "/markets/TAPER").await["market"].clone();
    let now = (&market["status"], &market["result"], &market["settlement_value_dollars"], &market["settlement_ts"]);
    let paid = json!("2025-12-01T00:05:01.5Z");
    assert_eq!(now, (&json!("finalized"), &json!("yes"), &json!("1.0000"), &paid));
}

#[tokio::test]
async fn an_order() {
    let server = traded().await;
    let order = server.get(Ann, "/portfolio/orders?ticker=TAPER").await["orders"][0].clone();
    let expect = json!({
        "order_id": order["order_id"],
        "user_id": order["user_id"],
        "client_order_id": "mine",
        "ticker": "TAPER",
        "side": "yes",
        "action": "buy",
        "outcome_side": "yes",
        "book_side": "bid",
        "type": "limit",
        "status": "executed",
        "yes_price_dollars": "0.0810",
        "no_price_dollars": "0.9190",
        "initial_count_fp": "10.50",
        "fill_count_fp": "10.50",
        "remaining_count_fp": "0.00",
        "taker_fill_cost_dollars": "0.000000",
        "maker_fill_cost_dollars": "0.850500",
        "taker_fees_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "created_time": "2025-12-01T00:00:00Z",
        "last_update_time": "2025-12-01T00:00:01.5Z",
        "self_trade_prevention_type": "maker",
        "cancel_order_on_pause": true,
        "subaccount_number": 0,
        "exchange_index": 0,
    });
    assert_eq!(order, expect);
    assert_ne!(order["order_id"], order["user_id"]);
}

#[tokio::test]
async fn a_fill() {
    let server = traded().await;
    let fills = server.get(Ann, "/portfolio/fills?ticker=CENT").await["fills"].clone();
    let fill = &fills[0];
    let expect = json!({
        "fill_id": fill["trade_id"],
        "trade_id": fill["trade_id"],
        "order_id": fill["order_id"],
        "ticker": "CENT",
        "market_ticker": "CENT",
        "side": "yes",
        "action": "sell",
        "outcome_side": "no",
        "book_side": "ask",
        "count_fp": "2.00",
        "yes_price_dollars": "0.7000",
        "no_price_dollars": "0.3000",
        "is_taker": true,
        "fee_cost": "0.029400",
        "created_time": "2025-12-01T00:00:01.5Z",
        "ts": 1_764_547_201,
        "subaccount_number": 0,
        "exchange_index": 0,
    });
    assert_eq!(fills, json!([expect]));
    let order = fill["order_id"].as_str().unwrap();
    assert_eq!(server.get(Ann, &format!("/portfolio/fills?order_id={order}")).await["fills"], fills);
    // The other side of the trade has the same id.
    assert_eq!(server.get(Bob, "/portfolio/fills?ticker=CENT").await["fills"][0]["trade_id"], fill["trade_id"]);
}

#[tokio::test]
async fn positions_and_their_sums_by_event() {
    let server = traded().await;
    let positions = server.get(Ann, "/portfolio/positions").await;
    let expect = json!({
        "ticker": "CENT",
        "exchange_index": 0,
        "total_traded_dollars": "0.600000",
        "position_fp": "-2.00",
        "market_exposure_dollars": "0.600000",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.029400",
        "resting_orders_count": 0,
        "last_updated_ts": "2025-12-01T00:00:01.5Z",
    });
    assert_eq!(positions["market_positions"][0], expect);
    let expect = json!([{
        "event_ticker": "E",
        "total_cost_dollars": "1.450500",
        "total_cost_shares_fp": "12.50",
        "event_exposure_dollars": "1.450500",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.029400",
    }]);
    assert_eq!(positions["event_positions"], expect);
    assert_eq!(positions["cursor"], "");
}

#[tokio::test]
async fn money() {
    let server = traded().await;
    let expect = json!({
        "balance": 99_814,
        "balance_dollars": "998.1463",
        "portfolio_value": 145,
        "updated_ts": 1_764_547_201,
        "balance_breakdown": [{ "exchange_index": 0, "balance": "998.1463" }],
    });
    assert_eq!(server.get(Ann, "/portfolio/balance").await, expect);
    let expect = json!({
        "total_resting_order_value": 37,
        "resting_order_value_breakdown": [{ "exchange_index": 0, "balance": "0.37375" }],
    });
    assert_eq!(server.get(Ann, "/portfolio/summary/total_resting_order_value").await, expect);
}

#[tokio::test]
async fn settlements_and_the_positions_after_them() {
    let server = traded().await;
    server.exchange.with_venue(|venue, now| venue.determine(MarketId(0), Resolution::No, now)).unwrap();
    assert_eq!(server.get(Ann, "/portfolio/settlements").await, json!({ "settlements": [], "cursor": "" }));
    server.step(Span::minutes(5));
    let expect = json!([{
        "ticker": "CENT",
        "event_ticker": "E",
        "exchange_index": 0,
        "market_result": "no",
        "yes_count_fp": "0.00",
        "yes_total_cost_dollars": "0.000000",
        "no_count_fp": "2.00",
        "no_total_cost_dollars": "0.600000",
        "revenue": 200,
        "settled_time": "2025-12-01T00:05:01.5Z",
        "fee_cost": "0.029400",
        "value": 0,
    }]);
    assert_eq!(server.get(Ann, "/portfolio/settlements").await["settlements"], expect);
    let tickers = async |query: &str| -> Vec<String> {
        let positions = server.get(Ann, &format!("/portfolio/positions?{query}")).await;
        let rows = positions["market_positions"].as_array().unwrap().clone();
        rows.iter().map(|row| row["ticker"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(tickers("").await, ["TAPER"]);
    assert_eq!(tickers("settlement_status=settled").await, ["CENT"]);
    assert_eq!(tickers("settlement_status=all").await, ["CENT", "TAPER"]);
    assert_eq!(tickers("settlement_status=all&count_filter=position").await, ["TAPER"]);
    assert_eq!(tickers("event_ticker=F").await, Vec::<String>::new());
}

/// Clients ask for things that this exchange does not have.
#[tokio::test]
async fn lists_of_what_is_not_there_are_empty() {
    let server = TestServer::open().await;
    let lists = [
        ("/portfolio/deposits", json!({ "deposits": [], "cursor": "" })),
        ("/portfolio/withdrawals", json!({ "withdrawals": [], "cursor": "" })),
        ("/portfolio/subaccounts/transfers", json!({ "transfers": [], "cursor": "" })),
        ("/milestones", json!({ "milestones": [], "cursor": "" })),
        ("/structured_targets", json!({ "structured_targets": [], "cursor": "" })),
        ("/incentive_programs", json!({ "incentive_programs": [], "next_cursor": "" })),
        ("/account/api_usage_level/volume_progress", json!({ "volume_progress": [] })),
        ("/exchange/announcements", json!({ "announcements": [] })),
        (
            "/api_keys",
            json!({ "api_keys": [{ "api_key_id": "ann-key", "name": "ann-key", "scopes": ["read", "write"] }] }),
        ),
        (
            "/portfolio/subaccounts/netting",
            json!({ "netting_configs": [{ "subaccount_number": 0, "enabled": false, "exchange_index": 0 }] }),
        ),
    ];
    for (path, expect) in lists {
        assert_eq!(server.get(Ann, path).await, expect, "{path}");
    }
    let balances = server.get(Ann, "/portfolio/subaccounts/balances").await["subaccount_balances"].clone();
    assert_eq!((&balances[0]["subaccount_number"], &balances[0]["balance"]), (&json!(0), &json!("1000.0000")));
    for path in ["/portfolio/deposits", "/portfolio/subaccounts/balances", "/api_keys"] {
        server.call(Nobody, "GET", &format!("/trade-api/v2{path}"), None).await.expect(401);
    }
}

#[tokio::test]
async fn the_exchange_itself() {
    let server = TestServer::open().await;
    let status = server.get(Nobody, "/exchange/status").await;
    assert_eq!((&status["exchange_active"], &status["trading_active"]), (&json!(true), &json!(true)));
    let schedule = server.get(Nobody, "/exchange/schedule").await["schedule"].clone();
    let all_day = json!([{ "open_time": "00:00", "close_time": "00:00" }]);
    assert_eq!((&schedule["standard_hours"][0]["sunday"], &schedule["maintenance_windows"]), (&all_day, &json!([])));
    assert_eq!(server.get(Nobody, "/exchange/announcements").await, json!({ "announcements": [] }));
    server.step(Span::seconds(1));
    let current = server.get(Nobody, "/exchange/user_data_timestamp").await;
    assert_eq!(current, json!({ "as_of_time": "2025-12-01T00:00:01Z" }));
    // The cut-off moves with the time; a member's own rows never move.
    let cutoff = server.get(Nobody, "/historical/cutoff").await;
    assert_eq!(cutoff["market_settled_ts"], "2025-09-02T00:00:01Z");
    assert_eq!(cutoff["orders_updated_ts"], "1970-01-01T00:00:00Z");
    assert_eq!(server.get(Nobody, "/historical/markets").await, json!({ "markets": [], "cursor": "" }));
    assert_eq!(server.get(Ann, "/historical/fills").await, json!({ "fills": [], "cursor": "" }));
    server.call(Nobody, "GET", "/trade-api/v2/historical/orders", None).await.expect(401);
}
