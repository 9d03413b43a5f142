//! What the venue's books must never show, whatever the host's say.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::ledger::{Ledger, Order, sign};

/// No market may ever hold more of the strategy's: it wants five contracts at a time, in hundredths.
const LARGEST: i64 = 500;

/// Whether anything was done twice: an id used again, two orders of one side in one market at a time, a position larger than
/// the strategy can want.
pub fn check_nothing_twice(ledger: &Ledger) -> Result<(), String> {
    let ids: BTreeSet<&str> = ledger.orders.iter().map(|order| order.client_id.as_str()).collect();
    if ids.len() != ledger.orders.len() {
        return Err(format!("a client order id was accepted twice: {:#?}", ledger.orders));
    }
    let mut last: BTreeMap<(&str, &str), &Order> = BTreeMap::new();
    for order in &ledger.orders {
        if let Some(before) = last.insert((&order.ticker, &order.side), order) {
            let over = before.status != "resting" && before.updated_ns <= order.created_ns;
            if !over {
                return Err(format!("two orders for one wish: {before:?} and {order:?}"));
            }
        }
    }
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    for fill in &ledger.fills {
        let held = held.entry(&fill.ticker).or_default();
        *held += sign(&fill.side) * fill.qty;
        if held.abs() > LARGEST {
            return Err(format!("{held} contracts of {} were held", fill.ticker));
        }
    }
    Ok(())
}
