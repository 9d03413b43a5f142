//! A moving window of prices, with the exponential average that starts at the window's first price and the deviations
//! from that average: the case study's literal definition, at constant cost per price.
//!
//! The window is a two-stack queue of [`Segment`]s. Prices are stored in blocks of [`BLOCK`], all but the first and the
//! last of them packed: nothing is read in between until it is dropped. The *front* consists of
//! the older blocks, the *back* is one growing segment. For the first block of the front, the [`Front`] from each price
//! on is kept; for each later block, the segment of all changes after it in the front. When the front is used up, all
//! complete blocks of the back become the front, in one step per block: the worst update costs a few hundred steps,
//! never one per price in the window.
//!
//! Prices are whole nano-dollars, so changes are exact. This module must know nothing of trading.

mod packed;
mod saved;

use crate::segment::{Decay, Front, Segment};
use packed::{BLOCK, Block, Column, Packed};

/// Returns a price rounded to whole nano-dollars, given twice the price in dollars, which must be in `0..=2`.
#[inline]
pub fn nanos_from_doubled_dollars(doubled: f64) -> u32 {
    // Adding 2^52 to a smaller positive float leaves its nearest whole number in the low bits.
    (doubled * 5e8 + (1u64 << 52) as f64).to_bits() as u32
}

/// Returns `price` minus `earlier`, exactly.
#[inline]
fn change(earlier: u32, price: u32) -> f64 {
    f64::from(price.wrapping_sub(earlier) as i32)
}

/// The statistics of a window at its last price, in nano-dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowSummary {
    /// Number of prices.
    pub count: u32,
    /// From the window's first price to its last, in milliseconds.
    pub span_ms: i64,
    /// The last price minus the average.
    pub deviation: f64,
    /// Population variance of all the deviations. A rounding error can make a variance of 0 slightly negative.
    pub variance: f64,
}

/// Time of the last price of an empty window: so long ago that the next price starts the window.
const NEVER: i64 = i64::MIN;

/// A moving window. Prices are in the slots of a ring of `ring_blocks` blocks.
#[derive(Clone, Debug)]
pub struct Window {
    /// The changes after the front's last price.
    back: Segment,
    /// Factor that turns the sum of deviations into their mean: the decay's gain divided by the number of prices.
    sum_scale: f64,
    /// The same for the squares.
    square_scale: f64,
    /// Time of the last price.
    last_ms: i64,
    /// Time of the first price.
    first_ms: i64,
    len: u32,
    capacity: u32,
    /// The first price.
    first: u32,
    /// The last price.
    last: u32,
    /// Slot of the first price.
    head: u32,
    /// Slot of the next price.
    tail: u32,
    /// First block of the back.
    back_block: u32,
    ring_blocks: u32,
    /// The last price before the newest block.
    before_newest: u32,
    /// The block of the next price; empty in an empty window.
    newest: Vec<Block>,
    /// The block of the first price; empty until a price is dropped.
    oldest: Vec<Oldest>,
    /// The blocks in between. The ring grows with the history up to its full length.
    packed: Vec<Packed>,
    /// One segment per block. For a block of the front: the changes after it within the front. For a block of the back:
    /// the changes to its own prices.
    segments: Vec<Segment>,
}

/// The block of the first price, with the front from each of its prices on.
#[derive(Clone, Debug)]
struct Oldest {
    block: Block,
    fronts: [Front; BLOCK],
}

impl Window {
    /// Smallest capacity: one price in the block that is being left, and one complete block.
    pub const MIN_CAPACITY: u32 = BLOCK as u32 + 1;

    /// Makes an empty window for the last `capacity` prices, at least [`Window::MIN_CAPACITY`].
    pub fn new(capacity: u32) -> Window {
        debug_assert!(capacity >= Window::MIN_CAPACITY, "a front needs a whole block");
        Window {
            back: Segment::EMPTY,
            sum_scale: 0.0,
            square_scale: 0.0,
            last_ms: NEVER,
            first_ms: 0,
            len: 0,
            capacity,
            first: 0,
            last: 0,
            head: 0,
            tail: 0,
            back_block: 1,
            ring_blocks: capacity.div_ceil(BLOCK as u32) + 1,
            before_newest: 0,
            newest: Vec::new(),
            oldest: Vec::new(),
            packed: Vec::new(),
            segments: Vec::new(),
        }
    }

    /// The number of prices.
    #[inline]
    pub fn count(&self) -> u32 {
        self.len
    }

    /// The time of the last price, in milliseconds since the epoch.
    pub fn last_ms(&self) -> i64 {
        self.last_ms
    }

    /// The size of this struct and its memory on the heap, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Window>()
            + self.newest.capacity() * size_of::<Block>()
            + self.oldest.capacity() * size_of::<Oldest>()
            + self.packed.capacity() * size_of::<Packed>()
            + self.packed.iter().map(Packed::bytes).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment>()
    }

    /// Adds a price, drops the first one if the window is full, and returns the new statistics. The window starts again
    /// after a gap of more than 49 days (2^32 ms), or if time goes backwards. `decay` must be the same in every call.
    #[inline(always)]
    pub fn push(&mut self, decay: &Decay, price: u32, time_ms: i64) -> WindowSummary {
        let gap_ms = time_ms.wrapping_sub(self.last_ms) as u64;
        if gap_ms > u64::from(u32::MAX) {
            self.start(price, time_ms);
            return WindowSummary { count: 1, span_ms: 0, deviation: 0.0, variance: 0.0 };
        }
        let front = if self.len == self.capacity { self.drop_first(decay) } else { self.lengthen(decay) };
        let slot = self.tail as usize % BLOCK;
        let newest = &mut self.newest[0];
        (newest.prices[slot], newest.gaps_ms[slot]) = (price, gap_ms as u32);
        self.back.append(decay, change(self.last, price));
        let summary = self.summarize(front, price, time_ms);
        (self.last, self.last_ms, self.tail) = (price, time_ms, self.tail + 1);
        if slot == BLOCK - 1 {
            self.close_block(decay);
        }
        summary
    }

    /// Returns the statistics that the last price led to; `None` without a price.
    pub fn summary(&self) -> Option<WindowSummary> {
        // The front is empty until a price is dropped.
        let front = self.oldest.first().map_or_else(Front::default, |oldest| oldest.fronts[self.head as usize % BLOCK]);
        (self.len > 0).then(|| self.summarize(front, self.last, self.last_ms))
    }

    /// Returns the last price, in nano-dollars.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// Returns the statistics at `price`, whose change is in the back already.
    #[inline(always)]
    fn summarize(&self, front: Front, price: u32, time_ms: i64) -> WindowSummary {
        let (deviation, energy) = self.back.after(front);
        let mean = self.sum_scale * (change(self.first, price) - deviation);
        WindowSummary {
            count: self.len,
            span_ms: time_ms - self.first_ms,
            deviation,
            variance: self.square_scale * (energy - deviation * deviation) - mean * mean,
        }
    }

    /// Starts again with one price. It gets the last slot of its block, so that the first drop enters a new block.
    #[cold]
    fn start(&mut self, price: u32, time_ms: i64) {
        *self = Window::new(self.capacity);
        (self.first, self.last, self.first_ms, self.last_ms, self.len) = (price, price, time_ms, time_ms, 1);
        (self.head, self.tail) = (BLOCK as u32 - 1, BLOCK as u32);
        (self.newest, self.before_newest) = (vec![Block::of(price)], price);
        self.open_blocks(2);
        self.packed[0] = Packed::of(&self.newest[0]);
    }

    /// The number of slots in the whole ring.
    fn ring(&self) -> u32 {
        self.ring_blocks * BLOCK as u32
    }

    /// Counts a price that is added without dropping one, and returns the empty front: until a price is dropped, the
    /// back holds all changes.
    #[inline]
    fn lengthen(&mut self, decay: &Decay) -> Front {
        self.len += 1;
        self.scale(decay);
        Front::default()
    }

    fn scale(&mut self, decay: &Decay) {
        let share = 1.0 / f64::from(self.len);
        (self.sum_scale, self.square_scale) = (decay.sum_gain * share, decay.square_gain * share);
    }

    /// Drops the first price and returns the front that remains.
    #[inline]
    fn drop_first(&mut self, decay: &Decay) -> Front {
        self.head += 1;
        if (self.head as usize).is_multiple_of(BLOCK) {
            self.enter_block(decay);
        }
        let (oldest, slot) = (&self.oldest[0], self.head as usize % BLOCK);
        self.first = oldest.block.prices[slot];
        self.first_ms += i64::from(oldest.block.gaps_ms[slot]);
        oldest.fronts[slot]
    }

    /// Packs the block that the tail has filled, and opens the next one.
    #[cold]
    fn close_block(&mut self, decay: &Decay) {
        self.seal(decay, self.tail as usize / BLOCK - 1);
        self.tail %= self.ring();
        self.open_blocks(self.tail as usize / BLOCK + 1);
    }

    /// Packs the newest block, which is full, as number `block` of the ring, and computes its segment.
    fn seal(&mut self, decay: &Decay, block: usize) {
        let newest = &self.newest[0];
        self.segments[block] = segment_of(decay, self.before_newest, &newest.prices);
        self.packed[block] = Packed::of(newest);
        self.before_newest = newest.prices[BLOCK - 1];
    }

    /// Makes room for `blocks` blocks. The ring doubles until it has its full length, so that a short history stays
    /// small.
    fn open_blocks(&mut self, blocks: usize) {
        if blocks > self.segments.len() {
            if blocks > self.segments.capacity() {
                let more = blocks.min(self.ring_blocks as usize - self.segments.len());
                self.segments.reserve_exact(more);
                self.packed.reserve_exact(more);
            }
            self.segments.resize(blocks, Segment::EMPTY);
            self.packed.resize(blocks, Packed::default());
        }
    }

    /// Called when the head has come to a new block: computes the front from each of its prices on.
    #[cold]
    fn enter_block(&mut self, decay: &Decay) {
        self.head %= self.ring();
        if self.head / BLOCK as u32 == self.back_block {
            // The front is used up. All complete blocks of the back become the new front.
            self.back_block = self.tail / BLOCK as u32;
            self.link_front();
            self.fill_back(decay);
        }
        self.fill_fronts(decay);
    }

    /// Replaces the segment of each block in the front: from the changes to its own prices to all changes after it.
    fn link_front(&mut self) {
        let mut block = self.back_block;
        let mut later = Segment::EMPTY;
        while block != self.head / BLOCK as u32 {
            block = (block + self.ring_blocks - 1) % self.ring_blocks;
            let own = std::mem::replace(&mut self.segments[block as usize], later);
            later = own.then(&later);
        }
    }

    /// Computes the segment of the back from its prices, which are all in the newest block.
    fn fill_back(&mut self, decay: &Decay) {
        self.back = Segment::EMPTY;
        let mut earlier = self.before_newest;
        for &price in &self.newest[0].prices[..self.tail as usize % BLOCK] {
            self.back.append(decay, change(earlier, price));
            earlier = price;
        }
    }

    /// Unpacks the head's block and computes the front from each of its prices on.
    fn fill_fronts(&mut self, decay: &Decay) {
        if self.oldest.is_empty() {
            self.oldest = vec![Oldest { block: Block::of(0), fronts: [Front::default(); BLOCK] }];
        }
        let number = self.head as usize / BLOCK;
        let Oldest { block, fronts } = &mut self.oldest[0];
        std::mem::take(&mut self.packed[number]).unpack_into(block);
        let (last, earlier) = (BLOCK - 1, ..BLOCK - 1);
        // Starts with the changes after the block's last price, and prepends the change after each earlier price.
        let mut segment = self.segments[number];
        let mut later = block.prices[last];
        fronts[last] = segment.front();
        let rounds = fronts[earlier].as_chunks_mut::<9>().0.iter_mut();
        for (fronts, prices) in rounds.zip(block.prices[earlier].as_chunks::<9>().0).rev() {
            for (front, &price) in fronts.iter_mut().zip(prices).rev() {
                segment.prepend(decay, change(price, later));
                later = price;
                *front = segment.front();
            }
        }
    }
}

/// Returns the segment of the changes to a block's prices, the first of them from `earlier`, the price before it.
fn segment_of(decay: &Decay, mut earlier: u32, prices: &Column) -> Segment {
    let mut segment = Segment::EMPTY;
    for round in prices.as_chunks::<8>().0 {
        for &price in round {
            segment.append(decay, change(earlier, price));
            earlier = price;
        }
    }
    segment
}
