//! The way to an account: at a venue, or on paper beside one.

use std::path::PathBuf;
use std::sync::Arc;

use host_core::Span;
use host_venues::clock::Clock;
use host_venues::kalshi::{Kalshi, KalshiSettings, SetupError};
use host_venues::venue::Venue;
use thiserror::Error;

use crate::paper::{PaperAccount, PaperError, PaperVenue};

/// Reads a second without a key: those that the venue allows to everybody.
pub const PUBLIC_READS: u32 = 20;

/// The way to one account.
#[derive(Clone, Debug)]
pub enum VenueWay {
    /// The account of a key.
    Kalshi(KalshiSettings),
    /// A pretend account, whose ledger this process has open.
    Paper(PaperVenue),
    /// A pretend account that no host of this process trades: its ledger, and the venue whose time it goes by.
    PaperLedger(PathBuf, KalshiSettings),
}

/// The account cannot be reached.
#[derive(Debug, Error)]
#[error(transparent)]
pub enum WayError {
    Client(#[from] SetupError),
    Ledger(#[from] PaperError),
}

impl VenueWay {
    /// Returns a venue that goes by `clock`, whose requests are given up after `timeout` and attempted once.
    ///
    /// # Errors
    /// The key cannot be used, or there is no ledger.
    pub fn urgent(&self, clock: &Clock, timeout: Span) -> Result<Arc<dyn Venue>, WayError> {
        let soon = |settings: &KalshiSettings| {
            let request_timeout = settings.request_timeout.min(timeout);
            KalshiSettings { request_timeout, ..settings.clone() }
        };
        Ok(match self {
            VenueWay::Kalshi(settings) => Arc::new(Kalshi::connect(&soon(settings), clock.clone())?.urgent()),
            VenueWay::Paper(venue) => venue.urgent(),
            VenueWay::PaperLedger(path, settings) => {
                let market_data = Kalshi::public(&soon(settings), clock.clone(), PUBLIC_READS)?.urgent();
                Arc::new(PaperVenue::new(Arc::new(market_data), PaperAccount::reach(path)?))
            }
        })
    }

    /// Returns the id of the key that reaches it, if there is one.
    pub fn key_id(&self) -> Option<&str> {
        match self {
            VenueWay::Kalshi(settings) => Some(&settings.key_id),
            VenueWay::Paper(_) | VenueWay::PaperLedger(..) => None,
        }
    }
}
