//! Moves rows between sets of columns.

use host_core::{Quotes, QuotesView};

/// Returns the index of the first row of the last poll, the last run of equal times.
pub(crate) fn last_poll(times: &[i64]) -> usize {
    let Some(&last) = times.last() else { return 0 };
    times.iter().rposition(|&time| time != last).map_or(0, |row| row + 1)
}

/// Returns the six float columns, in the contract's order.
pub(crate) fn floats(rows: &mut Quotes) -> [&mut Vec<f64>; 6] {
    let Quotes { bid, ask, bid_size, ask_size, last, volume, .. } = rows;
    [bid, ask, bid_size, ask_size, last, volume]
}

pub(crate) fn truncate(rows: &mut Quotes, len: usize) {
    rows.market.truncate(len);
    rows.time.truncate(len);
    for column in floats(rows) {
        column.truncate(len);
    }
}

/// Drops the rows `from..until`.
pub(crate) fn drop_rows(rows: &mut Quotes, from: usize, until: usize) {
    rows.market.drain(from..until);
    rows.time.drain(from..until);
    for column in floats(rows) {
        column.drain(from..until);
    }
}

/// Moves all rows of `from` to the end of `to`.
pub(crate) fn append(to: &mut Quotes, from: &mut Quotes) {
    to.market.append(&mut from.market);
    to.time.append(&mut from.time);
    for (to, from) in floats(to).into_iter().zip(floats(from)) {
        to.append(from);
    }
}

/// Moves the rows from `split` on into the empty `tail`.
pub(crate) fn move_tail(rows: &mut Quotes, split: usize, tail: &mut Quotes) {
    tail.market.extend(rows.market.drain(split..));
    tail.time.extend(rows.time.drain(split..));
    for (rows, tail) in floats(rows).into_iter().zip(floats(tail)) {
        tail.extend(rows.drain(split..));
    }
}

/// Copies `rows` to the end of `to`.
pub(crate) fn extend(to: &mut Quotes, rows: QuotesView<'_>) {
    to.market.extend_from_slice(rows.market);
    to.time.extend_from_slice(rows.time);
    let columns = [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume];
    for (to, column) in floats(to).into_iter().zip(columns) {
        to.extend_from_slice(column);
    }
}
