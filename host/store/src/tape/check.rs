//! The rules that every row of a tape obeys, checked column by column so that the compiler can vectorise them.
//!
//! The good path must not branch per row: the bad row is looked for only once its column is known to be bad.

use std::ops::Range;

use host_core::{Quotes, Span, Timestamp};

/// More contracts than any market has. A larger size is a mistake or infinite.
pub(super) const MAX_CONTRACTS: f64 = 1e10;

/// The times that a tape may have: the first two hundred years from 1970 on. Reckoning with others could overflow.
const TIMES: Range<Timestamp> = Timestamp(0)..Timestamp(200 * 365 * Span::DAY.0);

/// Returns the problem with `time`, if a tape cannot have it.
pub(super) fn time_problem(time: Timestamp) -> Option<String> {
    (!TIMES.contains(&time)).then(|| format!("the time {time} is not within the two hundred years from 1970 on"))
}

/// Checks the rows from `start` on; `previous` is the time of the row before them. A price of exactly 0 or 1 means an
/// empty side and becomes NaN. Returns the first bad row, counted from `start`, with a description of the problem.
pub(crate) fn check(rows: &mut Quotes, start: usize, previous: i64, markets: u32) -> Option<(usize, String)> {
    let mut first: Option<(usize, String)> = None;
    let mut found = |row: usize, problem: String| {
        if first.as_ref().is_none_or(|(other, _)| row < *other) {
            first = Some((row, problem));
        }
    };
    if let Some(row) = bad_market(&rows.market[start..], markets) {
        let id = rows.market[start + row];
        found(row, format!("it names market {id}, but {markets} markets are listed"));
    }
    if let Some(row) = bad_time(&rows.time[start..], previous) {
        let earlier = if row == 0 { previous } else { rows.time[start + row - 1] };
        let (time, earlier) = (Timestamp(rows.time[start + row]), Timestamp(earlier));
        found(row, format!("its time {time} is before that of the row above, {earlier}: rows go in time order"));
    }
    // In time order, all lie between the first and the last.
    if [rows.time.get(start), rows.time.last()].into_iter().flatten().any(|&time| !TIMES.contains(&Timestamp(time)))
        && let Some((row, problem)) =
            (0..).zip(&rows.time[start..]).find_map(|(row, &time)| Some((row, time_problem(Timestamp(time))?)))
    {
        found(row, problem);
    }
    for (name, column) in [("bid", &mut rows.bid), ("ask", &mut rows.ask), ("last", &mut rows.last)] {
        if let Some(row) = bad_price(&mut column[start..]) {
            found(row, format!("its {name} is {}: prices are dollars in 0..1", column[start + row]));
        }
    }
    for (name, column) in [("bid_size", &rows.bid_size), ("ask_size", &rows.ask_size), ("volume", &rows.volume)] {
        if let Some(row) = bad_size(&column[start..]) {
            found(row, format!("its {name} is {}: sizes are contracts in 0..{MAX_CONTRACTS:e}", column[start + row]));
        }
    }
    first
}

fn bad_market(ids: &[u32], markets: u32) -> Option<usize> {
    let bad = ids.iter().fold(false, |bad, &id| bad | (id >= markets));
    if bad { ids.iter().position(|&id| id >= markets) } else { None }
}

fn bad_time(times: &[i64], previous: i64) -> Option<usize> {
    let falls = times.windows(2).fold(false, |bad, pair| bad | (pair[1] < pair[0]));
    if times.first().is_some_and(|&first| first < previous) {
        return Some(0);
    }
    if falls { times.windows(2).position(|pair| pair[1] < pair[0]).map(|row| row + 1) } else { None }
}

/// NaN compares false, so it passes. `|` instead of `||` keeps the loop free of branches.
fn outside(value: f64, most: f64) -> bool {
    (value < 0.0) | (value > most)
}

fn bad_price(prices: &mut [f64]) -> Option<usize> {
    let mut bad = false;
    for price in prices.iter_mut() {
        bad |= outside(*price, 1.0);
        *price = if (*price == 0.0) | (*price == 1.0) { f64::NAN } else { *price };
    }
    if bad { prices.iter().position(|&price| outside(price, 1.0)) } else { None }
}

fn bad_size(sizes: &[f64]) -> Option<usize> {
    let bad = sizes.iter().fold(false, |bad, &size| bad | outside(size, MAX_CONTRACTS));
    if bad { sizes.iter().position(|&size| outside(size, MAX_CONTRACTS)) } else { None }
}
