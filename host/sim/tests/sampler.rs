//! Polls of a tape of changes, through the public API.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

use host_core::{Quote, Quotes, Span, Timestamp};
use host_sim::sampler::{InvalidInterval, Sampler};
use proptest::prelude::*;

const INTERVAL: Span = Span(10);

fn row(time: i64, market: u32, bid: i32) -> Quote {
    Quote { ask: None, ..host_testkit::quote(market, Timestamp(time), bid, bid) }
}

/// Returns a tape of `(time, market, bid)`.
fn tape(rows: &[(i64, u32, i32)]) -> Quotes {
    let mut quotes = Quotes::default();
    rows.iter().for_each(|&(time, market, bid)| quotes.push(&row(time, market, bid)));
    quotes
}

/// Returns polls as `(time, market, bid)`.
fn polls(quotes: &Quotes) -> Vec<(i64, u32, i32)> {
    let poll = |row: Quote| (row.time.0, row.market.0, row.bid.expect("every row has a bid").0);
    (0..quotes.len()).map(|row| poll(quotes.all().row(row))).collect()
}

fn last_rows(raw: &Quotes) -> Vec<Timestamp> {
    let markets = raw.market.iter().max().map_or(0, |market| market + 1);
    let last = |market: u32| (0..raw.len()).rev().find(|&row| raw.market[row] == market).map(|row| raw.time[row]);
    (0..markets).map(|market| Timestamp(last(market).unwrap_or(i64::MIN))).collect()
}

/// Returns all polls of `raw`, with the given closes.
fn sample(raw: &Quotes, closes: &[Option<Timestamp>], limit: usize) -> Quotes {
    let mut sampler = Sampler::new(INTERVAL, closes, &last_rows(raw)).expect("a valid interval");
    let (mut all, mut polled, mut row) = (Quotes::default(), Quotes::default(), 0);
    while row < raw.len() {
        polled.clear();
        row = sampler.push(&raw.all(), row, limit, &mut polled);
        let next = sampler.next_poll_time().expect("a row was seen");
        assert!(raw.time[..row].iter().all(|&time| time <= next.0), "no row taken in is after the next poll");
        (0..polled.len()).for_each(|row| all.push(&polled.all().row(row)));
    }
    sampler.finish(&mut all);
    all
}

#[test]
fn polls_show_the_latest_row_of_every_open_market() {
    let check = |rows: &[(i64, u32, i32)], closes: &[Option<i64>], expect: &[(i64, u32, i32)]| {
        let closes: Vec<_> = closes.iter().map(|close| close.map(Timestamp)).collect();
        assert_eq!(polls(&sample(&tape(rows), &closes, usize::MAX)), expect, "{rows:?} closing at {closes:?}");
    };
    check(&[], &[], &[]);
    // There are no polls before the first row or after the last.
    check(&[(11, 0, 1), (19, 0, 2)], &[], &[]);
    check(&[(11, 0, 1), (21, 0, 2)], &[], &[(20, 0, 1)]);
    // A row at the exact time of a poll belongs to it. So do several rows, and the very last one.
    check(&[(10, 0, 1), (20, 0, 2), (20, 0, 3)], &[], &[(10, 0, 1), (20, 0, 3)]);
    // Unchanged markets are polled again, in order of their numbers; a market opens with its first row.
    check(
        &[(5, 2, 1), (15, 0, 2), (31, 1, 3), (41, 0, 4), (41, 1, 4), (41, 2, 5)],
        &[],
        &[(10, 2, 1), (20, 0, 2), (20, 2, 1), (30, 0, 2), (30, 2, 1), (40, 0, 2), (40, 1, 3), (40, 2, 1)],
    );
    // A market with an unknown close is open to its last row; otherwise it is open until it closes.
    let rows = [(5, 0, 1), (5, 1, 2), (20, 0, 3), (45, 1, 4)];
    check(&rows, &[None, None], &[(10, 0, 1), (10, 1, 2), (20, 0, 3), (20, 1, 2), (30, 1, 2), (40, 1, 2)]);
    check(&rows, &[Some(31), Some(40)], &[(10, 0, 1), (10, 1, 2), (20, 0, 3), (20, 1, 2), (30, 0, 3), (30, 1, 2)]);
    check(&rows, &[Some(30), Some(5)], &[(10, 0, 1), (20, 0, 3)]);
    // Times before the epoch are on the same grid.
    check(&[(-25, 0, 1), (-5, 0, 2)], &[], &[(-20, 0, 1), (-10, 0, 1)]);
}

#[test]
fn a_gap_without_open_markets_costs_nothing() {
    let year = Span::DAY.0 * 365;
    let raw = tape(&[(5, 0, 1), (15, 0, 2), (50 * year + 5, 1, 3), (50 * year + 15, 1, 4)]);
    assert_eq!(polls(&sample(&raw, &[], usize::MAX)), [(10, 0, 1), (50 * year + 10, 1, 3)]);
}

#[test]
fn an_interval_that_is_not_positive_is_refused() {
    for interval in [Span::ZERO, Span(-1)] {
        assert_eq!(Sampler::new(interval, &[], &[]).err(), Some(InvalidInterval(interval)));
    }
    assert_eq!(InvalidInterval(Span::ZERO).to_string(), "poll interval is 0 s: it must be positive, such as 30 s");
}

/// The definition, literally: for every multiple of the interval up to the last row, every market by number.
fn by_definition(raw: &Quotes, closes: &[Option<Timestamp>]) -> Vec<(i64, u32, i32)> {
    let last_rows = last_rows(raw);
    let end_of_tape = raw.time.last().copied().unwrap_or(i64::MIN);
    let mut expect = Vec::new();
    for time in (0..=end_of_tape).filter(|time| time % INTERVAL.0 == 0) {
        for (market, last_row) in last_rows.iter().enumerate() {
            let is_open = match closes.get(market).copied().flatten() {
                Some(closes) => time < closes.0,
                None => time <= last_row.0,
            };
            let mut seen = (0..raw.len()).filter(|&row| raw.market[row] as usize == market && raw.time[row] <= time);
            if let Some(row) = seen.next_back().filter(|_| is_open) {
                let bid = raw.all().row(row).bid.expect("every row has a bid");
                expect.push((time, market as u32, bid.0));
            }
        }
    }
    expect
}

proptest! {
    #[test]
    fn polls_are_as_defined_however_they_are_fetched(
        steps in prop::collection::vec((0..12i64, 0..5u32, 1..9_999i32), 0..60),
        closes in prop::collection::vec(prop::option::of((0..300i64).prop_map(Timestamp)), 0..7),
        limit in 1..20usize,
    ) {
        let mut time = 0;
        let rows: Vec<_> = steps.into_iter().map(|(step, market, bid)| {
            time += step;
            (time, market, bid)
        }).collect();
        let raw = tape(&rows);
        prop_assert_eq!(polls(&sample(&raw, &closes, limit)), by_definition(&raw, &closes));
    }
}
