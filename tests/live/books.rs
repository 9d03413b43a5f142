//! The two sides of an account: the venue's ledger and the host's journal, read in integers and without the host's
//! code, so that a mistake in it cannot hide itself.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::journal;
use crate::support::ledger::{Ledger, sign};

/// An order, from one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The venue's id; none if the venue never had the order.
    pub venue_id: Option<String>,
    pub ticker: String,
    pub side: String,
    /// Limit, in 1/10,000 dollar.
    pub price: i64,
    /// Contracts ordered, in 1/1,000,000.
    pub qty: i64,
    pub filled: i64,
    /// `executed`, `canceled`, `resting`, or the host's state of an order that was never placed.
    pub state: String,
}

/// A fill, from one side; money in 1/10,000,000,000 dollar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Client order id of its order.
    pub order: String,
    pub price: i64,
    pub qty: i64,
    pub fee: i64,
    pub taker: bool,
    /// Time in milliseconds since 1970: the WebSocket is that precise, REST gives microseconds.
    pub time_ms: i64,
}

/// The account, from one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Orders by client order id.
    pub orders: BTreeMap<String, Order>,
    /// Fills by the venue's id.
    pub fills: BTreeMap<String, Fill>,
    /// Contracts by ticker; zero positions are left out.
    pub positions: BTreeMap<String, i64>,
    /// Payout of YES by ticker, in 1/10,000 dollar, of markets in which a position was held to the end.
    pub payouts: BTreeMap<String, i64>,
    /// Change of cash since the start, as the venue counts it.
    pub cash: i64,
    /// Fees paid.
    pub fees: i64,
    /// Fills by strategy slot, known to the host only.
    pub slots: BTreeMap<i64, i64>,
    /// Rows of the warm-up at each start, known to the host only.
    pub warm_ups: Vec<i64>,
}

fn int(value: &Value) -> i64 {
    value
        .as_str()
        .map_or_else(|| value.as_i64(), |text| text.parse().ok())
        .unwrap_or_else(|| panic!("no number: {value}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn rows<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list of {name}: {value}"))
}

/// Inserts, and asserts that the key is new.
#[track_caller]
fn once<T: std::fmt::Debug>(map: &mut BTreeMap<String, T>, key: String, value: T) {
    let before = map.insert(key.clone(), value);
    assert!(before.is_none(), "{key} is there twice, first as {before:?}");
}

impl Books {
    /// Reads the venue's side of its only member, who began with `deposit`. No order may be open.
    pub fn of_venue(ledger: Ledger, deposit: i64) -> Books {
        let mut books = Books { positions: ledger.positions, cash: ledger.cash - deposit, ..Books::default() };
        assert_eq!(ledger.reserved, 0, "nothing rests");
        for order in ledger.orders {
            let read = Order {
                venue_id: Some(order.id),
                ticker: order.ticker,
                side: order.side,
                price: order.price,
                qty: order.initial,
                filled: order.filled,
                state: order.status,
            };
            once(&mut books.orders, order.client_id, read);
        }
        for fill in ledger.fills {
            let read = Fill {
                order: fill.client_id,
                price: fill.price,
                qty: fill.qty,
                fee: fill.fee,
                taker: fill.taker,
                time_ms: fill.time_ns / 1_000_000,
            };
            books.fees += read.fee;
            once(&mut books.fills, fill.id, read);
        }
        for paid in ledger.settlements {
            assert_eq!(paid.fees, books.fees_in(&paid.ticker), "{paid:?}");
            once(&mut books.payouts, paid.ticker, paid.payout);
        }
        books
    }

    /// Reads the venue's side of a pretend account from the ledger at `path`. No order may be open.
    pub fn of_paper(path: &Path) -> Books {
        let ledger = Journal(journal::open(path).expect("a ledger"));
        let mut books = Books::default();
        let orders = "SELECT number, client_order_id, ticker, body, qty, filled, state FROM orders";
        let orders = ledger.select(orders, |row| {
            let (body, state): (String, String) = (row.get(3)?, row.get(6)?);
            let (body, number) = (Journal::json(&body), row.get::<_, i64>(0)?);
            let order = Order {
                venue_id: Some(format!("paper-{number}")),
                ticker: row.get(2)?,
                side: text(&body["side"]),
                price: int(&body["price"]),
                qty: row.get(4)?,
                filled: row.get(5)?,
                state: if state == "filled" { "executed".to_owned() } else { "canceled".to_owned() },
            };
            assert_ne!(state, "working", "nothing rests");
            Ok((number, row.get::<_, String>(1)?, order))
        });
        let mut ids = BTreeMap::new();
        for (number, id, order) in orders {
            ids.insert(number, id.clone());
            once(&mut books.orders, id, order);
        }
        let fills = "SELECT number, order_number, body FROM fills";
        for (number, order, body) in
            ledger.select(fills, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)))
        {
            let body = Journal::json(&body);
            let read = Fill {
                order: ids[&order].clone(),
                price: int(&body["price"]),
                qty: int(&body["qty"]),
                fee: int(&body["fee"]),
                taker: body["taker"].as_bool().expect("a flag"),
                time_ms: int(&body["time"]) / 1_000_000,
            };
            books.fees += read.fee;
            once(&mut books.fills, format!("paper-{number}"), read);
        }
        let positions = "SELECT ticker, qty FROM positions";
        books.positions = ledger.select(positions, |row| Ok((row.get(0)?, row.get(1)?))).into_iter().collect();
        for (ticker, payout) in
            ledger.select("SELECT ticker, payout FROM payouts", |row| Ok((row.get(0)?, row.get(1)?)))
        {
            once(&mut books.payouts, ticker, payout);
        }
        let short: i64 = books.positions.values().map(|qty| (*qty).min(0)).sum();
        let [cash] = ledger.select("SELECT cash - deposited FROM account", |row| row.get::<_, i64>(0))[..] else {
            panic!("one account")
        };
        books.cash = cash + 10_000 * short;
        books
    }

    /// Reads the host's side from the journal at `path`. All orders must have ended, and each fill must belong to an
    /// order.
    pub fn of_host(path: &Path) -> Books {
        let journal = Journal(journal::open(path).expect("a journal"));
        let mut books = Books::default();
        let ids = journal.orders(&mut books);
        journal.fills(&mut books, &ids);
        journal.positions(&mut books);
        journal.cash(&mut books);
        let by_slot = "SELECT outbox.body ->> 'slot', COUNT(*) FROM executions JOIN outbox USING (order_id) GROUP BY 1";
        books.slots = journal.select(by_slot, |row| Ok((row.get(0)?, row.get(1)?))).into_iter().collect();
        let warm_ups = "SELECT CAST(body AS TEXT) FROM events WHERE kind = 'warm_up' ORDER BY seq";
        let warm_ups = journal.select(warm_ups, |row| row.get::<_, String>(0));
        books.warm_ups = warm_ups.iter().map(|body| int(&Journal::json(body)["rows"])).collect();
        books
    }

    fn fees_in(&self, ticker: &str) -> i64 {
        self.fills.values().filter(|fill| self.orders[&fill.order].ticker == ticker).map(|fill| fill.fee).sum()
    }

    /// Sum of the fills: contracts by ticker.
    fn net(&self) -> BTreeMap<String, i64> {
        let mut net = BTreeMap::new();
        for fill in self.fills.values() {
            let order = &self.orders[&fill.order];
            *net.entry(order.ticker.clone()).or_insert(0) += sign(&order.side) * fill.qty;
        }
        net
    }

    /// The position that the fills add up to, without markets that have paid out.
    pub fn held_by_fills(&self) -> BTreeMap<String, i64> {
        let mut held = self.net();
        held.retain(|ticker, qty| *qty != 0 && !self.payouts.contains_key(ticker));
        held
    }

    /// The change of cash that fills and payouts add up to, as the venue counts it: a short contract costs a dollar
    /// less its price.
    pub fn cash_by_fills(&self) -> i64 {
        let spent = |fill: &Fill| sign(&self.orders[&fill.order].side) * fill.qty * fill.price + fill.fee;
        let worth = |(ticker, qty): (String, i64)| match self.payouts.get(&ticker) {
            Some(payout) => qty * payout,
            None => qty.min(0) * 10_000,
        };
        self.net().into_iter().map(worth).sum::<i64>() - self.fills.values().map(spent).sum::<i64>()
    }
}

/// The time of the last event in the journal at `path`; none before the first event.
pub fn last_event_ns(path: &Path) -> Option<i64> {
    journal::open(path).ok()?.query_row("SELECT MAX(time) FROM events", [], |row| row.get(0)).ok()?
}

/// The host's journal.
struct Journal(Connection);

impl Journal {
    fn select<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        journal::select(&self.0, sql, read).expect("rows as they should be")
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    /// Reads all orders; returns the client order ids by the host's order numbers.
    fn orders(&self, books: &mut Books) -> BTreeMap<i64, String> {
        let sql = "SELECT order_id, client_order_id, ticker, body, qty, filled, state, venue_order_id, reason, sent \
                   FROM outbox";
        let mut ids = BTreeMap::new();
        let rows = self.select(sql, |row| {
            let body: String = row.get(3)?;
            let (state, reason): (String, String) = (row.get(6)?, row.get(8)?);
            let (number, id): (i64, String) = (row.get(0)?, row.get(1)?);
            let body = Journal::json(&body);
            let order = Order {
                venue_id: row.get(7)?,
                ticker: row.get(2)?,
                side: text(&body["side"]),
                price: int(&body["price"]),
                qty: row.get(4)?,
                filled: row.get(5)?,
                state: match state.as_str() {
                    "filled" => "executed".to_owned(),
                    "cancelled" | "expired" => "canceled".to_owned(),
                    _ => state,
                },
            };
            Ok((number, id, order, reason))
        });
        for (number, id, order, reason) in rows {
            let refused = matches!(order.state.as_str(), "rejected" | "not_placed");
            assert!(!refused || !reason.is_empty(), "order {number} was refused silently: {order:?}");
            ids.insert(number, id.clone());
            once(&mut books.orders, id, order);
        }
        ids
    }

    /// Reads the booked fills, and asserts that the table of executions and the events of the engine hold the same
    /// ones.
    fn fills(&self, books: &mut Books, ids: &BTreeMap<i64, String>) {
        let sql = "SELECT venue_id, order_id, reason, body FROM executions";
        type Execution = (String, Option<i64>, Option<String>, String);
        let rows: Vec<Execution> = self.select(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let mut booked: Vec<Value> = Vec::new();
        for (id, number, reason, body) in rows {
            let number = number.unwrap_or_else(|| panic!("fill {id} was set aside: {reason:?}"));
            let body = Journal::json(&body);
            assert_eq!(int(&body["order"]), number);
            let read = Fill {
                order: ids[&number].clone(),
                price: int(&body["price"]),
                qty: int(&body["qty"]),
                fee: int(&body["fee"]),
                taker: body["taker"].as_bool().expect("a flag"),
                time_ms: int(&body["time"]) / 1_000_000,
            };
            books.fees += read.fee;
            booked.push(body);
            once(&mut books.fills, id, read);
        }
        let events = "SELECT CAST(body AS TEXT) FROM events WHERE kind = 'venue'";
        let events = self.select(events, |row| row.get::<_, String>(0)).into_iter().map(|body| Journal::json(&body));
        let mut told: Vec<Value> = events.filter(|event| event["venue"] == "filled").collect();
        told.iter_mut().for_each(|event| drop(event.as_object_mut().expect("an object").remove("venue")));
        for fills in [&mut booked, &mut told] {
            fills.sort_by_key(ToString::to_string);
        }
        assert_eq!(booked, told, "the engine was told of other fills than were booked");
    }

    fn positions(&self, books: &mut Books) {
        let sql = "SELECT ticker, SUM(qty) FROM positions GROUP BY ticker HAVING SUM(qty) <> 0";
        books.positions = self.select(sql, |row| Ok((row.get(0)?, row.get(1)?))).into_iter().collect();
    }

    /// Reads cash and payouts, and asserts that the engine's last snapshot agrees on positions and fees.
    fn cash(&self, books: &mut Books) {
        let tickers: BTreeMap<i64, String> =
            self.select("SELECT id, ticker FROM markets", |row| Ok((row.get(0)?, row.get(1)?))).into_iter().collect();
        let last = "SELECT body FROM snapshots ORDER BY number DESC LIMIT 1";
        let [last] = &self.select(last, |row| row.get::<_, String>(0))[..] else { panic!("a last state") };
        let portfolio = &Journal::json(last)["portfolio"];
        let mut held: BTreeMap<String, i64> = BTreeMap::new();
        for position in rows(portfolio, "positions") {
            *held.entry(tickers[&int(&position[0])].clone()).or_insert(0) += int(&position[2]["qty"]);
        }
        held.retain(|_, qty| *qty != 0);
        assert_eq!(held, books.positions, "the engine's positions are not those of the table");
        assert_eq!(int(&portfolio["fees"]), books.fees, "the engine's fees are not those of the fills");
        let settled = "SELECT CAST(body AS TEXT) FROM events WHERE kind = 'settled'";
        let net = books.net();
        let mut payouts = BTreeMap::new();
        for body in self.select(settled, |row| row.get::<_, String>(0)) {
            let event = Journal::json(&body);
            let ticker = tickers[&int(&event["market"])].clone();
            let payout = if event["outcome"] == "yes" { 10_000 } else { 0 };
            if net.get(&ticker).is_some_and(|net| *net != 0) {
                once(&mut payouts, ticker, payout);
            }
        }
        books.payouts = payouts;
        let short: i64 = books.positions.values().map(|qty| (*qty).min(0)).sum();
        books.cash = int(&portfolio["cash"]) - int(&portfolio["start"]) + 10_000 * short;
    }
}
