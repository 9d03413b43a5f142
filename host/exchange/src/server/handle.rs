//! The state shared by all handlers: the venue behind one lock, its clock, and the stream of updates.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::Timestamp;
use tokio::sync::broadcast;

use super::auth::Keyring;
use super::clock::ExchangeClock;
use super::market_source::MarketSource;
use crate::venue::{Update, Venue};

/// Batches of updates that may queue up for a slow reader before it must start over.
const BACKLOG: usize = 4_096;

/// A handle to the exchange; clones refer to the same exchange.
#[derive(Clone, Debug)]
pub struct ExchangeHandle(Arc<HandleState>);

#[derive(Debug)]
struct HandleState {
    exchange: Mutex<ExchangeCore>,
    clock: ExchangeClock,
    keyring: Keyring,
    updates: broadcast::Sender<Arc<[Update]>>,
}

#[derive(Debug)]
struct ExchangeCore {
    venue: Venue,
    source: MarketSource,
}

impl ExchangeHandle {
    /// Creates an exchange of `venue` fed by `source`, on the time of `clock`. The members in `keyring` can log in.
    pub fn new(venue: Venue, source: MarketSource, clock: ExchangeClock, keyring: Keyring) -> ExchangeHandle {
        let (updates, _) = broadcast::channel(BACKLOG);
        ExchangeHandle(Arc::new(HandleState {
            exchange: Mutex::new(ExchangeCore { venue, source }),
            clock,
            keyring,
            updates,
        }))
    }

    pub fn clock(&self) -> &ExchangeClock {
        &self.0.clock
    }

    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Brings the venue up to the present, runs `act` at that time, and publishes the changes.
    pub fn with_venue<R>(&self, act: impl FnOnce(&mut Venue, Timestamp) -> R) -> R {
        let mut exchange = self.lock();
        let now = self.0.clock.now().max(exchange.venue.now());
        let ExchangeCore { venue, source } = &mut *exchange;
        source.advance(venue, now);
        let result = act(venue, now);
        let updates = venue.take_updates();
        // A send error only means that nobody listens. Sent under the lock, to keep the venue's order.
        if !updates.is_empty() {
            let _ = self.0.updates.send(updates.into());
        }
        result
    }

    /// Shows the venue without advancing its time. All updates before [`Venue::next_update`] have been published.
    pub fn peek<R>(&self, look: impl FnOnce(&Venue) -> R) -> R {
        look(&self.lock().venue)
    }

    /// Subscribes to future updates, in order, in batches.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[Update]>> {
        self.0.updates.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, ExchangeCore> {
        // A handler that panicked was answered with a 500; the state it left is consistent, because commands are
        // atomic.
        self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
