//! The best prices, sizes and volume of one synthetic market.
//!
//! Makers quote around the market's value in whole cents, and move a price only once the value has left it. Takers eat
//! a best price, which is refilled an act or two later, where the makers then believe the value to be. Bid < ask always
//! holds, both within 1..=99.

use super::catalogue::Liquidity;
use super::random::{RandomStream, exp, floor, ln};

/// Cents by which the value must have moved, or the makers' distance from it changed, before they move a price.
const MOVES: f64 = 0.3;
const WIDENS: f64 = 0.1;
/// Share of actions in which someone improves on the best price by a cent, if the spread is 2 cents or more, and the
/// share of those who do so on the side of the fair value.
const UNDERCUT: f64 = 0.03;
const UNDERCUT_KNOWS: f64 = 0.5;
/// Share of actions in which makers choose a new distance from the value.
const RESPREAD: f64 = 1.0 / 60.0;
/// Cents that makers step back for news of weight 1, and the share of that distance left after each action. They stay:
/// in recordings, jumps happen in books that are as tight as before.
const ALARM_CENTS: f64 = 3.0;
const ALARM_FADES: f64 = 0.8;
/// Share of actions that refill an eaten price.
const REFILL: f64 = 0.97;
/// Share of actions in which the makers of one side leave, the share of actions in which they return, the share of
/// times that they leave nothing behind, and the distance of what they leave behind otherwise. One poll in 250 shows
/// such a book: recordings have them, and whoever takes mids from every row breaks on them.
const WITHDRAWN: f64 = 0.0013;
const RETURN: f64 = 0.1;
const LEAVES_NOTHING: f64 = 0.5;
const LEFT_CENTS: (f64, f64) = (10.0, 60.0);
/// Share of actions that change the sizes at best prices that stay where they are, and how much of the logarithm of
/// the old size stays.
const RESIZE: f64 = 0.3;
const SIZE_STAYS: f64 = 0.7;
/// Value in cents below which nobody bids, and above whose complement nobody offers.
const STUB: f64 = 2.0;

/// Contents of one row. Prices are in cents; a bid of 0 and an ask of 100 are empty sides, a last price of 0 means no
/// trade yet.
#[derive(Clone, Debug)]
pub(super) struct SyntheticBook {
    pub(super) bid: i32,
    pub(super) ask: i32,
    pub(super) bid_size: f64,
    pub(super) ask_size: f64,
    pub(super) last: i32,
    /// True while an eaten, undercut or deserted price waits for the makers.
    pub(super) disturbed: bool,
    /// True if a price was eaten in this action: the makers come later.
    just_eaten: bool,
    /// True if the makers of one side have left.
    withdrawn: bool,
    volume: Volume,
    half_spread: f64,
    /// Extra distance of the makers' quotes after news, in cents.
    alarm: f64,
    /// Value and distance, in cents, for which the makers quoted last.
    quoted: (f64, f64),
    liquidity: Liquidity,
}

/// An order that takes what a best price offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TakerOrder {
    /// 1 to buy, -1 to sell.
    pub(super) direction: f64,
    /// True if it takes all that is displayed, false for a small lot.
    pub(super) takes_all: bool,
}

/// A trade at a best price.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookTrade {
    pub(super) cents: i32,
    pub(super) contracts: f64,
    /// True if it took all that was displayed.
    pub(super) eats: bool,
}

impl SyntheticBook {
    /// Returns a book that opens around `cents`.
    pub(super) fn new(random: &mut RandomStream, liquidity: Liquidity, cents: f64) -> SyntheticBook {
        let mut book = SyntheticBook {
            bid: 0,
            ask: 100,
            bid_size: 0.0,
            ask_size: 0.0,
            last: 0,
            disturbed: false,
            just_eaten: false,
            withdrawn: false,
            volume: Volume::default(),
            half_spread: 2.0 * liquidity.half_spread_cents,
            alarm: 0.0,
            quoted: (cents, 0.0),
            liquidity,
        };
        book.requote(random, cents);
        book
    }

    /// Lets the makers act at value `cents`. `shock` is how far news moved the crowd, in log odds; `wide` is the factor
    /// by which makers quote wider than on a weekday.
    pub(super) fn act(&mut self, random: &mut RandomStream, cents: f64, shock: f64, wide: f64) {
        self.alarm = ALARM_FADES * self.alarm + ALARM_CENTS * shock;
        let chance = random.unit();
        if chance < RESPREAD {
            self.half_spread = self.liquidity.half_spread_cents * wide * random.odds(4.0);
        }
        if std::mem::take(&mut self.just_eaten) {
            return;
        }
        if self.disturbed {
            if random.chance(if self.withdrawn { RETURN } else { REFILL }) {
                self.requote(random, cents);
            }
        } else if (cents - self.quoted.0).abs() > MOVES || (self.distance() - self.quoted.1).abs() > WIDENS {
            self.requote(random, cents);
        } else if chance > 1.0 - RESIZE {
            self.bid_size = self.resized(random, self.bid_size);
            self.ask_size = self.resized(random, self.ask_size);
        } else if chance > 1.0 - RESIZE - WITHDRAWN {
            self.withdraw(random);
        }
    }

    /// Returns how far from the value the makers want their quotes, in cents.
    fn distance(&self) -> f64 {
        self.half_spread + self.alarm
    }

    /// Moves both best prices to where makers want them for a value of `cents`.
    fn requote(&mut self, random: &mut RandomStream, cents: f64) {
        let before = (self.bid, self.ask);
        let distance = self.distance();
        let (nobody_bids, nobody_offers) = (cents < STUB, cents > 100.0 - STUB);
        self.bid = floor(cents - distance).clamp(i32::from(!nobody_bids), 98 + i32::from(nobody_offers));
        self.ask = (-floor(-(cents + distance))).clamp(self.bid + 1, 99 + i32::from(nobody_offers));
        self.quoted = (cents, distance);
        (self.disturbed, self.withdrawn) = (false, false);
        if self.bid != before.0 {
            self.bid_size = self.new_size(random, self.bid > 0);
        }
        if self.ask != before.1 {
            self.ask_size = self.new_size(random, self.ask < 100);
        }
    }

    fn new_size(&self, random: &mut RandomStream, is_quoted: bool) -> f64 {
        if is_quoted { whole(self.liquidity.size * random.odds(60.0)) } else { 0.0 }
    }

    /// Returns what becomes of a size at a price that stays: some orders come, some go.
    fn resized(&self, random: &mut RandomStream, size: f64) -> f64 {
        if size <= 0.0 {
            return size;
        }
        let median = self.liquidity.size;
        whole(median * exp(SIZE_STAYS * ln(size / median) + (1.0 - SIZE_STAYS) * ln(random.odds(60.0))))
    }

    /// Lets `order` trade at a best price, before the makers act. Returns `None` if nobody quotes there.
    pub(super) fn take(&mut self, random: &mut RandomStream, order: TakerOrder) -> Option<BookTrade> {
        let buys = order.direction > 0.0;
        let (cents, size) = if buys { (self.ask, self.ask_size) } else { (self.bid, self.bid_size) };
        // Nobody trades at what makers who have left did not care to take along.
        if self.withdrawn || !(1..=99).contains(&cents) {
            return None;
        }
        let lot = if order.takes_all { size } else { whole(self.liquidity.trade * random.odds(100.0)).min(size) };
        let eats = lot >= size;
        self.last = cents;
        self.volume.add(lot);
        let (price, left) = match eats {
            true => (cents + gap(random) * if buys { 1 } else { -1 }, self.new_size(random, true)),
            false => (cents, size - lot),
        };
        if buys {
            (self.ask, self.ask_size) = (price.min(99), left);
        } else {
            (self.bid, self.bid_size) = (price.max(1), left);
        }
        (self.disturbed, self.just_eaten) = (self.disturbed || eats, eats);
        Some(BookTrade { cents, contracts: lot, eats })
    }

    /// Lets someone improve on a best price by a cent, now and then, where there is room; `leaning` is the direction in
    /// which the fair value lies. Returns the direction of the price.
    pub(super) fn undercut(&mut self, random: &mut RandomStream, leaning: f64) -> Option<f64> {
        if self.disturbed || self.ask - self.bid < 2 || !random.chance(UNDERCUT) {
            return None;
        }
        let direction = if random.chance(UNDERCUT_KNOWS) { leaning } else { random.sign() };
        if direction > 0.0 {
            (self.bid, self.bid_size) = (self.bid + 1, self.new_size(random, true));
        } else {
            (self.ask, self.ask_size) = (self.ask - 1, self.new_size(random, true));
        }
        self.disturbed = true;
        Some(direction)
    }

    /// Lets the makers of one side leave, if somebody quotes on the other side.
    fn withdraw(&mut self, random: &mut RandomStream) {
        let sells = random.sign() > 0.0;
        if self.bid == 0 || self.ask == 100 {
            return;
        }
        let (least, most) = LEFT_CENTS;
        let away = floor(random.between(least, most));
        let (bid, ask) = (self.bid - away, self.ask + away);
        let leaves_nothing = random.chance(LEAVES_NOTHING);
        (self.disturbed, self.withdrawn) = (true, true);
        if sells {
            self.ask = if leaves_nothing || ask > 99 { 100 } else { ask };
            self.ask_size = self.new_size(random, self.ask < 100);
        } else {
            self.bid = if leaves_nothing || bid < 1 { 0 } else { bid };
            self.bid_size = self.new_size(random, self.bid > 0);
        }
    }

    /// Makes makers quote as tightly as they can around `cents`, because the outcome is known.
    pub(super) fn resolve(&mut self, random: &mut RandomStream, cents: f64) {
        (self.half_spread, self.alarm) = (0.0, 0.0);
        self.liquidity.half_spread_cents = 0.0;
        self.requote(random, cents);
    }

    /// Returns the contracts traded in the last 24 hours.
    pub(super) fn volume(&self) -> f64 {
        self.volume.day
    }

    /// Starts a new hour and drops the volume of 24 hours ago.
    pub(super) fn next_hour(&mut self) {
        self.volume.next_hour();
    }
}

/// Returns the distance in cents from an eaten price to the next one.
fn gap(random: &mut RandomStream) -> i32 {
    let mut cents = 1;
    while cents < 32 && random.chance(0.2) {
        cents += cents;
    }
    cents
}

/// Returns a whole number of contracts, at least one.
fn whole(contracts: f64) -> f64 {
    f64::from(contracts as u32) + 1.0
}

/// Volume of the last 24 hours, by the hour.
#[derive(Clone, Debug, Default)]
struct Volume {
    /// Ring buffer; `now` is the current hour.
    hours: [f64; 24],
    now: usize,
    /// Sum of `hours`. The values are whole numbers, so adding and subtracting leaves no error.
    day: f64,
}

impl Volume {
    fn add(&mut self, contracts: f64) {
        self.hours[self.now] += contracts;
        self.day += contracts;
    }

    fn next_hour(&mut self) {
        self.now = (self.now + 1) % self.hours.len();
        self.day -= self.hours[self.now];
        self.hours[self.now] = 0.0;
    }
}
