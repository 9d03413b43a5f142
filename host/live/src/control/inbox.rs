//! The operator's requests, as the loop around the engine takes them.

use std::sync::mpsc::{Receiver, Sender, channel};

use host_core::Timestamp;
use tokio::sync::oneshot;

use super::kill_switch::{KillSwitch, Killed};
use super::protocol::{SettleOrder, SlotOrder, StageOrder};
use super::reload::ReloadOrder;
use crate::swap::SwapCandidate;

/// A request of the operator to the loop.
#[derive(Debug)]
pub enum OperatorRequest {
    /// The kill switch is engaged already and the orders are being cancelled: the loop journals it.
    Kill { reason: String, by: String },
    /// Trade again: the loop decides, journals and answers. The kill switch is released after a good answer, not by the
    /// loop.
    Resume {
        /// Not empty.
        reason: String,
        by: String,
        /// The engagements of the kill switch that the operator knew of.
        seen: u64,
        answer: OperatorAnswer,
    },
    /// Let a slot go on: the loop decides, journals and answers.
    ResumeSlot { order: SlotOrder, answer: OperatorAnswer },
    /// Close a market in the books: the loop decides, journals and answers.
    Settle { order: SettleOrder, answer: OperatorAnswer },
    /// Let a version that has been checked take over its slot: the loop answers when it has, or has planned to.
    Swap { candidate: Box<SwapCandidate>, answer: OperatorAnswer },
    /// Put the version from before back in its slot: the loop decides, journals and answers.
    SwapBack { order: SlotOrder, answer: OperatorAnswer },
    /// Let the shadow of a slot take it over: as with a swap.
    Promote { order: SlotOrder, at: Option<Timestamp>, answer: OperatorAnswer },
    /// End the shadow of a slot.
    EndShadow { order: SlotOrder, answer: OperatorAnswer },
    /// Trade at another stage: the loop journals it and answers.
    Stage { order: StageOrder, answer: OperatorAnswer },
    /// Work with other settings: the loop journals it and answers.
    Reload { order: Box<ReloadOrder>, answer: OperatorAnswer },
    /// Let no entry leave and close all positions: the loop journals it and answers when it has begun.
    Close { reason: String, by: String, answer: OperatorAnswer },
    /// End in order.
    Stop,
}

/// The loop's answer to a request. Dropped, it says that the request was not heard.
#[derive(Debug)]
pub struct OperatorAnswer(oneshot::Sender<Result<String, String>>);

impl OperatorAnswer {
    /// Returns an answer and the end at which it arrives.
    pub fn channel() -> (OperatorAnswer, oneshot::Receiver<Result<String, String>>) {
        let (sender, receiver) = oneshot::channel();
        (OperatorAnswer(sender), receiver)
    }

    /// Returns true if nobody waits for the answer any more: the operator has been told that it was not done.
    pub fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }

    /// Says what was done, or why nothing was.
    pub fn send(self, result: Result<String, String>) {
        // Fails if nobody waits any more: then the kill switch stays as it is.
        let _ = self.0.send(result);
    }
}

/// The loop's end of the controls: requests, and the kill switch however it was engaged.
#[derive(Debug)]
pub struct OperatorInbox {
    requests: Receiver<OperatorRequest>,
    kill: KillSwitch,
    /// The engagements of the kill switch that the loop has taken.
    kills_taken: u64,
}

impl OperatorInbox {
    /// Returns an inbox that watches `kill`, and the end at which requests are put in.
    pub fn new(kill: KillSwitch) -> (OperatorInbox, Sender<OperatorRequest>) {
        let (sender, requests) = channel();
        (OperatorInbox { requests, kill, kills_taken: 0 }, sender)
    }

    pub fn kill_switch(&self) -> &KillSwitch {
        &self.kill
    }

    /// Takes the engagement of the kill switch that the loop has not acted upon yet, whether it came by command, by
    /// signal or by hand.
    pub fn take_kill(&mut self) -> Option<Killed> {
        let engagements = self.kill.engagements();
        if !self.kill.is_engaged() || engagements == self.kills_taken {
            return None;
        }
        self.kills_taken = engagements;
        let nobody = || Killed { time: String::new(), by: String::new(), reason: String::new() };
        Some(self.kill.killed().unwrap_or_else(nobody))
    }

    /// Takes the next request, if there is one.
    pub fn take_request(&mut self) -> Option<OperatorRequest> {
        self.requests.try_recv().ok()
    }
}
