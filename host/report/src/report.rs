//! The report: every metric of a run. Its JSON keys are stable; money is a decimal string, an undefined metric null.

use std::collections::BTreeMap;

use chrono::DateTime;
use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::about::About;
use crate::calibration::Calibration;
use crate::funnel::Funnel;
use crate::ground::FillGround;
use crate::money::Money;
use crate::probability::ProbabilityScores;
use crate::proof::Proof;
use crate::run::StoppedBy;
use crate::window::Window;
use crate::wishes::WishFigures;

/// Version of the JSON keys. It rises when a key changes its name or meaning; new keys do not change it.
pub const SCHEMA_VERSION: u32 = 1;

/// A strategy that took part in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentLine {
    pub name: String,
    pub version: String,
    /// SHA-256 digest of the component, in hexadecimal.
    pub sha256: String,
    /// The parameters that differ from their defaults, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// All metrics of a run. Rates are fractions (0.583 is 58.3 %), durations are in seconds, dates are in UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema_version: u32,
    /// SHA-256 digest of the market data, which tells whether two runs had the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_digest: Option<String>,
    /// The strategies by slot, each with the digest of its component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentLine>,
    /// The data, money and models that the figures are of; null in reports of hosts that did not say it.
    #[serde(default)]
    pub about: Option<About>,
    /// The proof that no decision looks ahead; null in reports of hosts that had none.
    #[serde(default)]
    pub proof: Option<Proof>,
    /// True if the run saw the whole window that was asked for.
    #[serde(default)]
    pub complete: bool,
    /// The cause of the stop of a run that did not; null if it did.
    #[serde(default)]
    pub stopped_by: Option<StoppedBy>,
    /// Start of the traded window, ISO 8601; null if the run was stopped before it.
    pub start: Option<String>,
    /// End of the traded window, which no longer belongs to it, or the time at which the run was stopped.
    pub end: Option<String>,
    /// Number of UTC days that the window touches.
    pub days: u64,

    /// Number of quote rows, warm-up included.
    pub updates: u64,
    pub polls: u64,
    /// Wall-clock duration of the run.
    pub seconds: f64,
    pub updates_per_second: Option<f64>,

    /// Signals received from strategies.
    pub signals: u64,
    /// Orders that passed every risk check and were sent.
    pub orders: u64,
    /// Executions, partial fills included.
    pub fills: u64,
    /// Closed round trips.
    pub trades: u64,
    /// Trades with a net profit.
    pub wins: u64,
    /// Trades with a net loss.
    pub losses: u64,
    /// Trades with a net result of zero.
    pub ties: u64,
    /// Wins over trades, ties included.
    pub win_rate: Option<f64>,
    /// Mean net profit of winning trades.
    pub average_win: Option<Money>,
    /// Mean net loss of losing trades, as a positive amount.
    pub average_loss: Option<Money>,
    /// Mean net profit of a trade.
    pub expectancy: Option<Money>,
    /// Net profit of all wins over net loss of all losses.
    pub profit_factor: Option<f64>,
    /// Mean time from the first fill to flat.
    pub average_holding_seconds: Option<f64>,

    pub start_equity: Money,
    /// Cash plus positions at mid, at the end.
    pub final_equity: Money,
    /// Final less start equity, after fees, with open positions at mid.
    pub net_pnl: Money,
    /// The part of it that is closed out.
    pub realised_pnl: Money,
    /// The part of it in open positions.
    pub open_pnl: Money,
    pub fees: Money,
    /// Net profit over start equity.
    pub total_return: Option<f64>,
    /// Compound annual growth rate; only from 90 days on.
    pub cagr: Option<f64>,

    /// Largest fall of equity from a peak in dollars, measured on ticks.
    pub max_drawdown: Money,
    /// Largest fall as a fraction of its peak, measured on ticks: often another fall than the largest in dollars.
    #[serde(default)]
    pub max_drawdown_fraction: Option<f64>,
    pub drawdown: DrawdownFigures,
    /// Annualised Sharpe ratio of daily returns.
    pub sharpe: Option<f64>,
    /// Standard error of the Sharpe ratio.
    pub sharpe_standard_error: Option<f64>,
    /// Number of daily returns in the Sharpe ratio.
    pub sharpe_days: u64,
    /// Annualised Sortino ratio of daily returns.
    pub sortino: Option<f64>,
    /// Growth rate over the largest drawdown; only from 30 days on.
    pub calmar: Option<f64>,

    /// Contracts filled over contracts submitted.
    pub fill_rate: Option<f64>,
    /// Orders filled at least in part over orders ended.
    #[serde(default)]
    pub fill_rate_per_order: Option<f64>,
    /// Entry wishes filled at least in part over those ended.
    #[serde(default)]
    pub fill_rate_per_wish: Option<f64>,
    #[serde(default)]
    pub wishes: WishFigures,
    /// The ground that fills stand on; null where orders have no place in a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill_ground: Option<FillGround>,
    pub order_fills: OrderFills,
    pub order_ends: OrderEnds,
    /// Orders cancelled or expired over orders ended.
    pub cancel_ratio: Option<f64>,
    pub time_to_fill: TimeToFill,
    /// Fill price against the mid at decision, in dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
    /// Average slippage in basis points of notional.
    pub average_slippage_bps: Option<f64>,
    /// Cost of execution against an immediate, complete fill at the mid at decision.
    pub implementation_shortfall: Shortfall,
    /// Moves of the market after fills.
    pub markouts: Vec<Markout>,
    /// Later mids that were not waited for because too many were pending.
    pub markouts_dropped: u64,
    /// Fills that provided liquidity.
    pub maker: LiquidityFigures,
    /// Fills that took liquidity.
    pub taker: LiquidityFigures,
    /// Price times quantity of all fills.
    pub notional: Option<Money>,
    /// Notional over mean daily equity.
    pub turnover: Option<f64>,
    /// Fraction of the run with a position open.
    pub time_in_market: Option<f64>,

    /// The way from rows to fills, and the reason wherever nothing came through.
    #[serde(default)]
    pub funnel: Option<Funnel>,
    /// Refused orders by the code of the risk check.
    pub rejections: BTreeMap<String, u64>,
    /// Strategies quarantined.
    pub faults: u64,
    /// Number of times that trading was reduced or halted.
    pub restrictions: u64,
    pub final_positions: Vec<FinalPosition>,

    /// Profit by market, in the order of the names.
    pub by_market: Vec<ProfitLine>,
    /// Profit by category, in the order of the names.
    pub by_category: Vec<ProfitLine>,
    /// Profit by strategy, in the order of the names.
    pub by_strategy: Vec<ProfitLine>,
    /// Profit by UTC day, flat days included.
    pub by_day: Vec<DayLine>,
    /// Scores of forecast probabilities, if a strategy gives any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<ProbabilityScores>,
    /// Calibration of those that have resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// The same run under the fill model `touch`: the lower estimate, where this report is the best one. It has no
    /// breakdowns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_estimate: Option<Box<Report>>,
    /// Definitions of the metrics.
    pub notes: Vec<String>,
}

impl Report {
    /// Returns the traded window; `None` if the run was stopped before it.
    pub fn window(&self) -> Option<Window> {
        let time = |text: &Option<String>| {
            let read = DateTime::parse_from_rfc3339(text.as_deref()?).ok()?;
            read.timestamp_nanos_opt().map(Timestamp)
        };
        Window::new(time(&self.start)?, time(&self.end)?)
    }
}

/// The largest falls of equity from a peak. Amount, peak, dates and days are of the largest in dollars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawdownFigures {
    pub amount: Money,
    /// The largest fall as a fraction of its peak, which is that of `deepest`.
    pub fraction: Option<f64>,
    /// Equity at the peak.
    pub peak: Option<Money>,
    /// Day of the peak.
    pub start: Option<String>,
    /// Day of the lowest equity.
    pub trough: Option<String>,
    /// Day on which equity was back at the peak; null if it never was.
    pub recovery: Option<String>,
    /// Days from the peak to the recovery, or to the end.
    pub days_under_water: Option<u64>,
    /// The fall that is largest as a fraction of its peak.
    #[serde(default)]
    pub deepest: Option<FallFigures>,
    /// Largest fall of the equity at the ends of days, as a fraction of its peak.
    #[serde(default)]
    pub daily_fraction: Option<f64>,
}

/// One fall of equity from a peak.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FallFigures {
    pub amount: Money,
    /// The fall as a fraction of the peak.
    pub fraction: Option<f64>,
    /// Equity at the peak.
    pub peak: Money,
    /// Day of the peak.
    pub start: Option<String>,
    /// Day of the lowest equity.
    pub trough: Option<String>,
    /// Day on which equity was back at the peak; null if it never was.
    pub recovery: Option<String>,
    /// Days from the peak to the recovery, or to the end.
    pub days_under_water: Option<u64>,
}

/// Number of ended orders by how much of each was filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderFills {
    pub fully: u64,
    pub partly: u64,
    pub none: u64,
    /// Orders filled at least in part over orders ended.
    pub rate: Option<f64>,
}

/// Orders by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEnds {
    /// Filled in full.
    pub filled: u64,
    /// Cancelled by the host, the venue or the operator.
    pub cancelled: u64,
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
    pub p50_seconds: Option<f64>,
    pub p95_seconds: Option<f64>,
}

/// Implementation shortfall in dollars; positive is cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// Sum of execution, opportunity and fees.
    pub total: Option<Money>,
    /// Cost of the fills against the mid at decision.
    pub execution: Option<Money>,
    /// Move of the market against contracts that were never filled.
    pub opportunity: Option<Money>,
    pub fees: Money,
    /// Orders that ended with contracts unfilled.
    pub missed_orders: u64,
    /// Missed orders without a mid within 5 minutes of their end, which `opportunity` leaves out.
    pub missed_without_mid: u64,
}

/// Move of the market after fills, in dollars per contract. A negative average as maker is adverse selection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Markout {
    /// Time after the fill: `1s`, `10s`, `1m`, `5m`, `30m`, or `close` for the market's payout.
    pub horizon: String,
    /// Fills for which there was a mid at that time.
    pub fills: u64,
    /// Mean over all fills.
    pub average: Option<Money>,
    /// Mean over the fills that provided liquidity.
    pub maker: Option<Money>,
    /// Mean over the fills that took liquidity.
    pub taker: Option<Money>,
}

/// Figures of the fills that provided liquidity, or of those that took it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiquidityFigures {
    pub fills: u64,
    pub contracts: f64,
    /// Fraction of all contracts filled.
    pub share: Option<f64>,
    pub fees: Money,
    /// Against the mid at decision, in dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
}

/// A position still open at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FinalPosition {
    /// The market's ticker.
    pub market: String,
    pub strategy: String,
    /// Contracts held; negative is short.
    pub contracts: f64,
    /// Average entry price in dollars.
    pub average_price: Option<Money>,
    /// Mid at which the position is marked, in dollars.
    pub mark: Money,
    /// Unrealised profit at the mark.
    pub open_pnl: Money,
}

/// Profit of a market, a category or a strategy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfitLine {
    pub name: String,
    /// Net profit after fees, open positions at their mark; null if one has no mark.
    pub net_pnl: Option<Money>,
    /// The part of it that is closed out.
    #[serde(default)]
    pub realised_pnl: Option<Money>,
    /// The part of it in open positions.
    #[serde(default)]
    pub open_pnl: Option<Money>,
    /// Closed round trips.
    pub trades: u64,
    pub win_rate: Option<f64>,
    pub fills: u64,
    /// Contracts filled.
    pub contracts: f64,
    pub fees: Money,
}

/// Figures of one UTC day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    /// Date in the form `2026-01-31`.
    pub date: String,
    /// Change of equity.
    pub net_pnl: Money,
    /// The part of it that was closed out.
    #[serde(default)]
    pub realised_pnl: Money,
    /// The change of the profit in open positions.
    #[serde(default)]
    pub open_pnl: Money,
    /// Equity at the end of the day.
    pub equity: Money,
    /// Round trips closed.
    pub trades: u64,
    pub fills: u64,
    pub fees: Money,
}
