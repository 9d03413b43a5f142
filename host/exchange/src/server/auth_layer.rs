//! Layers around every request: authentication, rate limits, the `Date` header, and a 500 for panics.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use host_core::time::civil_date;
use host_core::{Span, Timestamp};

use super::app::App;
use super::auth::{AuthError, verify};
use super::error::ApiError;
use super::faults::ClockOffset;
use super::limits::{Bucket, DEFAULT_COST, Tier, cost};
use super::paths::REST_PREFIX;
use crate::venue::MemberId;

/// Sender of a request; `None` for one without a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller(pub(super) Option<MemberId>);

/// A member who signed the request; extraction fails for unsigned requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authenticated(pub(super) MemberId);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Caller(None)))
    }
}

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Authenticated, ApiError> {
        let caller: Option<&Caller> = parts.extensions.get();
        caller.and_then(|caller| caller.0).map(Authenticated).ok_or(AuthError::NotSigned.into())
    }
}

/// Checks the signature, if there is one, and charges the request's tokens, unless its handler must count them first.
pub(super) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let now = request.extensions().get().copied().unwrap_or_else(|| app.exchange.clock().of_clients());
    let keyring = app.exchange.keyring();
    let (bucket, tokens) = price_of(method, path);
    let verified = verify(keyring, method.as_str(), path, request.headers(), now, app.options.signature_window);
    let admitted = match verified {
        Ok(member) => Ok(Caller(Some(member))),
        Err(AuthError::NotSigned) => Ok(Caller(None)),
        Err(error) => Err(error),
    };
    // A request with a bad signature is charged like one without a key, and a batch like a single request.
    let unbelieved = (Caller(None), if tokens == 0 { DEFAULT_COST } else { tokens });
    let (payer, tokens) = admitted.map_or(unbelieved, |caller| (caller, tokens));
    if let Err(error) = app.charge(payer, bucket, tokens) {
        return error.into_response();
    }
    match admitted {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

/// Responds in any case, and sends the exchange's time, from which clients compute their clock offset.
pub(super) async fn respond(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = or_500(next.run(request)).await;
    let skew = response.extensions().get().copied().unwrap_or(ClockOffset::default()).0;
    if let Ok(date) = HeaderValue::from_str(&http_date(app.exchange.clock().now() + skew)) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// Returns a response even if the handler panics. The exchange goes on, because the venue's commands are atomic.
async fn or_500(response: impl Future<Output = Response>) -> Response {
    let outcome = AssertUnwindSafe(response).catch_unwind().await;
    outcome.unwrap_or_else(|_| ApiError::internal().into_response())
}

impl App {
    /// Charges tokens.
    ///
    /// # Errors
    /// 429 if there are not enough.
    pub(super) fn charge(&self, caller: Caller, bucket: Bucket, tokens: u32) -> Result<(), ApiError> {
        let tier = caller.0.map_or(Tier::Basic, |member| self.exchange.keyring().tier(member));
        let is_free = !self.options.rate_limits || tokens == 0;
        let is_paid = is_free || self.limits.charge(caller.0, tier, bucket, tokens, self.exchange.clock().now());
        if is_paid { Ok(()) } else { Err(ApiError::too_many_requests()) }
    }
}

/// Returns the cost of a request. Batches cost 0 here, because their handlers charge per item.
fn price_of(method: &Method, path: &str) -> (Bucket, u32) {
    let bucket = if *method == Method::GET { Bucket::Read } else { Bucket::Write };
    let is_batch = path.strip_prefix(REST_PREFIX) == Some("/portfolio/events/orders/batched");
    (bucket, if is_batch { 0 } else { cost(method.as_str(), path) })
}

/// Formats a date as in RFC 9110, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil_date(time.day());
    let seconds = time.0.rem_euclid(Span::DAY.0) / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let weekday = DAYS[time.day().rem_euclid(7) as usize];
    let month = MONTHS[(month - 1) as usize];
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_for() {
        assert_eq!(or_500(async { panic!("a bug") }).await.status().as_u16(), 500);
        assert_eq!(or_500(async { ApiError::gone().into_response() }).await.status().as_u16(), 410);
    }

    #[test]
    fn dates_are_those_of_http() {
        let check = |seconds: i64, expect: &str| assert_eq!(http_date(Timestamp(seconds * 1_000_000_000)), expect);
        check(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT");
        check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
        check(1_764_850_036, "Thu, 04 Dec 2025 12:07:16 GMT");
    }
}
