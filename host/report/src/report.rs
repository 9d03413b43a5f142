//! The report: every figure of a run. Its JSON keys stay put; money is a decimal string, an undefined figure null.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::probability::ProbabilityScores;

/// Counts up when a key changes its name or meaning; new keys leave it as it is.
pub const SCHEMA_VERSION: u32 = 1;

/// All figures of a run. Rates and shares are numbers (0.583 is 58.3 %), durations are seconds, dates are UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of these keys.
    pub schema_version: u32,
    /// Time of the first event, ISO 8601.
    pub start: Option<String>,
    /// Time of the last event.
    pub end: Option<String>,
    /// UTC days that the run touched.
    pub days: u64,

    /// Quote rows seen.
    pub updates: u64,
    /// Polls seen.
    pub polls: u64,
    /// Wall-clock seconds that the run took.
    pub seconds: f64,
    /// Rows over seconds.
    pub updates_per_second: Option<f64>,

    /// Signals received from strategies.
    pub signals: u64,
    /// Orders that passed every check and left.
    pub orders: u64,
    /// Executions, partial ones included.
    pub fills: u64,
    /// Closed round trips.
    pub trades: u64,
    /// Trades with a net profit.
    pub wins: u64,
    /// Trades with a net loss.
    pub losses: u64,
    /// Trades with neither.
    pub ties: u64,
    /// Wins over trades.
    pub win_rate: Option<f64>,
    /// Mean net profit of winning trades.
    pub average_win: Option<Money>,
    /// Mean net loss of losing trades, as a positive amount.
    pub average_loss: Option<Money>,
    /// Mean net profit of a trade.
    pub expectancy: Option<Money>,
    /// Net profit of all wins over net loss of all losses.
    pub profit_factor: Option<f64>,
    /// Mean time from first fill to flat.
    pub average_holding_seconds: Option<f64>,

    /// Equity at the start.
    pub start_equity: Money,
    /// Cash plus positions at mid, at the end.
    pub final_equity: Money,
    /// Final less start equity: all fees paid, open positions at mid.
    pub net_pnl: Money,
    /// The part of it that is closed out.
    pub realised_pnl: Money,
    /// The part of it that is still open.
    pub open_pnl: Money,
    /// Fees paid.
    pub fees: Money,
    /// Net profit over start equity.
    pub total_return: Option<f64>,
    /// Compound annual growth; from 90 days on.
    pub cagr: Option<f64>,

    /// Largest fall of equity from a peak, on ticks.
    pub max_drawdown: Money,
    /// More of that fall.
    pub drawdown: DrawdownFigures,
    /// Annual Sharpe ratio of daily returns.
    pub sharpe: Option<f64>,
    /// Its standard error.
    pub sharpe_standard_error: Option<f64>,
    /// Daily returns that it is of.
    pub sharpe_days: u64,
    /// Annual Sortino ratio of daily returns.
    pub sortino: Option<f64>,
    /// Annual growth over largest fall; from 30 days on.
    pub calmar: Option<f64>,

    /// Contracts filled over contracts submitted.
    pub fill_rate: Option<f64>,
    /// Ended orders by how much of them was filled.
    pub order_fills: OrderFills,
    /// Orders by how they ended.
    pub order_ends: OrderEnds,
    /// Orders cancelled or expired over orders ended.
    pub cancel_ratio: Option<f64>,
    /// From decision to first fill.
    pub time_to_fill: TimeToFill,
    /// Fill against the mid at decision, in dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
    /// The same in basis points of notional.
    pub average_slippage_bps: Option<f64>,
    /// What execution cost against filling everything at once at the mid at decision.
    pub implementation_shortfall: Shortfall,
    /// What the market did after fills.
    pub markouts: Vec<Markout>,
    /// Later mids that were not waited for because too many were.
    pub markouts_dropped: u64,
    /// Fills that made liquidity.
    pub maker: LiquidityFigures,
    /// Fills that took liquidity.
    pub taker: LiquidityFigures,
    /// Price times quantity of all fills.
    pub notional: Option<Money>,
    /// Notional over mean daily equity.
    pub turnover: Option<f64>,
    /// Share of the run with a position open.
    pub time_in_market: Option<f64>,

    /// Refusals by the code of the risk check.
    pub rejections: BTreeMap<String, u64>,
    /// Strategies quarantined.
    pub faults: u64,
    /// Times that trading was reduced or halted.
    pub restrictions: u64,
    /// Positions still open.
    pub final_positions: Vec<FinalPosition>,

    /// Profit by market, by name.
    pub by_market: Vec<ProfitLine>,
    /// Profit by category, by name.
    pub by_category: Vec<ProfitLine>,
    /// Profit by strategy, by name.
    pub by_strategy: Vec<ProfitLine>,
    /// Profit by UTC day, flat days included.
    pub by_day: Vec<DayLine>,
    /// Scores of probabilities, where a strategy gives any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<ProbabilityScores>,
    /// How the figures are defined.
    pub notes: Vec<String>,
}

/// The largest fall of equity from a peak.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawdownFigures {
    /// The fall.
    pub amount: Money,
    /// As a share of the peak.
    pub fraction: Option<f64>,
    /// The equity that it fell from.
    pub peak: Option<Money>,
    /// Day of the peak.
    pub start: Option<String>,
    /// Day of the lowest equity.
    pub trough: Option<String>,
    /// Day on which equity was back at the peak; null if it never was.
    pub recovery: Option<String>,
    /// Days from the peak to the recovery, or to the end.
    pub days_under_water: Option<u64>,
}

/// Ended orders by how much of them was filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderFills {
    /// All of it.
    pub fully: u64,
    /// Some of it.
    pub partly: u64,
    /// None of it.
    pub none: u64,
    /// Orders filled at least in part over orders ended.
    pub rate: Option<f64>,
}

/// Orders by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEnds {
    /// Filled in full.
    pub filled: u64,
    /// Cancelled by the host, the venue or a person.
    pub cancelled: u64,
    /// Their time ran out.
    pub expired: u64,
    /// Refused by the venue.
    pub rejected: u64,
    /// Not ended yet.
    pub working: u64,
}

/// Time from an order's decision to its first fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeToFill {
    /// Orders with a fill.
    pub orders: u64,
    /// Median.
    pub p50_seconds: Option<f64>,
    /// 95th percentile.
    pub p95_seconds: Option<f64>,
}

/// Implementation shortfall in dollars; positive is cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// The sum of the three parts.
    pub total: Option<Money>,
    /// Fills against the mid at decision.
    pub execution: Option<Money>,
    /// What the market moved away from contracts that were never filled.
    pub opportunity: Option<Money>,
    /// Fees paid.
    pub fees: Money,
    /// Orders that ended with contracts unfilled.
    pub missed_orders: u64,
    /// Those without a mid within 5 minutes of their end: not in `opportunity`.
    pub missed_without_mid: u64,
}

/// What the market did after fills, in dollars per contract; a negative average as maker is adverse selection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Markout {
    /// How long after the fill: `1s`, `10s`, `1m`, `5m`, `30m`, or `close`, the market's payout.
    pub horizon: String,
    /// Fills for which there was a mid at that time.
    pub fills: u64,
    /// Over all of them.
    pub average: Option<Money>,
    /// Over those that made liquidity.
    pub maker: Option<Money>,
    /// Over those that took it.
    pub taker: Option<Money>,
}

/// Fills that made liquidity, or took it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiquidityFigures {
    /// How many.
    pub fills: u64,
    /// Their contracts.
    pub contracts: f64,
    /// Their share of all contracts filled.
    pub share: Option<f64>,
    /// Their fees.
    pub fees: Money,
    /// Against the mid at decision, in dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
}

/// A position still open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FinalPosition {
    /// The venue's name of the market.
    pub market: String,
    /// Whose.
    pub strategy: String,
    /// Held; negative is short.
    pub contracts: f64,
    /// Average entry price in dollars.
    pub average_price: Option<Money>,
    /// The mid at which it is marked, in dollars.
    pub mark: Money,
    /// Profit that is not realised yet, at the mark.
    pub open_pnl: Money,
}

/// Profit of a market, a category or a strategy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfitLine {
    /// Its name.
    pub name: String,
    /// After fees, open positions at their mark; null if one has no mark.
    pub net_pnl: Option<Money>,
    /// Closed round trips.
    pub trades: u64,
    /// Wins over trades.
    pub win_rate: Option<f64>,
    /// Executions.
    pub fills: u64,
    /// Contracts filled.
    pub contracts: f64,
    /// Fees paid.
    pub fees: Money,
}

/// One UTC day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    /// As `2026-01-31`.
    pub date: String,
    /// Change of equity.
    pub net_pnl: Money,
    /// Equity at its end.
    pub equity: Money,
    /// Round trips closed.
    pub trades: u64,
    /// Executions.
    pub fills: u64,
    /// Fees paid.
    pub fees: Money,
}
