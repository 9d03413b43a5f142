//! One change of the books: what an order, a fill, an end or a payout does to orders, positions and cash.

use host_core::{Fill, Order, OrderId, OrderState, Qty, Side, Timestamp, Usd, VenueEvent};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::LedgerFault;
use super::rows::{LedgerOrder, LedgerStep, Payout};

/// Makes all changes of `step`, within the transaction of the caller.
pub(super) fn apply(connection: &Connection, step: &LedgerStep<'_>, time: Timestamp) -> Result<(), LedgerFault> {
    let LedgerStep { inputs, accepted, events, paid, quiet } = step;
    if let Some(order) = accepted {
        accept(connection, order)?;
    }
    for (ticker, body) in inputs {
        let sql = "INSERT INTO inputs (ticker, body) VALUES (?, ?)";
        connection.prepare_cached(sql)?.execute(params![ticker, body])?;
    }
    for event in *events {
        match event {
            VenueEvent::Filled(fill) => book(connection, fill)?,
            VenueEvent::Closed { order, time, state, reason } => end(connection, *order, *time, (*state, reason))?,
        }
    }
    for paid in paid {
        pay(connection, paid)?;
    }
    for ticker in quiet {
        connection.prepare_cached("DELETE FROM inputs WHERE ticker = ?")?.execute([ticker])?;
    }
    connection.prepare_cached("UPDATE account SET last = max(last, ?)")?.execute([time.0])?;
    Ok(())
}

fn accept(connection: &Connection, accepted: &LedgerOrder) -> Result<(), LedgerFault> {
    let LedgerOrder { client_order_id, ticker, order, state, .. } = accepted;
    let sql = "INSERT INTO orders (number, client_order_id, ticker, created, body, qty, state) \
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let (number, body) = (order.id.0.cast_signed(), serde_json::to_string(order)?);
    let row = params![number, client_order_id, ticker, order.created.0, body, order.qty.0, state.to_string()];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Books a fill: its order, the position, and the cash.
fn book(connection: &Connection, fill: &Fill) -> Result<(), LedgerFault> {
    let number = fill.order.0.cast_signed();
    let sql = "UPDATE orders SET filled = filled + ?2, state = iif(filled + ?2 = qty, 'filled', state), \
               ended = iif(filled + ?2 = qty, ?3, ended) WHERE number = ?1 AND ended IS NULL \
               RETURNING ticker, body";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let found = connection.prepare_cached(sql)?.query_row(params![number, fill.qty.0, fill.time.0], row).optional()?;
    let (ticker, body) =
        found.ok_or_else(|| LedgerFault::Damaged(format!("order {number} is filled, and does not work")))?;
    let side: Side = serde_json::from_str::<Order>(&body)?.side;
    let sql = "INSERT INTO fills (order_number, time, body) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![number, fill.time.0, serde_json::to_string(fill)?])?;
    let paid = match side {
        Side::Buy => fill.cost,
        Side::Sell => -fill.cost,
    };
    add_position(connection, &ticker, (side.signed(fill.qty), paid, fill.fee))?;
    add_cash(connection, -paid - fill.fee)
}

fn add_position(connection: &Connection, ticker: &str, (qty, cost, fees): (Qty, Usd, Usd)) -> Result<(), LedgerFault> {
    let sql = "INSERT INTO positions (ticker, qty, cost, fees) VALUES (?, ?, ?, ?) ON CONFLICT (ticker) \
               DO UPDATE SET qty = qty + excluded.qty, cost = cost + excluded.cost, fees = fees + excluded.fees";
    connection.prepare_cached(sql)?.execute(params![ticker, qty.0, cost.0, fees.0])?;
    connection.prepare_cached("DELETE FROM positions WHERE ticker = ? AND qty = 0")?.execute([ticker])?;
    Ok(())
}

fn add_cash(connection: &Connection, amount: Usd) -> Result<(), LedgerFault> {
    connection.prepare_cached("UPDATE account SET cash = cash + ?")?.execute([amount.0])?;
    Ok(())
}

fn end(
    connection: &Connection,
    order: OrderId,
    time: Timestamp,
    (state, reason): (OrderState, &str),
) -> Result<(), LedgerFault> {
    let sql = "UPDATE orders SET state = ?2, ended = ?3, reason = ?4 WHERE number = ?1 AND ended IS NULL";
    let row = params![order.0.cast_signed(), state.to_string(), time.0, reason];
    match connection.prepare_cached(sql)?.execute(row)? {
        1 => Ok(()),
        _ => Err(LedgerFault::Damaged(format!("order {} ends, and does not work", order.0))),
    }
}

/// Pays out a market: the position closes at the payout.
fn pay(connection: &Connection, paid: &Payout<'_>) -> Result<(), LedgerFault> {
    let &Payout { ticker, time, payout } = paid;
    let mut held = connection.prepare_cached("DELETE FROM positions WHERE ticker = ? RETURNING qty")?;
    let Some(qty) = held.query_row([ticker], |row| row.get::<_, i64>(0)).optional()? else { return Ok(()) };
    let sql = "INSERT INTO payouts (ticker, time, qty, payout) VALUES (?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![ticker, time.0, qty, payout.0])?;
    // A short position has to pay.
    add_cash(connection, payout * Qty(qty))
}
