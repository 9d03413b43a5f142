//! Kalshi's Trade API v2.
//!
//! Reads are retried, spread over the account's budget and stopped by two circuit breakers, one for market data and one for
//! the account; writes are attempted once and
//! say which of three outcomes they had. The WebSocket ([`stream`]) only makes things faster: what it loses, polling
//! finds.

mod breaker;
mod budget;
mod credentials;
mod decode;
mod environment;
mod error;
mod http;
mod orders;
mod page;
mod reads;
mod retry;
pub mod settings;
mod sign;
mod skew;
pub mod stream;
mod told;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::Timestamp;
use serde::de::DeserializeOwned;

use crate::clock::Clock;
use breaker::Breaker;
use budget::{Budget, Purpose, REQUEST};
use credentials::Credentials;
use http::{Answer, Ask, Failure, Http};
use retry::Backoff;
use told::Told;

pub use credentials::KeyError;
pub use environment::Environment;
pub use error::{CancelError, Nonsense, PlaceError, ReadError, SetupError};
pub use orders::{Accepted, Cancelled, NewOrder};
pub use reads::MarketFilter;
pub use settings::{ClockKind, KalshiSettings};
pub use skew::{Agreement, VenueTime};
pub use wire::{
    AccountLimits, Balance, BucketLimit, EventRow, ExchangeStatus, MarketResult, MarketRow, MarketStatus, SeriesRow,
    VenueFill, VenueOrder, VenueOrderStatus, VenuePosition, VenueSettlement,
};

/// One account at the venue; clones share its budget and its breakers.
#[derive(Clone, Debug)]
pub struct Kalshi {
    shared: Arc<Shared>,
    urgent: bool,
}

#[derive(Debug)]
struct Shared {
    http: Http,
    clock: Clock,
    settings: KalshiSettings,
    gate: Mutex<Gate>,
    told: Told,
    /// Held by the order whose turn it is to wait for the budget: orders go out in the order in which they were asked for.
    turn: tokio::sync::Mutex<()>,
}

/// What decides when the next request may go out.
#[derive(Debug)]
struct Gate {
    budget: Budget,
    /// For market data: whatever is wrong with that, the account can still be read.
    market_breaker: Breaker,
    /// For the account.
    account_breaker: Breaker,
    backoff: Backoff,
}

impl Gate {
    fn breaker(&mut self, ask: &Ask) -> &mut Breaker {
        if ask.is_of_account() { &mut self.account_breaker } else { &mut self.market_breaker }
    }
}

impl Kalshi {
    /// Checks the settings and loads the key; sends nothing yet.
    ///
    /// # Errors
    /// A setting or a key that cannot work.
    pub fn connect(settings: &KalshiSettings, clock: Clock) -> Result<Kalshi, SetupError> {
        settings.validate()?;
        let credentials = Credentials::load(&settings.key_id, &settings.key_file)?;
        let gate = Gate {
            budget: Budget::basic(clock.now()),
            market_breaker: Breaker::new(),
            account_breaker: Breaker::new(),
            backoff: Backoff::new(&settings.key_id),
        };
        let http = Http::new(settings, credentials, clock.clone())?;
        let turn = tokio::sync::Mutex::default();
        let (settings, gate, told) = (settings.clone(), Mutex::new(gate), Told::default());
        let shared = Shared { http, clock, settings, gate, told, turn };
        Ok(Kalshi { shared: Arc::new(shared), urgent: false })
    }

    /// The same account for whoever cannot wait, such as the kill switch: its reads are attempted once, and go out
    /// although a breaker is open.
    pub fn urgent(&self) -> Kalshi {
        Kalshi { shared: Arc::clone(&self.shared), urgent: true }
    }

    /// The clock that all its waits go through.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// When all reads are tried again, if a circuit breaker holds some back now: that of market data or that of the account.
    pub fn reads_resume(&self) -> Option<Timestamp> {
        let gate = self.gate();
        gate.market_breaker.open_until().max(gate.account_breaker.open_until())
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        // Nothing panics while it holds the lock; what it guards is consistent after each statement anyway.
        self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the budget allows a request.
    async fn spend(&self, purpose: Purpose, cost: u32) {
        loop {
            let taken = self.gate().budget.take(purpose, cost, self.shared.clock.now());
            match taken {
                Ok(()) => return,
                Err(until) => self.shared.clock.sleep_until(until).await,
            }
        }
    }

    /// Reads and decodes; asks again after failures, nonsense and 429.
    async fn read<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, ReadError> {
        self.read_with(ask, |answer| error::decode(&answer.body, &ask.place())).await
    }

    async fn read_with<T>(&self, ask: &Ask, decode: impl Fn(&Answer) -> Result<T, Nonsense>) -> Result<T, ReadError> {
        let most = if self.urgent { 1 } else { self.shared.settings.read_attempts };
        let mut last = None;
        for attempt in 1..=most {
            if let Err(until) = self.admit(ask) {
                return Err(last.unwrap_or(ReadError::CircuitOpen { what: ask.place(), until }));
            }
            self.spend(Purpose::Read, REQUEST).await;
            let outcome = self.shared.http.send(ask).await;
            match self.judge(ask, outcome, attempt, &decode) {
                Verdict::Done(done) => return done,
                Verdict::Again(error) => {
                    tracing::debug!(attempt, %error, "a read failed");
                    last = Some(error);
                }
            }
            if attempt < most {
                let wait = self.gate().backoff.wait(attempt);
                self.shared.clock.sleep(wait).await;
            }
        }
        // There is at least one attempt.
        Err(last.unwrap_or(ReadError::CircuitOpen { what: ask.place(), until: self.shared.clock.now() }))
    }

    fn admit(&self, ask: &Ask) -> Result<(), Timestamp> {
        if self.urgent { Ok(()) } else { self.gate().breaker(ask).admit(self.shared.clock.now()) }
    }

    /// What an attempt means for the breaker, the budget and the caller.
    fn judge<T>(
        &self,
        ask: &Ask,
        outcome: Result<Answer, Failure>,
        attempts: u32,
        decode: impl Fn(&Answer) -> Result<T, Nonsense>,
    ) -> Verdict<T> {
        let now = self.shared.clock.now();
        let mut gate = self.gate();
        let error = match outcome {
            Ok(answer) if answer.status == 200 => match decode(&answer) {
                Ok(value) => {
                    gate.breaker(ask).succeeded();
                    return Verdict::Done(Ok(value));
                }
                Err(nonsense) => ReadError::Nonsense(nonsense),
            },
            Ok(answer) if answer.status == 429 => {
                gate.breaker(ask).succeeded();
                gate.budget.throttled(Purpose::Read, now);
                return Verdict::Again(error::refused(ask.place(), &answer));
            }
            Ok(answer) if (400..500).contains(&answer.status) && ![408, 425].contains(&answer.status) => {
                gate.breaker(ask).succeeded();
                return Verdict::Done(Err(error::refused(ask.place(), &answer)));
            }
            Ok(answer) => ReadError::Failing { what: ask.place(), status: answer.status, attempts },
            Err(failure) => ReadError::Unreachable { what: ask.place(), reason: failure.reason(), attempts },
        };
        gate.breaker(ask).failed(now);
        Verdict::Again(error)
    }
}

enum Verdict<T> {
    Done(Result<T, ReadError>),
    Again(ReadError),
}
