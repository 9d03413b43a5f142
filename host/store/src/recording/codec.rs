//! The binary format of one poll: each column in the narrowest lossless form.
//!
//! Prices on the 1/10,000 dollar grid take 2 bytes, sizes on the 1/100 contract grid 4, which makes 22 bytes per row,
//! where the contract's columns take 60. Decoding must never panic, whatever the bytes.

use host_core::{Quotes, QuotesView};

use crate::tape::floats;

/// All values are NaN.
const ABSENT: u8 = 0;
/// Whole numbers of the column's unit; the largest number means NaN.
const GRID: u8 = 1;
/// Raw floats.
const RAW: u8 = 2;

/// Units in a dollar, for the prices.
const PRICE_SCALE: f64 = 1e4;
/// Units in a contract, for sizes and volume.
const SIZE_SCALE: f64 = 1e2;

/// Appends `rows`, which share one time, to `out`.
pub(super) fn encode(rows: QuotesView<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(&rows.time.first().copied().unwrap_or_default().to_le_bytes());
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    for id in rows.market {
        out.extend_from_slice(&id.to_le_bytes());
    }
    for (column, is_price) in [
        (rows.bid, true),
        (rows.ask, true),
        (rows.bid_size, false),
        (rows.ask_size, false),
        (rows.last, true),
        (rows.volume, false),
    ] {
        encode_column(column, is_price, out);
    }
}

fn encode_column(values: &[f64], is_price: bool, out: &mut Vec<u8>) {
    let start = out.len();
    if values.iter().all(|value| value.to_bits() == f64::NAN.to_bits()) {
        return out.push(ABSENT);
    }
    out.push(GRID);
    for &value in values {
        let (scale, absent) = if is_price { (PRICE_SCALE, u32::from(u16::MAX)) } else { (SIZE_SCALE, u32::MAX) };
        // The cast saturates: NaN and negative values become 0, which then differs from the value.
        let units = (value * scale).round() as u32;
        let number = match () {
            () if units < absent && (f64::from(units) / scale).to_bits() == value.to_bits() => units,
            () if value.to_bits() == f64::NAN.to_bits() => absent,
            () => {
                out.truncate(start);
                out.push(RAW);
                return out.extend(values.iter().flat_map(|value| value.to_bits().to_le_bytes()));
            }
        };
        if is_price {
            out.extend_from_slice(&(number as u16).to_le_bytes());
        } else {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

/// Returns the time of an encoded poll.
pub(super) fn time(mut bytes: &[u8]) -> Option<i64> {
    take(&mut bytes).map(i64::from_le_bytes)
}

/// Appends the rows of an encoded poll to `out`. Returns `None` if the bytes are invalid; the columns may then differ
/// in length.
pub(super) fn decode(mut bytes: &[u8], out: &mut Quotes) -> Option<()> {
    let bytes = &mut bytes;
    let time = i64::from_le_bytes(take(bytes)?);
    let rows = usize::try_from(u32::from_le_bytes(take(bytes)?)).ok()?;
    let ids = split(bytes, rows.checked_mul(4)?)?;
    out.market.extend(ids.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id)));
    out.time.resize(out.time.len() + rows, time);
    // Bid, ask and last are prices.
    for (column, is_price) in floats(out).into_iter().zip([true, true, false, false, true, false]) {
        decode_column(bytes, rows, is_price, column)?;
    }
    bytes.is_empty().then_some(())
}

fn decode_column(bytes: &mut &[u8], rows: usize, is_price: bool, out: &mut Vec<f64>) -> Option<()> {
    let [form] = take(bytes)?;
    match form {
        ABSENT => out.resize(out.len() + rows, f64::NAN),
        GRID if is_price => {
            let value = |number: u16| if number == u16::MAX { f64::NAN } else { f64::from(number) / PRICE_SCALE };
            let numbers = split(bytes, rows.checked_mul(2)?)?.as_chunks().0;
            out.extend(numbers.iter().map(|number| value(u16::from_le_bytes(*number))));
        }
        GRID => {
            let value = |number: u32| if number == u32::MAX { f64::NAN } else { f64::from(number) / SIZE_SCALE };
            let numbers = split(bytes, rows.checked_mul(4)?)?.as_chunks().0;
            out.extend(numbers.iter().map(|number| value(u32::from_le_bytes(*number))));
        }
        RAW => {
            let numbers = split(bytes, rows.checked_mul(8)?)?.as_chunks().0;
            out.extend(numbers.iter().map(|bits| f64::from_bits(u64::from_le_bytes(*bits))));
        }
        _ => return None,
    }
    Some(())
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

fn split<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(head)
}
