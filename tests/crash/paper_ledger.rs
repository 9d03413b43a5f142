//! The ledger of a pretend account, read as the books of a venue, without the host's code.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::check::NOT_THE_HOSTS;
use crate::support::journal::select;
use crate::support::ledger::{Fill, Ledger, Order, Settlement};

/// One dollar per contract, in 1/10,000,000,000 dollar per 1/1,000,000 contract.
const DOLLAR: i64 = 10_000;

/// Reads that of the account in a copy of its `folder`; an empty one if there is none yet.
pub fn read(folder: &Path) -> Ledger {
    let path = folder.join("paper.ledger");
    let mut ledger = Ledger {
        cash: 0,
        reserved: 0,
        positions: Default::default(),
        orders: Vec::new(),
        fills: Vec::new(),
        settlements: Vec::new(),
        text: String::new(),
    };
    if !path.exists() {
        return ledger;
    }
    let connection = Connection::open(&path).expect("a ledger");
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(check, "ok", "the ledger is damaged");
    ledger.positions = select(&connection, "SELECT ticker, qty FROM positions", |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("positions")
        .into_iter()
        .collect();
    let short: i64 = ledger.positions.values().map(|qty| (-*qty).max(0)).sum();
    let cash: i64 = connection.query_row("SELECT cash FROM account", [], |row| row.get(0)).expect("cash");
    // As if it held the operator's money too, like the account at the exchange.
    ledger.cash = NOT_THE_HOSTS + cash - DOLLAR * short;
    let sql = "SELECT number, client_order_id, ticker, body, qty, filled, state, reason, created, ended FROM orders \
               ORDER BY number";
    ledger.orders = select(&connection, sql, order).expect("orders");
    let sql = "SELECT fills.number, client_order_id, ticker, orders.body, fills.body FROM fills \
               JOIN orders ON orders.number = order_number ORDER BY fills.number";
    ledger.fills = select(&connection, sql, fill).expect("fills");
    let sql = "SELECT ticker, payout FROM payouts ORDER BY number";
    let settlement = |row: &rusqlite::Row<'_>| Ok(Settlement { ticker: row.get(0)?, fees: 0, payout: row.get(1)? });
    ledger.settlements = select(&connection, sql, settlement).expect("payouts");
    ledger.text = format!("{:?}\n{:?}\n{:?}\n{}", ledger.orders, ledger.fills, ledger.positions, ledger.cash);
    ledger
}

fn order(row: &rusqlite::Row<'_>) -> rusqlite::Result<Order> {
    let (number, body, state): (i64, String, String) = (row.get(0)?, row.get(3)?, row.get(6)?);
    let (body, created_ns) = (json(&body), row.get(8)?);
    let status = match state.as_str() {
        "working" => "resting",
        "filled" => "executed",
        _ => "canceled",
    };
    Ok(Order {
        id: format!("paper-{number}"),
        client_id: row.get(1)?,
        ticker: row.get(2)?,
        side: text(&body, "side"),
        price: whole(&body, "price"),
        initial: row.get(4)?,
        filled: row.get(5)?,
        status: status.to_owned(),
        cancel_reason: row.get(7)?,
        created_ns,
        updated_ns: row.get::<_, Option<i64>>(9)?.unwrap_or(created_ns),
        expires_ns: None,
    })
}

fn fill(row: &rusqlite::Row<'_>) -> rusqlite::Result<Fill> {
    let (number, order, body): (i64, String, String) = (row.get(0)?, row.get(3)?, row.get(4)?);
    let (order, body) = (json(&order), json(&body));
    Ok(Fill {
        id: format!("paper-{number}"),
        client_id: row.get(1)?,
        ticker: row.get(2)?,
        side: text(&order, "side"),
        price: whole(&body, "price"),
        qty: whole(&body, "qty"),
        fee: whole(&body, "fee"),
        taker: body["taker"].as_bool().expect("a flag"),
        time_ns: whole(&body, "time"),
    })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect(name).to_owned()
}

fn whole(value: &Value, name: &str) -> i64 {
    value[name].as_i64().expect(name)
}
