//! The course of a run: what its report has as sums, over time. A tear sheet draws it.

mod limit_use;
mod market_course;

use std::collections::BTreeMap;

use host_core::record::{SwapCause, Trade};
use host_core::strategy::StrategyVersion;
use host_core::{MarketId, OrderId, QuotesView, Record, SlotId, Timestamp, TradingState, Usd};

pub use limit_use::{LimitUse, LimitUses};
pub use market_course::{MarketCourse, OrderLine, TradedPoint};

use crate::columns::Columns;
use crate::window::Window;

/// The code of the check whose measured value is the exposure of the whole account.
const EXPOSURE: &str = "max_portfolio_exposure";
/// Number of columns of a followed market's price.
const COLUMNS: usize = 400;

/// A change of the trading state, of all strategies or of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    pub time: Timestamp,
    /// The slot whose own limits did it; `None` if it is the account.
    pub slot: Option<SlotId>,
    /// The state from then on.
    pub state: TradingState,
    pub reason: String,
}

/// The fault of a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultLine {
    pub time: Timestamp,
    pub slot: SlotId,
    pub message: String,
}

/// Another version of a strategy that took over its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapLine {
    pub time: Timestamp,
    pub slot: SlotId,
    /// The version that left; `None` if there was none.
    pub from: Option<StrategyVersion>,
    pub to: StrategyVersion,
    /// The operator's reason, or the fault by which the version that left has failed.
    pub reason: String,
}

/// The events in a window of time. Memory grows with trades and orders; prices take a fixed number of columns.
#[derive(Clone, Debug)]
pub struct Course {
    window: Window,
    /// Round trips in the order in which they closed.
    pub trades: Vec<Trade>,
    /// The markets in which orders were placed.
    pub markets: BTreeMap<MarketId, MarketCourse>,
    /// The use of the limits.
    pub limits: LimitUses,
    /// The highest exposure that an approved entry led to, by UTC day, as the risk manager measured it.
    pub exposure: BTreeMap<i64, Usd>,
    pub restrictions: Vec<Restriction>,
    pub faults: Vec<FaultLine>,
    pub swaps: Vec<SwapLine>,
    /// The orders that work, with their market and their place among its orders.
    working: BTreeMap<OrderId, (MarketId, usize)>,
    /// The followed prices by market number: twice the mid, in 1/10,000 dollar.
    prices: Vec<Option<Columns>>,
    /// The scores of the same markets, in thousandths; empty without scores.
    scores: BTreeMap<MarketId, Columns>,
    /// The lines that strategies drew in the same markets, by name: in the unit of prices; empty without lines.
    lines: BTreeMap<MarketId, BTreeMap<String, Columns>>,
}

impl Course {
    /// Makes the course of `window` with nothing in it.
    pub fn new(window: Window) -> Course {
        Course {
            window,
            trades: Vec::new(),
            markets: BTreeMap::new(),
            limits: LimitUses::default(),
            exposure: BTreeMap::new(),
            restrictions: Vec::new(),
            faults: Vec::new(),
            swaps: Vec::new(),
            working: BTreeMap::new(),
            prices: Vec::new(),
            scores: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    /// The kinds of records that a course is made of, by their names in a journal. Signals are most of a journal's
    /// records, and none of them.
    pub const RECORDS: [&str; 9] =
        ["placed", "refused", "filled", "done", "trade", "settled", "trading", "fault", "swapped"];

    /// Returns the window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Adds one record. Records come in their order.
    pub fn record(&mut self, record: &Record) {
        if !self.window.has(record) {
            return;
        }
        match record {
            Record::Placed { order, verdicts } => {
                let place = self.markets.entry(order.market).or_default().placed(order);
                self.working.insert(order.id, (order.market, place));
                verdicts.iter().for_each(|verdict| self.limits.passed(order.created, verdict));
                let exposure = verdicts.iter().find(|verdict| verdict.code == EXPOSURE);
                if let Some(measured) =
                    exposure.and_then(|verdict| verdict.value.parse().ok()).and_then(Usd::from_dollars)
                {
                    let highest = self.exposure.entry(order.created.day()).or_default();
                    *highest = measured.max(*highest);
                }
            }
            Record::Refused(refused) => self.limits.refused(&refused.verdict),
            Record::Filled { market, side, fill, .. } => {
                self.markets.entry(*market).or_default().filled(*side, fill);
            }
            Record::Done { order, time, .. } => {
                if let Some((market, place)) = self.working.remove(order) {
                    self.markets.entry(market).or_default().done(place, *time);
                }
            }
            Record::Trade(trade) => self.trades.push(trade.clone()),
            Record::Settled { market, time, outcome } => {
                if let Some(market) = self.markets.get_mut(market) {
                    market.settled = Some((*time, outcome.payout()));
                }
            }
            Record::Trading { time, state, reason } => {
                self.restrictions.push(Restriction { time: *time, slot: None, state: *state, reason: reason.clone() });
            }
            Record::SlotTrading { slot, time, stopped, reason } => {
                let state = if *stopped { TradingState::Reduce } else { TradingState::Active };
                self.restrictions.push(Restriction { time: *time, slot: Some(*slot), state, reason: reason.clone() });
            }
            Record::Fault { slot, time, fault } => {
                self.faults.push(FaultLine { time: *time, slot: *slot, message: fault.message.clone() });
            }
            Record::Swapped { slot, time, from, to, cause } => {
                let reason = match cause {
                    SwapCause::Asked { reason } | SwapCause::Back { reason } => reason,
                    SwapCause::Fault(fault) => &fault.message,
                };
                let (from, to, reason) = (from.clone(), to.clone(), reason.clone());
                self.swaps.push(SwapLine { time: *time, slot: *slot, from, to, reason });
            }
            Record::Restarted { .. }
            | Record::Schedule { .. }
            | Record::Signal(_)
            | Record::DayClose(_)
            | Record::ExitBlocked { .. }
            | Record::ExitFreed { .. } => {}
        }
    }

    /// Follows the prices of `markets` from now on.
    pub fn follow(&mut self, markets: impl IntoIterator<Item = MarketId>) {
        for market in markets {
            if self.prices.len() <= market.index() {
                self.prices.resize(market.index() + 1, None);
            }
            self.prices[market.index()] = Some(Columns::new(COLUMNS));
        }
    }

    /// Adds the prices of followed markets within the window. Rows come in the order of time.
    pub fn on_quotes(&mut self, rows: &QuotesView<'_>) {
        for row in 0..rows.len() {
            let Some(Some(columns)) = self.prices.get_mut(rows.market[row] as usize) else { continue };
            let quote = rows.row(row);
            if let Some(mid) = quote.mid_doubled()
                && (self.window.from()..self.window.until()).contains(&quote.time)
            {
                columns.push(quote.time, i64::from(mid));
            }
        }
    }

    /// Adds a score of a followed market within the window. Scores come in the order of time.
    pub fn on_score(&mut self, market: MarketId, time: Timestamp, score: f64) {
        let is_followed = self.price(market).is_some() && (self.window.from()..self.window.until()).contains(&time);
        if is_followed && score.is_finite() {
            let columns = self.scores.entry(market).or_insert_with(|| Columns::new(COLUMNS));
            columns.push(time, (score * 1_000.0).round() as i64);
        }
    }

    /// Returns the score of a followed market over time, in thousandths.
    pub fn score(&self, market: MarketId) -> Option<&Columns> {
        self.scores.get(&market)
    }

    /// Adds a point of a line, in dollars, of a followed market within the window. The points of a line come in the
    /// order of time. What lies beyond every price is drawn at the last one.
    pub fn on_line(&mut self, market: MarketId, time: Timestamp, name: &str, value: f64) {
        let is_followed = self.price(market).is_some() && (self.window.from()..self.window.until()).contains(&time);
        if is_followed && value.is_finite() {
            let lines = self.lines.entry(market).or_default();
            let columns = lines.entry(name.to_owned()).or_insert_with(|| Columns::new(COLUMNS));
            columns.push(time, (value.clamp(0.0, 1.0) * 20_000.0).round() as i64);
        }
    }

    /// Returns the lines of a followed market over time, by name: twice the value, in 1/10,000 dollar.
    pub fn lines(&self, market: MarketId) -> Option<&BTreeMap<String, Columns>> {
        self.lines.get(&market)
    }

    /// Returns the markets whose prices are followed.
    pub fn followed(&self) -> impl Iterator<Item = MarketId> {
        let followed = (0..).zip(&self.prices).filter(|(_, columns)| columns.is_some());
        followed.map(|(number, _)| MarketId(number))
    }

    /// Returns the price of a followed market over time: twice the mid, in 1/10,000 dollar.
    pub fn price(&self, market: MarketId) -> Option<&Columns> {
        self.prices.get(market.index()).and_then(Option::as_ref)
    }
}
