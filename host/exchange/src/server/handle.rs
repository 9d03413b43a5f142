//! The state shared by all handlers: the venue behind one lock, its clock, and the stream of updates.
//!
//! The lock is held for a bounded amount of work: an exchange that is far behind its clock catches up in strides, and
//! answers requests in between, as of the time that it has reached. Memory is bounded likewise.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use host_core::Timestamp;
use tokio::sync::broadcast;

use super::auth::Keyring;
use super::clock::ExchangeClock;
use super::market_source::MarketSource;
use crate::venue::{Update, Venue};

/// Batches of updates that may queue up for a slow reader before it must start over, and most updates in one: together
/// about 130 MB.
const BACKLOG: usize = 2_048;
const BATCH: usize = 256;
/// Rows that a request processes at most before it is answered, and those of a stride.
const ROWS_BEFORE_ANSWER: usize = 4_000;
const ROWS_OF_STRIDE: usize = 20_000;

/// A handle to the exchange; clones refer to the same exchange.
#[derive(Clone, Debug)]
pub struct ExchangeHandle(Arc<HandleState>);

#[derive(Debug)]
struct HandleState {
    exchange: Mutex<ExchangeCore>,
    clock: ExchangeClock,
    keyring: Keyring,
    updates: broadcast::Sender<Arc<[Update]>>,
    /// Requests that wait for the lock.
    waiting: AtomicUsize,
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
            waiting: AtomicUsize::new(0),
        }))
    }

    pub fn clock(&self) -> &ExchangeClock {
        &self.0.clock
    }

    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Brings the venue up to the present, or as far towards it as can be waited for, runs `act` at that time, and
    /// publishes the changes.
    pub fn with_venue<R>(&self, act: impl FnOnce(&mut Venue, Timestamp) -> R) -> R {
        let mut exchange = self.lock();
        self.stride(&mut exchange, ROWS_BEFORE_ANSWER);
        let now = exchange.venue.now();
        let result = act(&mut exchange.venue, now);
        self.publish(&mut exchange.venue);
        result
    }

    /// Brings the venue up to the present in strides, for at most `patience`, and lets requests in between them.
    /// Returns true if it has got there.
    pub(super) fn catch_up(&self, patience: Duration) -> bool {
        let began = Instant::now();
        loop {
            if self.stride(&mut self.lock(), ROWS_OF_STRIDE) {
                return true;
            }
            if began.elapsed() >= patience {
                return false;
            }
            if self.0.waiting.load(Ordering::Acquire) > 0 {
                // The lock is not fair: whoever waits gets it only while nobody asks for it.
                std::thread::sleep(Duration::from_micros(200));
            }
        }
    }

    /// Advances the venue towards the present, by at most so many rows on a running clock; returns true if it has got
    /// there. A stepped clock waits until everything is done, so that the same steps have the same results.
    fn stride(&self, exchange: &mut ExchangeCore, most_rows: usize) -> bool {
        let ExchangeCore { venue, source } = exchange;
        let now = self.0.clock.now().max(venue.now());
        let is_bounded = matches!(self.0.clock, ExchangeClock::Running { .. });
        loop {
            let is_there = source.advance_some(venue, now, most_rows);
            self.publish(venue);
            if is_there || is_bounded {
                self.0.clock.reach(venue.now());
                return is_there;
            }
        }
    }

    /// Sends the changes to all listeners. Called under the lock, to keep the venue's order.
    fn publish(&self, venue: &mut Venue) {
        let mut updates = venue.take_updates().into_iter();
        // Nobody listens who would want them later.
        while self.0.updates.receiver_count() > 0 && updates.len() > 0 {
            // An error only means that the last listener has just left.
            let _ = self.0.updates.send(updates.by_ref().take(BATCH).collect());
        }
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
        self.0.waiting.fetch_add(1, Ordering::AcqRel);
        // A handler that panicked was answered with a 500; the state it left is consistent, because commands are
        // atomic.
        let exchange = self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        exchange
    }
}
