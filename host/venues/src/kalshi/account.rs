//! One account at Kalshi: the state that its clients share, and reads with their retries.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::Timestamp;
use serde::de::DeserializeOwned;

use super::credentials::Credentials;
use super::error::{ApiRefusal, SetupError};
use super::http::{ApiRequest, ApiResponse, Http, RequestSubject, SendFailure};
use super::settings::KalshiSettings;
use crate::client::breaker::Breaker;
use crate::client::budget::{AccountLimits, BucketLimit, REQUEST, RequestBudget, RequestPurpose};
use crate::client::healed::{Healed, HealedReads};
use crate::client::json;
use crate::client::retry::Backoff;
use crate::client::skew::VenueTime;
use crate::client::warn_once::WarnOnce;
use crate::clock::Clock;
use crate::error::{MalformedResponse, ReadError};

/// A client for one account; clones share its budget and its breakers.
#[derive(Clone, Debug)]
pub struct Kalshi {
    pub(super) shared: Arc<AccountState>,
    urgent: bool,
}

#[derive(Debug)]
pub(super) struct AccountState {
    pub(super) http: Http,
    pub(super) clock: Clock,
    pub(super) settings: KalshiSettings,
    gate: Mutex<RequestGate>,
    pub(super) warnings: WarnOnce,
    healed: Healed,
    /// Held by the order that waits for the budget, so that orders leave in the sequence of their requests.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// Decides when the next request may leave.
#[derive(Debug)]
pub(super) struct RequestGate {
    pub(super) budget: RequestBudget,
    /// For market data, whose failures must not keep the account from being read.
    market_breaker: Breaker,
    account_breaker: Breaker,
    /// For what the venue says of itself: those pages stand apart, and say nothing about the others.
    exchange_breaker: Breaker,
    backoff: Backoff,
}

impl RequestGate {
    fn breaker(&mut self, request: &ApiRequest) -> &mut Breaker {
        match request.subject() {
            RequestSubject::Account => &mut self.account_breaker,
            RequestSubject::Exchange => &mut self.exchange_breaker,
            RequestSubject::Markets => &mut self.market_breaker,
        }
    }
}

/// Decodes the body of a response.
pub(super) trait BodyReader: Send {
    type Value;

    /// Takes up what has arrived so far; it begins with what had arrived in the call before.
    fn take_up(&mut self, body: &[u8]);

    /// Returns what the whole body says.
    ///
    /// # Errors
    /// It is malformed.
    fn finish(self, body: &[u8]) -> Result<Self::Value, MalformedResponse>;
}

/// Decodes a body once it is there.
struct WholeBody<T> {
    origin: String,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> BodyReader for WholeBody<T> {
    type Value = T;

    fn take_up(&mut self, _: &[u8]) {}

    fn finish(self, body: &[u8]) -> Result<T, MalformedResponse> {
        json::decode(body, &self.origin)
    }
}

/// The consequence of one attempt at a read.
enum ReadAttempt<T> {
    Final(Result<T, ReadError>),
    Retry(ReadError),
}

impl Kalshi {
    /// Checks the settings and loads the key; sends nothing yet.
    ///
    /// # Errors
    /// A setting or a key that cannot work.
    pub fn connect(settings: &KalshiSettings, clock: Clock) -> Result<Kalshi, SetupError> {
        settings.validate()?;
        let credentials = Credentials::load(&settings.key_id, &settings.key_file)?;
        Kalshi::with(settings, Some(credentials), clock)
    }

    /// Returns a client for public reads, without a key, that sends at most `requests_per_second`; sends nothing yet.
    ///
    /// # Errors
    /// A setting that cannot work.
    pub fn public(settings: &KalshiSettings, clock: Clock, requests_per_second: u32) -> Result<Kalshi, SetupError> {
        settings.validate()?;
        let kalshi = Kalshi::with(settings, None, clock)?;
        let refill_rate = requests_per_second.saturating_mul(REQUEST);
        // Spread evenly: others behind this address may have used up what the venue lets come at once.
        let read = BucketLimit { refill_rate, bucket_capacity: 2 * REQUEST };
        let limits = AccountLimits { usage_tier: String::new(), read, write: read };
        kalshi.gate().budget.learn(&limits, kalshi.shared.clock.now());
        Ok(kalshi)
    }

    fn with(settings: &KalshiSettings, credentials: Option<Credentials>, clock: Clock) -> Result<Kalshi, SetupError> {
        let gate = RequestGate {
            budget: RequestBudget::basic(clock.now()),
            market_breaker: Breaker::new(),
            account_breaker: Breaker::new(),
            exchange_breaker: Breaker::new(),
            backoff: Backoff::new(&settings.key_id),
        };
        let http = Http::new(settings, credentials, clock.clone())?;
        let turn = tokio::sync::Mutex::default();
        let (settings, gate, warnings) = (settings.clone(), Mutex::new(gate), WarnOnce::default());
        let healed = Healed::default();
        let shared = AccountState { http, clock, settings, gate, warnings, healed, turn };
        Ok(Kalshi { shared: Arc::new(shared), urgent: false })
    }

    /// Returns a client of the same account for callers that cannot wait, such as the kill switch, or that ask again
    /// anyway: it attempts each read once, even while a breaker is open.
    pub fn urgent(&self) -> Kalshi {
        Kalshi { shared: Arc::clone(&self.shared), urgent: true }
    }

    /// Returns the clock that all waits go through.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Returns the time at which all reads of markets and the account are sent again, if a circuit breaker stops some
    /// of them now.
    pub fn reads_resume(&self) -> Option<Timestamp> {
        let gate = self.gate();
        gate.market_breaker.open_until().max(gate.account_breaker.open_until())
    }

    /// Returns the estimate of the venue's time as of the latest response; `None` before the first.
    ///
    /// Costs no request. Check it during a run: a clock that drifts or is set makes signatures and expiry times wrong.
    pub fn skew(&self) -> Option<VenueTime> {
        self.shared.http.skew()
    }

    /// Returns the reads since the last call that failed, and succeeded when they were repeated; `None` if there was
    /// none.
    pub fn take_healed(&self) -> Option<HealedReads> {
        self.shared.healed.take()
    }

    pub(super) fn gate(&self) -> MutexGuard<'_, RequestGate> {
        // Nothing panics while it holds the lock; the state is consistent after each statement anyway.
        self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the budget allows a request.
    pub(super) async fn spend(&self, purpose: RequestPurpose, cost: u32) {
        loop {
            let taken = self.gate().budget.take(purpose, cost, self.shared.clock.now());
            match taken {
                Ok(()) => return,
                Err(until) => self.shared.clock.sleep_until(until).await,
            }
        }
    }

    /// Reads and decodes; retries after failures, malformed responses and 429.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: &ApiRequest) -> Result<T, ReadError> {
        self.read_with(request, || WholeBody { origin: request.origin(), kind: PhantomData }).await
    }

    /// Like [`Kalshi::read`], with a new `reader` for the body of each attempt.
    pub(super) async fn read_with<R: BodyReader>(
        &self,
        request: &ApiRequest,
        reader: impl Fn() -> R,
    ) -> Result<R::Value, ReadError> {
        let most = if self.urgent { 1 } else { self.shared.settings.read_attempts };
        let mut last = None;
        for attempt in 1..=most {
            if let Err(until) = self.admit(request) {
                return Err(last.unwrap_or(ReadError::CircuitOpen { request: request.origin(), until }));
            }
            self.spend(RequestPurpose::Read, REQUEST).await;
            let mut reader = reader();
            let outcome = self.shared.http.send_watched(request, |body| reader.take_up(body)).await;
            match self.judge(request, outcome, attempt, reader) {
                ReadAttempt::Final(outcome) => {
                    if let (Ok(_), Some(error)) = (&outcome, last) {
                        self.shared.healed.note(error);
                    }
                    return outcome;
                }
                ReadAttempt::Retry(error) => {
                    tracing::debug!(attempt, %error, "a read failed");
                    last = Some(error);
                }
            }
            if attempt < most {
                let wait = self.gate().backoff.wait(attempt);
                self.shared.clock.sleep(wait).await;
            }
        }
        // Settings demand at least one attempt, so there is a last error.
        Err(last.unwrap_or(ReadError::CircuitOpen { request: request.origin(), until: self.shared.clock.now() }))
    }

    fn admit(&self, request: &ApiRequest) -> Result<(), Timestamp> {
        if self.urgent { Ok(()) } else { self.gate().breaker(request).admit(self.shared.clock.now()) }
    }

    /// Tells the breaker and the budget how an attempt went; returns what it means to the caller.
    fn judge<R: BodyReader>(
        &self,
        request: &ApiRequest,
        outcome: Result<ApiResponse, SendFailure>,
        attempts: u32,
        reader: R,
    ) -> ReadAttempt<R::Value> {
        let now = self.shared.clock.now();
        // Before the gate is taken, for which orders wait.
        let outcome = outcome.map(|response| {
            let decoded = (response.status == 200).then(|| reader.finish(&response.body));
            (response, decoded)
        });
        let mut gate = self.gate();
        let refused = |ApiResponse { status, body }| ApiRefusal::read(status, &body).of_read(request.origin());
        let error = match outcome {
            Ok((_, Some(Ok(value)))) => {
                gate.breaker(request).succeeded();
                return ReadAttempt::Final(Ok(value));
            }
            Ok((_, Some(Err(malformed)))) => ReadError::Malformed(malformed),
            Ok((response, None)) if response.status == 429 => {
                gate.breaker(request).succeeded();
                gate.budget.throttled(RequestPurpose::Read, now);
                return ReadAttempt::Retry(refused(response));
            }
            // 408 (Request Timeout) and 425 (Too Early) say that a later attempt may succeed.
            Ok((response, None)) if (400..500).contains(&response.status) && ![408, 425].contains(&response.status) => {
                gate.breaker(request).succeeded();
                return ReadAttempt::Final(Err(refused(response)));
            }
            Ok((response, None)) => ReadError::Failing { request: request.origin(), status: response.status, attempts },
            Err(failure) => ReadError::Unreachable { request: request.origin(), reason: failure.reason(), attempts },
        };
        gate.breaker(request).failed(now);
        ReadAttempt::Retry(error)
    }
}
