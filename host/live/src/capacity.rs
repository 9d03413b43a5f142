//! The number of markets that the strategies' memory holds: a start with more is refused, before anything is traded.

use host_core::{Market, Span, Timestamp};
use host_session::memory::{MarketLife, MemoryDemand, TooManyMarkets};
use host_session::setup::Setup;
use host_venues::model::{MarketPhase, MarketRow};

/// The strategies' use of memory, and how many markets have been checked against it.
#[derive(Debug)]
pub struct Capacity {
    demand: MemoryDemand,
    poll_interval: Span,
    /// The most open markets of any poll so far; none before the first.
    most_open: usize,
}

impl Capacity {
    pub fn of(setup: &Setup) -> Capacity {
        Capacity { demand: setup.memory_demand(), poll_interval: setup.poll_interval, most_open: 0 }
    }

    /// Checks the markets of former sessions, whose history strategies are warmed up with, and returns itself.
    ///
    /// # Errors
    /// A strategy's memory does not hold them.
    pub fn require_known(self, markets: &[Market]) -> Result<Capacity, TooManyMarkets> {
        let (from, until) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let life = |market| MarketLife::of_market(market, from, until, self.poll_interval);
        self.demand.require(markets.len(), &markets.iter().map(life).collect::<Vec<_>>())?;
        Ok(self)
    }

    /// Checks the open markets of a poll, if they are more than at any poll before.
    ///
    /// # Errors
    /// A strategy's memory does not hold them; true if no poll before had any, so that nothing has been traded yet.
    pub fn require_open(&mut self, rows: &[MarketRow]) -> Result<(), (bool, TooManyMarkets)> {
        let open = || rows.iter().filter(|row| row.phase == MarketPhase::Open);
        let count = open().count();
        if count <= self.most_open {
            return Ok(());
        }
        let is_first = std::mem::replace(&mut self.most_open, count) == 0;
        let life = |row: &MarketRow| MarketLife::polled(row.opens, row.closes.max(row.opens), self.poll_interval);
        self.demand.require(count, &open().map(life).collect::<Vec<_>>()).map_err(|error| (is_first, error))
    }
}
