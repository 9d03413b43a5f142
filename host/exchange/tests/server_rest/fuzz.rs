//! Invariants whatever is sent: no response with status 500, none that is not JSON, no money created.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Returns text that is nearly what is expected, or not at all.
fn text(meant: &'static str) -> BoxedStrategy<Value> {
    let near =
        prop_oneof![Just(String::new()), "[-+]?[0-9]{0,22}\\.?[0-9]{0,22}", "\\PC{0,20}", Just("9".repeat(400)),];
    prop_oneof![
        60 => Just(Value::from(meant)),
        4 => near.prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!([{ "a": [] }])),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<Value> {
    let small = prop_oneof![Just(0), 0i64..70];
    prop_oneof![
        25 => Just(Value::Null),
        4 => small.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => text("0"),
    ]
    .boxed()
}

fn body() -> impl Strategy<Value = Value> {
    let order = (
        (text("CENT"), prop_oneof![text("bid"), text("ask")], prop_oneof![text("0.40"), text("0.45")], text("1.25")),
        (text("good_till_canceled"), text("maker"), number(), number()),
        (text(""), text("1"), any::<bool>(), number()),
    );
    order.prop_map(
        |((ticker, side, price, count), (tif, prevention, expires, subaccount), (id, to, flag, contracts))| {
            json!({
                "ticker": ticker, "side": side, "price": price, "count": count, "time_in_force": tif,
                "self_trade_prevention_type": prevention, "expiration_time": expires, "subaccount": subaccount,
                "client_order_id": id, "reduce_to": to, "post_only": flag, "contracts_limit": contracts,
            })
        },
    )
}

fn request() -> impl Strategy<Value = (&'static str, String, Value)> {
    let id = "LAST|LAST|LAST|[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}|[a-z0-9]{1,8}";
    let write = (id, 0..9usize, body()).prop_map(|(id, which, body)| {
        let groups = "/trade-api/v2/portfolio/order_groups";
        let (method, path) = [
            ("POST", ORDERS.to_owned()),
            ("POST", format!("{ORDERS}/{id}/amend")),
            ("POST", format!("{ORDERS}/{id}/decrease")),
            ("DELETE", format!("{ORDERS}/{id}")),
            ("POST", format!("{groups}/create")),
            ("PUT", format!("{groups}/{id}/limit")),
            ("POST", format!("{ORDERS}/batched")),
            ("DELETE", format!("{ORDERS}/batched")),
            ("POST", ORDERS.to_owned()),
        ][which]
            .clone();
        (method, path, if which == 6 || which == 7 { json!({ "orders": [body] }) } else { body })
    });
    let names =
        "limit|cursor|status|min_ts|max_ts|depth|tickers|start_ts|end_ts|period_interval|subaccount|market_tickers";
    let value = "-?[0-9]{0,20}|[a-zA-Z0-9%+,;_-]{0,12}|open|1|60|true";
    let paths = "markets|markets/CENT|markets/CENT/orderbook|markets/trades|markets/candlesticks|events|series\
                 |series/S/markets/CENT/candlesticks|portfolio/orders|portfolio/fills|portfolio/positions\
                 |portfolio/settlements|portfolio/balance";
    let query = prop::collection::vec((names, value), 0..6);
    let read = (paths, query).prop_map(|(path, query)| {
        let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        ("GET", format!("/trade-api/v2/{path}?{}", query.join("&")), Value::Null)
    });
    prop_oneof![write, read]
}

#[test]
fn no_request_breaks_the_exchange() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::open());
    let mut runner = TestRunner::new(Config { cases: 1_800, failure_persistence: None, ..Config::default() });
    // Id of the order or group created last, which requests name as LAST.
    let (last, made) = (std::cell::RefCell::new(String::from("none")), std::cell::Cell::new(0));
    let outcome = runner.run(&request(), |(method, path, body)| {
        // Refill the rate limits before each request.
        server.step(Span::seconds(1));
        let path = path.replace("LAST", &last.borrow());
        let reply = runtime.block_on(server.call(Ann, method, &path, (!body.is_null()).then_some(body)));
        prop_assert!(matches!(reply.status, 200 | 201 | 400 | 404 | 409), "{} {path}: {reply:?}", reply.status);
        if let Some(id) = reply.body["order_id"].as_str().or(reply.body["order_group_id"].as_str()) {
            last.replace(id.to_owned());
            made.set(made.get() + 1);
        }
        let totals = server.exchange.with_venue(|venue, _| venue.totals());
        prop_assert_eq!(totals.deposits, totals.cash + totals.fees + totals.escrow);
        prop_assert_eq!(totals.deposits, Usd::dollars(2_000));
        Ok(())
    });
    outcome.unwrap();
    assert!(made.get() > 20, "too little got through: {}", made.get());
}
