//! Generated market data to test strategies on: the same on every machine, with the irregularities of real data.
//!
//! The prices of several markets overreact around slow fair values and revert. There are jumps, missing sides, missing
//! polls, a market that lists late, one that closes early, and near and distant event times. The data is no measure of
//! profit.

use host_core::{Market, MarketId, Price, Qty, Quote, Quotes, Span, Timestamp};

/// The size and seed of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceOptions {
    /// Number of markets; 0 counts as 1.
    pub markets: u32,
    /// Number of days; 0 counts as 1.
    pub days: u32,
    /// Time between two polls; less than a second counts as a second.
    pub poll_interval: Span,
    pub seed: u64,
}

impl Default for SequenceOptions {
    fn default() -> SequenceOptions {
        SequenceOptions { markets: 6, days: 20, poll_interval: Span::minutes(5), seed: 1 }
    }
}

impl SequenceOptions {
    /// Returns the number of rows, or slightly more: markets may list late or close early.
    pub fn rows(&self) -> u64 {
        self.polls() * u64::from(self.markets.max(1))
    }

    fn polls(&self) -> u64 {
        (Span::days(i64::from(self.days.max(1))).0 / self.poll().0).max(1).unsigned_abs()
    }

    fn poll(&self) -> Span {
        self.poll_interval.max(Span::seconds(1))
    }
}

/// Markets and all their quotes, in time order.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// All markets; they are known from the start.
    pub markets: Vec<Market>,
    /// One row for each open market and poll.
    pub quotes: Quotes,
}

/// 2026-01-05, a Monday.
pub(super) const START: Timestamp = Timestamp::start_of_day(20_458);

/// The price walk of one market, in cents.
struct Walk {
    fair: f64,
    overreaction: f64,
    first_poll: i64,
    last_poll: i64,
}

impl Sequence {
    /// Generates the sequence that `options` describe.
    pub fn generate(options: SequenceOptions) -> Sequence {
        let (poll, polls) = (options.poll(), options.polls().cast_signed());
        let mut rng = SplitMix64(options.seed);
        let mut walks: Vec<_> = (0..options.markets.max(1)).map(|index| Walk::new(index, polls)).collect();
        let markets = walks.iter().zip(0..).map(|(walk, index)| market(index, walk, polls, poll)).collect();
        let mut quotes = Quotes::default();
        for number in 0..polls {
            let time = START + poll * number;
            // Now and then the feed misses a whole poll.
            let missed = rng.one_in(200);
            for (walk, index) in walks.iter_mut().zip(0..) {
                walk.step(&mut rng, poll);
                if !missed && (walk.first_poll..walk.last_poll).contains(&number) {
                    quotes.push(&walk.quote(MarketId(index), time, &mut rng));
                }
            }
        }
        Sequence { markets, quotes }
    }
}

fn market(index: u32, walk: &Walk, polls: i64, poll: Span) -> Market {
    // Some events lie before the end of the sequence and some well after it, so that rules on the time to the event are
    // tested on both sides.
    let event = START + poll * (polls * (i64::from(index) * 2 + 3) / 4);
    let closes = if walk.last_poll < polls { START + poll * walk.last_poll } else { event + Span::hours(12) };
    Market {
        id: MarketId(index),
        ticker: format!("CHECK-{index}"),
        // Two markets per event, all in one series, for strategies that relate several markets.
        event: format!("CHECK-EVENT-{}", index / 2),
        series: "CHECK".to_owned(),
        category: if index.is_multiple_of(2) { "Economics" } else { "Politics" }.to_owned(),
        title: format!("Made-up market {index}"),
        ticks: host_core::Ticks::CENT,
        opens: Some(START + poll * walk.first_poll),
        closes: Some(closes),
        event_time: (index % 5 != 4).then_some(event),
    }
}

impl Walk {
    fn new(index: u32, polls: i64) -> Walk {
        let first_poll = if index % 6 == 3 { polls / 4 } else { 0 };
        let last_poll = if index % 6 == 5 { polls * 3 / 4 } else { polls };
        Walk { fair: 30.0 + 8.0 * f64::from(index % 6), overreaction: 0.0, first_poll, last_poll }
    }

    fn step(&mut self, rng: &mut SplitMix64, poll: Span) {
        // The overreaction reverts with a time constant of about six hours.
        let kept = 1.0 - (poll.as_seconds() / 21_600.0).min(0.5);
        self.overreaction = self.overreaction * kept + rng.spread() * 0.15;
        if rng.one_in(400) {
            self.overreaction += rng.spread() * 16.0;
        }
        self.fair = (self.fair + rng.spread() * 0.05).clamp(8.0, 92.0);
    }

    fn quote(&self, market: MarketId, time: Timestamp, rng: &mut SplitMix64) -> Quote {
        let mid = (self.fair + self.overreaction).clamp(2.0, 98.0).floor() as i32;
        let half = 1 + i32::from(rng.one_in(5));
        let cents = |cents: i32| Some(Price(100 * cents.clamp(1, 99)));
        let (no_bid, no_ask) = (rng.one_in(300), rng.one_in(300));
        let bid = cents(mid - half).filter(|_| !no_bid);
        let ask = cents(mid + half).filter(|_| !no_ask);
        Quote {
            market,
            time,
            bid,
            ask,
            bid_size: bid.map(|_| Qty::contracts(10 + rng.below(500))),
            ask_size: ask.map(|_| Qty::contracts(10 + rng.below(500))),
            last: cents(mid),
            volume: Some(Qty::contracts(1_000 + rng.below(1_000))),
        }
    }
}

/// Pseudo-random numbers (Steele, Lea, Flood 2014): small, and the same on every machine.
pub(super) struct SplitMix64(pub(super) u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number in `0..bound`; `bound` must be positive.
    pub(super) fn below(&mut self, bound: i64) -> i64 {
        (self.next() % bound.unsigned_abs().max(1)) as i64
    }

    pub(super) fn one_in(&mut self, count: i64) -> bool {
        self.below(count) == 0
    }

    /// Returns a number in `-1..1` with a triangular distribution around 0.
    fn spread(&mut self) -> f64 {
        let unit = |bits: u64| (bits >> 11) as f64 / (1u64 << 53) as f64;
        unit(self.next()) + unit(self.next()) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_irregularities_of_real_data() {
        let Sequence { markets, quotes } = Sequence::generate(SequenceOptions::default());
        let rows = quotes.len();
        assert!((30_000..34_560).contains(&rows), "{rows} rows: missing polls, a late and an early market");
        assert!(quotes.time.is_sorted());
        assert!(quotes.bid.iter().any(|bid| bid.is_nan()) && quotes.ask.iter().any(|ask| ask.is_nan()));
        assert!(markets.iter().any(|market| market.event_time.is_none()));
        let end = Timestamp(quotes.time[rows - 1]);
        assert!(markets.iter().any(|market| market.event_time.is_some_and(|time| time < end)));
        assert!(markets.iter().any(|market| market.event_time.is_some_and(|time| time > end + Span::days(14))));
        let jump = |pair: &[f64]| (pair[1] - pair[0]).abs() > 0.05;
        let first: Vec<f64> = (0..rows).filter(|&row| quotes.market[row] == 0).map(|row| quotes.last[row]).collect();
        assert!(first.windows(2).any(jump));
    }

    #[test]
    fn the_seed_determines_the_sequence() {
        let bits = |seed| {
            let quotes = Sequence::generate(SequenceOptions { seed, days: 3, ..SequenceOptions::default() }).quotes;
            quotes.bid.iter().chain(&quotes.ask_size).map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(7), bits(7));
        assert_ne!(bits(7), bits(8));
    }
}
