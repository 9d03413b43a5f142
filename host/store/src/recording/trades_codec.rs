//! The binary format of trades: a count, then for each its time, market, price, quantity and taker, 29 bytes. Decoding
//! must never panic, whatever the bytes.

use host_core::{PublicTrades, Taker};

/// Bytes of a trade.
const TRADE: usize = 8 + 4 + 8 + 8 + 1;

/// Appends `trades` to `out`.
pub(super) fn encode(trades: &PublicTrades, out: &mut Vec<u8>) {
    out.extend_from_slice(&(trades.len() as u32).to_le_bytes());
    for row in 0..trades.len() {
        out.extend_from_slice(&trades.time[row].to_le_bytes());
        out.extend_from_slice(&trades.market[row].to_le_bytes());
        out.extend_from_slice(&trades.price[row].to_bits().to_le_bytes());
        out.extend_from_slice(&trades.quantity[row].to_bits().to_le_bytes());
        out.push(match trades.taker[row] {
            Taker::Unknown => 0,
            Taker::Buys => 1,
            Taker::Sells => 2,
        });
    }
}

/// Returns encoded trades; `None` if the bytes are invalid.
pub(super) fn decode(bytes: &[u8]) -> Option<PublicTrades> {
    let (count, bytes) = bytes.split_first_chunk()?;
    let (rows, rest) = bytes.as_chunks::<TRADE>();
    if !rest.is_empty() || rows.len() as u64 != u64::from(u32::from_le_bytes(*count)) {
        return None;
    }
    let mut trades = PublicTrades::none();
    for row in rows {
        let (time, row) = row.split_first_chunk()?;
        let (market, row) = row.split_first_chunk()?;
        let (price, row) = row.split_first_chunk()?;
        let (quantity, row) = row.split_first_chunk()?;
        trades.time.push(i64::from_le_bytes(*time));
        trades.market.push(u32::from_le_bytes(*market));
        trades.price.push(f64::from_bits(u64::from_le_bytes(*price)));
        trades.quantity.push(f64::from_bits(u64::from_le_bytes(*quantity)));
        trades.taker.push(match row {
            [0] => Taker::Unknown,
            [1] => Taker::Buys,
            [2] => Taker::Sells,
            _ => return None,
        });
    }
    Some(trades)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_read_back_as_they_were_and_damage_is_no_trade() {
        let trades = PublicTrades {
            market: vec![0, 7],
            time: vec![1_767_225_600_000_000_000, 1_767_225_600_000_000_001],
            price: vec![0.42, 0.0001],
            quantity: vec![0.000_001, 12_345.0],
            taker: vec![Taker::Sells, Taker::Unknown],
        };
        let mut bytes = Vec::new();
        encode(&trades, &mut bytes);
        assert_eq!(decode(&bytes), Some(trades));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "{end}");
        }
        bytes[4 + TRADE - 1] = 3;
        assert_eq!(decode(&bytes), None);
    }
}
