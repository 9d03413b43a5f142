//! The operator's requests: a kill, a resume, a stop.

use host_core::{Command, Disputed};
use host_store::journal::events::EventRef;
use host_store::live::OperatorEntry;

use super::LiveHost;
use crate::control::OperatorRequest;
use crate::error::Result;
use crate::reconcile::NOT_COMPARED;

impl LiveHost {
    /// Carries out the operator's requests. Returns true if one is to stop.
    ///
    /// # Errors
    /// One could not be written down.
    pub(super) fn poll_operator(&mut self) -> Result<bool> {
        // However the switch was engaged: the engine then cancels, and the journal says who it was.
        if let Some(killed) = self.operator.take_kill() {
            self.log_operator(&killed.by, "kill", &killed.reason)?;
            let reason = format!("{}: {}", killed.by, killed.reason);
            self.command(Command::Kill { time: self.now(), reason })?;
        }
        while let Some(request) = self.operator.take_request() {
            match request {
                OperatorRequest::Stop => return Ok(true),
                // The switch is engaged already: taken above, or at the next turn.
                OperatorRequest::Kill { .. } => {}
                // The operator has been told that it was not done.
                OperatorRequest::Resume { answer, .. } if answer.is_abandoned() => {}
                OperatorRequest::Resume { seen, answer, .. } if seen != self.operator.kill_switch().engagements() => {
                    answer.send(Err("it was killed again meanwhile".to_owned()));
                }
                OperatorRequest::Resume { reason, by, answer, .. } => {
                    self.resume(&reason, &by)?;
                    answer.send(Ok(()));
                }
            }
        }
        Ok(false)
    }

    /// Trades again at the operator's word, who accepts the differences that they were told of.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn resume(&mut self, reason: &str, by: &str) -> Result<()> {
        self.reconciler.accept_told();
        self.log_operator(by, "resume", reason)?;
        self.command(Command::Resume { time: self.now(), reason: format!("{by}: {reason}") })?;
        match self.reconciler.on_resumed() {
            true => self.dispute(NOT_COMPARED.to_owned(), Disputed::Everything),
            false => Ok(()),
        }
    }

    fn log_operator(&mut self, who: &str, what: &str, reason: &str) -> Result<()> {
        let (who, what, reason) = (who.to_owned(), what.to_owned(), reason.to_owned());
        self.journal.log_operator(&OperatorEntry { time: self.now(), who, what, reason })
    }

    /// Tells the engine a command and does what follows from it.
    pub(super) fn command(&mut self, command: Command) -> Result<()> {
        self.apply(EventRef::Command(&command))
    }
}
