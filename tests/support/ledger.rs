//! The exchange's own books of its first member: the oracle that the host is held against. Money is in
//! 1/10,000,000,000 dollar, prices are in 1/10,000 dollar, contracts in 1/1,000,000.

use std::collections::BTreeMap;

use serde_json::Value;

/// A member's books.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Cash in the account.
    pub cash: i64,
    /// Cash reserved for resting orders.
    pub reserved: i64,
    /// Contracts by ticker; zero positions are left out.
    pub positions: BTreeMap<String, i64>,
    /// Oldest first.
    pub orders: Vec<Order>,
    /// Oldest first.
    pub fills: Vec<Fill>,
    /// Oldest first.
    pub settlements: Vec<Settlement>,
    /// The whole ledger as the exchange prints it.
    pub text: String,
}

/// An order that the venue accepted.
#[derive(Clone, Debug)]
pub struct Order {
    /// The venue's id.
    pub id: String,
    /// The client order id, chosen by the host.
    pub client_id: String,
    pub ticker: String,
    /// `buy` or `sell`.
    pub side: String,
    pub price: i64,
    /// Contracts ordered.
    pub initial: i64,
    /// Contracts traded.
    pub filled: i64,
    /// `resting`, `executed`, `canceled`.
    pub status: String,
    /// Reason of the cancel.
    pub cancel_reason: String,
    /// Time of acceptance by the exchange's clock, in nanoseconds since 1970.
    pub created_ns: i64,
    /// Time of the last change.
    pub updated_ns: i64,
    /// Time at which the exchange ends it.
    pub expires_ns: Option<i64>,
}

/// A fill of an order.
#[derive(Clone, Debug)]
pub struct Fill {
    /// The venue's id.
    pub id: String,
    /// The client order id of its order.
    pub client_id: String,
    pub ticker: String,
    /// `buy` or `sell`.
    pub side: String,
    pub price: i64,
    pub qty: i64,
    pub fee: i64,
    pub taker: bool,
    pub time_ns: i64,
}

/// The payout of a market.
#[derive(Clone, Debug)]
pub struct Settlement {
    pub ticker: String,
    /// Fees of the trades before it: settlement is free.
    pub fees: i64,
    /// Payout of a YES contract, as a price.
    pub payout: i64,
}

impl Ledger {
    /// Reads the exchange's answer at `/simulation/ledger`.
    pub fn of(ledger: &Value) -> Ledger {
        let member = &ledger["members"][0];
        let list = |name: &str| member[name].as_array().unwrap_or_else(|| panic!("no {name}: {member}")).iter();
        let positions = list("positions").map(|row| (text(row, "ticker"), number(row, "position")));
        let account = &member["accounts"][0];
        Ledger {
            cash: number(account, "cash"),
            reserved: number(account, "reserved"),
            positions: positions.filter(|(_, qty)| *qty != 0).collect(),
            orders: list("orders").map(order).collect(),
            fills: list("fills").map(fill).collect(),
            settlements: list("settlements").map(settlement).collect(),
            text: member.to_string(),
        }
    }
}

/// `1` to buy, `-1` to sell.
pub fn sign(side: &str) -> i64 {
    match side {
        "buy" => 1,
        "sell" => -1,
        other => panic!("no side: {other}"),
    }
}

fn order(row: &Value) -> Order {
    Order {
        id: text(row, "order_id"),
        client_id: text(row, "client_order_id"),
        ticker: text(row, "ticker"),
        side: text(row, "side"),
        price: number(row, "price"),
        initial: number(row, "initial"),
        filled: number(row, "filled"),
        status: text(row, "status"),
        cancel_reason: row["cancel_reason"].as_str().unwrap_or_default().to_owned(),
        created_ns: number(row, "created_ns"),
        updated_ns: number(row, "updated_ns"),
        expires_ns: row["expires_ns"].as_i64(),
    }
}

fn fill(row: &Value) -> Fill {
    Fill {
        id: text(row, "trade_id"),
        client_id: text(row, "client_order_id"),
        ticker: text(row, "ticker"),
        side: text(row, "side"),
        price: number(row, "price"),
        qty: number(row, "qty"),
        fee: number(row, "fee"),
        taker: row["taker"].as_bool().expect("a flag"),
        time_ns: number(row, "time_ns"),
    }
}

fn settlement(row: &Value) -> Settlement {
    Settlement { ticker: text(row, "ticker"), fees: number(row, "fees"), payout: number(row, "payout") }
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("no text as {name}: {row}")).to_owned()
}

/// A number, written as a number or as text.
fn number(row: &Value, name: &str) -> i64 {
    let value = &row[name];
    let read = value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok());
    read.unwrap_or_else(|| panic!("no number as {name}: {row}"))
}
