//! What the venue has in its books: the oracle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// No market may ever hold more of the strategy's: it wants five contracts at a time, in hundredths.
const LARGEST: i64 = 500;

/// The member's books. Money in 1e-6 $, contracts in 1e-2.
#[derive(Debug)]
pub struct Ledger {
    /// What is in the account.
    pub cash: i64,
    /// Contracts by ticker, flat ones left out.
    pub positions: BTreeMap<String, i64>,
    /// Oldest first.
    pub orders: Vec<Order>,
    /// Oldest first.
    pub fills: Vec<Fill>,
    /// How many markets have paid.
    pub settlements: usize,
    /// All of it, word for word.
    pub text: String,
}

/// An order that the venue accepted.
#[derive(Clone, Debug)]
pub struct Order {
    /// The venue's id.
    pub id: String,
    /// The host's.
    pub client_id: String,
    /// `resting`, `executed` or `canceled`.
    pub status: String,
    /// Contracts that were ordered.
    pub initial: i64,
    /// Contracts that were traded.
    pub filled: i64,
    ticker: String,
    side: String,
    created_ns: i64,
    updated_ns: i64,
}

/// A fill.
#[derive(Clone, Debug)]
pub struct Fill {
    /// The venue's id.
    pub id: String,
    ticker: String,
    signed: i64,
}

impl Ledger {
    /// Reads what the exchange shows of its only member.
    pub fn of(ledger: &Value) -> Ledger {
        let member = &ledger["members"][0];
        let list = |name: &str| member[name].as_array().expect("a list").iter();
        let positions = list("positions").map(|row| (text(row, "ticker"), number(row, "position")));
        Ledger {
            cash: number(&member["accounts"][0], "cash"),
            positions: positions.filter(|(_, qty)| *qty != 0).collect(),
            orders: list("orders").map(order).collect(),
            fills: list("fills").map(fill).collect(),
            settlements: list("settlements").count(),
            text: member.to_string(),
        }
    }

    /// Whether anything was done twice: an id used again, two orders of one side in one market at a time, a position
    /// larger than the strategy can want.
    pub fn check_nothing_twice(&self) -> Result<(), String> {
        let ids: BTreeSet<&str> = self.orders.iter().map(|order| order.client_id.as_str()).collect();
        if ids.len() != self.orders.len() {
            return Err(format!("a client order id was accepted twice: {:#?}", self.orders));
        }
        let mut last: BTreeMap<(&str, &str), &Order> = BTreeMap::new();
        for order in &self.orders {
            if let Some(before) = last.insert((&order.ticker, &order.side), order) {
                let over = before.status != "resting" && before.updated_ns <= order.created_ns;
                if !over {
                    return Err(format!("two orders for one wish: {before:?} and {order:?}"));
                }
            }
        }
        let mut held: BTreeMap<&str, i64> = BTreeMap::new();
        for fill in &self.fills {
            let held = held.entry(&fill.ticker).or_default();
            *held += fill.signed;
            if held.abs() > LARGEST {
                return Err(format!("{held} contracts of {} were held", fill.ticker));
            }
        }
        Ok(())
    }
}

fn order(row: &Value) -> Order {
    let time = |name: &str| row[name].as_i64().expect("a time");
    Order {
        id: text(row, "order_id"),
        client_id: text(row, "client_order_id"),
        status: text(row, "status"),
        initial: number(row, "initial"),
        filled: number(row, "filled"),
        ticker: text(row, "ticker"),
        side: text(row, "side"),
        created_ns: time("created_ns"),
        updated_ns: time("updated_ns"),
    }
}

fn fill(row: &Value) -> Fill {
    let sign = if text(row, "side") == "buy" { 1 } else { -1 };
    Fill { id: text(row, "trade_id"), ticker: text(row, "ticker"), signed: sign * number(row, "qty") }
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().expect("text").to_owned()
}

fn number(row: &Value, name: &str) -> i64 {
    text(row, name).parse().expect("a number")
}
