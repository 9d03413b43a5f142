//! A clock that is the exchange's: moved by whoever waits longest for nothing else to happen.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use host_core::Timestamp;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Notify;

use crate::client::address::is_loopback;

/// Real time until an exchange that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// Real time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no stepped clock.
#[derive(Debug, Error)]
pub enum ClockError {
    /// The address is none.
    #[error("`{0}` is no address of an exchange: write http://127.0.0.1:PORT")]
    Address(String),
    /// Only an exchange on this machine may be stepped.
    #[error("a stepped clock works only with an exchange on this machine, not with `{0}`: set `clock = \"wall\"`")]
    NotLocal(String),
    /// It does not answer, or is not stepped.
    #[error(
        "the exchange at {origin} has no clock that can be stepped ({reason}): start it with its simulation controls \
         and a stepped clock, or set `clock = \"wall\"`"
    )]
    NoClock {
        /// Whom was asked.
        origin: String,
        /// What went wrong.
        reason: String,
    },
}

#[derive(Serialize)]
struct Advance {
    to_ns: i64,
}

#[derive(Deserialize)]
struct Now {
    now_ns: i64,
}

/// The clock of one exchange.
#[derive(Debug)]
pub(super) struct Stepped {
    origin: Url,
    http: Client,
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Who waits until when; the number keeps two with the same time apart.
    sleepers: BTreeSet<(Timestamp, u64)>,
    sleepers_so_far: u64,
    holds: usize,
    moving: bool,
}

/// Something is under way; dropped when it is over.
#[derive(Debug)]
pub(super) struct Standing {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl Drop for Standing {
    fn drop(&mut self) {
        lock(&self.state).holds -= 1;
        self.changed.notify_waiters();
    }
}

/// One who waits; signs off when dropped.
struct Sleeper<'a> {
    stepped: &'a Stepped,
    key: (Timestamp, u64),
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        lock(&self.stepped.state).sleepers.remove(&self.key);
        self.stepped.changed.notify_waiters();
    }
}

/// Ends a move, however it ends.
struct Move {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl Drop for Move {
    fn drop(&mut self) {
        lock(&self.state).moving = false;
        self.changed.notify_waiters();
    }
}

impl Stepped {
    pub(super) async fn connect(base_url: &str) -> Result<Stepped, ClockError> {
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
        let now: Now = async { http.get(url).send().await?.error_for_status()?.json().await }.await.map_err(none)?;
        let state = State {
            now: Timestamp(now.now_ns),
            sleepers: BTreeSet::new(),
            sleepers_so_far: 0,
            holds: 0,
            moving: false,
        };
        Ok(Stepped { origin, http, state: Arc::new(Mutex::new(state)), changed: Arc::default() })
    }

    pub(super) fn now(&self) -> Timestamp {
        lock(&self.state).now
    }

    /// Waits until a move that is under way is over: what is signed meanwhile would be signed too early.
    pub(super) async fn hold(&self) -> Standing {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(standing) = self.try_hold() {
                return standing;
            }
            changed.await;
        }
    }

    fn try_hold(&self) -> Option<Standing> {
        let mut state = lock(&self.state);
        if state.moving {
            return None;
        }
        state.holds += 1;
        Some(Standing { state: Arc::clone(&self.state), changed: Arc::clone(&self.changed) })
    }

    pub(super) async fn sleep_until(&self, time: Timestamp) {
        let sleeper = self.sign_on(time);
        loop {
            // Registered before looking, so that a change between the look and the wait is not missed.
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

    /// Moves the clock, also if whoever waits for it gives up meanwhile: the exchange has heard of it, so its answer counts.
    fn start_move(&self, to: Timestamp) {
        let (http, url) = (self.http.clone(), at(&self.origin, "/simulation/advance"));
        let ending = Move { state: Arc::clone(&self.state), changed: Arc::clone(&self.changed) };
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

    fn sign_on(&self, time: Timestamp) -> Sleeper<'_> {
        let mut state = lock(&self.state);
        state.sleepers_so_far += 1;
        let key = (time, state.sleepers_so_far);
        state.sleepers.insert(key);
        Sleeper { stepped: self, key }
    }

    /// Whose turn it is: the earliest sleeper's, if nothing is under way.
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
    let request = http.post(url).json(&Advance { to_ns: to.0 });
    let now: Now = request.send().await?.error_for_status()?.json().await?;
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

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Nothing panics while it holds the lock; what it guards is consistent after each statement anyway.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
