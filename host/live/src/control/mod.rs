//! The operator's controls of a live host: the kill switch, the status, and the socket that both are reached through.
//!
//! All of it runs on a thread of its own, so that it works while a strategy loops, the store is locked or the venue
//! fails. Nothing here may let an order leave, and only an operator's word may release what an operator's word has
//! stopped.

mod ago;
pub mod cancel_all;
pub mod client;
pub mod engine_lines;
mod inbox;
pub mod kill_switch;
pub mod protocol;
pub mod reload;
mod resume_note;
pub mod server;
mod settle_notes;
pub mod status;
pub mod stop;
pub mod venue_says;

pub use cancel_all::VenueAccess;
pub use inbox::{OperatorAnswer, OperatorInbox, OperatorRequest};
pub use kill_switch::{KillSwitch, Leaving};
pub use reload::{ReloadOrder, Reloader};
pub use resume_note::ResumeNote;
pub use server::Control;
pub use settle_notes::SettleNotes;
pub use status::{Status, StatusPublisher};
