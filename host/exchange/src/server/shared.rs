//! What all handlers share: the venue behind one lock, its clock, and the stream of what changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::Timestamp;
use tokio::sync::broadcast;

use super::access::Keyring;
use super::clock::Clock;
use super::world::World;
use crate::venue::{Update, Venue};

/// So many batches of updates may wait for a slow reader before he has to begin anew.
const BACKLOG: usize = 4_096;

/// A handle to the exchange; clones are the same exchange.
#[derive(Clone, Debug)]
pub struct Shared(Arc<State>);

#[derive(Debug)]
struct State {
    exchange: Mutex<Exchange>,
    clock: Clock,
    keyring: Keyring,
    updates: broadcast::Sender<Arc<[Update]>>,
}

#[derive(Debug)]
struct Exchange {
    venue: Venue,
    world: World,
}

impl Shared {
    /// An exchange of `venue` in `world`, whose time `clock` tells; the members in `keyring` can log in.
    pub fn new(venue: Venue, world: World, clock: Clock, keyring: Keyring) -> Shared {
        let (updates, _) = broadcast::channel(BACKLOG);
        Shared(Arc::new(State { exchange: Mutex::new(Exchange { venue, world }), clock, keyring, updates }))
    }

    /// The exchange's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The keys of its members.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Brings the world up to now, lets `act` do something at that time, and publishes what changed.
    pub fn act<R>(&self, act: impl FnOnce(&mut Venue, Timestamp) -> R) -> R {
        let mut exchange = self.lock();
        let now = self.0.clock.now().max(exchange.venue.now());
        let Exchange { venue, world } = &mut *exchange;
        world.advance(venue, now);
        let result = act(venue, now);
        let updates = venue.take_updates();
        // Nobody listens: nobody misses anything. Sent under the lock, so that the order is the venue's.
        if !updates.is_empty() {
            let _ = self.0.updates.send(updates.into());
        }
        result
    }

    /// Shows the exchange as it is, without moving its time. All updates before [`Venue::next_update`] are published.
    pub fn look<R>(&self, look: impl FnOnce(&Venue) -> R) -> R {
        look(&self.lock().venue)
    }

    /// What changes from now on, in order, in batches.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[Update]>> {
        self.0.updates.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Exchange> {
        // A handler that panicked was answered with a 500; what it left is consistent, because commands are atomic.
        self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
