//! Measures a strategy's memory by its number of markets, before it trades: a strategy that reaches its limit of memory
//! traps, which ends it in the middle of a run.
//!
//! Two instances see the same kind of markets, one few and one many, until their memory has stopped growing. What the
//! second one holds beyond the first is the memory of the markets that it has more. As with a live venue, polls are no
//! exact interval apart, and every other market has prices in tenths of cents: a strategy may pack its history by both.

use host_core::strategy::{Batch, FaultKind};
use host_core::{Decisions, Fault, Market, MarketId, Price, Qty, Quote, Quotes, Span, Strategy, Ticks, Timestamp};
use serde::{Deserialize, Serialize};

use super::budget::CheckTime;
use super::sequence::{START, SplitMix64};
use crate::component::StrategyComponent;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::strategy::{SandboxedStrategy, Settings};

/// Raised when the measurement changes, so that no older one is taken from the cache.
const VERSION: u32 = 3;

/// Numbers of markets that are compared.
const FEW: u32 = 8;
const MANY: u32 = 64;
/// Number of markets whose listing is measured.
const LISTED: u32 = 4_096;
/// Approximate number of rows in a batch, as in a back test.
const BATCH_ROWS: usize = 4_500;
/// Polls at the first measurement, and the fewest and the most at the last: memory comes in pages, so that little
/// growth does not show at once.
const FIRST_POLLS: u64 = 128;
const MIN_POLLS: u64 = 16_000;
const MAX_POLLS: u64 = 60_000;
/// The memory has stopped growing when this many times the polls added hardly anything to it. A list that doubles when
/// it is full grows within any factor above 2.
const PLATEAU: f64 = 2.1;
/// The part of the memory that is hardly anything: an allocator takes a page more now and then.
const HARDLY: u64 = 20;
/// The part of the limit that is left to calls: what a strategy is shown and what it answers lie in its memory too.
const CALLS_SHARE: u64 = 16;

/// A strategy's use of memory by its number of markets, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// Without any market.
    pub base_bytes: u64,
    /// For each market that is listed and never polled.
    pub listed_bytes: u64,
    /// For each market that is polled: the polls it had, and the bytes then. Both never fall.
    pub by_polls: Vec<(u64, u64)>,
    /// True if the memory of a market was still growing at the last of these.
    pub grows: bool,
}

impl MemoryUse {
    /// Returns the bytes for a market that had `polls` polls.
    pub fn market_bytes(&self, polls: u64) -> u64 {
        let reached = self.by_polls.iter().find(|(measured, _)| *measured >= polls);
        match (reached, self.by_polls.last()) {
            (Some((_, bytes)), _) => *bytes,
            (None, Some(&(measured, bytes))) if self.grows => {
                (u128::from(bytes) * u128::from(polls) / u128::from(measured.max(1))).try_into().unwrap_or(u64::MAX)
            }
            (None, last) => last.map_or(0, |(_, bytes)| *bytes),
        }
    }

    /// Returns the bytes for a market with as much history as was measured.
    pub fn full_market_bytes(&self) -> u64 {
        self.by_polls.last().map_or(0, |(_, bytes)| *bytes)
    }

    /// Returns the number of polls after which the memory of a market no longer grows; `None` if it was still growing.
    pub fn full_after(&self) -> Option<u64> {
        let full = self.full_market_bytes();
        let is_full = |bytes: u64| full - bytes <= bytes / HARDLY;
        let reached = self.by_polls.iter().find(|(_, bytes)| is_full(*bytes)).map(|(polls, _)| *polls);
        reached.filter(|_| !self.grows)
    }

    /// Returns the bytes that `limits` leave for markets.
    pub fn bytes_for_markets(&self, limits: &SandboxLimits) -> u64 {
        let limit = limits.memory_bytes as u64;
        (limit - limit / CALLS_SHARE).saturating_sub(self.base_bytes)
    }

    /// Returns the memory limit that leaves `bytes` for markets.
    pub fn limit_for(&self, bytes: u64) -> u64 {
        self.base_bytes.saturating_add(bytes).div_ceil(CALLS_SHARE - 1).saturating_mul(CALLS_SHARE)
    }

    /// Returns the number of markets with full history that fit into the memory of `limits`.
    pub fn markets_within(&self, limits: &SandboxLimits) -> u64 {
        self.bytes_for_markets(limits) / self.full_market_bytes().max(1)
    }
}

/// Returns the memory that `component` uses with `settings`: measured once, then taken from the cache.
///
/// # Errors
/// The strategy does not start with `settings`, or fails while it is measured.
pub fn memory_use(component: &StrategyComponent, settings: &Settings) -> Result<MemoryUse, LoadError> {
    memory_use_within(component, settings, None)
}

/// Returns the same, measured within `budget`.
///
/// # Errors
/// As [`memory_use`], or the time is over.
pub(super) fn memory_use_within(
    component: &StrategyComponent,
    settings: &Settings,
    budget: Option<CheckTime>,
) -> Result<MemoryUse, LoadError> {
    let key = format!("{VERSION} {} {settings:?}", component.digest);
    if let Some(kept) = component.cache.kept_measurement(&key).and_then(|kept| serde_json::from_slice(&kept).ok()) {
        return Ok(kept);
    }
    let measured = measure(component, settings, budget)?;
    if let Ok(bytes) = serde_json::to_vec(&measured) {
        component.cache.keep_measurement(&key, &bytes);
    }
    Ok(measured)
}

fn measure(
    component: &StrategyComponent,
    settings: &Settings,
    budget: Option<CheckTime>,
) -> Result<MemoryUse, LoadError> {
    let failed = |fault| LoadError::Fault {
        name: component.manifest.name.clone(),
        stage: "the measurement of its memory",
        fault,
    };
    let start = |markets| {
        let trial = Trial::start(component, settings, markets)?;
        Ok::<_, LoadError>(Trial { budget, ..trial })
    };
    let (mut few, mut many) = (start(FEW)?, start(MANY)?);
    let mut by_polls: Vec<(u64, u64)> = Vec::new();
    let mut held: Vec<(u64, u64)> = Vec::new();
    let warm_up = (component.manifest.warm_up.0.max(0) / settings.poll_interval.0.max(1)) as u64;
    let mut polls = FIRST_POLLS;
    let grows = loop {
        few.run_to(polls).and_then(|()| many.run_to(polls)).map_err(failed)?;
        let former = by_polls.last().map_or(0, |(_, bytes)| *bytes);
        by_polls.push((polls, per_market((FEW, few.bytes()), (MANY, many.bytes())).max(former)));
        held.push((polls, many.bytes()));
        let plateau = |(before, bytes): &(u64, u64)| {
            *before as f64 * PLATEAU <= polls as f64 && many.bytes() - bytes <= bytes / HARDLY
        };
        if polls >= warm_up.clamp(MIN_POLLS, MAX_POLLS) && held.iter().any(plateau) {
            break false;
        }
        if polls == MAX_POLLS {
            break true;
        }
        polls = (polls + polls / 4).min(MAX_POLLS);
    };
    let full = by_polls.last().map_or(0, |(_, bytes)| *bytes);
    let base_bytes = few.bytes().saturating_sub(full * u64::from(FEW));
    let (mut one, mut listed) = (start(1)?, start(LISTED)?);
    one.list().and_then(|()| listed.list()).map_err(failed)?;
    let listed_bytes = per_market((1, one.bytes()), (LISTED, listed.bytes()));
    Ok(MemoryUse { base_bytes, listed_bytes, by_polls, grows })
}

/// Returns the memory of each market that the second instance has more than the first, given the number of markets and
/// the bytes of each.
fn per_market(few: (u32, u64), many: (u32, u64)) -> u64 {
    many.1.saturating_sub(few.1).div_ceil(u64::from(many.0 - few.0))
}

/// An instance and the markets that it sees.
struct Trial {
    strategy: SandboxedStrategy,
    rng: SplitMix64,
    /// The mid of each market, in ten-thousandths of a dollar.
    mids: Vec<i32>,
    /// True if several polls may come in one batch.
    in_bulk: bool,
    poll_interval: Span,
    /// Number of polls shown.
    polls: u64,
    /// The time that it has.
    budget: Option<CheckTime>,
}

impl Trial {
    fn start(component: &StrategyComponent, settings: &Settings, markets: u32) -> Result<Trial, LoadError> {
        // What is logged here would be taken for something that happened in the run. A limit that is too small for the
        // markets here may be enough for those of the run.
        let memory_bytes = component.limits.memory_bytes.max(SandboxLimits::default().memory_bytes);
        let limits = SandboxLimits { log_bytes: 0, memory_bytes, ..component.limits.clone() };
        let measured = StrategyComponent { limits, ..component.clone() };
        Ok(Trial {
            strategy: measured.start(settings)?,
            rng: SplitMix64(1),
            mids: (0..markets as i32).map(|number| 3_000 + number * 997 % 4_000).collect(),
            in_bulk: !component.manifest.feedback,
            poll_interval: settings.poll_interval,
            polls: 0,
            budget: None,
        })
    }

    fn bytes(&self) -> u64 {
        self.strategy.usage().memory_bytes as u64
    }

    /// Lists all markets, and shows one row.
    fn list(&mut self) -> Result<(), Fault> {
        let mut quotes = Quotes::default();
        quotes.push(&self.quote(0, START));
        self.show(&quotes)
    }

    /// Shows polls until there were `polls`.
    fn run_to(&mut self, polls: u64) -> Result<(), Fault> {
        let mut quotes = Quotes::default();
        while self.polls < polls {
            if let Some(budget) = self.budget.filter(CheckTime::is_over) {
                let message = format!("not reached: at poll {} the {budget} of the check were over", self.polls);
                return Err(Fault { kind: FaultKind::TimedOut, message, log: Vec::new() });
            }
            quotes.clear();
            let most = if self.in_bulk { (BATCH_ROWS / self.mids.len()).max(1) as u64 } else { 1 };
            let end = polls.min(self.polls + most);
            let first = self.polls;
            for number in first..end {
                self.poll(number, &mut quotes);
            }
            self.show(&quotes)?;
            self.polls = end;
        }
        Ok(())
    }

    fn show(&mut self, quotes: &Quotes) -> Result<(), Fault> {
        let markets: Vec<Market> =
            if self.polls == 0 { (0..self.mids.len() as u32).map(market).collect() } else { Vec::new() };
        let batch = Batch { markets: &markets, quotes: quotes.all(), positions: &[], fills: &[] };
        self.strategy.on_batch(&batch, &mut Decisions::default())
    }

    /// Adds a row of each market: up to a second late, as responses are.
    fn poll(&mut self, number: u64, quotes: &mut Quotes) {
        let delay_ms = self.rng.below((self.poll_interval.0 / 2_000_000).clamp(1, 1_000));
        let time = START + self.poll_interval * (number as i64) + Span::millis(delay_ms);
        for index in 0..self.mids.len() {
            if self.rng.one_in(4) {
                self.mids[index] = (self.mids[index] + self.rng.below(161) as i32 - 80).clamp(500, 9_500);
            }
            quotes.push(&self.quote(index, time));
        }
    }

    fn quote(&mut self, index: usize, time: Timestamp) -> Quote {
        // In ten-thousandths: cents or tenths of them.
        let tick = if index.is_multiple_of(2) { 100 } else { 10 };
        let mid = self.mids[index] / tick * tick;
        let half = tick * (1 + self.rng.below(3) as i32);
        let size = Some(Qty::contracts(10 + self.rng.below(500)));
        Quote {
            market: MarketId(index as u32),
            time,
            bid: Some(Price(mid - half)),
            ask: Some(Price(mid + half + tick * i32::from(self.rng.one_in(2)))),
            bid_size: size,
            ask_size: size,
            last: Some(Price(mid)),
            volume: size,
        }
    }
}

/// Returns a market that outlasts the measurement, named at the length that venues' names have.
fn market(index: u32) -> Market {
    Market {
        id: MarketId(index),
        ticker: format!("MEMORYCHECK-26JAN05-T{index:05}"),
        event: format!("MEMORYCHECK-26JAN05-{}", index / 4),
        series: "MEMORYCHECK".to_owned(),
        category: "Climate and Weather".to_owned(),
        title: format!("Will the made-up figure be above {index} on Jan 5, 2026?"),
        ticks: Ticks::CENT,
        opens: Some(START),
        closes: Some(START + Span::days(36_500)),
        event_time: Some(START + Span::days(36_500)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_market_follows_its_polls() {
        let mut memory =
            MemoryUse { base_bytes: 100, listed_bytes: 1, by_polls: vec![(10, 50), (20, 80), (40, 80)], grows: false };
        let bytes = |memory: &MemoryUse| [0, 10, 11, 20, 40, 4_000].map(|polls| memory.market_bytes(polls));
        assert_eq!(bytes(&memory), [50, 50, 80, 80, 80, 80]);
        assert_eq!(memory.full_after(), Some(20));
        let limits = SandboxLimits { memory_bytes: 1_600, ..SandboxLimits::default() };
        assert_eq!((memory.bytes_for_markets(&limits), memory.markets_within(&limits)), (1_400, 17));
        assert_eq!(memory.limit_for(1_400), 1_600);
        memory.grows = true;
        assert_eq!(bytes(&memory), [50, 50, 80, 80, 80, 8_000]);
        assert_eq!(memory.full_after(), None);
    }
}
