//! A pretend account at a venue: the venue's own market data, orders that go to the fill model, and a ledger that is
//! its venue's side of the books.
//!
//! It stands behind the same face as a real venue ([`host_venues::venue::Venue`]), so the live loop does not know which
//! of the two it trades at: outbox, look-ups, comparison of the books, restarts and the kill switch are the same. The
//! ledger survives a `kill -9`; from what is in it the fill model comes to the state that it had.

mod account;
mod convert;
mod input;
mod matching;
mod recover;
#[cfg(test)]
mod tests;
mod venue;

pub use account::{PaperAccount, PaperError, PaperTerms};
pub use venue::PaperVenue;
