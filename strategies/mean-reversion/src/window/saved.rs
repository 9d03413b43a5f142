//! Saves and restores a window. Only prices and times are saved, with the place where front and back meet: all sums
//! follow from these, bit for bit.

use strategy_sdk::{Reader, Writer};

use super::packed::{BLOCK, Block};
use super::{Window, change};
use crate::segment::Decay;

const DAMAGED: &str = "the saved window does not fit together";

impl Window {
    pub fn save(&self, writer: &mut Writer) {
        writer.unsigned(u64::from(self.capacity));
        writer.unsigned(u64::from(self.len));
        if self.len == 0 {
            return;
        }
        writer.unsigned(u64::from(self.head));
        let front_blocks = self.back_block + self.ring_blocks - self.head / BLOCK as u32;
        writer.unsigned(u64::from(front_blocks % self.ring_blocks));
        writer.signed(self.first_ms);
        let (mut price, mut gap_ms) = (0, 0);
        let mut block = self.block(self.head as usize / BLOCK);
        for number in 0..self.len {
            let slot = ((self.head + number) % self.ring()) as usize;
            if slot.is_multiple_of(BLOCK) {
                block = self.block(slot / BLOCK);
            }
            let point = (i64::from(block.prices[slot % BLOCK]), i64::from(block.gaps_ms[slot % BLOCK]));
            writer.signed(point.0 - price);
            writer.signed(point.1 - gap_ms);
            (price, gap_ms) = point;
        }
    }

    /// Returns a block of the ring, unpacked.
    fn block(&self, number: usize) -> Block {
        match (self.newest.first(), self.oldest.first()) {
            (Some(newest), _) if number == self.tail as usize / BLOCK => newest.clone(),
            (_, Some(oldest)) if number == self.head as usize / BLOCK => oldest.block.clone(),
            _ => self.packed[number].unpack(),
        }
    }

    /// Reads a window and gives it the capacity `capacity`, which may differ from that of the saved window.
    ///
    /// # Errors
    /// The saved window is damaged.
    pub fn restore(reader: &mut Reader<'_>, decay: &Decay, capacity: u32) -> Result<Window, String> {
        let saved_capacity = reader.at_most(1 << 30)? as u32;
        let len = reader.at_most(u64::from(saved_capacity))? as u32;
        if len == 0 {
            return Ok(Window::new(capacity));
        }
        if saved_capacity < Window::MIN_CAPACITY {
            return Err(DAMAGED.into());
        }
        let mut window = Window { len, ..Window::new(saved_capacity) };
        window.head = reader.at_most(u64::from(window.ring()) - 1)? as u32;
        let front_blocks = reader.at_most(u64::from(window.ring_blocks))? as u32;
        if front_blocks == 0 || front_blocks > (window.head % BLOCK as u32 + len) / BLOCK as u32 {
            return Err(DAMAGED.into());
        }
        window.back_block = (window.head / BLOCK as u32 + front_blocks) % window.ring_blocks;
        window.first_ms = reader.signed()?;
        let points = read_points(reader, len)?;
        if saved_capacity == capacity {
            window.rebuild(decay, &points)?;
            Ok(window)
        } else {
            Ok(push_again(decay, window.first_ms, &points, capacity))
        }
    }

    /// Puts the points back in their slots and computes the sums from them in the same steps as before.
    fn rebuild(&mut self, decay: &Decay, points: &[Point]) -> Result<(), String> {
        self.scale(decay);
        self.tail = (self.head + self.len) % self.ring();
        // A full window owns the whole ring. No other one has dropped a price, or has a front but its first price.
        let is_full = self.len == self.capacity;
        if !is_full && (self.head, self.back_block) != (BLOCK as u32 - 1, 1) {
            return Err(DAMAGED.into());
        }
        self.open_blocks(if is_full { self.ring_blocks } else { self.tail / BLOCK as u32 + 1 } as usize);
        (self.first, self.last, self.last_ms) = (points[0].price, points[0].price, self.first_ms);
        (self.newest, self.before_newest) = (vec![Block::of(self.first)], self.first);
        let back_from = (self.back_block + self.ring_blocks) * BLOCK as u32 - self.head;
        let back_from = (back_from % self.ring()) as usize;
        for (number, point) in points.iter().enumerate() {
            let slot = (self.head as usize + number) % self.ring() as usize;
            let newest = &mut self.newest[0];
            (newest.prices[slot % BLOCK], newest.gaps_ms[slot % BLOCK]) = (point.price, point.gap_ms);
            if number > 0 {
                self.last_ms = self.last_ms.saturating_add(i64::from(point.gap_ms));
            }
            if number >= back_from {
                self.back.append(decay, change(self.last, point.price));
            }
            self.last = point.price;
            if slot % BLOCK == BLOCK - 1 {
                self.seal(decay, slot / BLOCK);
            }
        }
        self.link_front();
        if is_full {
            self.fill_fronts(decay);
        }
        Ok(())
    }
}

/// A price in nano-dollars, and the milliseconds since the price before it.
#[derive(Clone, Copy, Debug)]
struct Point {
    price: u32,
    gap_ms: u32,
}

fn read_points(reader: &mut Reader<'_>, len: u32) -> Result<Vec<Point>, String> {
    let (mut price, mut gap_ms) = (0i64, 0i64);
    let whole = |figure: i64| u32::try_from(figure).map_err(|_| DAMAGED);
    let mut next = || -> Result<Point, String> {
        price = price.wrapping_add(reader.signed()?);
        gap_ms = gap_ms.wrapping_add(reader.signed()?);
        Ok(Point { price: whole(price)?, gap_ms: whole(gap_ms)? })
    };
    (0..len).map(|_| next()).collect()
}

/// Returns a window of another capacity with the same prices, or the last of them.
fn push_again(decay: &Decay, first_ms: i64, points: &[Point], capacity: u32) -> Window {
    let mut window = Window::new(capacity);
    let mut time_ms = first_ms;
    for (number, point) in points.iter().enumerate() {
        if number > 0 {
            time_ms = time_ms.saturating_add(i64::from(point.gap_ms));
        }
        window.push(decay, point.price, time_ms);
    }
    window
}
