//! One restriction of trading: its cause, how strict it is, and how it ends.

use serde::{Deserialize, Serialize};

use crate::record::TradingState;
use crate::time::Timestamp;

use super::refusal_code::RefusalCode;

/// The cause of a restriction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LatchCause {
    Kill,
    Reduce,
    DayLoss,
    Drawdown,
    LosingTrades,
    ErrorRate,
    Mismatch,
    Unseen,
    VenuePaused,
}

impl LatchCause {
    pub const fn state(self) -> TradingState {
        match self {
            // Not even an exit: a venue that is paused turns every order away.
            LatchCause::Kill | LatchCause::VenuePaused => TradingState::Halted,
            // No error of entries may hold back an exit.
            LatchCause::ErrorRate
            | LatchCause::Reduce
            | LatchCause::DayLoss
            | LatchCause::Drawdown
            | LatchCause::LosingTrades
            | LatchCause::Mismatch
            | LatchCause::Unseen => TradingState::Reduce,
        }
    }

    pub const fn code(self) -> RefusalCode {
        match self {
            LatchCause::Kill => RefusalCode::Halted,
            LatchCause::Reduce => RefusalCode::ReduceOnly,
            LatchCause::DayLoss => RefusalCode::MaxDailyLoss,
            LatchCause::Drawdown => RefusalCode::MaxDrawdown,
            LatchCause::LosingTrades => RefusalCode::MaxConsecutiveLosses,
            LatchCause::ErrorRate => RefusalCode::MaxErrorRate,
            LatchCause::Mismatch => RefusalCode::Mismatch,
            LatchCause::Unseen => RefusalCode::AccountUnseen,
            LatchCause::VenuePaused => RefusalCode::VenuePaused,
        }
    }

    /// Returns the rule by which a latch that was set by a command ends. Journals contain these texts.
    pub const fn ends(self) -> &'static str {
        match self {
            LatchCause::Mismatch => "until the venue agrees, or a person resumes",
            LatchCause::Unseen => "until the account is seen again",
            LatchCause::VenuePaused => "until the venue takes orders again",
            _ => "until a person resumes",
        }
    }
}

/// An engaged latch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latch {
    pub cause: LatchCause,
    pub since: Timestamp,
    /// The measured value, or the reason given with a command.
    pub value: String,
    /// The limit that the value reached, or the rule for its release.
    pub limit: String,
}

impl Latch {
    pub fn code(&self) -> RefusalCode {
        self.cause.code()
    }

    /// Returns the code by which it stops one slot.
    pub fn slot_code(&self) -> RefusalCode {
        match self.cause {
            LatchCause::DayLoss => RefusalCode::SlotDailyLoss,
            LatchCause::LosingTrades => RefusalCode::SlotConsecutiveLosses,
            _ => RefusalCode::SlotDrawdown,
        }
    }

    pub fn state(&self) -> TradingState {
        self.cause.state()
    }
}

/// Returns the limits that `reason`, the reason of a trading state, says were reached.
pub fn limits_reached(reason: &str) -> impl Iterator<Item = RefusalCode> {
    const LIMITS: [LatchCause; 4] =
        [LatchCause::DayLoss, LatchCause::Drawdown, LatchCause::LosingTrades, LatchCause::ErrorRate];
    LIMITS.into_iter().map(LatchCause::code).filter(move |code| reason.contains(&format!("{code}{REACHED}")))
}

/// Stands behind the code of a limit that was reached.
pub(super) const REACHED: &str = " reached: ";
