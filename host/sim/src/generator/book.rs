//! The best prices, sizes, trades and volume of one synthetic market.
//!
//! Makers quote around the market's value in whole cents. Takers eat a best price, which is refilled a poll or two
//! later: the bounce that passive orders earn. Nothing here ever moves the value. Bid < ask always holds, both within
//! 1..=99.

use super::catalogue::Liquidity;
use super::random::{RandomStream, floor};

/// Share of actions that are trades, and share of trades that eat a best price.
const TRADE: f64 = 0.35;
const EATS: f64 = 0.22;
/// Share of actions in which someone improves on the best price by a cent, if the spread is 2 cents or more.
const UNDERCUT: f64 = 0.05;
/// Share of actions in which makers choose a new distance from the value.
const RESPREAD: f64 = 1.0 / 60.0;
/// Cents that makers step back for news of weight 1, and the share of that distance left after each action.
const ALARM_CENTS: f64 = 10.0;
const ALARM_FADES: f64 = 0.8;
/// Share of actions that refill an eaten price.
const REFILL: f64 = 0.9;
/// Share of eaten prices behind which a wide gap opens, the gap's median width, and the share of actions that close
/// it.
const DESERTED: f64 = 0.002;
const DESERTED_CENTS: f64 = 8.0;
const RETURN: f64 = 0.1;
/// Share of actions that change the size at a best price that stays where it is.
const RESIZE: f64 = 0.3;
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
    /// True while an eaten or undercut price waits for the makers.
    pub(super) disturbed: bool,
    /// True if the makers behind that price have left as well, and take longer to return.
    deserted: bool,
    volume: Volume,
    half_spread: f64,
    /// Extra distance of the makers' quotes after news, in cents.
    alarm: f64,
    liquidity: Liquidity,
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
            deserted: false,
            volume: Volume::default(),
            half_spread: 2.0 * liquidity.half_spread_cents,
            alarm: 0.0,
            liquidity,
        };
        book.requote(random, cents);
        book
    }

    /// Performs one action at value `cents`. `shock` is how far news moved the crowd, in log odds; `wide` is the
    /// factor by which makers quote wider than on a weekday.
    pub(super) fn act(&mut self, random: &mut RandomStream, cents: f64, shock: f64, wide: f64) {
        self.alarm = ALARM_FADES * self.alarm + ALARM_CENTS * shock;
        if random.chance(RESPREAD) {
            self.half_spread = self.liquidity.half_spread_cents * wide * random.odds(4.0);
        }
        let refill = if self.deserted { RETURN } else { REFILL };
        if !self.disturbed || random.chance(refill) {
            self.requote(random, cents);
        }
        let chance = random.unit();
        if chance < TRADE {
            // Nobody trades at a price that all makers have left.
            if !self.deserted {
                self.trade(random);
            }
        } else if chance < TRADE + UNDERCUT && self.ask - self.bid >= 2 {
            self.undercut(random);
        }
    }

    /// Moves both best prices to where makers want them for a value of `cents`.
    fn requote(&mut self, random: &mut RandomStream, cents: f64) {
        let before = (self.bid, self.ask);
        let distance = self.half_spread + self.alarm;
        let (nobody_bids, nobody_offers) = (cents < STUB, cents > 100.0 - STUB);
        self.bid = floor(cents - distance).clamp(i32::from(!nobody_bids), 98 + i32::from(nobody_offers));
        self.ask = (-floor(-(cents + distance))).clamp(self.bid + 1, 99 + i32::from(nobody_offers));
        (self.disturbed, self.deserted) = (false, false);
        if self.bid != before.0 || random.chance(RESIZE) {
            self.bid_size = self.new_size(random, self.bid > 0);
        }
        if self.ask != before.1 || random.chance(RESIZE) {
            self.ask_size = self.new_size(random, self.ask < 100);
        }
    }

    fn new_size(&self, random: &mut RandomStream, is_quoted: bool) -> f64 {
        if is_quoted { whole(self.liquidity.size * random.odds(60.0)) } else { 0.0 }
    }

    /// Trades at one of the best prices, which may be eaten.
    fn trade(&mut self, random: &mut RandomStream) {
        let buys = random.sign() > 0.0;
        let (price, size) = if buys { (self.ask, self.ask_size) } else { (self.bid, self.bid_size) };
        if price == 0 || price == 100 {
            return;
        }
        self.last = price;
        let eats = random.chance(EATS);
        let traded = whole(self.liquidity.trade * random.odds(100.0)).min(size);
        self.volume.add(traded);
        let left = if eats { self.new_size(random, true) } else { (size - traded).max(1.0) };
        let steps = if eats { self.gap(random) } else { 0 };
        if buys {
            (self.ask, self.ask_size) = ((price + steps).min(99), left);
        } else {
            (self.bid, self.bid_size) = ((price - steps).max(1), left);
        }
        self.disturbed |= eats;
    }

    /// Returns the distance in cents from an eaten price to the next one.
    fn gap(&mut self, random: &mut RandomStream) -> i32 {
        if random.chance(DESERTED) {
            self.deserted = true;
            return floor(DESERTED_CENTS * random.odds(5.0)) + 1;
        }
        let mut cents = 1;
        while cents < 32 && random.chance(0.2) {
            cents += cents;
        }
        cents
    }

    /// Improves one best price by a cent.
    fn undercut(&mut self, random: &mut RandomStream) {
        if random.sign() > 0.0 {
            (self.bid, self.bid_size) = (self.bid + 1, self.new_size(random, true));
        } else {
            (self.ask, self.ask_size) = (self.ask - 1, self.new_size(random, true));
        }
        self.disturbed = true;
    }

    /// Makes makers quote as tightly as they can, because the outcome is known.
    pub(super) fn resolve(&mut self) {
        (self.half_spread, self.alarm) = (0.0, 0.0);
        self.liquidity.half_spread_cents = 0.0;
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
