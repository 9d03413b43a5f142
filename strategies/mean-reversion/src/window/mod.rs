//! A moving window of prices, with the exponential average that starts at the window's first price and the deviations
//! from it: the case study's literal definition, at constant cost per price.
//!
//! A two-stack queue of [`Run`]s. Prices lie in blocks of [`BLOCK`]; the *front* is the older blocks, the *back* one
//! growing run. Of the front's first block, the [`Front`] from each price on is at hand; of its later blocks, the run
//! of all that follows them in the front. When the front is used up, all whole blocks of the back become the front, one
//! step per block: so the worst update costs a few hundred steps, never one per price.
//!
//! Prices are whole nano-dollars, so changes are exact. Must know nothing of trading.

mod saved;

use crate::run::{Decay, Front, Run};

/// Prices per block. Loops over a block take several prices a round: in the sandbox each round pays for the meters, which
/// keep running sums out of the registers.
const BLOCK: usize = 64;

/// The nearest whole number of nano-dollars to a price, given twice the price in dollars, which must lie in `0..=2`.
#[inline]
pub fn nanos_from_doubled_dollars(doubled: f64) -> u32 {
    // Adding 2^52 to a smaller positive float leaves its nearest whole number in the low bits.
    (doubled * 5e8 + (1u64 << 52) as f64).to_bits() as u32
}

/// One price in nano-dollars, and the milliseconds since the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    price: u32,
    gap_ms: u32,
}

/// `price` less `earlier`, exactly.
#[inline]
fn change(earlier: u32, price: u32) -> f64 {
    f64::from(price.wrapping_sub(earlier) as i32)
}

/// What the window says of its last price, in nano-dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Number of prices.
    pub count: u32,
    /// From the window's first price to its last, in milliseconds.
    pub span_ms: i64,
    /// The last price less the average.
    pub deviation: f64,
    /// Population variance of all the deviations; a rounding error can make nothing a little less than nothing.
    pub variance: f64,
}

/// When the last price of an empty window came: so long ago that the next price starts it.
const NEVER: i64 = i64::MIN;

/// The window. Positions are slots of a ring of `ring_blocks` blocks.
#[derive(Clone, Debug)]
pub struct Window {
    /// The changes after the front's last price.
    back: Run,
    /// From sums to means: gains of the decay over the number of prices.
    sum_scale: f64,
    square_scale: f64,
    /// When the last price came.
    last_ms: i64,
    /// When the window's first price came.
    first_ms: i64,
    len: u32,
    capacity: u32,
    /// The window's first price.
    first: u32,
    /// Its last one.
    last: u32,
    /// Slot of the first price.
    head: u32,
    /// Slot of the next price.
    tail: u32,
    /// The block where the back starts.
    back_block: u32,
    ring_blocks: u32,
    /// Grows with the history up to the ring's length.
    points: Vec<Point>,
    /// Per block: in the front the run of the changes after it there, in the back the run of the changes to its prices.
    runs: Vec<Run>,
    /// From each price of the first price's block on; empty until a price is dropped.
    fronts: Vec<Front>,
}

impl Window {
    /// The smallest capacity: the block that is being left, and a whole one.
    pub const LEAST: u32 = BLOCK as u32 + 1;

    /// An empty window of the last `capacity` prices, at least [`Window::LEAST`].
    pub fn new(capacity: u32) -> Window {
        debug_assert!(capacity >= Window::LEAST, "a front needs a whole block");
        Window {
            back: Run::EMPTY,
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
            runs: Vec::new(),
            fronts: Vec::new(),
        }
    }

    /// Number of prices.
    #[inline]
    pub fn count(&self) -> u32 {
        self.len
    }

    /// When the last price came, in milliseconds since the epoch.
    pub fn last_ms(&self) -> i64 {
        self.last_ms
    }

    /// Bytes on the heap and in this struct.
    pub fn bytes(&self) -> usize {
        size_of::<Window>()
            + self.points.capacity() * size_of::<Point>()
            + self.runs.capacity() * size_of::<Run>()
            + self.fronts.capacity() * size_of::<Front>()
    }

    /// Adds a price, drops the first one from a full window, and says what the window comes to. After a gap of more
    /// than 49 days (or if time runs backwards) the history starts again. `decay` must be the same at each call.
    #[inline(always)]
    pub fn push(&mut self, decay: &Decay, price: u32, time_ms: i64) -> Summary {
        let gap_ms = time_ms.wrapping_sub(self.last_ms) as u64;
        if gap_ms > u64::from(u32::MAX) {
            self.start(price, time_ms);
            return Summary { count: 1, span_ms: 0, deviation: 0.0, variance: 0.0 };
        }
        let front = if self.len == self.capacity { self.drop_first(decay) } else { self.lengthen(decay) };
        let slot = self.tail as usize;
        self.points[slot] = Point { price, gap_ms: gap_ms as u32 };
        self.back.append(decay, change(self.last, price));
        let (deviation, energy) = self.back.after(front);
        let mean = self.sum_scale * (change(self.first, price) - deviation);
        let summary = Summary {
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

    /// Starts over with one price, in the last slot of its block: so the first drop enters a new block.
    #[cold]
    fn start(&mut self, price: u32, time_ms: i64) {
        *self = Window::new(self.capacity);
        (self.first, self.last, self.first_ms, self.last_ms, self.len) = (price, price, time_ms, time_ms, 1);
        (self.head, self.tail) = (BLOCK as u32 - 1, BLOCK as u32);
        self.points = vec![Point { price, gap_ms: 0 }; BLOCK];
        self.runs = vec![Run::EMPTY];
        self.open_block();
    }

    /// Number of slots in the whole ring.
    fn ring(&self) -> u32 {
        self.ring_blocks * BLOCK as u32
    }

    /// Nothing is dropped yet: the back holds all but the first price, from which it starts.
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

    /// Drops the first price and gives the front that is left.
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

    /// The tail has filled a block: works out its run and opens the next.
    #[cold]
    fn close_block(&mut self, decay: &Decay) {
        let block = self.tail as usize / BLOCK - 1;
        self.runs[block] = self.run_of(decay, block);
        self.tail %= self.ring();
        self.open_block();
    }

    /// The run of the changes to a block's prices, the first one from the price before it.
    fn run_of(&self, decay: &Decay, block: usize) -> Run {
        let mut earlier = self.price_before(block);
        let mut run = Run::EMPTY;
        for round in self.points[block * BLOCK..][..BLOCK].as_chunks::<8>().0 {
            for point in round {
                run.append(decay, change(earlier, point.price));
                earlier = point.price;
            }
        }
        run
    }

    /// The last price of the block before.
    fn price_before(&self, block: usize) -> u32 {
        let slot = if block == 0 { self.points.len() } else { block * BLOCK } - 1;
        self.points[slot].price
    }

    /// Makes room for the block at the tail. Memory doubles until the ring is whole: short histories stay small.
    fn open_block(&mut self) {
        let blocks = self.tail as usize / BLOCK + 1;
        if blocks > self.runs.len() {
            if blocks > self.runs.capacity() {
                let more = blocks.min(self.ring_blocks as usize - self.runs.len());
                self.runs.reserve_exact(more);
                self.points.reserve_exact(more * BLOCK);
            }
            self.runs.resize(blocks, Run::EMPTY);
            self.points.resize(blocks * BLOCK, Point::default());
        }
    }

    /// The head has come to a new block: works out the front from each of its prices on.
    #[cold]
    fn enter_block(&mut self, decay: &Decay) {
        self.head %= self.ring();
        if self.head / BLOCK as u32 == self.back_block {
            // All whole blocks of the back become the front; the rest stays.
            self.back_block = self.tail / BLOCK as u32;
            self.link_front();
            self.fill_back(decay);
        }
        self.fill_fronts(decay);
    }

    /// Turns the own run of each block from the head's to the back into that of all that follows it in the front.
    fn link_front(&mut self) {
        let mut block = self.back_block;
        let mut later = Run::EMPTY;
        while block != self.head / BLOCK as u32 {
            block = (block + self.ring_blocks - 1) % self.ring_blocks;
            let own = std::mem::replace(&mut self.runs[block as usize], later);
            later = own.then(&later);
        }
    }

    /// Goes through the back's prices once more.
    fn fill_back(&mut self, decay: &Decay) {
        self.back = Run::EMPTY;
        let mut earlier = self.price_before(self.back_block as usize);
        let mut slot = self.back_block * BLOCK as u32;
        while slot != self.tail {
            let price = self.points[slot as usize].price;
            self.back.append(decay, change(earlier, price));
            earlier = price;
            slot = (slot + 1) % self.ring();
        }
    }

    /// The front from each price of the head's block on.
    fn fill_fronts(&mut self, decay: &Decay) {
        let block = self.head as usize / BLOCK;
        let (last, earlier) = (BLOCK - 1, ..BLOCK - 1);
        let points = &self.points[block * BLOCK..][..BLOCK];
        // Changes after the block's last price; then, price by price, the change to the price after it.
        let mut run = self.runs[block];
        let mut price = points[last].price;
        self.fronts.resize(BLOCK, Front::default());
        self.fronts[last] = run.front();
        let fronts = self.fronts[earlier].as_chunks_mut::<9>().0.iter_mut();
        for (fronts, points) in fronts.zip(points[earlier].as_chunks::<9>().0).rev() {
            for (front, point) in fronts.iter_mut().zip(points).rev() {
                run.prepend(decay, change(point.price, price));
                price = point.price;
                *front = run.front();
            }
        }
    }
}
