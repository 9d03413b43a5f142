//! Refuses a start whose markets do not fit into a strategy's memory: without that, the strategy would run until its
//! windows have filled it, and be lost in the middle.

use host_core::{Market, Span, Timestamp};
use host_sandbox::{MemoryUse, SandboxLimits};
use thiserror::Error;

/// Time after its last row for which a strategy may keep a market's history: it looks for ended markets once a day.
const KEPT: Span = Span::DAY;

/// The time in which a market has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketLife {
    pub first: Timestamp,
    pub last: Timestamp,
    /// The most rows that a strategy is shown.
    pub rows: u64,
}

impl MarketLife {
    /// Returns the life of a market with a row at each poll from `first` to `last`.
    pub fn polled(first: Timestamp, last: Timestamp, poll: Span) -> MarketLife {
        let span = last.0.saturating_sub(first.0).max(0);
        MarketLife { first, last, rows: (span / poll.0.max(1)) as u64 + 1 }
    }

    /// Returns the life of a market from its listing to its close, as far as they are known and within a run from
    /// `from` to `until`.
    pub fn of_market(market: &Market, from: Timestamp, until: Timestamp, poll: Span) -> MarketLife {
        let first = market.opens.unwrap_or(from).max(from);
        MarketLife::polled(first, market.closes.unwrap_or(until).min(until).max(first), poll)
    }

    /// Returns the part of the life between two times; `None` if there is none.
    pub fn within(self, from: Timestamp, until: Timestamp) -> Option<MarketLife> {
        let (first, last) = (self.first.max(from), self.last.min(until));
        (first <= last).then_some(MarketLife { first, last, ..self })
    }
}

/// More markets than a strategy's memory holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "too many markets for `{slot}`: {markets} at a time need about {} of its memory, and the limit of {} is enough for \
     about {fitting} of them", megabytes(*needed_bytes), megabytes(*limit_bytes)
)]
pub struct TooManyMarkets {
    /// The strategy's slot.
    pub slot: String,
    /// The most markets that have rows at a time.
    pub markets: u64,
    /// The number of such markets that the memory is enough for.
    pub fitting: u64,
    /// The limit of memory that is enough for all markets.
    pub needed_bytes: u64,
    pub limit_bytes: u64,
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The most that a run asks of a strategy's memory at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Peak {
    markets: u64,
    bytes: u64,
}

impl Peak {
    /// Returns the peak over all `lives`, each of which counts with its rows from its first row on.
    fn of(lives: &[MarketLife], memory: &MemoryUse) -> Peak {
        // Ends come before starts of the same time.
        let mut changes: Vec<(Timestamp, bool, u64)> = Vec::with_capacity(2 * lives.len());
        for life in lives {
            let bytes = memory.market_bytes(life.rows);
            changes.push((life.first, true, bytes));
            changes.push((Timestamp(life.last.0.saturating_add(KEPT.0)), false, bytes));
        }
        changes.sort_unstable();
        let (mut now, mut peak) = (Peak::default(), Peak::default());
        for (_, begins, bytes) in changes {
            now = match begins {
                true => Peak { markets: now.markets + 1, bytes: now.bytes.saturating_add(bytes) },
                false => Peak { markets: now.markets - 1, bytes: now.bytes.saturating_sub(bytes) },
            };
            if now.bytes > peak.bytes {
                peak = now;
            }
        }
        peak
    }
}

/// The memory that each strategy of a run uses, by slot; of those that could be measured.
#[derive(Clone, Debug)]
pub struct MemoryDemand {
    slots: Vec<(String, MemoryUse)>,
    limits: SandboxLimits,
}

impl MemoryDemand {
    /// Takes up what the strategies in `slots` use.
    pub fn new(slots: Vec<(String, MemoryUse)>, limits: SandboxLimits) -> MemoryDemand {
        MemoryDemand { slots, limits }
    }

    /// Checks that `listed` markets, of which those that are polled have `lives`, fit into each strategy's memory.
    ///
    /// # Errors
    /// The first strategy that they are too many for.
    pub fn require(&self, listed: usize, lives: &[MarketLife]) -> Result<(), TooManyMarkets> {
        self.slots.iter().try_for_each(|(slot, memory)| {
            let peak = Peak::of(lives, memory);
            let listing = memory.listed_bytes.saturating_mul(listed as u64);
            let room = memory.bytes_for_markets(&self.limits);
            let needed = peak.bytes.saturating_add(listing);
            if needed <= room || peak.markets == 0 {
                return Ok(());
            }
            let each = peak.bytes.div_ceil(peak.markets).max(1);
            Err(TooManyMarkets {
                slot: slot.clone(),
                markets: peak.markets,
                fitting: room.saturating_sub(listing) / each,
                needed_bytes: memory.limit_for(needed),
                limit_bytes: self.limits.memory_bytes as u64,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(first: i64, last: i64, rows: u64) -> MarketLife {
        MarketLife { first: Timestamp(first), last: Timestamp(last), rows }
    }

    fn memory() -> MemoryUse {
        MemoryUse { base_bytes: 1_000, listed_bytes: 10, by_polls: vec![(100, 500), (1_000, 4_000)], grows: false }
    }

    #[test]
    fn what_is_over_makes_room_for_what_begins_and_short_lives_take_little() {
        let day = Span::DAY.0;
        let peak = |lives: &[MarketLife]| Peak::of(lives, &memory());
        let short = [life(0, day, 100), life(day, 2 * day, 100), life(5 * day, 6 * day, 100)];
        assert_eq!(peak(&short), Peak { markets: 2, bytes: 1_000 });
        assert_eq!(peak(&[life(0, day, 5_000), life(10 * day, i64::MAX, 80)]), Peak { markets: 1, bytes: 4_000 });
        assert_eq!(peak(&[]), Peak::default());
        let hour = Span::hours(1);
        assert_eq!(MarketLife::polled(Timestamp(0), Timestamp(day), hour).rows, 25);
        assert_eq!(life(0, 10, 1).within(Timestamp(4), Timestamp(7)), Some(life(4, 7, 1)));
        assert_eq!(life(0, 10, 1).within(Timestamp(11), Timestamp(20)), None);
    }

    #[test]
    fn as_many_markets_as_fit_are_allowed_and_no_more() {
        let limits = SandboxLimits { memory_bytes: 160_000, ..SandboxLimits::default() };
        let demand = MemoryDemand { slots: vec![("a".to_owned(), memory())], limits };
        let lives = vec![life(0, i64::MAX, 5_000); 38];
        // 150,000 bytes less the base are for markets: 37 of 4,000 bytes, or 36 if 400 are listed.
        assert_eq!(demand.require(37, &lives[..37]), Ok(()));
        let refused = demand.require(400, &lives).unwrap_err();
        let text = "too many markets for `a`: 38 at a time need about 0.2 MB of its memory, and the limit of 0.2 MB is \
                    enough for about 36 of them";
        assert_eq!(refused.to_string(), text);
        assert_eq!(refused.needed_bytes, 167_472);
        assert_eq!(demand.require(400, &lives[..36]), Ok(()));
        let enough = SandboxLimits { memory_bytes: refused.needed_bytes as usize, ..demand.limits.clone() };
        assert_eq!(MemoryDemand { limits: enough, ..demand }.require(400, &lives), Ok(()));
    }
}
