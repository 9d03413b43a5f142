//! The ledger: a recording made by the test, which the exchange plays, and what a download of it has to have.

use std::collections::BTreeMap;
use std::fmt::Write;

use host_core::{PublicTrades, Quotes, Taker};
use host_store::tape::Tape;

/// 2026-01-05T00:00:00Z, in seconds.
pub const MIDNIGHT_S: i64 = 1_767_571_200;
const DAY_S: i64 = 86_400;

/// A quote of the recording. Prices are in cents, 0 is an empty side.
#[derive(Clone, Copy, Debug)]
struct Row {
    time_s: i64,
    bid: i64,
    ask: i64,
    last: i64,
    volume: i64,
}

/// A market of the recording.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub ticker: String,
    pub opens_s: i64,
    pub closes_s: i64,
    rows: Vec<Row>,
}

/// A row of a tape: ticker, time in seconds, and bid, ask, last and volume as text.
pub type TapeRow = (String, i64, [String; 4]);

/// A trade of a tape: ticker, time in seconds, price in cents, quantity, and whether the taker bought.
pub type TapeTrade = (String, i64, i64, i64, bool);

/// Returns the markets: of each day a pair, one quiet and one lively; lives begin and end off the hour.
pub fn recording() -> Vec<Recorded> {
    let mut state = 7u64;
    let mut draw = move |below: i64| {
        // Knuth, MMIX.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % below
    };
    let mut markets = Vec::new();
    for day in 0..3 {
        for (name, pause_s) in [("B32", 90), ("T35", 1_700)] {
            let opens_s = MIDNIGHT_S + day * DAY_S + 37;
            let closes_s = opens_s - 37 + if day == 2 { 3 * DAY_S } else { 20 * 3_600 };
            let end_s = closes_s.min(MIDNIGHT_S + 3 * DAY_S);
            let (mut time_s, mut mid, mut volume, mut last) = (opens_s + 5, 40 + draw(20), 1_000, 0);
            let mut rows = Vec::new();
            while time_s < end_s - 120 {
                mid = (mid + draw(5) - 2).clamp(5, 95);
                let (bid, ask) = (mid - 1 - draw(2), mid + 1 + draw(2));
                // A side is empty now and then.
                let (bid, ask) = match draw(40) {
                    0 => (0, ask),
                    1 => (bid, 0),
                    _ => (bid, ask),
                };
                let before: Option<&Row> = rows.last();
                if let Some(before) = before.filter(|before| draw(3) == 0 && before.bid > 0 && before.ask > 0) {
                    last = if draw(2) == 0 { before.bid } else { before.ask };
                    volume += 1 + draw(9);
                }
                rows.push(Row { time_s, bid, ask, last, volume });
                time_s += pause_s / 2 + draw(pause_s);
            }
            if closes_s > end_s {
                // Later than any test looks, so that the exchange's clock may start after all of it.
                rows.extend(rows.last().map(|last| Row { time_s: MIDNIGHT_S + 4 * DAY_S + 3_600, ..*last }));
            }
            let ticker = format!("KXHIGHNY-26JAN{:02}-{name}", 5 + day);
            markets.push(Recorded { ticker, opens_s, closes_s, rows });
        }
    }
    markets
}

/// Returns the recording as CSV of quotes, and of metadata.
pub fn files(markets: &[Recorded]) -> [String; 2] {
    let mut quotes = "time,market,bid,ask,bid_size,ask_size,last,volume\n".to_owned();
    let mut facts = "ticker,event,series,category,opens,closes,event_time,result,settle_time,tick\n".to_owned();
    for market in markets {
        let (ticker, event) = (&market.ticker, market.ticker.rsplit_once('-').expect("a name").0);
        for Row { time_s, bid, ask, last, volume } in &market.rows {
            let side = |price: &i64| if *price == 0 { String::new() } else { price.to_string() };
            let (bid_size, ask_size) = (if *bid == 0 { "" } else { "500" }, if *ask == 0 { "" } else { "400" });
            writeln!(
                quotes,
                "{time_s},{ticker},{},{},{bid_size},{ask_size},{},{volume}",
                side(bid),
                side(ask),
                side(last)
            )
            .expect("text");
        }
        let result = if market.closes_s > MIDNIGHT_S + 3 * DAY_S { "" } else { "yes" };
        writeln!(
            facts,
            "{ticker},{event},KXHIGHNY,Climate,{},{},{},{result},{},0.01",
            market.opens_s, market.closes_s, market.closes_s, market.closes_s
        )
        .expect("text");
    }
    [quotes, facts]
}

/// Returns the trades that the exchange makes of a market's volumes.
fn trades_of(market: &Recorded) -> Vec<TapeTrade> {
    let pairs = market.rows.iter().zip(market.rows.iter().skip(1));
    let traded = pairs.filter(|(before, after)| after.volume > before.volume);
    let trade = |(before, after): (&Row, &Row)| {
        let bought = (before.ask - after.last).abs() <= (before.bid - after.last).abs();
        (market.ticker.clone(), after.time_s, after.last, after.volume - before.volume, bought)
    };
    traded.map(trade).collect()
}

/// Returns the trades that a tape from `from_s` to `until_s` must have.
pub fn trades(markets: &[Recorded], from_s: i64, until_s: i64) -> Vec<TapeTrade> {
    let mut all: Vec<TapeTrade> = markets.iter().flat_map(trades_of).collect();
    all.retain(|(_, time_s, ..)| (from_s..=until_s).contains(time_s));
    all.sort_by_key(|trade| (trade.1, trade.0.clone()));
    all
}

/// Returns the rows that a tape from `from_s` to `until_s` must have: one at the end of each minute in which a best
/// price changed or somebody traded, and the state of each market at the beginning.
pub fn rows(markets: &[Recorded], from_s: i64, until_s: i64) -> Vec<TapeRow> {
    let mut expected = Vec::new();
    for market in markets.iter().filter(|market| market.opens_s < until_s && market.closes_s > from_s) {
        let trades = trades_of(market);
        let minutes = minutes_of(market, &trades);
        let volume = |end_s: i64| -> i64 {
            let is_of_day = |time_s: i64| (time_s / 60 + 1) * 60 > end_s - DAY_S && (time_s / 60 + 1) * 60 <= end_s;
            trades.iter().filter(|trade| is_of_day(trade.1)).map(|trade| trade.3).sum()
        };
        let mut held = None;
        let mut push = |end_s: i64, (bid, ask, last): (i64, i64, i64)| {
            let price = |cents: i64| if cents == 0 { "-".to_owned() } else { format!("{cents}") };
            let values = [price(bid), price(ask), price(last), volume(end_s).to_string()];
            expected.push((market.ticker.clone(), end_s, values));
        };
        for (end_s, state) in minutes.into_iter().filter(|(end_s, _)| *end_s <= until_s.min(market.closes_s)) {
            if end_s <= from_s {
                // What is older than a day before the beginning is told by the state, which has no volume.
                held = Some(state);
                continue;
            }
            if let Some(state) = held.take() {
                push(from_s, state);
            }
            push(end_s, state);
        }
        if let Some(state) = held {
            push(from_s, state);
        }
    }
    expected.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    expected
}

/// Returns the state at the end of each minute with a change: bid, ask and last, in cents.
fn minutes_of(market: &Recorded, trades: &[TapeTrade]) -> BTreeMap<i64, (i64, i64, i64)> {
    let mut minutes = BTreeMap::new();
    let mut shown = None;
    for row in &market.rows {
        let end_s = (row.time_s / 60 + 1) * 60;
        let last = trades.iter().rev().find(|trade| trade.1 <= row.time_s).map_or(0, |trade| trade.2);
        let traded = trades.iter().any(|trade| trade.1 == row.time_s);
        if traded || shown != Some((row.bid, row.ask)) || minutes.contains_key(&end_s) {
            minutes.insert(end_s, (row.bid, row.ask, last));
        }
        shown = Some((row.bid, row.ask));
    }
    minutes
}

/// Reads all rows of a tape, by time and ticker.
pub fn read_rows(tape: &Tape) -> Vec<TapeRow> {
    let (mut reader, mut batch, mut rows) = (tape.reader(), Quotes::default(), Vec::new());
    while reader.next_batch(&mut batch).expect("a good tape") {
        for row in 0..batch.len() {
            let cents = |price: f64| if price.is_nan() { "-".to_owned() } else { format!("{:.0}", price * 100.0) };
            assert!(batch.bid_size[row].is_nan() && batch.ask_size[row].is_nan(), "sizes are never invented");
            let values = [
                cents(batch.bid[row]),
                cents(batch.ask[row]),
                cents(batch.last[row]),
                format!("{:.0}", batch.volume[row]),
            ];
            let ticker = tape.markets()[batch.market[row] as usize].ticker.clone();
            rows.push((ticker, batch.time[row] / 1_000_000_000, values));
        }
    }
    rows.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    rows
}

/// Reads all trades of a tape, by time and ticker.
pub fn read_trades(tape: &Tape) -> Vec<TapeTrade> {
    let (mut reader, mut batch, mut trades) = (tape.trades_reader(), PublicTrades::default(), Vec::new());
    while reader.next_batch(&mut batch).expect("a good tape") {
        for row in 0..batch.len() {
            let ticker = tape.markets()[batch.market[row] as usize].ticker.clone();
            let cents = (batch.price[row] * 100.0).round() as i64;
            let bought = batch.taker[row] == Taker::Buys;
            trades.push((ticker, batch.time[row] / 1_000_000_000, cents, batch.quantity[row].round() as i64, bought));
        }
    }
    trades.sort_by_key(|trade| (trade.1, trade.0.clone()));
    trades
}

/// Fails with the first difference: the whole lists are long.
#[track_caller]
pub fn assert_same<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T]) {
    let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
    let place = first.unwrap_or(found.len().min(expected.len()));
    assert!(
        first.is_none() && found.len() == expected.len(),
        "{} rows, {} expected; row {place}: {:?}, {:?} expected",
        found.len(),
        expected.len(),
        found.get(place),
        expected.get(place)
    );
}
