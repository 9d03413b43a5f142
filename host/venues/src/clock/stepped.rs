//! The clock of a stepped exchange: the earliest waiter moves it, once nothing else is under way.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use host_core::Timestamp;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Notify;

use crate::client::address::is_loopback;

/// Real time before an exchange that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// Longest real time that a response may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stepped clock that cannot be used.
#[derive(Debug, Error)]
pub enum ClockError {
    /// The text is no address.
    #[error("`{0}` is no address of an exchange: write http://127.0.0.1:PORT")]
    Address(String),
    /// Only an exchange on this machine may be stepped.
    #[error("a stepped clock works only with an exchange on this machine, not with `{0}`: set `clock = \"wall\"`")]
    NotLocal(String),
    /// The exchange does not answer, or is not stepped.
    #[error(
        "the exchange at {origin} has no clock that can be stepped ({reason}): start it with its simulation controls \
         and a stepped clock, or set `clock = \"wall\"`"
    )]
    NoClock { origin: String, reason: String },
}

#[derive(Serialize)]
struct ClockAdvance {
    to_ns: i64,
}

#[derive(Deserialize)]
struct ClockReading {
    now_ns: i64,
}

/// The clock of one exchange.
#[derive(Debug)]
pub(super) struct SteppedClock {
    origin: Url,
    http: Client,
    state: Arc<Mutex<SteppedState>>,
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct SteppedState {
    now: Timestamp,
    /// Times that are waited for; the number distinguishes equal ones.
    sleepers: BTreeSet<(Timestamp, u64)>,
    sleepers_so_far: u64,
    holds: usize,
    moving: bool,
}

/// Keeps the clock from moving while it lives.
#[derive(Debug)]
pub(super) struct HoldGuard {
    state: Arc<Mutex<SteppedState>>,
    changed: Arc<Notify>,
}

impl Drop for HoldGuard {
    fn drop(&mut self) {
        lock(&self.state).holds -= 1;
        self.changed.notify_waiters();
    }
}

/// One wait; dropping it removes it from the sleepers.
struct Sleeper<'a> {
    stepped: &'a SteppedClock,
    key: (Timestamp, u64),
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        lock(&self.stepped.state).sleepers.remove(&self.key);
        self.stepped.changed.notify_waiters();
    }
}

/// A move that is under way; dropping it ends the move, whether or not it succeeded.
struct MoveGuard {
    state: Arc<Mutex<SteppedState>>,
    changed: Arc<Notify>,
}

impl Drop for MoveGuard {
    fn drop(&mut self) {
        lock(&self.state).moving = false;
        self.changed.notify_waiters();
    }
}

impl SteppedClock {
    pub(super) async fn connect(base_url: &str) -> Result<SteppedClock, ClockError> {
        let mut origin = Url::parse(base_url).map_err(|_| ClockError::Address(base_url.to_owned()))?;
        if !is_loopback(&origin) {
            return Err(ClockError::NotLocal(base_url.to_owned()));
        }
        origin.set_path("");
        origin.set_query(None);
        let none = |reason: reqwest::Error| ClockError::NoClock {
            origin: origin.to_string(),
            reason: reason.without_url().to_string(),
        };
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().map_err(none)?;
        let url = at(&origin, "/simulation/clock");
        let now: ClockReading =
            async { http.get(url).send().await?.error_for_status()?.json().await }.await.map_err(none)?;
        let state = SteppedState {
            now: Timestamp(now.now_ns),
            sleepers: BTreeSet::new(),
            sleepers_so_far: 0,
            holds: 0,
            moving: false,
        };
        Ok(SteppedClock { origin, http, state: Arc::new(Mutex::new(state)), changed: Arc::default() })
    }

    pub(super) fn now(&self) -> Timestamp {
        lock(&self.state).now
    }

    /// Waits for a move that is under way to end: a request that is signed during a move carries too early a time.
    pub(super) async fn hold(&self) -> HoldGuard {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(hold) = self.try_hold() {
                return hold;
            }
            changed.await;
        }
    }

    fn try_hold(&self) -> Option<HoldGuard> {
        let mut state = lock(&self.state);
        if state.moving {
            return None;
        }
        state.holds += 1;
        Some(HoldGuard { state: Arc::clone(&self.state), changed: Arc::clone(&self.changed) })
    }

    pub(super) async fn sleep_until(&self, time: Timestamp) {
        let sleeper = self.register(time);
        loop {
            // Registered before the look, so that a change between the look and the wait is not missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.look(&sleeper) {
                Turn::Over => return,
                Turn::Wait => {}
                Turn::Move => self.start_move(time),
            }
            changed.await;
        }
    }

    /// Moves the clock in a task of its own, which goes on if the waiter gives up: the exchange moves either way, so
    /// its response counts.
    fn start_move(&self, to: Timestamp) {
        let (http, url) = (self.http.clone(), at(&self.origin, "/simulation/advance"));
        let ending = MoveGuard { state: Arc::clone(&self.state), changed: Arc::clone(&self.changed) };
        tokio::spawn(async move {
            match advance(&http, url, to).await {
                Ok(now) => {
                    let mut state = lock(&ending.state);
                    state.now = state.now.max(now);
                }
                Err(reason) => {
                    tracing::warn!(reason = %reason.without_url(), "the stepped exchange does not answer");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
    }

    fn register(&self, time: Timestamp) -> Sleeper<'_> {
        let mut state = lock(&self.state);
        state.sleepers_so_far += 1;
        let key = (time, state.sleepers_so_far);
        state.sleepers.insert(key);
        Sleeper { stepped: self, key }
    }

    /// Decides a sleeper's turn: the earliest one moves the clock if nothing is under way.
    fn look(&self, sleeper: &Sleeper<'_>) -> Turn {
        let mut state = lock(&self.state);
        if state.now >= sleeper.key.0 {
            return Turn::Over;
        }
        if state.holds > 0 || state.moving || state.sleepers.first() != Some(&sleeper.key) {
            return Turn::Wait;
        }
        state.moving = true;
        Turn::Move
    }
}

async fn advance(http: &Client, url: Url, to: Timestamp) -> Result<Timestamp, reqwest::Error> {
    let request = http.post(url).json(&ClockAdvance { to_ns: to.0 });
    let now: ClockReading = request.send().await?.error_for_status()?.json().await?;
    Ok(Timestamp(now.now_ns))
}

enum Turn {
    Over,
    Wait,
    Move,
}

fn at(origin: &Url, path: &str) -> Url {
    let mut url = origin.clone();
    url.set_path(path);
    url
}

fn lock(state: &Mutex<SteppedState>) -> MutexGuard<'_, SteppedState> {
    // Nothing panics while it holds the lock; the state is consistent after each statement anyway.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
