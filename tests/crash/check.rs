//! Conditions after a kill and a restart. Each check returns what is wrong, with both sides.

use crate::books::{Books, Line, Order};
use crate::ledger::check_nothing_twice;
use crate::support::ledger::Ledger;

/// One dollar per contract, in 1/10,000,000,000 dollar per 1/1,000,000 contract.
const DOLLAR: i64 = 10_000;
/// The part of the account that is not the host's capital: 10,000 less 2,000 dollars.
pub const NOT_THE_HOSTS: i64 = 80_000_000_000_000;

type Checked = Result<(), String>;

/// Right after a kill: every order at the venue is on disk, which does not say that it was never placed, and every
/// order that the operator was told of is on disk.
pub fn right_after(books: Option<&Books>, venue: &Ledger, stderr: &str) -> Checked {
    for order in &venue.orders {
        let known = books.and_then(|books| books.orders.values().find(|known| known.client_id == order.client_id));
        match known {
            Some(known) if known.state != "not_placed" && known.qty == order.initial => {}
            other => return Err(format!("the venue has {order:?}, the journal {other:?}")),
        }
    }
    let on_disk = |id: i64| books.is_some_and(|books| books.orders.contains_key(&id));
    for line in stderr.lines().filter(|line| line.starts_with("LIVE ") || line.starts_with("PAPER ")) {
        // Words about "the order" of a request that failed name none.
        let named = line.split_once(" order ").and_then(|(_, rest)| rest.split_once(':'));
        let id = named.and_then(|(id, _)| id.parse().ok());
        if let Some(id) = id.filter(|id| !on_disk(*id)) {
            return Err(format!("people were told of order {id}, the journal was not"));
        }
    }
    Ok(())
}

/// Every row that was there right after the kill is there afterwards, and orders have only moved forward.
pub fn nothing_lost(before: &Books, after: &Books) -> Checked {
    for (name, rows) in &before.tables {
        let now = after.table(name);
        let kept = match *name {
            // They are in the order of the venue's ids, so new rows may come in between.
            "executions" => rows.iter().all(|row| now.contains(row)),
            _ => now.starts_with(rows),
        };
        if !kept {
            return Err(format!("rows of {name} were lost or changed: {rows:#?}\nnow: {now:#?}"));
        }
    }
    for (id, order) in &before.orders {
        let kept = |now: &&Order| {
            let same = now.client_id == order.client_id && now.body == order.body && now.qty == order.qty;
            let forward = now.stage() >= order.stage() && now.filled >= order.filled;
            let named = order.venue_id.is_none() || now.venue_id == order.venue_id;
            same && forward && named && (order.ended.is_none() || *now == order)
        };
        let now = after.orders.get(id);
        if now.filter(kept).is_none() {
            return Err(format!("order {id} was {order:?}, and is {now:?}"));
        }
    }
    match after.recorded.starts_with(&before.recorded) {
        true => Ok(()),
        false => Err(format!("rows of the recording were lost: {:#?}\nnow {:#?}", before.recorded, after.recorded)),
    }
}

/// Host and venue agree on every order, fill, position and cent; no order is open, and nothing was done twice.
pub fn same_books(books: &Books, venue: &Ledger) -> Checked {
    check_nothing_twice(venue)?;
    for order in &venue.orders {
        let ours = books.orders.values().find(|ours| ours.client_id == order.client_id);
        let state = ours.map_or("", |ours| ours.state.as_str());
        let same = ours.is_some_and(|ours| {
            (ours.venue_id.as_deref(), ours.qty, ours.filled) == (Some(&*order.id), order.initial, order.filled)
        });
        let ended = match order.status.as_str() {
            "executed" => state == "filled",
            "canceled" => ["cancelled", "expired"].contains(&state),
            _ => false,
        };
        if !same || !ended {
            return Err(format!("the venue has {order:?}, the journal {ours:?}"));
        }
    }
    let placed = books.orders.values().filter(|order| order.venue_id.is_some()).count();
    let fills: Vec<&str> = books.fills.iter().filter(|(_, order)| order.is_some()).map(|(id, _)| &**id).collect();
    let mut venue_fills: Vec<&str> = venue.fills.iter().map(|fill| &*fill.id).collect();
    venue_fills.sort_unstable();
    let short: i64 = books.positions.values().map(|qty| (-qty).max(0)).sum();
    let cash = books.cash.map(|cash| NOT_THE_HOSTS + cash - DOLLAR * short);
    let found = [
        ("orders at the venue", placed == venue.orders.len()),
        ("open orders", books.open_orders() == 0),
        ("fills", fills == venue_fills && fills.len() == books.fills.len()),
        ("positions", books.positions == venue.positions),
        ("cash", cash == Some(venue.cash)),
    ];
    match found.iter().find(|(_, same)| !same) {
        None => recording_follows(books),
        Some((what, _)) => Err(format!("they differ in {what}: {books:#?}\n{venue:#?}")),
    }
}

/// The recording has each row once and in order. It may lack one poll for each kill, which came between journal and
/// recording.
fn recording_follows(books: &Books) -> Checked {
    let rows: Vec<(i64, u32)> = books.recorded.iter().map(|(time, market, _)| (*time, *market)).collect();
    if !rows.is_sorted_by(|a, b| a < b) {
        return Err(format!("rows were recorded twice, or out of order: {rows:?}"));
    }
    let is_recorded = |time: &i64| rows.iter().any(|(recorded, _)| recorded == time);
    let missing = books.polls.iter().filter(|time| !is_recorded(time)).count();
    let unseen = rows.iter().filter(|(time, _)| !books.polls.contains(time)).count();
    let starts = books.table("sessions").len();
    match unseen == 0 && missing < starts {
        true => Ok(()),
        false => Err(format!("polls {:?}, recorded {rows:?}", books.polls)),
    }
}

/// A start with nothing to do has added nothing but its session and the events of every start.
pub fn nothing_done(before: &Books, after: &Books) -> Checked {
    nothing_lost(before, after)?;
    let is_own =
        |row: &&Line| !["start", "warm_up", "command", "poll"].iter().any(|kind| row.contains(&format!("\"{kind}\"")));
    let news: Vec<&Line> = after.table("events").iter().skip(before.table("events").len()).filter(is_own).collect();
    let records = after.table("records").iter().skip(before.table("records").len());
    let records: Vec<&Line> = records.filter(|row| !row.contains("\"trading\"")).collect();
    let same = before.orders == after.orders
        && before.positions == after.positions
        && before.cash == after.cash
        && ["executions", "markets"].iter().all(|name| before.table(name) == after.table(name));
    match same && news.is_empty() && records.is_empty() {
        true => Ok(()),
        false => Err(format!("a second start did something: {news:#?} {records:#?}\n{before:#?}\n{after:#?}")),
    }
}
