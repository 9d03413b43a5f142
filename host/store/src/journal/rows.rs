//! A compact, exact and self-contained binary format of quote rows.
//!
//! Every float is restored bit for bit, NaN payloads and negative zeros included. A row is a byte that flags which of
//! its eight columns differ from the expected values, followed by those columns. Expected are the market after the
//! previous row's, the same time, and the values of that market's previous row in the same batch. Prices and sizes on
//! their grids (1/10,000 dollar, 1/100 contract) are whole numbers of steps, written as differences from the market's
//! previous value; values off the grid are written raw. A row of a market that did not move takes one byte, a first
//! row about fifteen.
//!
//! Decoding damaged bytes must neither panic nor allocate more than a multiple of their length.

use std::collections::HashMap;

use host_core::{Quotes, QuotesView};
use thiserror::Error;

/// Version of the format: the first byte of every batch.
const FORMAT: u8 = 1;
/// Grid steps per unit, by column: bid, ask, bid size, ask size, last, volume.
const GRID: [f64; 6] = [10_000.0, 10_000.0, 100.0, 100.0, 10_000.0, 100.0];
/// Bound below which a float holds every whole number of steps exactly.
const MAX_STEPS: f64 = 9e15;
const MARKET: u8 = 1;
const TIME: u8 = 1 << 1;
/// Bit of the first value column.
const VALUES: u32 = 2;
/// First number of a changed value: absent, raw, or, from `ON_GRID` on, a difference in steps.
const ABSENT: u64 = 0;
const RAW: u64 = 1;
const ON_GRID: u64 = 2;

/// Bytes that are not a batch of rows, with the offset of the damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the rows are damaged at byte {0}")]
pub struct BadRows(usize);

/// The values of a market's previous row.
#[derive(Clone, Copy)]
struct LastValues {
    bits: [u64; 6],
    steps: [i64; 6],
}

impl LastValues {
    const NEVER: LastValues = LastValues { bits: [f64::NAN.to_bits(); 6], steps: [0; 6] };
}

/// The markets of the batch so far. Polls name markets in the same order, so the first guess is mostly right.
#[derive(Default)]
struct MarketStates {
    markets: Vec<(u32, LastValues)>,
    /// The place of each market, once they are out of order: those of a poll ascend, and need no such table.
    places: Option<HashMap<u32, usize>>,
    next: usize,
}

impl MarketStates {
    fn market(&mut self, market: u32) -> &mut LastValues {
        let is_at = |at: usize| self.markets.get(at).is_some_and(|(other, _)| *other == market);
        let place = if is_at(self.next) {
            self.next
        } else if is_at(0) {
            0
        } else {
            self.find(market)
        };
        self.next = place + 1;
        &mut self.markets[place].1
    }

    /// Returns the place of a market, which is added if it is new.
    fn find(&mut self, market: u32) -> usize {
        let MarketStates { markets, places, .. } = self;
        let end = markets.len();
        let place = match places {
            Some(places) => *places.entry(market).or_insert(end),
            None if markets.last().is_none_or(|(last, _)| *last < market) => end,
            None => markets.binary_search_by_key(&market, |(other, _)| *other).unwrap_or_else(|_| {
                let known = markets.iter().enumerate().map(|(place, (other, _))| (*other, place));
                *places = Some(known.chain([(market, end)]).collect());
                end
            }),
        };
        if place == end {
            markets.push((market, LastValues::NEVER));
        }
        place
    }
}

/// Encodes `rows`.
pub fn encode(rows: QuotesView<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + rows.len() * 16);
    bytes.push(FORMAT);
    put(&mut bytes, rows.len() as u64);
    let columns = [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume];
    let mut seen = MarketStates::default();
    let (mut market, mut time) = (u32::MAX, 0i64);
    for row in 0..rows.len() {
        let at = bytes.len();
        bytes.push(0);
        let mut changed = 0u8;
        if rows.market[row] != market.wrapping_add(1) {
            changed |= MARKET;
            put(&mut bytes, u64::from(rows.market[row]));
        }
        if rows.time[row] != time {
            changed |= TIME;
            put(&mut bytes, zigzag(rows.time[row].wrapping_sub(time)));
        }
        (market, time) = (rows.market[row], rows.time[row]);
        let last = seen.market(market);
        for (column, values) in columns.iter().enumerate() {
            if values[row].to_bits() != last.bits[column] {
                changed |= 1 << (VALUES + column as u32);
                put_value(&mut bytes, values[row], column, last);
            }
        }
        bytes[at] = changed;
    }
    bytes
}

fn put_value(bytes: &mut Vec<u8>, value: f64, column: usize, last: &mut LastValues) {
    last.bits[column] = value.to_bits();
    if value.to_bits() == f64::NAN.to_bits() {
        return put(bytes, ABSENT);
    }
    match steps(value, GRID[column]) {
        Some(steps) => {
            put(bytes, zigzag(steps - last.steps[column]) + ON_GRID);
            last.steps[column] = steps;
        }
        None => {
            put(bytes, RAW);
            bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }
}

/// Returns `value` in steps of which there are `grid` per unit, if converting them back gives exactly `value`.
fn steps(value: f64, grid: f64) -> Option<i64> {
    let steps = (value * grid).round();
    // Through an integer, which has no negative zero.
    let whole = steps as i64;
    let exact = steps.abs() < MAX_STEPS && (whole as f64 / grid).to_bits() == value.to_bits();
    exact.then_some(whole)
}

/// Decodes the output of [`encode`] and appends the rows to `rows`.
///
/// # Errors
/// Returns an error for bytes that [`encode`] did not write. Rows before the damage have been appended.
pub fn decode(bytes: &[u8], rows: &mut Quotes) -> Result<(), BadRows> {
    decode_where(bytes, rows, |_| true)
}

/// Does the same for the rows of the markets that are `wanted`, and skips the others, which is several times faster.
///
/// # Errors
/// As [`decode`].
pub fn decode_where(bytes: &[u8], rows: &mut Quotes, wanted: impl Fn(u32) -> bool) -> Result<(), BadRows> {
    let mut from = RowDecoder { bytes, at: 0 };
    if from.byte()? != FORMAT {
        return Err(BadRows(0));
    }
    let count = from.number()?;
    let mut seen = MarketStates::default();
    let (mut market, mut time) = (u32::MAX, 0i64);
    for _ in 0..count {
        let changed = from.byte()?;
        market = match changed & MARKET {
            0 => market.wrapping_add(1),
            _ => u32::try_from(from.number()?).map_err(|_| from.bad())?,
        };
        if changed & TIME != 0 {
            time = time.wrapping_add(unzigzag(from.number()?));
        }
        if !wanted(market) {
            from.skip((changed >> VALUES).count_ones())?;
            continue;
        }
        let last = seen.market(market);
        for column in 0..GRID.len() {
            if changed & (1 << (VALUES + column as u32)) != 0 {
                from.value(column, last)?;
            }
        }
        rows.market.push(market);
        rows.time.push(time);
        let Quotes { bid, ask, bid_size, ask_size, last: traded, volume, .. } = rows;
        for (column, values) in [bid, ask, bid_size, ask_size, traded, volume].into_iter().enumerate() {
            values.push(f64::from_bits(last.bits[column]));
        }
    }
    if from.at == bytes.len() { Ok(()) } else { Err(from.bad()) }
}

struct RowDecoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl RowDecoder<'_> {
    fn bad(&self) -> BadRows {
        BadRows(self.at)
    }

    fn byte(&mut self) -> Result<u8, BadRows> {
        let byte = *self.bytes.get(self.at).ok_or(self.bad())?;
        self.at += 1;
        Ok(byte)
    }

    /// Reads a number of seven bits per byte, lowest first; the highest bit of a byte means that more follow (LEB128).
    fn number(&mut self) -> Result<u64, BadRows> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.bad())
    }

    /// Skips `values` values.
    fn skip(&mut self, values: u32) -> Result<(), BadRows> {
        for _ in 0..values {
            let first = self.byte()?;
            if u64::from(first) == RAW {
                self.at += 8;
            } else if first & 0x80 != 0 {
                while self.byte()? & 0x80 != 0 {}
            }
        }
        Ok(())
    }

    fn value(&mut self, column: usize, last: &mut LastValues) -> Result<(), BadRows> {
        last.bits[column] = match self.number()? {
            ABSENT => f64::NAN.to_bits(),
            RAW => {
                let raw = self.bytes.get(self.at..self.at + 8).and_then(|raw| raw.try_into().ok());
                self.at += 8;
                u64::from_le_bytes(raw.ok_or(self.bad())?)
            }
            code => {
                let steps = last.steps[column].wrapping_add(unzigzag(code - ON_GRID));
                last.steps[column] = steps;
                (steps as f64 / GRID[column]).to_bits()
            }
        };
        Ok(())
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small numbers of either sign become small ones.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use host_core::{MarketId, Price, Qty, Quote, Timestamp};
    use proptest::prelude::*;

    use super::*;

    /// The rows as bits: NaNs of different payload differ, as do the two zeros.
    fn bits(rows: &Quotes) -> Vec<(u32, i64, Vec<u64>)> {
        let of = |row: usize| {
            [&rows.bid, &rows.ask, &rows.bid_size, &rows.ask_size, &rows.last, &rows.volume]
                .map(|column| column[row].to_bits())
                .to_vec()
        };
        (0..rows.len()).map(|row| (rows.market[row], rows.time[row], of(row))).collect()
    }

    fn decoded(bytes: &[u8]) -> Result<Quotes, BadRows> {
        let mut rows = Quotes::default();
        decode(bytes, &mut rows).map(|()| rows)
    }

    /// Any bits, with those that occur more often.
    fn figure() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (0i32..=10_000).prop_map(|ticks| f64::from(ticks) / 10_000.0),
            2 => (0i64..100_000_000).prop_map(|cents| cents as f64 / 100.0),
            2 => Just(f64::NAN),
            2 => any::<u64>().prop_map(f64::from_bits),
            1 => prop_oneof![Just(-0.0), Just(0.1 + 0.2), Just(9e15), Just(f64::NEG_INFINITY), Just(-f64::NAN)],
        ]
    }

    fn rows() -> impl Strategy<Value = Quotes> {
        let market = prop_oneof![9 => 0u32..8, 1 => any::<u32>()];
        let time = prop_oneof![9 => (0i64..5).prop_map(|poll| poll * 30_000_000_000), 1 => any::<i64>()];
        let row = (market, time, prop::array::uniform6(figure()));
        prop::collection::vec(row, 0..40).prop_map(|all| {
            let mut rows = Quotes::default();
            for (market, time, [bid, ask, bid_size, ask_size, last, volume]) in all {
                rows.market.push(market);
                rows.time.push(time);
                let Quotes { bid: b, ask: a, bid_size: bs, ask_size: asz, last: l, volume: v, .. } = &mut rows;
                for (column, value) in [(b, bid), (a, ask), (bs, bid_size), (asz, ask_size), (l, last), (v, volume)] {
                    column.push(value);
                }
            }
            rows
        })
    }

    proptest! {
        #[test]
        fn rows_come_back_bit_for_bit(rows in rows()) {
            prop_assert_eq!(bits(&decoded(&encode(rows.all())).unwrap()), bits(&rows));
        }

        /// Decoding damaged bytes returns an error or some rows, and never panics.
        #[test]
        fn damage_is_an_error_or_rows(rows in rows(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = encode(rows.all());
            let at = at.index(bytes.len());
            prop_assert_eq!(decoded(&bytes[..at]).is_err(), true, "cut at {}", at);
            bytes[at] = byte;
            let _ = decoded(&bytes);
        }

        #[test]
        fn garbage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decoded(&bytes);
            let _ = decode_where(&bytes, &mut Quotes::default(), |market| market % 2 == 0);
        }

        #[test]
        fn rows_of_some_markets_are_those_among_all(rows in rows()) {
            let mut some = Quotes::default();
            decode_where(&encode(rows.all()), &mut some, |market| market % 2 == 0).unwrap();
            let among: Vec<_> = bits(&rows).into_iter().filter(|(market, ..)| market % 2 == 0).collect();
            prop_assert_eq!(bits(&some), among);
        }
    }

    #[test]
    fn a_count_beyond_the_bytes_takes_no_memory() {
        let mut bytes = vec![FORMAT];
        put(&mut bytes, u64::MAX);
        assert_eq!(decoded(&bytes).unwrap_err(), BadRows(bytes.len()));
    }

    /// The module header states these sizes, and the design relies on them.
    #[test]
    fn polls_are_small() {
        let poll = |rows: &mut Quotes, time: i64| {
            for market in 0..45 {
                rows.push(&Quote {
                    market: MarketId(market),
                    time: Timestamp(time * 30_000_000_000),
                    bid: Some(Price(4_200)),
                    ask: Some(Price(4_400)),
                    bid_size: Some(Qty::contracts(300)),
                    ask_size: Some(Qty::contracts(120)),
                    last: Some(Price(4_300)),
                    volume: Some(Qty::contracts(12_345)),
                });
            }
        };
        let mut rows = Quotes::default();
        poll(&mut rows, 1);
        let first = encode(rows.all()).len();
        (2..=101).for_each(|time| poll(&mut rows, time));
        let unchanged = encode(rows.all()).len() - first;
        assert_eq!((first / 45, unchanged / 4_500), (17, 1));
    }
}
