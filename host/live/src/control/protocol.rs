//! The protocol of the control socket: one request as a line of JSON, then lines of JSON up to the final reply.

use std::path::PathBuf;

use host_core::strategy::ParameterValue;
use host_core::{Price, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::status::StatusView;

/// A request of the operator to a running host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Report the status.
    Status,
    /// Let no order leave, and cancel all.
    Kill { reason: String, by: String },
    /// Trade again.
    Resume {
        /// Never empty.
        reason: String,
        by: String,
    },
    /// Let a slot go on that is stopped by its own limits, or quarantined.
    ResumeSlot(SlotOrder),
    /// Close a market in the books, at a payout that the venue has not given in a form that can be booked.
    Settle(SettleOrder),
    /// Let another version of a strategy take over its slot.
    Swap(SwapOrder),
    /// Put the version from before the last swap back in its slot, or call off a swap that waits.
    SwapBack(SlotOrder),
    /// Let the shadow of a slot take it over.
    Promote {
        order: SlotOrder,
        /// The time from which it is to take over; at once if absent.
        at: Option<Timestamp>,
    },
    /// End the shadow of a slot.
    EndShadow(SlotOrder),
    /// Trade at another stage of the target capital.
    Stage(StageOrder),
    /// Read the settings anew, and work with what has changed.
    Reload { by: String },
    /// Let no entry leave, and close all positions.
    Close {
        /// Never empty.
        reason: String,
        by: String,
    },
    /// End in order.
    Stop,
}

/// The operator's word for another version of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SwapOrder {
    /// Name of the slot.
    pub slot: String,
    /// The component's file, as an absolute path.
    pub file: PathBuf,
    /// SHA-256 of the file that the operator has seen, in hexadecimal.
    pub sha256: String,
    /// The parameters that the operator names.
    pub parameters: Vec<(String, ParameterValue)>,
    /// The time from which it is to take over; at once if absent.
    pub at: Option<Timestamp>,
    /// Time after the swap in which the version from before may come back.
    pub keep: Span,
    /// True if it is to begin from recorded history although it could go on from a state.
    pub warm_up: bool,
    /// Time after which people are told how it did, if it is to decide in the shadow of the version in its slot.
    pub shadow: Option<Span>,
    pub reason: String,
    pub by: String,
}

/// The operator's word on the stage of the capital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOrder {
    /// In percent of the target.
    pub percent: u32,
    /// The change and its reason, for the journal.
    pub reason: String,
    pub by: String,
}

/// The operator's word on a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotOrder {
    /// Name of the slot.
    pub slot: String,
    pub reason: String,
    pub by: String,
}

/// The operator's word on what a market has paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleOrder {
    pub ticker: String,
    /// The payout of one YES contract.
    pub payout: Price,
    /// Never empty.
    pub reason: String,
    pub by: String,
}

/// A line of the answer. All but [`Reply::Progress`] are final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Status(Box<StatusView>),
    /// One step has been done.
    Progress(String),
    /// All of it has been done.
    Done(String),
    /// It has not been done, or not all of it.
    Failed(Failure),
}

/// A failure: what could not be done, why, and what to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One line.
    pub message: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
}

impl Failure {
    /// Makes a failure without causes and hints.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..Failure::default() }
    }

    /// Adds a cause.
    pub fn because(mut self, cause: impl ToString) -> Failure {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }
}
