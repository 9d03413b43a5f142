//! Blocks of prices and times in few bytes, so that thousands of full windows fit into a strategy's memory.
//!
//! Within a block, prices are a few steps of the market's grid apart, and the gaps between polls are nearly equal. A
//! column is stored as its least figure and each figure's distance from that: in the largest step that all distances
//! are multiples of, in as many bytes as the largest of them needs, none if all figures are the same. Nothing is
//! rounded: a figure off the grid makes its block larger, up to the size that it had in full. This module must know
//! nothing of windows.

/// Number of prices in a block. Loops over a block handle several prices per iteration: in the sandbox every iteration
/// pays for metering, which also keeps running sums out of the registers.
pub const BLOCK: usize = 64;

/// One figure for each price of a block.
pub type Column = [u32; BLOCK];

/// Half a cent, which mids of whole cents are multiples of, in nano-dollars.
const HALF_CENT: u32 = 5_000_000;
/// Half a tenth of a cent, likewise.
const HALF_TENTH: u32 = 500_000;
/// Half of the smallest price step, which mids of all prices on the grid are multiples of, in nano-dollars.
const HALF_STEP: u32 = 50_000;
const SECOND_MS: u32 = 1_000;

/// Prices in nano-dollars, and the milliseconds from the price before each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub prices: Column,
    pub gaps_ms: Column,
}

/// A block in few bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

/// Length of a column without its distances: least figure, step and width.
const HEADER: usize = 9;

impl Block {
    /// Returns a block of the same price throughout.
    pub fn of(price: u32) -> Block {
        Block { prices: [price; BLOCK], gaps_ms: [0; BLOCK] }
    }
}

impl Packed {
    pub fn of(block: &Block) -> Packed {
        let Block { prices, gaps_ms } = block;
        let (quiet, regular) = (is_same(prices), is_same(gaps_ms));
        // Of exactly the length that is needed, mostly: a spare byte costs a copy.
        let distances = if quiet { 0 } else { BLOCK } + if regular { 0 } else { 2 * BLOCK };
        let mut bytes = Vec::with_capacity(2 * HEADER + distances);
        if quiet || !write_half_cents(prices, &mut bytes) {
            write(prices, quiet, &[divide::<HALF_CENT>, divide::<HALF_TENTH>, divide::<HALF_STEP>], &mut bytes);
        }
        write(gaps_ms, regular, &[divide::<SECOND_MS>], &mut bytes);
        Packed(bytes.into_boxed_slice())
    }

    /// Returns the block. An empty one has zeros.
    pub fn unpack(&self) -> Block {
        let mut block = Block::of(0);
        self.unpack_into(&mut block);
        block
    }

    /// Overwrites `block` with this one.
    pub fn unpack_into(&self, block: &mut Block) {
        let rest = read(&self.0, &mut block.prices);
        read(rest, &mut block.gaps_ms);
    }

    /// The memory on the heap, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Returns true if all figures are the same.
fn is_same(column: &Column) -> bool {
    let (first, mut differing) = (column[0], 0);
    for round in column.as_chunks::<8>().0 {
        for figure in round {
            differing |= figure ^ first;
        }
    }
    differing == 0
}

/// Writes prices that are all multiples of half a cent, which most are: each of them fits into a byte as it is. Returns
/// false, and writes nothing, for others.
fn write_half_cents(prices: &Column, bytes: &mut Vec<u8>) -> bool {
    let (mut half_cents, mut rest) = ([0; BLOCK], 0);
    for (half_cents, prices) in half_cents.as_chunks_mut::<8>().0.iter_mut().zip(prices.as_chunks::<8>().0) {
        for (half_cents, price) in half_cents.iter_mut().zip(prices) {
            let steps = price / HALF_CENT;
            *half_cents = steps as u8;
            rest |= (price - steps * HALF_CENT) | (steps >> 8);
        }
    }
    if rest != 0 {
        return false;
    }
    write_header(0, HALF_CENT, 1, bytes);
    bytes.extend_from_slice(&half_cents);
    true
}

/// Computes the distances from `least` in steps; `None` if any is no multiple of the step.
type Divide = fn(column: &Column, least: u32, steps: &mut Column) -> Option<u32>;

/// A step that is known when the division is compiled needs no division.
fn divide<const STEP: u32>(column: &Column, least: u32, steps: &mut Column) -> Option<u32> {
    let mut rest = 0;
    for (steps, figures) in steps.as_chunks_mut::<8>().0.iter_mut().zip(column.as_chunks::<8>().0) {
        for (step, figure) in steps.iter_mut().zip(figures) {
            let distance = figure - least;
            *step = distance / STEP;
            rest |= distance - *step * STEP;
        }
    }
    (rest == 0).then_some(STEP)
}

/// Writes a column, whose figures are all the same or not, by the first of `divisions` that leaves no rest.
fn write(column: &Column, is_same: bool, divisions: &[Divide], bytes: &mut Vec<u8>) {
    let (mut least, mut most) = (column[0], column[0]);
    if is_same {
        return write_header(least, 1, 0, bytes);
    }
    for round in column.as_chunks::<8>().0 {
        for &figure in round {
            (least, most) = (least.min(figure), most.max(figure));
        }
    }
    let mut steps = [0; BLOCK];
    let whole = divisions.iter().chain(&[divide::<1> as Divide]);
    let step = whole.into_iter().find_map(|divide| divide(column, least, &mut steps)).unwrap_or(1);
    // Number of bytes for each distance.
    let width = match (most - least) / step {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    };
    write_header(least, step, width, bytes);
    for round in steps.as_chunks::<8>().0 {
        match width {
            1 => bytes.extend_from_slice(&round.map(|steps| steps as u8)),
            2 => bytes.extend_from_slice(round.map(|steps| (steps as u16).to_le_bytes()).as_flattened()),
            _ => bytes.extend_from_slice(round.map(u32::to_le_bytes).as_flattened()),
        }
    }
}

fn write_header(least: u32, step: u32, width: u8, bytes: &mut Vec<u8>) {
    let ([a, b, c, d], [e, f, g, h]) = (least.to_le_bytes(), step.to_le_bytes());
    bytes.extend_from_slice(&[a, b, c, d, e, f, g, h, width]);
}

/// Reads the column that `bytes` start with and returns the bytes after it. Where bytes are missing, so are figures.
fn read<'a>(bytes: &'a [u8], column: &mut Column) -> &'a [u8] {
    let Some((header, bytes)) = bytes.split_first_chunk::<HEADER>() else { return &[] };
    let [a, b, c, d, e, f, g, h, width] = *header;
    let (least, step) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    let (distances, rest) = bytes.split_at(bytes.len().min(usize::from(width) * BLOCK));
    match width {
        0 => *column = [least; BLOCK],
        1 => fill(column, least, step, distances.as_chunks::<1>().0, |[byte]| u32::from(byte)),
        2 => fill(column, least, step, distances.as_chunks::<2>().0, |bytes| u32::from(u16::from_le_bytes(bytes))),
        _ => fill(column, least, step, distances.as_chunks::<4>().0, u32::from_le_bytes),
    }
    rest
}

#[inline(always)]
fn fill<const WIDTH: usize>(
    column: &mut Column,
    least: u32,
    step: u32,
    distances: &[[u8; WIDTH]],
    steps: impl Fn([u8; WIDTH]) -> u32,
) {
    for (figures, distances) in column.as_chunks_mut::<8>().0.iter_mut().zip(distances.as_chunks::<8>().0) {
        for (figure, distance) in figures.iter_mut().zip(distances) {
            *figure = least + step * steps(*distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(figure: impl Fn(u32) -> u32) -> Column {
        std::array::from_fn(|number| figure(number as u32))
    }

    #[test]
    fn nothing_is_rounded_and_what_is_on_the_grid_is_small() {
        let header = 2 * HEADER;
        let poll = |_| 30_000;
        let cases = [
            (column(|_| 425_000_000), column(poll), header),
            (column(|n| 5_000_000 * (n * 37 % 200)), column(poll), header + 64),
            (column(|n| 425_000_000 + 50_000 * (n % 256)), column(poll), header + 64),
            (column(|n| 300_000_000 + 500_000 * (n * 4)), column(poll), header + 64),
            (column(|n| 50_000 * (n * 317)), column(poll), header + 128),
            (column(|n| 1_000_000_000 - 50_000 * (n * 317)), column(|n| 30_000 + n * 4), header + 192),
            (column(|n| 425_000_000 + n * 4), column(|n| 30_000 + n * 999), header + 192),
            (column(|n| 15_000_017 * n), column(|n| 30_000 + n * 3_000), header + 320),
            (column(|n| u32::MAX / 63 * n), column(|n| u32::MAX - n * 60_000_001), header + 512),
            (column(|n| if n == 63 { u32::MAX } else { 0 }), column(|n| u32::MAX * (n % 2)), header + 512),
        ];
        for (prices, gaps_ms, bytes) in cases {
            let block = Block { prices, gaps_ms };
            let packed = Packed::of(&block);
            assert_eq!(packed.unpack(), block);
            assert_eq!(packed.bytes(), bytes, "{block:?}");
        }
        assert_eq!(Packed::default().unpack(), Block::of(0));
    }
}
