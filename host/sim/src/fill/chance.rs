//! Draws what chance decides of an order, from a stream of the order's own, so that other orders do not change it: the
//! outcome under the coin, and the latencies and the place in the queue under the models that have one.
//!
//! No stream depends on the order's number, which counts the orders of all strategies, or on the slot, whose number
//! depends on the names of others: a strategy trades beside others, and under any name, as it does alone.
//!
//! Only additions, multiplications and comparisons are used: they give the same figures on every machine, which the
//! platform library's `ln` and `cos` would not.

use host_core::{Order, Price, Qty, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::cancels::QueueCancels;
use super::queue::QueuePlace;
use super::settings::{ExchangeSettings, FillModel};

/// An order's outcome, and when it becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FillOutcome {
    pub(super) time: Timestamp,
    /// Price and quantity; `None` if the order does not fill.
    pub(super) fill: Option<(Price, Qty)>,
}

/// Draws the outcome of `order` under the coin, from the stream of this number.
pub(super) fn draw_outcome(settings: &ExchangeSettings, order: &Order, stream: u64) -> FillOutcome {
    let mut draws = OutcomeDraws::new(settings.seed, stream);
    // All values are always drawn, so that changing one setting changes only what it names. The latency comes last
    // because it takes a varying number of draws.
    let is_filled = draws.uniform() < settings.fill_probability;
    let is_partial = draws.uniform() < settings.partial_probability;
    let share = draws.uniform();
    let slippage_dollars = order.side.sign() as f64 * settings.slippage_mean + draws.normal() * settings.slippage_std;
    let latency_ns = draws.latency_ns(settings);
    let qty = if is_partial { part_of(order.qty, share) } else { order.qty };
    let price = order.price.0.saturating_add((slippage_dollars * 10_000.0).round() as i32);
    FillOutcome {
        time: Timestamp(order.created.0.saturating_add(latency_ns)),
        fill: is_filled.then(|| (Price(price.clamp(1, Price::ONE.0 - 1)), qty)),
    }
}

/// Draws the place of `order` in the queue, from the stream of this number. Under `queue` it is the last one. Under
/// `probabilistic`, that many of the orders as `fill_probability` says have a hidden place anywhere in the queue, each
/// as likely; the others are the last ones, and nobody ahead of them cancels while anybody behind them can.
pub(super) fn draw_place(settings: &ExchangeSettings, order: &Order, stream: u64) -> QueuePlace {
    let mut draws = OutcomeDraws::new(settings.seed, stream);
    // As above: all values are always drawn.
    let has_place = draws.uniform() < settings.fill_probability;
    let place = draws.uniform();
    let (behind, cancels) = match settings.fill_model {
        FillModel::Probabilistic if has_place => (place, settings.queue_cancels),
        FillModel::Probabilistic => (1.0, QueueCancels::Back),
        _ => (1.0, settings.queue_cancels),
    };
    let joins = Timestamp(order.created.0.saturating_add(draws.latency_ns(settings)));
    QueuePlace::new(joins, draws.latency_ns(settings), behind, cancels)
}

/// Returns the number of the stream of an order in the market that draws know as `market`: orders that leave for one
/// side of it at the same moment have the same luck.
pub(super) fn stream_of(order: &Order, market: u64) -> u64 {
    // The zero stands where the slot's number once stood: kept runs of one strategy are made again as they were.
    spread(order.created.0.cast_unsigned(), [market, 0, order.side as u64])
}

/// Returns what draws know the market with this ticker as, where its number is not the same after a restart.
pub(super) fn market_of_ticker(ticker: &str) -> u64 {
    spread(0, ticker.bytes().map(u64::from))
}

fn spread(from: u64, parts: impl IntoIterator<Item = u64>) -> u64 {
    parts.into_iter().fold(from, |stream, part| {
        // The multiplier of SplitMix64, which spreads near values.
        let spread = (stream ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        spread ^ (spread >> 32)
    })
}

/// Returns whole contracts, uniform from one to less than `qty`; all of `qty` if it is too small to split.
fn part_of(qty: Qty, share: f64) -> Qty {
    let most = (qty.0 - 1) / Qty::ONE.0;
    match most {
        ..=0 => qty,
        _ => Qty::contracts((1 + (share * most as f64) as i64).min(most)),
    }
}

struct OutcomeDraws(ChaCha8Rng);

impl OutcomeDraws {
    fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        OutcomeDraws(rng)
    }

    /// Returns a latency with the mean of `settings`.
    fn latency_ns(&mut self, settings: &ExchangeSettings) -> i64 {
        (self.exponential() * settings.latency_mean_ms.max(0.0) * 1e6) as i64
    }

    /// Returns a uniform value in 0..1, 1 excluded.
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns a standard normal value as the sum of twelve uniforms: mean 0 and deviation 1 exactly, tails cut at ±
    /// 6.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Returns an exponential value with mean 1, by von Neumann's comparison method ("Various techniques used in
    /// connection with random digits", 1951): a descending run of odd length ends the count of whole units.
    fn exponential(&mut self) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.uniform();
            let (mut previous, mut is_odd) = (first, true);
            loop {
                let next = self.uniform();
                if next >= previous {
                    break;
                }
                (previous, is_odd) = (next, !is_odd);
            }
            if is_odd {
                return whole + first;
            }
            whole += 1.0;
        }
    }
}
