//! The parts that serve the requests of the control socket: status, kill switch, venue and the loop's inbox.

use std::sync::mpsc::Sender;

use crate::control::cancel_all::VenueAccess;
use crate::control::inbox::OperatorRequest;
use crate::control::kill_switch::KillSwitch;
use crate::control::protocol::Failure;
use crate::control::reload::Reloader;
use crate::control::status::StatusPublisher;
use crate::swap::Preparer;

/// The parts that a connection needs to serve a request; a clone for each.
#[derive(Clone, Debug)]
pub struct ControlService {
    pub status: StatusPublisher,
    pub kill: KillSwitch,
    pub venue: VenueAccess,
    pub engine: Sender<OperatorRequest>,
    pub preparer: Preparer,
    pub reloader: Reloader,
}

impl ControlService {
    /// Cancels everything until the venue shows no open order, and none is on its way.
    ///
    /// # Errors
    /// Orders remain open, or it could not be verified that none does.
    pub async fn cancel_all(&self, say: &mut (dyn FnMut(String) + Send)) -> Result<String, Failure> {
        let leaving = || self.kill.is_any_leaving();
        self.venue.explain(self.venue.verify_no_open_orders(&leaving, say).await)
    }

    /// Tells the loop, which journals the kill and cancels on its side.
    pub fn tell_engine_of_kill(&self) {
        if let Some(killed) = self.kill.killed() {
            // A loop that has ended sends nothing more.
            let _ = self.engine.send(OperatorRequest::Kill { reason: killed.reason, by: killed.by });
        }
    }
}
