//! Faults in the rows of responses: duplicated, missing, reordered, crossed.

use axum::body::{Body, to_bytes};
use axum::http::{Response as HttpResponse, header};
use axum::response::Response;
use host_core::Price;
use serde_json::Value;

use super::fault::{Chance, Fault};
use super::injector::Injection;
use super::responses;
use super::state::Faults;

/// Names of the lists on the wire.
const LISTS: [&str; 8] =
    ["fills", "orders", "market_positions", "settlements", "markets", "events", "trades", "series"];

/// Returns `response` with the fault applied; unchanged if it has no rows that the fault could apply to.
pub(super) async fn rewrite(faults: &Faults, injection: &Injection, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // The venue's responses are in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return responses::error(500, true, None) };
    let corrupted = parts.status.is_success().then(|| corrupt(faults, injection, &body)).flatten();
    let Some(corrupted) = corrupted else {
        faults.take_back(injection);
        return HttpResponse::from_parts(parts, Body::from(body));
    };
    let mut response = HttpResponse::from_parts(parts, Body::from(corrupted));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn corrupt(faults: &Faults, injection: &Injection, body: &[u8]) -> Option<Vec<u8>> {
    let mut response: Value = serde_json::from_slice(body).ok()?;
    let mut below = |bound: usize| faults.injector().below(injection, bound);
    let is_changed = match injection.fault {
        Fault::CrossedBooks { share } => cross(&mut response, share, &mut below),
        _ => rows_of(&mut response).is_some_and(|rows| corrupt_rows(&injection.fault, rows, &mut below)),
    };
    if !is_changed {
        return None;
    }
    serde_json::to_vec(&response).ok()
}

fn rows_of(response: &mut Value) -> Option<&mut Vec<Value>> {
    let name = LISTS.into_iter().find(|name| response.get(name).is_some_and(Value::is_array))?;
    response.get_mut(name)?.as_array_mut()
}

/// Returns true if anything has changed.
fn corrupt_rows(fault: &Fault, rows: &mut Vec<Value>, below: &mut impl FnMut(usize) -> usize) -> bool {
    let Some(first) = rows.first().cloned() else { return false };
    match fault {
        Fault::DuplicatedFills => {
            let (from, to) = (below(rows.len()), below(rows.len() + 1));
            rows.insert(to, rows[from].clone());
        }
        Fault::ReorderedFills => {
            let before = rows.clone();
            // Fisher-Yates shuffle.
            (1..rows.len()).rev().for_each(|last| rows.swap(last, below(last + 1)));
            return *rows != before;
        }
        // This repeats the page's first row rather than the previous page's last: either way, the whole list has a
        // row twice.
        Fault::RepeatedRows => rows.insert(0, first),
        Fault::SkippedRows => drop(rows.remove(0)),
        _ => return false,
    }
    true
}

/// Crosses some of the markets or books in `response`; returns true if there were any to cross.
fn cross(response: &mut Value, share: Chance, below: &mut impl FnMut(usize) -> usize) -> bool {
    if let Some(book) = response.get_mut("orderbook_fp") {
        return cross_book(book);
    }
    if let Some(market) = response.get_mut("market") {
        return cross_market(market);
    }
    let is_books = response.get("orderbooks").is_some();
    let Some(rows) = response.get_mut(if is_books { "orderbooks" } else { "markets" }).and_then(Value::as_array_mut)
    else {
        return false;
    };
    let cross_row = |row: &mut Value| match is_books {
        true => row.get_mut("orderbook_fp").is_some_and(cross_book),
        false => cross_market(row),
    };
    let wanted = ((rows.len() as f64 * share.get()).ceil() as usize).max(1);
    let from = below(rows.len());
    let (before, after) = rows.split_at_mut(from);
    // Starts from a drawn row and wraps around.
    after.iter_mut().chain(before).filter_map(|row| cross_row(row).then_some(())).take(wanted).count() > 0
}

/// Swaps bid and offer.
fn cross_market(market: &mut Value) -> bool {
    let price = |name: &str| market.get(name).and_then(price_of);
    let (Some(bid), Some(ask)) = (price("yes_bid_dollars"), price("yes_ask_dollars")) else { return false };
    if bid <= Price(0) || ask >= Price::ONE || bid >= ask {
        return false;
    }
    let Some(fields) = market.as_object_mut() else { return false };
    for side in ["yes", "no"] {
        for unit in ["dollars", "size_fp"] {
            let (bid, ask) = (format!("{side}_bid_{unit}"), format!("{side}_ask_{unit}"));
            if let (Some(at_bid), Some(at_ask)) = (fields.get(&bid).cloned(), fields.get(&ask).cloned()) {
                fields.insert(bid, at_ask);
                fields.insert(ask, at_bid);
            }
        }
    }
    true
}

/// Moves both sides past each other: the best bid ends up where the offer was, and vice versa.
fn cross_book(book: &mut Value) -> bool {
    let best = |name: &str| book.get(name)?.as_array()?.iter().filter_map(|level| price_of(level.get(0)?)).max();
    let (Some(yes), Some(no)) = (best("yes_dollars"), best("no_dollars")) else { return false };
    let spread = no.complement() - yes;
    if spread <= Price(0) {
        return false;
    }
    for side in ["yes_dollars", "no_dollars"] {
        for level in book.get_mut(side).and_then(Value::as_array_mut).into_iter().flatten() {
            let moved = level.get(0).and_then(price_of).map(|price| price + spread);
            if let (Some(price), Some(at)) = (moved, level.get_mut(0)) {
                *at = Value::String(format!("0.{:04}", price.0));
            }
        }
    }
    true
}

/// Reads a price with up to four decimals.
fn price_of(text: &Value) -> Option<Price> {
    Price::from_dollars(text.as_str()?.parse().ok()?)
}
