//! One signed request, one attempt, one answer: no retries, no redirects, a bounded body.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use host_core::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderValue};
use reqwest::{Client, Method, Url, redirect};

use super::credentials::Credentials;
use super::error::{SetupError, printable};
use super::settings::{KalshiSettings, is_loopback};
use super::sign;
use super::skew::{Skew, VenueTime};
use crate::clock::Clock;

/// A page of 1,000 markets with their rules is about 4 MB.
const LARGEST_BODY: usize = 20 * 1024 * 1024;

/// Longest wait for a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// What to ask, relative to the API's base.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<String>,
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Ask {
        Ask { method: Method::GET, path: path.into(), query: Vec::new(), body: None }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Ask {
        self.query.push((name, value.into()));
        self
    }

    /// Whether it is about the account: its failures say nothing of market data, nor the other way round.
    pub(super) fn is_of_account(&self) -> bool {
        ["/portfolio", "/account"].iter().any(|room| self.path.starts_with(room))
    }

    /// Method and path, for messages.
    pub(super) fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What came back, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing left this machine: no connection, no TLS.
    NotSent(String),
    /// The venue may have seen it.
    NoAnswer(String),
}

impl Failure {
    pub(super) fn reason(self) -> String {
        let (Failure::NotSent(reason) | Failure::NoAnswer(reason)) = self;
        reason
    }
}

/// The connection to one venue for one account.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
    credentials: Credentials,
    clock: Clock,
    skew: Mutex<Skew>,
}

impl Http {
    pub(super) fn new(settings: &KalshiSettings, credentials: Credentials, clock: Clock) -> Result<Http, SetupError> {
        let base = settings.rest()?;
        let timeout = Duration::from_nanos(settings.request_timeout.0.unsigned_abs());
        let local = is_loopback(&base);
        let mut builder = Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .https_only(!local)
            // Well before the request's own end: only a failure to connect is certain to have sent nothing.
            .connect_timeout(LONGEST_CONNECT.min(timeout / 2))
            .timeout(timeout);
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| SetupError::Connection(chain(&error)))?;
        Ok(Http { client, base, credentials, clock, skew: Mutex::default() })
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What all answers so far tell of the venue's time.
    pub(super) fn skew(&self) -> Option<VenueTime> {
        self.known().known()
    }

    fn known(&self) -> MutexGuard<'_, Skew> {
        // Nothing panics while it holds the lock.
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends once and reads the whole answer. A stepped clock stands still meanwhile.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Answer, Failure> {
        let _standing = self.clock.hold().await;
        let asked = self.clock.system_now();
        let request = self.request(ask, asked).map_err(Failure::NotSent)?;
        let mut response = self.client.execute(request).await.map_err(failure)?;
        let (status, answered) = (response.status().as_u16(), self.clock.system_now());
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).and_then(http_date);
        if let Some(told) = date.and_then(|date| VenueTime::told(asked, answered, date)) {
            self.known().learn(told);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Failure::NoAnswer(format!("its answer is larger than {LARGEST_BODY} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }

    fn request(&self, ask: &Ask, now: Timestamp) -> Result<reqwest::Request, String> {
        let mut url = self.base.clone();
        // A base without a path has the path `/`.
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), ask.path));
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        // Signed is what is sent: the path as the address encodes it.
        let signed = sign::headers(&self.credentials, now, ask.method.as_str(), url.path())?;
        let mut builder = self.client.request(ask.method.clone(), url);
        for (name, value) in sign::NAMES.iter().zip(signed) {
            let mut value = HeaderValue::try_from(value).map_err(|_| "a header could not be written".to_owned())?;
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        if let Some(body) = &ask.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        builder.build().map_err(|error| chain(&error))
    }
}

/// Whether a request that failed can have been seen. Only what is certain counts as not sent.
fn failure(error: reqwest::Error) -> Failure {
    let before = error.is_connect() || error.is_builder();
    let reason = chain(&error.without_url());
    if before { Failure::NotSent(reason) } else { Failure::NoAnswer(reason) }
}

/// An error with its causes: the outermost alone says little.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = error.source();
    }
    text
}

/// Reads an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text).ok()?.timestamp_nanos_opt().map(Timestamp)
}

/// `name` as a part of a path, if it cannot mean anything else there: an empty one would turn the cancel of one order
/// into the cancel of all.
pub(super) fn segment(name: &str) -> Result<&str, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.bytes().all(plain) && !name.trim_matches('.').is_empty() {
        Ok(name)
    } else {
        Err(format!("`{}` is no name that the venue gives", printable(name)))
    }
}
