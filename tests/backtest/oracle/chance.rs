//! The draws of the fill model `coin`: ChaCha with 8 rounds as its authors describe it, one stream for each
//! order, written out.

use super::words::{CONTRACT, DOLLAR, Order};

/// The defaults of the configuration.
const FILLS: f64 = 0.8;
const PARTLY: f64 = 0.2;
const SLIPPAGE_DOLLARS: f64 = 0.002;
const LATENCY_NS: f64 = 150e6;

/// The fate of an order, and its time.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub time: i128,
    /// Price and quantity; none if it does not fill.
    pub fill: Option<(i128, i128)>,
}

/// Draws the fate of `order`, in the market that the host knows by this number.
pub fn outcome(seed: u64, order: &Order, market: usize) -> Outcome {
    let mut stream = Stream { key: key(seed), stream: number(order, market), block: 0, words: Vec::new() };
    let fills = stream.uniform() < FILLS;
    let partly = stream.uniform() < PARTLY;
    let share = stream.uniform();
    let slippage = ((0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0) * SLIPPAGE_DOLLARS;
    let latency = stream.exponential() * LATENCY_NS;
    // Whole contracts from one to less than all.
    let most = (order.qty - 1) / CONTRACT;
    let part = if most > 0 { CONTRACT * (1 + (share * most as f64) as i128).min(most) } else { order.qty };
    let price = (order.price + (slippage * DOLLAR as f64).round() as i128).clamp(1, DOLLAR - 1);
    let qty = if partly { part } else { order.qty };
    Outcome { time: order.created + latency as i128, fill: fills.then_some((price, qty)) }
}

/// Returns the number of an order's stream: of its time, market and side, whatever its own number.
fn number(order: &Order, market: usize) -> u64 {
    [market as u64, 0, order.side as u64].into_iter().fold(order.created as u64, |number, part| {
        let spread = (number ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        spread ^ spread >> 32
    })
}

struct Stream {
    key: [u32; 8],
    stream: u64,
    block: u64,
    /// The words of the block that are left, the next one last.
    words: Vec<u32>,
}

impl Stream {
    fn word(&mut self) -> u32 {
        if self.words.is_empty() {
            self.words = block(&self.key, self.block, self.stream).into_iter().rev().collect();
            self.block += 1;
        }
        self.words.pop().unwrap_or_default()
    }

    /// Returns a number in 0..1, from 53 bits.
    fn uniform(&mut self) -> f64 {
        let (low, high) = (u64::from(self.word()), u64::from(self.word()));
        ((high << 32 | low) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns an exponential number by von Neumann's method: count descending runs of even length; the first number of
    /// a run of odd length is the fraction.
    fn exponential(&mut self) -> f64 {
        for whole in 0.. {
            let first = self.uniform();
            let (mut last, mut length) = (first, 1);
            loop {
                let next = self.uniform();
                if next >= last {
                    break;
                }
                (last, length) = (next, length + 1);
            }
            if length % 2 == 1 {
                return f64::from(whole) + first;
            }
        }
        unreachable!("the loop has no end")
    }
}

/// Returns the key that `rand_core` makes of a number: PCG32, eight words.
fn key(seed: u64) -> [u32; 8] {
    let mut state = seed;
    [(); 8].map(|()| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(11_634_580_027_462_260_723);
        let mixed = ((state >> 18 ^ state) >> 27) as u32;
        mixed.rotate_right((state >> 59) as u32)
    })
}

/// Returns block number `number` of stream number `stream`.
fn block(key: &[u32; 8], number: u64, stream: u64) -> [u32; 16] {
    let mut start = [0u32; 16];
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    start[4..12].copy_from_slice(key);
    start[12..].copy_from_slice(&[number as u32, (number >> 32) as u32, stream as u32, (stream >> 32) as u32]);
    let mut words = start;
    for _ in 0..4 {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter(&mut words, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter(&mut words, a, b, c, d);
        }
    }
    for (word, first) in words.iter_mut().zip(start) {
        *word = word.wrapping_add(first);
    }
    words
}

fn quarter(words: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    for (one, two, three, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        words[one] = words[one].wrapping_add(words[two]);
        words[three] = (words[three] ^ words[one]).rotate_left(turn);
    }
}
