//! Sends one signed request, once: no retries, no redirects, a bounded body.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use host_core::{Span, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderValue};
use reqwest::{Client, Method, Url, redirect};

use super::credentials::Credentials;
use super::error::SetupError;
use super::settings::KalshiSettings;
use super::sign;
use crate::client::address::is_loopback;
use crate::client::json::printable;
use crate::client::skew::{SkewEstimate, VenueTime};
use crate::clock::Clock;

/// A page of 1,000 markets with their rules is about 4 MB.
const LARGEST_BODY: usize = 20 * 1024 * 1024;

/// Longest wait for a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// A request that has waited for longer is signed again: the venue compares the signature's time with its own.
const LONGEST_SIGNED: Span = Span::seconds(1);

/// A request, relative to the API's base address.
#[derive(Clone, Debug)]
pub(super) struct ApiRequest {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<String>,
}

impl ApiRequest {
    pub(super) fn get(path: impl Into<String>) -> ApiRequest {
        ApiRequest { method: Method::GET, path: path.into(), query: Vec::new(), body: None }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> ApiRequest {
        self.query.push((name, value.into()));
        self
    }

    /// Returns what the request is about.
    pub(super) fn subject(&self) -> RequestSubject {
        let is_of = |prefix: &str| self.path.starts_with(prefix);
        match () {
            () if is_of("/portfolio") || is_of("/account") => RequestSubject::Account,
            () if is_of("/exchange") => RequestSubject::Exchange,
            () => RequestSubject::Markets,
        }
    }

    /// Returns the method and the path, for messages.
    pub(super) fn origin(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The subject of a request: failures about one say nothing about the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestSubject {
    Markets,
    Account,
    /// The venue itself.
    Exchange,
}

/// A request that can leave at once.
#[derive(Debug)]
pub(super) struct SignedRequest {
    request: reqwest::Request,
    /// The time that its signature names.
    time: Timestamp,
}

/// A complete response.
#[derive(Debug)]
pub(super) struct ApiResponse {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// A request without a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendFailure {
    /// Nothing left this machine: no connection, no TLS.
    NotSent(String),
    /// The venue may have seen it.
    NoAnswer(String),
}

impl SendFailure {
    pub(super) fn reason(self) -> String {
        let (SendFailure::NotSent(reason) | SendFailure::NoAnswer(reason)) = self;
        reason
    }
}

/// The connection to the venue for one account, or for the public.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
    /// `None` for public reads alone.
    credentials: Option<Credentials>,
    clock: Clock,
    skew: Mutex<SkewEstimate>,
}

impl Http {
    pub(super) fn new(
        settings: &KalshiSettings,
        credentials: Option<Credentials>,
        clock: Clock,
    ) -> Result<Http, SetupError> {
        let base = settings.rest()?;
        let timeout = settings.request_timeout.as_duration();
        let local = is_loopback(&base);
        let mut builder = Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .https_only(!local)
            // Shorter than the time-out of the request: only a failure to connect is certain to have sent nothing.
            .connect_timeout(LONGEST_CONNECT.min(timeout / 2))
            .timeout(timeout);
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| SetupError::Connection(chain(&error)))?;
        Ok(Http { client, base, credentials, clock, skew: Mutex::default() })
    }

    /// Returns the key; `None` for public reads alone.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Returns the estimate of the venue's time from all responses so far.
    pub(super) fn skew(&self) -> Option<VenueTime> {
        self.known().known()
    }

    fn known(&self) -> MutexGuard<'_, SkewEstimate> {
        // Nothing panics while it holds the lock.
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends once and reads the whole response. A stepped clock stands still meanwhile. `arrived` is shown, again and
    /// again, the part of the body that is here.
    pub(super) async fn send_watched(
        &self,
        request: &ApiRequest,
        arrived: impl FnMut(&[u8]),
    ) -> Result<ApiResponse, SendFailure> {
        self.execute(request, None, arrived).await
    }

    /// Sends once, as `signed` beforehand, unless that was too long ago, and reads the whole response.
    pub(super) async fn send_signed(
        &self,
        request: &ApiRequest,
        signed: Option<SignedRequest>,
    ) -> Result<ApiResponse, SendFailure> {
        self.execute(request, signed, |_| ()).await
    }

    async fn execute(
        &self,
        request: &ApiRequest,
        signed: Option<SignedRequest>,
        mut arrived: impl FnMut(&[u8]),
    ) -> Result<ApiResponse, SendFailure> {
        let _hold = self.clock.hold().await;
        let (asked, began) = (self.clock.system_now(), self.clock.now());
        let signed = match signed.filter(|signed| asked - signed.time <= LONGEST_SIGNED) {
            Some(signed) => signed,
            None => self.sign(request).map_err(SendFailure::NotSent)?,
        };
        let mut response = self.client.execute(signed.request).await.map_err(failure)?;
        let (status, answered) = (response.status().as_u16(), self.clock.system_now());
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).and_then(http_date);
        if let Some(told) = date.and_then(|date| VenueTime::told(asked, answered, date)) {
            self.known().learn(told);
        }
        if let Some(date) = date {
            // The venue wrote the date, in whole seconds, at some time since the request left.
            self.clock.witness(date, date + Span::seconds(1) + (self.clock.now() - began));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(SendFailure::NoAnswer(format!("its answer is larger than {LARGEST_BODY} bytes")));
            }
            body.extend_from_slice(&chunk);
            arrived(&body);
        }
        Ok(ApiResponse { status, body })
    }

    /// Signs a request as of now, if there is a key. It takes about a millisecond with an RSA key.
    ///
    /// # Errors
    /// The reason why it cannot be signed or expressed.
    pub(super) fn sign(&self, request: &ApiRequest) -> Result<SignedRequest, String> {
        let now = self.clock.system_now();
        let mut url = self.base.clone();
        // A base without a path has the path `/`.
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        // The signature covers the path as it is sent: as the address encodes it.
        let sign = |by: &Credentials| sign::headers(by, now, request.method.as_str(), url.path());
        let signed = self.credentials.as_ref().map(sign).transpose()?;
        let mut builder = self.client.request(request.method.clone(), url);
        for (name, value) in sign::NAMES.iter().zip(signed.into_iter().flatten()) {
            let mut value = HeaderValue::try_from(value).map_err(|_| "a header could not be written".to_owned())?;
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let request = builder.build().map_err(|error| chain(&error))?;
        Ok(SignedRequest { request, time: now })
    }
}

/// Classifies a failure by whether the venue can have seen the request; only certainty counts as not sent.
fn failure(error: reqwest::Error) -> SendFailure {
    let before = error.is_connect() || error.is_builder();
    let reason = chain(&error.without_url());
    if before { SendFailure::NotSent(reason) } else { SendFailure::NoAnswer(reason) }
}

/// Returns an error's text with its causes: the outermost alone says little.
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

/// Parses an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text).ok()?.timestamp_nanos_opt().map(Timestamp)
}

/// Returns `name` as a segment of a path, if it cannot mean anything else there: an empty one would turn the cancel of
/// one order into the cancel of all.
///
/// # Errors
/// The reason why it is no name.
pub(super) fn segment(name: &str) -> Result<&str, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.bytes().all(plain) && !name.trim_matches('.').is_empty() {
        Ok(name)
    } else {
        Err(format!("`{}` is no name that the venue gives", printable(name)))
    }
}
