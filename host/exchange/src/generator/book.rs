//! The best prices, sizes, trades and volume of one synthetic market.
//!
//! Makers quote around the value in whole cents; takers eat a best price, which is refilled a poll or two later: the
//! bounce that a passive order earns. What happens here never moves the value. Bid < ask always, both within 1..=99.

use super::catalogue::Liquidity;
use super::dice::{Dice, floor};

/// Share of acts that are trades, and of trades that eat a best price.
const TRADE: f64 = 0.35;
const EATS: f64 = 0.22;
/// Share of acts in which someone undercuts a spread of 2 cents or more by one.
const UNDERCUT: f64 = 0.05;
/// Share of acts in which makers set a new distance from the value.
const RESPREAD: f64 = 1.0 / 60.0;
/// Cents that makers step back for news of weight 1, and the share of it that is left after each act.
const ALARM_CENTS: f64 = 10.0;
const ALARM_FADES: f64 = 0.8;
/// Share of acts that refill a price which was eaten.
const REFILL: f64 = 0.9;
/// Share of eaten prices behind which a wide gap opens, its median width, and the share of acts that close it.
const DESERTED: f64 = 0.002;
const DESERTED_CENTS: f64 = 8.0;
const RETURN: f64 = 0.1;
/// Share of acts that change the size at a best price whose price stays.
const RESIZE: f64 = 0.3;
/// Below this value nobody bids, and above its complement nobody offers, in cents.
const STUB: f64 = 2.0;

/// What one row shows. Prices in cents; a bid of 0 and an ask of 100 are empty sides, a last of 0 no trade yet.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) bid: i32,
    pub(super) ask: i32,
    pub(super) bid_size: f64,
    pub(super) ask_size: f64,
    pub(super) last: i32,
    /// Whether a price was eaten or undercut and waits for the makers.
    pub(super) disturbed: bool,
    /// Whether the makers behind that price have gone as well, and take their time.
    deserted: bool,
    volume: Volume,
    half_spread: f64,
    /// How much further away makers quote after news, in cents.
    alarm: f64,
    liquidity: Liquidity,
}

impl Book {
    /// A book that opens around `cents`.
    pub(super) fn new(dice: &mut Dice, liquidity: Liquidity, cents: f64) -> Book {
        let mut book = Book {
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
        book.requote(dice, cents);
        book
    }

    /// One act at value `cents`. `shock` is how much news moved the crowd (log odds), `wide` how much wider than on a
    /// weekday makers quote.
    pub(super) fn act(&mut self, dice: &mut Dice, cents: f64, shock: f64, wide: f64) {
        self.alarm = ALARM_FADES * self.alarm + ALARM_CENTS * shock;
        if dice.chance(RESPREAD) {
            self.half_spread = self.liquidity.half_spread_cents * wide * dice.odds(4.0);
        }
        let refill = if self.deserted { RETURN } else { REFILL };
        if !self.disturbed || dice.chance(refill) {
            self.requote(dice, cents);
        }
        let chance = dice.unit();
        if chance < TRADE {
            // Nobody trades at a price that everyone has left.
            if !self.deserted {
                self.trade(dice);
            }
        } else if chance < TRADE + UNDERCUT && self.ask - self.bid >= 2 {
            self.undercut(dice);
        }
    }

    /// Makers put both prices where they belong around `cents`.
    fn requote(&mut self, dice: &mut Dice, cents: f64) {
        let before = (self.bid, self.ask);
        let distance = self.half_spread + self.alarm;
        let (nobody_bids, nobody_offers) = (cents < STUB, cents > 100.0 - STUB);
        self.bid = floor(cents - distance).clamp(i32::from(!nobody_bids), 98 + i32::from(nobody_offers));
        self.ask = (-floor(-(cents + distance))).clamp(self.bid + 1, 99 + i32::from(nobody_offers));
        (self.disturbed, self.deserted) = (false, false);
        if self.bid != before.0 || dice.chance(RESIZE) {
            self.bid_size = self.new_size(dice, self.bid > 0);
        }
        if self.ask != before.1 || dice.chance(RESIZE) {
            self.ask_size = self.new_size(dice, self.ask < 100);
        }
    }

    fn new_size(&self, dice: &mut Dice, is_quoted: bool) -> f64 {
        if is_quoted { whole(self.liquidity.size * dice.odds(60.0)) } else { 0.0 }
    }

    /// A taker trades at one of the best prices, and may eat it.
    fn trade(&mut self, dice: &mut Dice) {
        let buys = dice.sign() > 0.0;
        let (price, size) = if buys { (self.ask, self.ask_size) } else { (self.bid, self.bid_size) };
        if price == 0 || price == 100 {
            return;
        }
        self.last = price;
        let eats = dice.chance(EATS);
        let traded = whole(self.liquidity.trade * dice.odds(100.0)).min(size);
        self.volume.add(traded);
        let left = if eats { self.new_size(dice, true) } else { (size - traded).max(1.0) };
        let steps = if eats { self.gap(dice) } else { 0 };
        if buys {
            (self.ask, self.ask_size) = ((price + steps).min(99), left);
        } else {
            (self.bid, self.bid_size) = ((price - steps).max(1), left);
        }
        self.disturbed |= eats;
    }

    /// How many cents behind an eaten price the next one stands.
    fn gap(&mut self, dice: &mut Dice) -> i32 {
        if dice.chance(DESERTED) {
            self.deserted = true;
            return floor(DESERTED_CENTS * dice.odds(5.0)) + 1;
        }
        let mut cents = 1;
        while cents < 32 && dice.chance(0.2) {
            cents += cents;
        }
        cents
    }

    /// Someone quotes one cent better than the best price.
    fn undercut(&mut self, dice: &mut Dice) {
        if dice.sign() > 0.0 {
            (self.bid, self.bid_size) = (self.bid + 1, self.new_size(dice, true));
        } else {
            (self.ask, self.ask_size) = (self.ask - 1, self.new_size(dice, true));
        }
        self.disturbed = true;
    }

    /// The outcome is known: from now on makers quote as tightly as they can.
    pub(super) fn resolve(&mut self) {
        (self.half_spread, self.alarm) = (0.0, 0.0);
        self.liquidity.half_spread_cents = 0.0;
    }

    /// Contracts traded in the last 24 hours.
    pub(super) fn volume(&self) -> f64 {
        self.volume.day
    }

    /// A new hour begins: what was traded 24 hours ago no longer counts.
    pub(super) fn next_hour(&mut self) {
        self.volume.next_hour();
    }
}

/// A whole number of contracts, at least one.
fn whole(contracts: f64) -> f64 {
    f64::from(contracts as u32) + 1.0
}

/// Contracts traded in the last 24 hours, to the hour.
#[derive(Clone, Debug, Default)]
struct Volume {
    /// By hour, the hour `now` the last.
    hours: [f64; 24],
    now: usize,
    /// Their sum: whole numbers, so adding and taking away leaves no error.
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
