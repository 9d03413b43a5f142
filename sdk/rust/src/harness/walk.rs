//! Generates prices from a seed: the same seed gives the same tape on every machine.

use super::tape::Tape;
use crate::market::Market;
use crate::quotes::Row;
use crate::time::{Duration, SECOND, Timestamp};

/// Largest spread, in ticks.
const MAX_SPREAD: i64 = 3;

/// A small generator of pseudo-random numbers for tests (SplitMix64, Steele et al. 2014). A strategy must never use
/// one.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns the next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number uniform in `0..1`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns a number uniform in `0..n`; `n` must be positive.
    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }
}

/// A random walk of prices on the tick grid between 2 and 98 cents: mostly quiet, with steps and rare jumps.
/// Every market has a row at every poll.
#[derive(Clone, Copy, Debug)]
pub struct RandomWalk {
    /// Seed of the random numbers, which the prices depend on.
    pub seed: u64,
    /// Number of markets.
    pub markets: u32,
    /// Number of polls.
    pub polls: u32,
    /// Time between two polls, in nanoseconds.
    pub poll_interval: Duration,
    /// Time of the first poll, in nanoseconds since the epoch.
    pub start: Timestamp,
    /// Smallest price step, in dollars.
    pub tick: f64,
    /// Probability that a price moves at a poll.
    pub moves: f64,
    /// Probability that a move is a jump of up to 30 ticks.
    pub jumps: f64,
    /// Probability that a row has no bid.
    pub one_sided: f64,
}

impl Default for RandomWalk {
    /// Returns a walk of one market on the one-cent grid: 1,000 polls 30 seconds apart, a move at every fifth poll on
    /// average, and no missing bid.
    fn default() -> RandomWalk {
        RandomWalk {
            seed: 1,
            markets: 1,
            polls: 1_000,
            poll_interval: 30 * SECOND,
            start: 1_760_000_000 * SECOND - 1_760_000_000 * SECOND % (30 * SECOND),
            tick: 0.01,
            moves: 0.2,
            jumps: 0.01,
            one_sided: 0.0,
        }
    }
}

impl RandomWalk {
    /// Generates the tape.
    pub fn tape(&self) -> Tape {
        let mut tape = Tape::new(self.poll_interval);
        for number in 0..self.markets {
            tape.list(Market {
                ticker: format!("WALK-{number}"),
                event: format!("WALK-{number}"),
                series: "WALK".into(),
                title: format!("Random walk {number}"),
                tick: self.tick,
                ..Market::default()
            });
        }
        let mut random = Random(self.seed);
        let (lowest, highest) = ((0.02 / self.tick).ceil() as i64, (0.98 / self.tick).floor() as i64);
        let mut bids: Vec<i64> = (0..self.markets)
            .map(|_| lowest + random.below((highest - MAX_SPREAD - lowest).max(1) as u64) as i64)
            .collect();
        for poll in 0..self.polls {
            let time = self.start + i64::from(poll) * self.poll_interval;
            for (market, bid) in bids.iter_mut().enumerate() {
                *bid = (*bid + self.step(&mut random)).clamp(lowest, highest - MAX_SPREAD);
                tape.push(self.row(market as u32, time, *bid, &mut random));
            }
        }
        tape
    }

    fn step(&self, random: &mut Random) -> i64 {
        if random.unit() >= self.moves {
            return 0;
        }
        let ticks = if random.unit() < self.jumps { 1 + random.below(30) as i64 } else { 1 };
        if random.below(2) == 0 { ticks } else { -ticks }
    }

    fn row(&self, market: u32, time: Timestamp, bid_ticks: i64, random: &mut Random) -> Row {
        let spread = 1 + random.below(MAX_SPREAD as u64) as i64;
        let dollars = |ticks: i64| ticks as f64 / (1.0 / self.tick).round();
        let mut row = Row::quote(market, time, dollars(bid_ticks), dollars(bid_ticks + spread));
        (row.bid_size, row.ask_size) = (1.0 + random.below(500) as f64, 1.0 + random.below(500) as f64);
        (row.last, row.volume) = (row.bid, 10_000.0);
        if random.unit() < self.one_sided {
            row.bid = f64::NAN;
        }
        row
    }
}
