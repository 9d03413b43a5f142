//! The recorded cases: name, status, body. Ids, times and names of markets are made up.

use serde_json::{Value, json};

type Case = (&'static str, u16, Value);

pub(super) fn cases() -> Vec<Case> {
    [refusals_of_keys(), exchange(), markets(), orders(), refusals_of_orders(), account()].concat()
}

fn nested(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

/// A refusal of the matching engine.
fn engine(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "service": "exchange" } })
}

fn refusals_of_keys() -> Vec<Case> {
    let unauthenticated = |details: &str| {
        let code = "authentication_error";
        json!({ "error": { "code": code, "message": code, "details": details } })
    };
    let expired = || nested("header_timestamp_expired", "header timestamp expired");
    let missing = nested("signature_is_missing_from_headers", "signature is missing from headers");
    vec![
        ("auth__bad_signature", 401, unauthenticated("INCORRECT_API_KEY_SIGNATURE")),
        ("auth__unknown_key_id", 401, unauthenticated("NOT_FOUND")),
        ("auth__missing_signature_header", 401, missing),
        ("auth__skew_minus30s", 401, expired()),
        ("auth__skew_minus5min", 401, expired()),
        ("auth__skew_plus5min", 401, expired()),
        ("auth__skew_minus5s", 200, balance()),
        ("auth__skew_plus5s", 200, balance()),
        ("auth__balance_ok", 200, balance()),
        ("auth__balance_alt_host", 200, balance()),
    ]
}

fn balance() -> Value {
    json!({
        "balance": 9_801,
        "balance_dollars": "98.0186",
        "balance_breakdown": [{ "exchange_index": 0, "balance": "98.0186" }],
        // Two contracts that last traded at 0.99, in a book of 0.47 to 0.52.
        "portfolio_value": 198,
        "updated_ts": 0,
    })
}

fn exchange() -> Vec<Case> {
    let cost = |(method, path, cost): (&str, &str, u32)| {
        let path = format!("/trade-api/v2{path}");
        json!({ "method": method, "path": path, "cost": cost })
    };
    let costs = [
        ("POST", "/account/api_usage_level/upgrade", 30),
        ("GET", "/cfbenchmarks", 150),
        ("GET", "/cfbenchmarks/*endpoint", 150),
        ("POST", "/communications/quotes", 2),
        ("DELETE", "/communications/quotes/:quote_id", 2),
        ("GET", "/margin/balance", 5),
        ("PUT", "/multivariate_event_collections/:collection_ticker/lookup", 2),
        ("DELETE", "/portfolio/events/orders/:order_id", 2),
        ("DELETE", "/portfolio/events/orders/batched", 2),
        ("POST", "/portfolio/orders", 20),
        ("DELETE", "/portfolio/orders/:order_id", 4),
        ("GET", "/portfolio/orders/:order_id", 2),
        ("POST", "/portfolio/orders/:order_id/amend", 20),
        ("POST", "/portfolio/orders/:order_id/decrease", 20),
        ("DELETE", "/portfolio/orders/batched", 4),
        ("POST", "/portfolio/orders/batched", 20),
    ];
    let costs = json!({ "default_cost": 10, "endpoint_costs": costs.map(cost) });
    let bucket = |tokens: u32| json!({ "bucket_capacity": tokens, "refill_rate": tokens });
    let limits = json!({ "usage_tier": "basic", "read": bucket(200), "write": bucket(100), "grants": [] });
    vec![
        ("exchange__status", 200, json!({ "exchange_active": true, "trading_active": true })),
        ("account__limits", 200, limits),
        ("account__endpoint_costs", 200, costs),
        ("series__fee_changes", 200, json!({ "series_fee_change_arr": [] })),
    ]
}

/// A market whose book is empty and that opens later, with `more` fields.
fn market(more: Value) -> Value {
    let mut market = json!({
        "ticker": "KX",
        "event_ticker": "KX",
        "market_type": "binary",
        "title": "",
        "yes_sub_title": "",
        "no_sub_title": "",
        "rules_primary": "",
        "created_time": "",
        "updated_time": "",
        "open_time": "",
        "close_time": "",
        "expiration_time": "",
        "expected_expiration_time": "",
        "latest_expiration_time": "",
        "expiration_value": "",
        "settlement_timer_seconds": 300,
        "status": "initialized",
        "result": "",
        "can_close_early": true,
        "fractional_trading_enabled": true,
        "response_price_units": "usd_cent",
        "price_level_structure": "linear_cent",
        "price_ranges": [{ "start": "0.0000", "end": "1.0000", "step": "0.0100" }],
        "notional_value_dollars": "1.0000",
        "liquidity_dollars": "0.0000",
        "last_price_dollars": "0.0000",
        "previous_price_dollars": "0.0000",
        "previous_yes_bid_dollars": "0.0000",
        "previous_yes_ask_dollars": "0.0000",
        "yes_bid_dollars": "0.0000",
        "yes_bid_size_fp": "0.00",
        "yes_ask_dollars": "0.0000",
        "yes_ask_size_fp": "0.00",
        "no_bid_dollars": "1.0000",
        "no_ask_dollars": "1.0000",
        "open_interest_fp": "0.00",
        "volume_fp": "0.00",
        "volume_24h_fp": "0.00",
    });
    market.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    market
}

/// A market that has opened, with an empty book and `more` fields.
fn opened(more: &Value) -> Value {
    let mut fields = json!({ "status": "active", "yes_ask_dollars": "1.0000", "no_bid_dollars": "0.0000" });
    fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    market(fields)
}

/// Twelve trades of a longer list, newest first.
fn trades() -> Value {
    let trade = |count: &str| {
        json!({
            "trade_id": "",
            "ticker": "KX",
            "count_fp": count,
            "yes_price_dollars": "0.0300",
            "no_price_dollars": "0.9700",
            "taker_side": "yes",
            "taker_outcome_side": "yes",
            "taker_book_side": "bid",
            "is_block_trade": false,
            "created_time": "",
        })
    };
    let rows: Vec<Value> = [vec!["7.77"], vec!["10.00"; 11]].concat().into_iter().map(trade).collect();
    json!({ "trades": rows, "cursor": "more" })
}

/// Two markets whose results are known, and two that have paid out, the first of them in prices as in `millis`.
fn ended_markets(millis: &Value) -> ([Value; 2], [Value; 2]) {
    let over = |status: &str, timer: u32, result: &str, value: &str| {
        let mut market = opened(&json!({ "settlement_timer_seconds": timer, "status": status, "result": result }));
        market["settlement_value_dollars"] = value.into();
        market
    };
    let lost = over("determined", 1_800, "no", "0.0000");
    let mut won = over("determined", 1_800, "yes", "1.0000");
    for (field, value) in [("last_price_dollars", "0.9900"), ("open_interest_fp", "2.00"), ("volume_fp", "2.00")] {
        won[field] = value.into();
    }
    let mut paid = over("finalized", 1_800, "no", "0.0000");
    paid["settlement_ts"] = "".into();
    let mut paid_combination = paid.clone();
    paid_combination["settlement_timer_seconds"] = 5.into();
    (paid_combination["price_level_structure"], paid_combination["price_ranges"]) =
        ("deci_cent".into(), millis.clone());
    ([lost, won], [paid_combination, paid])
}

fn markets() -> Vec<Case> {
    let page = |markets: [Value; 2]| json!({ "markets": markets, "cursor": "more" });
    let later = || page([market(json!({})), market(json!({}))]);
    let traded = opened(&json!({
        "settlement_timer_seconds": 60,
        "last_price_dollars": "0.9900",
        "yes_bid_dollars": "0.4700",
        "yes_bid_size_fp": "3.00",
        "yes_ask_dollars": "0.5200",
        "yes_ask_size_fp": "3.00",
        "no_bid_dollars": "0.4800",
        "no_ask_dollars": "0.5300",
        "open_interest_fp": "2.00",
        "volume_fp": "2.00",
    }));
    let millis = json!([{ "start": "0.0000", "end": "1.0000", "step": "0.0010" }]);
    let combination = opened(&json!({
        "settlement_timer_seconds": 5,
        "price_level_structure": "deci_cent",
        "price_ranges": &millis,
        "yes_bid_dollars": "0.5100",
        "yes_bid_size_fp": "8.00",
        "no_ask_dollars": "0.4900",
    }));
    let quiet = opened(&json!({ "settlement_timer_seconds": 60 }));
    let ([lost, won], [paid_combination, paid]) = ended_markets(&millis);
    let too_many = "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' Error:Field validation \
                    for 'Limit' failed on the 'lte' tag";
    vec![
        ("markets__page1", 200, later()),
        ("markets__page2", 200, later()),
        ("markets__page3", 200, later()),
        ("markets__garbage_cursor", 200, later()),
        ("markets__unauth_list", 200, later()),
        ("markets__limit_over_max", 400, json!({ "msg": too_many })),
        ("markets__single", 200, json!({ "market": traded })),
        ("markets__unauth_single", 200, json!({ "market": traded })),
        ("markets__single_filter_lastpage", 200, json!({ "markets": [traded], "cursor": "" })),
        ("markets__status_open", 200, page([combination, quiet])),
        ("markets__status_closed", 200, page([lost, won])),
        ("markets__status_settled", 200, page([paid_combination, paid])),
        (
            "orderbook__base",
            200,
            json!({ "orderbook_fp": { "yes_dollars": [["0.4700", "3.00"]], "no_dollars": [["0.4800", "3.00"]] } }),
        ),
        ("trades__public_recorded", 200, trades()),
    ]
}

/// An order of one contract: its price, status, and what it paid and was charged as a taker.
fn order(side: &str, [yes, no]: [&str; 2], status: &str, [cost, fees]: [&str; 2]) -> Value {
    let (filled, left) = match status {
        "executed" => ("1.00", "0.00"),
        "resting" => ("0.00", "1.00"),
        _ => ("0.00", "0.00"),
    };
    json!({
        "order_id": "",
        "user_id": "",
        "client_order_id": "",
        "ticker": "KX",
        "type": "limit",
        "status": status,
        "side": "yes",
        "action": if side == "bid" { "buy" } else { "sell" },
        "book_side": side,
        "outcome_side": if side == "bid" { "yes" } else { "no" },
        "yes_price_dollars": yes,
        "no_price_dollars": no,
        "initial_count_fp": "1.00",
        "fill_count_fp": filled,
        "remaining_count_fp": left,
        "taker_fill_cost_dollars": cost,
        "taker_fees_dollars": fees,
        "maker_fill_cost_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "created_time": "",
        "last_update_time": "",
        "self_trade_prevention_type": "taker_at_cross",
        "subaccount_number": 0,
    })
}

const NOTHING: [&str; 2] = ["0.000000", "0.000000"];

fn orders() -> Vec<Case> {
    let placed = |filled: &str, left: &str| {
        let mut placed = json!({ "order_id": "", "client_order_id": "", "ts_ms": 0 });
        (placed["fill_count"], placed["remaining_count"]) = (filled.into(), left.into());
        placed
    };
    let mut taken = placed("1.00", "0.00");
    (taken["average_fill_price"], taken["average_fee_paid"]) = ("0.5200".into(), "0.0175".into());
    let cancelled = || json!({ "order_id": "", "reduced_by": "1.00", "ts_ms": 0 });
    let resting = |price: [&str; 2]| json!({ "order": order("bid", price, "resting", NOTHING) });
    let not_found = || engine("not_found", "not found");
    let cancelled_order = order("bid", ["0.0100", "0.9900"], "canceled", NOTHING);
    let legacy_cancelled = json!({ "order": cancelled_order, "reduced_by_fp": "1.00" });
    vec![
        ("orders__create_v2_maker", 201, placed("0.00", "1.00")),
        ("orders__get_after_create", 200, resting(["0.0100", "0.9900"])),
        ("orders__cancel_v2", 200, cancelled()),
        // Reads lag writes: the order was cancelled before.
        ("orders__get_after_cancel", 200, resting(["0.0100", "0.9900"])),
        // Whatever became of an order, a cancel that finds none working says the same.
        ("orders__cancel_already_canceled", 404, not_found()),
        ("orders__cancel_unknown_id", 404, not_found()),
        ("orders__cancel_executed", 404, not_found()),
        ("cleanup__leftover_0", 404, not_found()),
        ("cleanup__leftover_1", 404, not_found()),
        ("cleanup__leftover_2", 404, not_found()),
        ("orders__create_v2_taker_ioc", 201, taken.clone()),
        ("orders__settlement_seed", 201, taken),
        ("orders__stp_setup", 201, placed("0.00", "1.00")),
        // The incoming order ends, and the resting one is untouched.
        ("orders__stp_self_cross", 201, placed("0.00", "0.00")),
        ("orders__stp_resting_after", 200, resting(["0.4800", "0.5200"])),
        ("cleanup__stp_resting", 200, cancelled()),
        ("orders__legacy_create", 201, resting(["0.0100", "0.9900"])),
        ("orders__legacy_cancel", 200, legacy_cancelled),
    ]
}

fn refusals_of_orders() -> Vec<Case> {
    let numbers = "json: cannot unmarshal number into Go struct field CreateOrderV2Request.count of type string";
    let crosses =
        json!({ "error": { "code": "invalid_order", "message": "invalid order", "details": "post only cross" } });
    let exists = || engine("order_already_exists", "order already exists");
    vec![
        ("orders__duplicate_client_order_id", 409, exists()),
        ("orders__reuse_canceled_client_id", 409, exists()),
        ("orders__insufficient_balance", 400, engine("insufficient_balance", "insufficient balance")),
        ("orders__invalid_price_structure", 400, engine("invalid_price", "invalid price")),
        ("orders__post_only_cross", 400, crosses),
        (
            "orders__numeric_field_types",
            400,
            json!({ "code": "bad_request", "message": "bad request", "details": numbers }),
        ),
    ]
}

fn fills() -> Value {
    let fill = |[yes, no, fee]: [&str; 3]| {
        json!({
            "fill_id": "",
            "trade_id": "",
            "order_id": "",
            "ticker": "KX",
            "market_ticker": "KX",
            "side": "yes",
            "action": "buy",
            "outcome_side": "yes",
            "book_side": "bid",
            "count_fp": "1.00",
            "yes_price_dollars": yes,
            "no_price_dollars": no,
            "fee_cost": fee,
            "is_taker": true,
            "created_time": "",
            "ts": 0,
            "subaccount_number": 0,
        })
    };
    let early = || fill(["0.9900", "0.0100", "0.000700"]);
    json!({ "fills": [fill(["0.5200", "0.4800", "0.017500"]), early(), early()], "cursor": "" })
}

fn account() -> Vec<Case> {
    let (low, two, high) = (["0.0100", "0.9900"], ["0.0200", "0.9800"], ["0.9900", "0.0100"]);
    let early = || order("bid", high, "executed", ["0.990000", "0.000700"]);
    let rows = [
        order("bid", high, "executed", ["0.520000", "0.017500"]),
        order("bid", low, "canceled", NOTHING),
        early(),
        order("bid", low, "canceled", NOTHING),
        order("ask", two, "canceled", NOTHING),
        order("bid", two, "canceled", NOTHING),
        order("bid", high, "canceled", NOTHING),
        early(),
        order("bid", low, "canceled", NOTHING),
    ];
    let of_market = json!({
        "ticker": "KX",
        "position_fp": "3.00",
        "total_traded_dollars": "2.500000",
        "market_exposure_dollars": "2.500000",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.018900",
        "resting_orders_count": 0,
        "last_updated_ts": "",
    });
    let of_event = json!({
        "event_ticker": "KX",
        "total_cost_dollars": "2.500000",
        "total_cost_shares_fp": "3.00",
        "event_exposure_dollars": "2.500000",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.018900",
    });
    let positions = json!({ "market_positions": [of_market], "event_positions": [of_event], "cursor": "" });
    let settlements = || json!({ "settlements": [], "cursor": "" });
    vec![
        ("fills__after_taker", 200, fills()),
        ("portfolio__orders_list", 200, json!({ "orders": rows, "cursor": "" })),
        ("portfolio__positions", 200, positions),
        ("settlements__page", 200, settlements()),
        ("settlements__end_of_session", 200, settlements()),
    ]
}
