//! What a person controls a live host with: the kill switch, the status, and the socket that both are reached through.
//!
//! All of it runs on a thread of its own, so that it works while a strategy loops, the store is locked or the venue fails.
//! Nothing here may let an order leave, and nothing but a person's word may release what a person's word has stopped.

pub mod client;
pub mod flat;
pub mod kill_switch;
pub mod note;
pub mod protocol;
pub mod server;
pub mod status;

use tokio::sync::oneshot;

pub use flat::VenueAccess;
pub use kill_switch::KillSwitch;
pub use note::ResumeNote;
pub use server::Control;
pub use status::{Status, StatusBoard};

/// What a person wants, as the loop around the engine hears it.
#[derive(Debug)]
pub enum Operator {
    /// The kill switch is engaged already and the orders are being cancelled: to be journaled.
    Kill {
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// Trade again: to be decided, journaled and answered. The kill switch is released after a good answer, not by the loop.
    Resume {
        /// Why; not empty.
        reason: String,
        /// Who.
        by: String,
        /// The engagements of the kill switch that he knew of.
        seen: u64,
        /// Where to say whether it was done.
        answer: Answer,
    },
    /// End in order.
    Stop,
}

/// Where the loop answers a wish to resume. Dropped, it says that the wish was not heard.
#[derive(Debug)]
pub struct Answer(oneshot::Sender<Result<(), String>>);

impl Answer {
    /// Whether nobody waits for it any more: he has been told that it was not done.
    pub fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }

    /// Says whether it was done, or why not.
    pub fn send(self, result: Result<(), String>) {
        // Nobody waits any more: then the kill switch stays as it is.
        let _ = self.0.send(result);
    }
}

/// The person at this machine, for the journal: his login, and the command that speaks for him.
pub fn person(command: &str) -> String {
    let login = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    format!("{} (host {command})", login.as_deref().unwrap_or("unknown user"))
}
