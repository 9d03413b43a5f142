//! Conditions on the venue's books alone, whatever the host's say.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::ledger::{Ledger, Order, sign};

/// Largest position in a market: the strategy trades five contracts at a time, in millionths.
const LARGEST: i64 = 5_000_000;

/// Checks that nothing was done twice: no id was used again, no market had two orders of one side at a time, and no
/// position was larger than the strategy can want.
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
