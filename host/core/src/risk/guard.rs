//! What stops trading as a whole: a person, losses, a venue that rejects. Each cause latches by itself and is
//! released by its own rule; the strictest latch rules.
//!
//! | cause | state | released by |
//! |---|---|---|
//! | kill | halted | a person's resume |
//! | reduce | reduce | a person's resume |
//! | day loss | reduce | the next UTC day, nothing else: a resume must not grant a second day's loss |
//! | drawdown | reduce | a person's resume, which starts a new peak |
//! | losing trades | reduce | a person's resume |
//! | error rate | halted | a person's resume |
//! | mismatch with the venue | reduce, and nothing where the position is in doubt | the venue agrees again, or a person's resume |
//!
//! Latches and the figures behind them are kept over a restart.

use serde::{Deserialize, Serialize};

use crate::event::{Command, Disputed};
use crate::market::MarketId;
use crate::money::Usd;
use crate::order::OrderState;
use crate::record::{Trade, TradingState};
use crate::time::Timestamp;

use super::code::RefusalCode;
use super::decimal::Part;
use super::limits::RiskLimits;

/// In place of a limit where a person's word is the reason.
const UNTIL_RESUMED: &str = "until a person resumes";
const UNTIL_AGREED: &str = "until the venue agrees, or a person resumes";

/// Trading was restricted, restricted further or released: for the journal and the alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradingChange {
    /// From now on.
    pub state: TradingState,
    /// Why, with value and limit where there are any.
    pub reason: String,
}

/// Why trading is restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cause {
    Kill,
    Reduce,
    DayLoss,
    Drawdown,
    LosingTrades,
    ErrorRate,
    Mismatch,
}

impl Cause {
    const fn state(self) -> TradingState {
        match self {
            Cause::Kill | Cause::ErrorRate => TradingState::Halted,
            Cause::Reduce | Cause::DayLoss | Cause::Drawdown | Cause::LosingTrades | Cause::Mismatch => {
                TradingState::Reduce
            }
        }
    }

    const fn code(self) -> RefusalCode {
        match self {
            Cause::Kill => RefusalCode::Halted,
            Cause::Reduce => RefusalCode::ReduceOnly,
            Cause::DayLoss => RefusalCode::MaxDailyLoss,
            Cause::Drawdown => RefusalCode::MaxDrawdown,
            Cause::LosingTrades => RefusalCode::MaxConsecutiveLosses,
            Cause::ErrorRate => RefusalCode::MaxErrorRate,
            Cause::Mismatch => RefusalCode::Mismatch,
        }
    }
}

/// A restriction in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latch {
    cause: Cause,
    since: Timestamp,
    /// What was measured, or who said so.
    pub value: String,
    /// What it may be.
    pub limit: String,
}

impl Latch {
    pub fn code(&self) -> RefusalCode {
        self.cause.code()
    }

    pub fn state(&self) -> TradingState {
        self.cause.state()
    }
}

/// Equity as last seen, and what losses are measured against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Equity {
    day: i64,
    /// The last equity of the day before, or the first ever.
    day_start: Usd,
    peak: Usd,
    last: Usd,
}

/// Latches and the figures behind them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    /// In the order in which they came; one per cause at most.
    latches: Vec<Latch>,
    equity: Option<Equity>,
    losing_trades: u32,
    /// How the latest orders ended, latest in the lowest bit; 1 = rejected.
    outcomes: u64,
    outcomes_seen: u32,
    /// Where no order leaves, with the mismatch that said so.
    disputed: Disputed,
}

impl Guard {
    /// What orders are let through: the strictest latch.
    pub fn state(&self) -> TradingState {
        self.latches.iter().map(Latch::state).max().unwrap_or_default()
    }

    /// The first latch of at least the strictness `state`.
    pub fn latch(&self, state: TradingState) -> Option<&Latch> {
        self.latches.iter().find(|latch| latch.state() >= state)
    }

    /// The day's loss and the fall from the peak; `None` before the first equity. Not below zero.
    pub fn losses(&self) -> Option<(Usd, Usd)> {
        let Equity { day_start, peak, last, .. } = self.equity?;
        Some(((day_start - last).max(Usd::ZERO), (peak - last).max(Usd::ZERO)))
    }

    /// Equity less that at the end of the day before; zero before the first equity.
    pub fn day_change(&self) -> Usd {
        self.equity.map_or(Usd::ZERO, |equity| equity.last - equity.day_start)
    }

    /// Why trading is restricted: a line for each latch, in the order in which they came.
    pub fn reasons(&self) -> Vec<String> {
        let line =
            |latch: &Latch| format!("{}: {} (limit: {}) since {}", latch.code(), latch.value, latch.limit, latch.since);
        self.latches.iter().map(line).collect()
    }

    /// Equity, realised and marked, at `now`.
    pub fn on_equity(&mut self, now: Timestamp, equity: Usd, limits: &RiskLimits) -> Option<TradingChange> {
        let day = now.day();
        let known = self.equity.get_or_insert(Equity { day, day_start: equity, peak: equity, last: equity });
        let new_day = day > known.day;
        if new_day {
            (known.day, known.day_start) = (day, known.last);
        }
        known.last = equity;
        known.peak = known.peak.max(equity);
        let (loss, fall) = (known.day_start - equity, known.peak - equity);
        let mut reasons = Vec::new();
        if new_day && self.release(Cause::DayLoss) {
            reasons.push("a new UTC day: the day loss starts anew".to_owned());
        }
        if loss >= limits.max_daily_loss {
            let limit = limits.max_daily_loss;
            reasons.extend(self.set(Cause::DayLoss, now, loss, limit, "no entries until the next UTC day"));
        }
        if fall >= limits.max_drawdown {
            reasons.extend(self.set(Cause::Drawdown, now, fall, limits.max_drawdown, "no entries until resumed"));
        }
        self.change(reasons)
    }

    /// A round trip ended. One without profit or loss counts neither way.
    pub fn on_trade(&mut self, trade: &Trade, limits: &RiskLimits) -> Option<TradingChange> {
        if trade.net > Usd::ZERO {
            self.losing_trades = 0;
        } else if trade.net < Usd::ZERO {
            self.losing_trades = self.losing_trades.saturating_add(1);
        }
        let (count, limit) = (self.losing_trades, limits.max_consecutive_losses);
        let reason = (count >= limit)
            .then(|| self.set(Cause::LosingTrades, trade.closed, count, limit, "no entries until resumed"));
        self.change(reason.flatten().into_iter().collect())
    }

    /// An order ended: a rejection counts against the venue, or against what we send it.
    pub fn on_outcome(&mut self, now: Timestamp, end: OrderState, limits: &RiskLimits) -> Option<TradingChange> {
        self.outcomes = self.outcomes << 1 | u64::from(end == OrderState::Rejected);
        self.outcomes_seen = self.outcomes_seen.saturating_add(1).min(64);
        let window = limits.error_window.clamp(1, 64);
        if self.outcomes_seen < window {
            return None;
        }
        let errors = (self.outcomes & (u64::MAX >> (64 - window))).count_ones();
        let rate = Part::ratio(i64::from(errors), i64::from(window));
        if rate < limits.max_error_rate {
            return None;
        }
        let reason = self.set(Cause::ErrorRate, now, rate, limits.max_error_rate, "no orders until resumed");
        self.change(reason.into_iter().collect())
    }

    /// A command. Kill computes nothing that could fail. `None` where it changes nothing: nothing was mismatched.
    pub fn command(&mut self, command: &Command) -> Option<TradingChange> {
        let reason = match command {
            Command::Kill { time, reason } => self.command_latch(Cause::Kill, *time, reason),
            Command::Reduce { time, reason } => self.command_latch(Cause::Reduce, *time, reason),
            Command::Mismatch { time, reason, disputed } => {
                self.disputed = disputed.clone();
                self.command_latch(Cause::Mismatch, *time, reason)
            }
            Command::Resume { reason, .. } => self.resume(reason),
            Command::Reconciled { .. } if self.release(Cause::Mismatch) => "the venue agrees again".to_owned(),
            Command::Reconciled { .. } => return None,
        };
        Some(TradingChange { state: self.state(), reason })
    }

    fn command_latch(&mut self, cause: Cause, since: Timestamp, reason: &str) -> String {
        let limit = if cause == Cause::Mismatch { UNTIL_AGREED } else { UNTIL_RESUMED };
        // What is latched already keeps its first reason; the journal gets the new one all the same.
        let _ = self.set(cause, since, reason, limit, "");
        reason.to_owned()
    }

    fn resume(&mut self, reason: &str) -> String {
        self.release(Cause::Mismatch);
        self.latches.retain(|latch| latch.cause == Cause::DayLoss);
        (self.losing_trades, self.outcomes, self.outcomes_seen) = (0, 0, 0);
        if let Some(equity) = &mut self.equity {
            equity.peak = equity.last;
        }
        match self.latches.is_empty() {
            true => reason.to_owned(),
            false => format!("{reason} (the day loss still holds, until the next UTC day)"),
        }
    }

    /// Latches `cause` unless it is; then says why.
    fn set(
        &mut self,
        cause: Cause,
        since: Timestamp,
        value: impl ToString,
        limit: impl ToString,
        effect: &str,
    ) -> Option<String> {
        if self.latches.iter().any(|latch| latch.cause == cause) {
            return None;
        }
        let latch = Latch { cause, since, value: value.to_string(), limit: limit.to_string() };
        let reason = format!("{} reached: {} of {}; {effect}", latch.code(), latch.value, latch.limit);
        self.latches.push(latch);
        Some(reason)
    }

    /// Whether the position in `market` is in doubt.
    pub fn disputes(&self, market: MarketId) -> bool {
        self.disputed.contains(market)
    }

    fn release(&mut self, cause: Cause) -> bool {
        if cause == Cause::Mismatch {
            self.disputed = Disputed::default();
        }
        let before = self.latches.len();
        self.latches.retain(|latch| latch.cause != cause);
        self.latches.len() < before
    }

    fn change(&self, reasons: Vec<String>) -> Option<TradingChange> {
        (!reasons.is_empty()).then(|| TradingChange { state: self.state(), reason: reasons.join("; ") })
    }
}
