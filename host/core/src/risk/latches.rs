//! Latches: the causes that stop trading as a whole (the operator, losses, a venue that rejects). Each cause latches
//! on its own and is released by its own rule. The strictest engaged latch decides what may be sent.
//!
//! | cause | state | released by |
//! |---|---|---|
//! | kill | halted | the operator's resume |
//! | reduce | reduce | the operator's resume |
//! | day loss | reduce | only the next UTC day: a resume must not grant a second day's loss |
//! | drawdown | reduce | the operator's resume, which starts a new peak |
//! | losing trades | reduce | the operator's resume |
//! | error rate | reduce | the operator's resume |
//! | mismatch with the venue | reduce; nothing where the position is in doubt | the venue agrees again, or a resume |
//! | venue paused | halted | only when the venue takes orders again: no person can make it |
//! | account not seen | reduce | only when it is seen again: no person can vouch for what nobody sees |
//!
//! Latches and the figures behind them survive a restart.

use serde::{Deserialize, Serialize};

use crate::event::{Command, Disputed};
use crate::market::MarketId;
use crate::money::Usd;
use crate::order_state::OrderState;
use crate::record::{Trade, TradingState};
use crate::time::Timestamp;

use super::decimal::Fraction;
use super::latch::{Latch, LatchCause, REACHED};
use super::limits::RiskLimits;
use super::loss_limits::LossLimits;

/// A change of what trading is allowed, for the journal and for alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradingChange {
    /// The state from now on.
    pub state: TradingState,
    /// The reason, with value and limit where there are any.
    pub reason: String,
}

/// The latest equity, and the levels that losses are measured against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Equity {
    /// UTC day of the latest equity, in days since the epoch.
    day: i64,
    /// The last equity of the previous day, or the first equity ever.
    day_start: Usd,
    peak: Usd,
    last: Usd,
}

/// All latches and the figures behind them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latches {
    /// In the order in which they engaged; at most one per cause.
    #[serde(rename = "latches")]
    engaged: Vec<Latch>,
    equity: Option<Equity>,
    losing_trades: u32,
    /// One bit for each of the latest orders that ended, the latest in the lowest bit; 1 = rejected.
    outcomes: u64,
    /// Number of bits of `outcomes` in use, at most 64.
    outcomes_seen: u32,
    /// Markets in which no order may be sent, as the latest mismatch reported them.
    disputed: Disputed,
}

impl Latches {
    /// Returns the state that the strictest engaged latch demands.
    pub fn state(&self) -> TradingState {
        self.engaged.iter().map(Latch::state).max().unwrap_or_default()
    }

    /// Returns the first engaged latch that is at least as strict as `state`.
    pub fn latch(&self, state: TradingState) -> Option<&Latch> {
        self.engaged.iter().find(|latch| latch.state() >= state)
    }

    /// Returns the number of losing trades in a row.
    pub fn losing_trades(&self) -> u32 {
        self.losing_trades
    }

    /// Returns the day's loss and the drawdown, neither below zero, or `None` before the first equity.
    pub fn losses(&self) -> Option<(Usd, Usd)> {
        let Equity { day_start, peak, last, .. } = self.equity?;
        Some(((day_start - last).max(Usd::ZERO), (peak - last).max(Usd::ZERO)))
    }

    /// Returns the latest equity and its change since the end of the previous day, or `None` before the first equity.
    pub fn equity(&self) -> Option<(Usd, Usd)> {
        self.equity.map(|equity| (equity.last, equity.last - equity.day_start))
    }

    /// Returns the change of equity since the end of the previous day; zero before the first equity.
    pub fn day_change(&self) -> Usd {
        self.equity.map_or(Usd::ZERO, |equity| equity.last - equity.day_start)
    }

    /// Returns one line for each engaged latch, in the order in which they engaged.
    pub fn reasons(&self) -> Vec<String> {
        let line =
            |latch: &Latch| format!("{}: {} (limit: {}) since {}", latch.code(), latch.value, latch.limit, latch.since);
        self.engaged.iter().map(line).collect()
    }

    /// Takes the equity, realised and unrealised, at `now`.
    pub fn on_equity(&mut self, now: Timestamp, equity: Usd, most: LossLimits) -> Option<TradingChange> {
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
        if new_day && self.release(LatchCause::DayLoss) {
            reasons.push("a new UTC day: the day loss starts anew".to_owned());
        }
        if loss >= most.daily {
            reasons.extend(self.set(LatchCause::DayLoss, now, loss, most.daily, "no entries until the next UTC day"));
        }
        if fall >= most.drawdown {
            reasons.extend(self.set(LatchCause::Drawdown, now, fall, most.drawdown, "no entries until resumed"));
        }
        self.change(reasons)
    }

    /// Moves all levels with money that was taken in or out, so that it counts as neither profit nor loss.
    pub fn shift_equity(&mut self, amount: Usd) {
        if let Some(equity) = &mut self.equity {
            for level in [&mut equity.day_start, &mut equity.peak, &mut equity.last] {
                *level += amount;
            }
        }
    }

    /// Counts a round trip. One without profit or loss neither adds to the losing run nor ends it.
    pub fn on_trade(&mut self, trade: &Trade, most: LossLimits) -> Option<TradingChange> {
        if trade.net > Usd::ZERO {
            self.losing_trades = 0;
        } else if trade.net < Usd::ZERO {
            self.losing_trades = self.losing_trades.saturating_add(1);
        }
        let (count, limit) = (self.losing_trades, most.consecutive);
        let reason = (count >= limit)
            .then(|| self.set(LatchCause::LosingTrades, trade.closed, count, limit, "no entries until resumed"));
        self.change(reason.flatten().into_iter().collect())
    }

    /// Counts the end of an order. Rejections raise the error rate, whether the fault is the venue's or the host's.
    pub fn on_outcome(&mut self, now: Timestamp, end: OrderState, limits: &RiskLimits) -> Option<TradingChange> {
        self.outcomes = self.outcomes << 1 | u64::from(end == OrderState::Rejected);
        self.outcomes_seen = self.outcomes_seen.saturating_add(1).min(64);
        let window = limits.error_window.clamp(1, 64);
        if self.outcomes_seen < window {
            return None;
        }
        let errors = (self.outcomes & (u64::MAX >> (64 - window))).count_ones();
        let rate = Fraction::ratio(i64::from(errors), i64::from(window));
        if rate < limits.max_error_rate {
            return None;
        }
        let reason = self.set(LatchCause::ErrorRate, now, rate, limits.max_error_rate, "no entries until resumed");
        self.change(reason.into_iter().collect())
    }

    /// Returns true if entries wait until the account is seen again.
    pub fn is_unseen(&self) -> bool {
        self.is_engaged(LatchCause::Unseen)
    }

    /// Returns true if all orders wait until the venue takes them again.
    pub fn is_venue_paused(&self) -> bool {
        self.is_engaged(LatchCause::VenuePaused)
    }

    /// Returns true if trading was stopped by a kill.
    pub fn is_killed(&self) -> bool {
        self.is_engaged(LatchCause::Kill)
    }

    fn is_engaged(&self, cause: LatchCause) -> bool {
        self.engaged.iter().any(|latch| latch.cause == cause)
    }

    /// Applies a command; returns `None` only if there was nothing to release, or if it is about money. A kill computes
    /// nothing that could fail.
    pub fn command(&mut self, command: &Command) -> Option<TradingChange> {
        let reason = match command {
            Command::Kill { time, reason } => self.command_latch(LatchCause::Kill, *time, reason),
            Command::Reduce { time, reason } => self.command_latch(LatchCause::Reduce, *time, reason),
            Command::Mismatch { time, reason, disputed } => {
                self.disputed = disputed.clone();
                self.command_latch(LatchCause::Mismatch, *time, reason)
            }
            Command::Resume { reason, .. } => self.resume(reason),
            Command::Unseen { time, reason } => self.command_latch(LatchCause::Unseen, *time, reason),
            Command::VenuePaused { time, reason } => self.command_latch(LatchCause::VenuePaused, *time, reason),
            Command::VenueResumed { reason, .. } if self.release(LatchCause::VenuePaused) => reason.clone(),
            Command::Reconciled { .. } if self.release(LatchCause::Mismatch) => "the venue agrees again".to_owned(),
            Command::Seen { .. } if self.release(LatchCause::Unseen) => "the account is seen again".to_owned(),
            Command::Reconciled { .. }
            | Command::Seen { .. }
            | Command::VenueResumed { .. }
            | Command::Capital { .. }
            | Command::Stage { .. }
            | Command::Schedule { .. }
            | Command::CashMoved { .. }
            | Command::WindDown { .. }
            | Command::ResumeSlot { .. }
            | Command::Defer { .. }
            | Command::AskDeferred { .. }
            | Command::SwapBack { .. } => return None,
        };
        Some(TradingChange { state: self.state(), reason })
    }

    fn command_latch(&mut self, cause: LatchCause, since: Timestamp, reason: &str) -> String {
        // A latch that is already engaged keeps its first reason, but the journal gets every reason.
        let _ = self.set(cause, since, reason, cause.ends(), "");
        reason.to_owned()
    }

    /// Returns the first latch that is engaged.
    pub fn first(&self) -> Option<&Latch> {
        self.engaged.first()
    }

    /// Releases all latches of a slot, and measures its losses anew: a person lets it go on. The account's own latches
    /// bound what that may cost.
    pub fn resume_slot(&mut self) {
        self.engaged.clear();
        self.losing_trades = 0;
        if let Some(equity) = &mut self.equity {
            (equity.peak, equity.day_start) = (equity.last, equity.last);
        }
    }

    fn resume(&mut self, reason: &str) -> String {
        self.release(LatchCause::Mismatch);
        let stays = |cause| matches!(cause, LatchCause::DayLoss | LatchCause::Unseen | LatchCause::VenuePaused);
        self.engaged.retain(|latch| stays(latch.cause));
        (self.losing_trades, self.outcomes, self.outcomes_seen) = (0, 0, 0);
        if let Some(equity) = &mut self.equity {
            equity.peak = equity.last;
        }
        let still = |latch: &Latch| match latch.cause {
            LatchCause::Unseen => "no entry leaves until the account is seen again",
            LatchCause::VenuePaused => "no order leaves until the venue takes them again",
            _ => "the day loss still holds, until the next UTC day",
        };
        let still: Vec<&str> = self.engaged.iter().map(still).collect();
        match still.is_empty() {
            true => reason.to_owned(),
            false => format!("{reason} ({})", still.join("; ")),
        }
    }

    /// Engages the latch of `cause` and returns the reason, or `None` if it was already engaged.
    fn set(
        &mut self,
        cause: LatchCause,
        since: Timestamp,
        value: impl ToString,
        limit: impl ToString,
        effect: &str,
    ) -> Option<String> {
        if self.is_engaged(cause) {
            return None;
        }
        let latch = Latch { cause, since, value: value.to_string(), limit: limit.to_string() };
        let reason = format!("{}{REACHED}{} of {}; {effect}", latch.code(), latch.value, latch.limit);
        self.engaged.push(latch);
        Some(reason)
    }

    /// Returns true if the position in `market` is in doubt.
    pub fn disputes(&self, market: MarketId) -> bool {
        self.disputed.contains(market)
    }

    /// Releases the latch of `cause` and returns true if it was engaged.
    fn release(&mut self, cause: LatchCause) -> bool {
        if cause == LatchCause::Mismatch {
            self.disputed = Disputed::default();
        }
        let before = self.engaged.len();
        self.engaged.retain(|latch| latch.cause != cause);
        self.engaged.len() < before
    }

    fn change(&self, reasons: Vec<String>) -> Option<TradingChange> {
        (!reasons.is_empty()).then(|| TradingChange { state: self.state(), reason: reasons.join("; ") })
    }
}
