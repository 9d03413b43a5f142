//! Orders and cancels: one attempt each, with one of three outcomes.
//!
//! Nothing here is ever sent twice. An outcome that is neither certainly accepted nor certainly refused is unknown.

use host_core::{Price, Qty, Side, Span, TimeInForce, Timestamp};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::account::Kalshi;
use super::decode;
use super::error::ApiRefusal;
use super::http::{ApiRequest, ApiResponse, SendFailure, SignedRequest, segment};
use crate::client::budget::{CANCEL, REQUEST, RequestPurpose};
use crate::client::json::{self, printable};
use crate::error::{CancelError, PlaceError};
use crate::model::{Accepted, Cancelled, NewOrder, VenueFill};

/// Statuses that the venue documents as refusals (OpenAPI 3.34.0, order endpoints); all others leave the
/// outcome open.
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 409, 410, 429];

/// Error code of a cancel, or of an order, in a market that is over, which has ended all orders in it.
const INACTIVE: &str = "MARKET_INACTIVE";

/// Error code of a create whose client order id the venue has seen before: the order was placed.
const EXISTS: &str = "order_already_exists";

/// An order that waited longer for its turn is not sent: polls come every 30 s, so its price is from an outdated one.
const LONGEST_WAIT: Span = Span::seconds(30);

#[derive(Serialize)]
struct CreateBody<'a> {
    ticker: &'a str,
    client_order_id: &'a str,
    side: &'static str,
    count: String,
    price: String,
    time_in_force: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_time: Option<i64>,
    self_trade_prevention_type: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reduce_only: bool,
}

#[derive(Deserialize)]
struct CreateAnswer {
    order_id: String,
    client_order_id: Option<String>,
    #[serde(deserialize_with = "decode::qty")]
    fill_count: Qty,
    #[serde(deserialize_with = "decode::qty")]
    remaining_count: Qty,
}

#[derive(Deserialize)]
struct CancelAnswer {
    order_id: String,
    #[serde(deserialize_with = "decode::qty")]
    reduced_by: Qty,
}

enum WriteOutcome {
    Done(ApiResponse),
    /// The venue certainly did nothing.
    Refused(ApiRefusal),
    /// The request certainly did not reach the venue.
    NotSent(String),
    Unknown(String),
}

impl Kalshi {
    /// Places an order, once.
    ///
    /// # Errors
    /// Not sent, refused, or unknown: see [`PlaceError`].
    pub async fn create(&self, order: &NewOrder) -> Result<Accepted, PlaceError> {
        self.create_unless(order, || false).await
    }

    /// Places an order, once, in its turn. After the wait for the budget, during which a kill switch may have been
    /// engaged, the order is not sent if `stopped` returns true, if it has expired, or if it waited for so long that
    /// its price is outdated.
    ///
    /// # Errors
    /// Not sent, refused, or unknown: see [`PlaceError`].
    pub async fn create_unless(&self, order: &NewOrder, stopped: impl Fn() -> bool) -> Result<Accepted, PlaceError> {
        let placed = self.place(order.clone(), std::future::ready(Some(())), |()| stopped()).await;
        // Leave is given above.
        placed.unwrap_or_else(|| Err(PlaceError::NotPlaced("it got no leave".to_owned())))
    }

    /// Places an order, once, as soon as `leave` is given. Its place in the sequence of orders is that of this call,
    /// and its request is signed while `leave` is waited for. Returns `None`, with nothing sent, if `leave` is denied;
    /// otherwise as [`Kalshi::create_unless`], with `stopped` asked about what gave leave.
    pub async fn place<L>(
        &self,
        order: NewOrder,
        leave: impl Future<Output = Option<L>>,
        stopped: impl Fn(&L) -> bool,
    ) -> Option<Result<Accepted, PlaceError>> {
        let asked = self.clock().now();
        let prepared = body(&order, self.clock().ahead()).map(|body| {
            let request = ApiRequest { body: Some(body), ..write(Method::POST, "/portfolio/events/orders") };
            let (client, signing) = (self.clone(), request.clone());
            // On a thread of its own: signing computes, and other requests are waiting on this one.
            (request, tokio::task::spawn_blocking(move || client.shared.http.sign(&signing).ok()))
        });
        let turn = self.shared.turn.lock().await;
        let leave = leave.await?;
        let (request, signing) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return Some(Err(PlaceError::NotPlaced(reason))),
        };
        // What could not be signed is tried again when it is sent, and says why.
        let signed = signing.await.ok().flatten();
        let waited = self.wait_for_budget(&order, asked, || stopped(&leave)).await;
        drop(turn);
        Some(match waited {
            Ok(()) => self.create_now(&order, &request, signed).await,
            Err(reason) => Err(PlaceError::NotPlaced(reason)),
        })
    }

    async fn create_now(
        &self,
        order: &NewOrder,
        request: &ApiRequest,
        signed: Option<SignedRequest>,
    ) -> Result<Accepted, PlaceError> {
        match self.write(request, signed, RequestPurpose::Place).await {
            WriteOutcome::Done(response) => accepted(order, request, &response).map_err(PlaceError::OutcomeUnknown),
            // A 409 whose code cannot be read may be this one as well.
            WriteOutcome::Refused(refusal)
                if refusal.status == 409 && ["", EXISTS].contains(&refusal.code.as_str()) =>
            {
                Err(PlaceError::OutcomeUnknown(format!("the venue has its id already: {refusal}")))
            }
            WriteOutcome::Refused(refusal) if refusal.status == 429 => Err(PlaceError::Throttled(refusal.to_string())),
            WriteOutcome::Refused(refusal) => Err(refusal.into()),
            WriteOutcome::NotSent(reason) => Err(PlaceError::Unreachable(reason)),
            WriteOutcome::Unknown(reason) => Err(PlaceError::OutcomeUnknown(reason)),
        }
    }

    /// Waits for the budget, in its turn. An order that must not be sent any more fails at once, and spends nothing.
    ///
    /// # Errors
    /// The reason why the order must not be sent.
    async fn wait_for_budget(
        &self,
        order: &NewOrder,
        asked: Timestamp,
        stopped: impl Fn() -> bool,
    ) -> Result<(), String> {
        let check = || {
            let now = self.shared.clock.now();
            let late = match order.time_in_force {
                _ if stopped() => return Err("trading was stopped before it went out".to_owned()),
                TimeInForce::GoodTill(time) if time <= now => "it expired before its turn came",
                _ if now - asked > LONGEST_WAIT => "its price was too old when its turn came",
                _ => return Ok(()),
            };
            Err(format!("{late}: more orders than the venue's rate limit lets out"))
        };
        check()?;
        self.spend(RequestPurpose::Place, REQUEST).await;
        check()
    }

    /// Cancels an order, once. Cancelling again does no harm.
    ///
    /// # Errors
    /// Gone, refused, or unknown: see [`CancelError`].
    pub async fn cancel(&self, order_id: &str) -> Result<Cancelled, CancelError> {
        let name =
            segment(order_id).map_err(|what| CancelError::OutcomeUnknown(format!("{what}; nothing was sent")))?;
        let request = write(Method::DELETE, &format!("/portfolio/events/orders/{name}"));
        self.spend(RequestPurpose::Cancel, CANCEL).await;
        let response = match self.write(&request, None, RequestPurpose::Cancel).await {
            WriteOutcome::Refused(refusal) if refusal.status == 404 || refusal.code == INACTIVE => {
                return Err(CancelError::Gone);
            }
            outcome => done(outcome)?,
        };
        let cancelled: CancelAnswer = json::decode(&response.body, &request.origin())
            .map_err(|malformed| CancelError::OutcomeUnknown(malformed.to_string()))?;
        if cancelled.order_id != order_id {
            let other = printable(&cancelled.order_id);
            return Err(CancelError::OutcomeUnknown(format!("the venue answered for another order, {other}")));
        }
        Ok(Cancelled { reduced_by: cancelled.reduced_by })
    }

    /// Cancels all of the account's orders, once. The venue may also cancel what is placed within the next minute.
    ///
    /// # Errors
    /// Refused, or unknown: see [`CancelError`].
    pub async fn cancel_all(&self) -> Result<(), CancelError> {
        let request = write(Method::DELETE, "/portfolio/events/orders");
        self.spend(RequestPurpose::Cancel, CANCEL).await;
        done(self.write(&request, None, RequestPurpose::Cancel).await).map(drop)
    }

    /// Sends once, as `signed` if it is given, and classifies the outcome.
    async fn write(
        &self,
        request: &ApiRequest,
        signed: Option<SignedRequest>,
        purpose: RequestPurpose,
    ) -> WriteOutcome {
        let outcome = self.shared.http.send_signed(request, signed).await;
        let now = self.clock().now();
        match outcome {
            Ok(response) if matches!(response.status, 200 | 201 | 204) => WriteOutcome::Done(response),
            Ok(response) if REFUSALS.contains(&response.status) => {
                if response.status == 429 {
                    self.gate().budget.throttled(purpose, now);
                }
                WriteOutcome::Refused(ApiRefusal::read(response.status, &response.body))
            }
            Ok(response) => WriteOutcome::Unknown(format!("the venue answered {}", response.status)),
            Err(SendFailure::NotSent(reason)) => WriteOutcome::NotSent(reason),
            Err(SendFailure::NoAnswer(reason)) => WriteOutcome::Unknown(reason),
        }
    }
}

fn write(method: Method, path: &str) -> ApiRequest {
    ApiRequest { method, path: path.to_owned(), query: Vec::new(), body: None }
}

/// Returns the response to a cancel. One that was not sent counts as unknown: either way it is sent again.
fn done(outcome: WriteOutcome) -> Result<ApiResponse, CancelError> {
    match outcome {
        WriteOutcome::Done(response) => Ok(response),
        WriteOutcome::Refused(refusal) => Err(refusal.into()),
        WriteOutcome::NotSent(reason) | WriteOutcome::Unknown(reason) => Err(CancelError::OutcomeUnknown(reason)),
    }
}

/// Returns the body of a create. The host's clock is `ahead` of what the venue's should be.
///
/// # Errors
/// The reason why the venue could only refuse the order.
fn body(order: &NewOrder, ahead: Span) -> Result<String, String> {
    if order.price <= Price::ZERO || order.price >= Price::ONE || order.qty <= Qty::ZERO {
        return Err(format!("{} at {} is no order: its price lies between 0 and 1", order.qty, order.price));
    }
    if order.qty != order.qty.in_hundredths() || order.qty > VenueFill::MOST {
        return Err(format!("{} contracts are no order: the venue takes hundredths of a contract", order.qty));
    }
    if order.client_order_id.is_empty() {
        return Err("it has no client order id: it could not be looked up".to_owned());
    }
    let (time_in_force, expiration_time) = match order.time_in_force {
        TimeInForce::GoodTill(time) => ("good_till_canceled", Some((time - ahead).0.div_euclid(1_000_000_000))),
        TimeInForce::ImmediateOrCancel => ("immediate_or_cancel", None),
    };
    if order.reduce_only && expiration_time.is_some() {
        return Err("the venue takes reduce-only orders only as immediate-or-cancel".to_owned());
    }
    let body = CreateBody {
        ticker: &order.ticker,
        client_order_id: &order.client_order_id,
        side: match order.side {
            Side::Buy => "bid",
            Side::Sell => "ask",
        },
        count: order.qty.to_string(),
        price: order.price.to_string(),
        time_in_force,
        expiration_time,
        self_trade_prevention_type: "taker_at_cross",
        reduce_only: order.reduce_only,
    };
    serde_json::to_string(&body).map_err(|error| error.to_string())
}

/// Decodes the acceptance, if it is about this order and adds up.
fn accepted(order: &NewOrder, request: &ApiRequest, response: &ApiResponse) -> Result<Accepted, String> {
    let created: CreateAnswer =
        json::decode(&response.body, &request.origin()).map_err(|malformed| malformed.to_string())?;
    if created.client_order_id.is_some_and(|id| id != order.client_order_id) {
        return Err("the venue answered for another client order id".to_owned());
    }
    // An id that no request can hold is one that cannot be cancelled.
    segment(&created.order_id)?;
    let (filled, remaining) = (created.fill_count, created.remaining_count);
    // As a difference, because a sum could overflow.
    if filled > order.qty || remaining > order.qty - filled {
        return Err(format!("the venue says that {filled} filled and {remaining} work, of {}", order.qty));
    }
    Ok(Accepted { order_id: created.order_id, filled, remaining })
}
