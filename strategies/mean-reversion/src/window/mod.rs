//! A moving window of prices, with the exponential average that starts at the window's first price and the deviations
//! from that average: the case study's literal definition, at constant cost per price.
//!
//! The window is a two-stack queue of [`Segment`]s. Prices are stored in blocks of [`BLOCK`]. The *front* consists of
//! the older blocks, the *back* is one growing segment. For the first block of the front, the [`Front`] from each price
//! on is kept; for each later block, the segment of all changes after it in the front. When the front is used up, all
//! complete blocks of the back become the front, in one step per block: the worst update costs a few hundred steps,
//! never one per price in the window.
//!
//! Prices are whole nano-dollars, so changes are exact. This module must know nothing of trading.

mod saved;

use crate::segment::{Decay, Front, Segment};

/// Number of prices in a block. Loops over a block handle several prices per iteration: in the sandbox every iteration
/// pays for metering, which also keeps running sums out of the registers.
const BLOCK: usize = 64;

/// Returns a price rounded to whole nano-dollars, given twice the price in dollars, which must be in `0..=2`.
#[inline]
pub fn nanos_from_doubled_dollars(doubled: f64) -> u32 {
    // Adding 2^52 to a smaller positive float leaves its nearest whole number in the low bits.
    (doubled * 5e8 + (1u64 << 52) as f64).to_bits() as u32
}

/// A price in nano-dollars, and the milliseconds since the price before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    price: u32,
    gap_ms: u32,
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
    /// The ring, which grows with the history up to its full length.
    points: Vec<Point>,
    /// One segment per block. For a block of the front: the changes after it within the front. For a block of the back:
    /// the changes to its own prices.
    segments: Vec<Segment>,
    /// The front from each price of the first price's block on; empty until a price is dropped.
    fronts: Vec<Front>,
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
            points: Vec::new(),
            segments: Vec::new(),
            fronts: Vec::new(),
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
            + self.points.capacity() * size_of::<Point>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.fronts.capacity() * size_of::<Front>()
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
        let slot = self.tail as usize;
        self.points[slot] = Point { price, gap_ms: gap_ms as u32 };
        self.back.append(decay, change(self.last, price));
        let (deviation, energy) = self.back.after(front);
        let mean = self.sum_scale * (change(self.first, price) - deviation);
        let summary = WindowSummary {
            count: self.len,
            span_ms: time_ms - self.first_ms,
            deviation,
            variance: self.square_scale * (energy - deviation * deviation) - mean * mean,
        };
        (self.last, self.last_ms, self.tail) = (price, time_ms, self.tail + 1);
        if slot % BLOCK == BLOCK - 1 {
            self.close_block(decay);
        }
        summary
    }

    /// Starts again with one price. It gets the last slot of its block, so that the first drop enters a new block.
    #[cold]
    fn start(&mut self, price: u32, time_ms: i64) {
        *self = Window::new(self.capacity);
        (self.first, self.last, self.first_ms, self.last_ms, self.len) = (price, price, time_ms, time_ms, 1);
        (self.head, self.tail) = (BLOCK as u32 - 1, BLOCK as u32);
        self.points = vec![Point { price, gap_ms: 0 }; BLOCK];
        self.segments = vec![Segment::EMPTY];
        self.open_block();
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
        let first = self.points[self.head as usize];
        self.first = first.price;
        self.first_ms += i64::from(first.gap_ms);
        self.fronts[self.head as usize % BLOCK]
    }

    /// Computes the segment of the block that the tail has filled, and opens the next block.
    #[cold]
    fn close_block(&mut self, decay: &Decay) {
        let block = self.tail as usize / BLOCK - 1;
        self.segments[block] = self.segment_of(decay, block);
        self.tail %= self.ring();
        self.open_block();
    }

    /// Returns the segment of the changes to a block's prices, the first of them from the price before the block.
    fn segment_of(&self, decay: &Decay, block: usize) -> Segment {
        let mut earlier = self.price_before(block);
        let mut segment = Segment::EMPTY;
        for round in self.points[block * BLOCK..][..BLOCK].as_chunks::<8>().0 {
            for point in round {
                segment.append(decay, change(earlier, point.price));
                earlier = point.price;
            }
        }
        segment
    }

    /// Returns the last price before a block.
    fn price_before(&self, block: usize) -> u32 {
        let slot = if block == 0 { self.points.len() } else { block * BLOCK } - 1;
        self.points[slot].price
    }

    /// Makes room for the block at the tail. The memory doubles until the ring has its full length, so that a short
    /// history stays small.
    fn open_block(&mut self) {
        let blocks = self.tail as usize / BLOCK + 1;
        if blocks > self.segments.len() {
            if blocks > self.segments.capacity() {
                let more = blocks.min(self.ring_blocks as usize - self.segments.len());
                self.segments.reserve_exact(more);
                self.points.reserve_exact(more * BLOCK);
            }
            self.segments.resize(blocks, Segment::EMPTY);
            self.points.resize(blocks * BLOCK, Point::default());
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

    /// Computes the segment of the back from its prices.
    fn fill_back(&mut self, decay: &Decay) {
        self.back = Segment::EMPTY;
        let mut earlier = self.price_before(self.back_block as usize);
        let mut slot = self.back_block * BLOCK as u32;
        while slot != self.tail {
            let price = self.points[slot as usize].price;
            self.back.append(decay, change(earlier, price));
            earlier = price;
            slot = (slot + 1) % self.ring();
        }
    }

    /// Computes the front from each price of the head's block on.
    fn fill_fronts(&mut self, decay: &Decay) {
        let block = self.head as usize / BLOCK;
        let (last, earlier) = (BLOCK - 1, ..BLOCK - 1);
        let points = &self.points[block * BLOCK..][..BLOCK];
        // Starts with the changes after the block's last price, and prepends the change after each earlier price.
        let mut segment = self.segments[block];
        let mut price = points[last].price;
        self.fronts.resize(BLOCK, Front::default());
        self.fronts[last] = segment.front();
        let fronts = self.fronts[earlier].as_chunks_mut::<9>().0.iter_mut();
        for (fronts, points) in fronts.zip(points[earlier].as_chunks::<9>().0).rev() {
            for (front, point) in fronts.iter_mut().zip(points).rev() {
                segment.prepend(decay, change(point.price, price));
                price = point.price;
                *front = segment.front();
            }
        }
    }
}
