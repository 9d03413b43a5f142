//! Orders and cancels: one attempt each, and which of three outcomes it had.
//!
//! Nothing here is ever sent twice. What is not certainly refused and not certainly accepted is unknown.

use host_core::{Price, Qty, Side, Span, TimeInForce, Timestamp};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::budget::{CANCEL, Purpose, REQUEST};
use super::error::{self, CancelError, PlaceError, Refusal};
use super::http::{Answer, Ask, Failure, segment};
use super::{Kalshi, decode};

/// Answers that the venue documents as refusals; all others leave the outcome open.
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 409, 410, 429];

/// The code of a create whose client order id the venue has seen: it was placed before.
const EXISTS: &str = "order_already_exists";

/// An order that waited longer for its turn does not go out: its price is of a market that was polled again meanwhile, as
/// polls come every 30 s.
const LONGEST_WAIT: Span = Span::seconds(30);

/// An order to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The host's name for it: unique, kept before it is sent, never used again.
    pub client_order_id: String,
    /// Which market.
    pub ticker: String,
    /// Which way, in terms of YES.
    pub side: Side,
    /// The limit, in YES terms; above 0 and below 1.
    pub price: Price,
    /// How many contracts; positive.
    pub qty: Qty,
    /// How long it works; the venue counts whole seconds, rounded down.
    pub time_in_force: TimeInForce,
    /// Whether it may only reduce a position; the venue takes this only with immediate-or-cancel.
    pub reduce_only: bool,
}

/// An order that the venue took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The venue's name for it.
    pub order_id: String,
    /// How many contracts filled at once; the fills themselves come with the next poll.
    pub filled: Qty,
    /// How many work now.
    pub remaining: Qty,
}

/// A cancel that the venue carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// How many contracts worked until then.
    pub reduced_by: Qty,
}

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

/// What became of one write.
enum Outcome {
    /// The venue did it.
    Done(Answer),
    /// The venue certainly did nothing.
    Refused(Refusal),
    /// It certainly did not reach the venue.
    NotSent(String),
    /// Anything else.
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

    /// Places an order, once, in its turn, unless `stopped` says so at the last moment: after the wait for the budget, which
    /// a kill switch may have used; nor if it would have expired by then, or waited for so long that its price is old.
    ///
    /// # Errors
    /// Not sent, refused, or unknown: see [`PlaceError`].
    pub async fn create_unless(&self, order: &NewOrder, stopped: impl Fn() -> bool) -> Result<Accepted, PlaceError> {
        let asked = self.clock().now();
        let body = body(order, self.clock().ahead()).map_err(PlaceError::NotPlaced)?;
        let ask = Ask { body: Some(body), ..write(Method::POST, "/portfolio/events/orders") };
        self.wait_for_turn(order, asked, stopped).await.map_err(PlaceError::NotPlaced)?;
        match self.write(&ask, Purpose::Place).await {
            Outcome::Done(answer) => accepted(order, &ask, &answer).map_err(PlaceError::OutcomeUnknown),
            // An answer of 409 whose code cannot be read may be this one as well.
            Outcome::Refused(refusal) if refusal.status == 409 && ["", EXISTS].contains(&refusal.code.as_str()) => {
                Err(PlaceError::OutcomeUnknown(format!("the venue has its id already: {refusal}")))
            }
            Outcome::Refused(refusal) => Err(refusal.into()),
            Outcome::NotSent(reason) => Err(PlaceError::NotPlaced(reason)),
            Outcome::Unknown(reason) => Err(PlaceError::OutcomeUnknown(reason)),
        }
    }

    /// Waits for the budget behind the orders that came first, or says why the order must not go out any more. What must not
    /// go out is told at once when its turn comes, and spends nothing.
    async fn wait_for_turn(
        &self,
        order: &NewOrder,
        asked: Timestamp,
        stopped: impl Fn() -> bool,
    ) -> Result<(), String> {
        let _turn = self.shared.turn.lock().await;
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
        self.spend(Purpose::Place, REQUEST).await;
        check()
    }

    /// Cancels an order, once. To cancel again does no harm.
    ///
    /// # Errors
    /// Gone, refused, or unknown: see [`CancelError`].
    pub async fn cancel(&self, order_id: &str) -> Result<Cancelled, CancelError> {
        let name =
            segment(order_id).map_err(|what| CancelError::OutcomeUnknown(format!("{what}; nothing was sent")))?;
        let ask = write(Method::DELETE, &format!("/portfolio/events/orders/{name}"));
        self.spend(Purpose::Cancel, CANCEL).await;
        let answer = match self.write(&ask, Purpose::Cancel).await {
            Outcome::Refused(refusal) if refusal.status == 404 => return Err(CancelError::Gone),
            outcome => done(outcome)?,
        };
        let cancelled: CancelAnswer = error::decode(&answer.body, &ask.place())
            .map_err(|nonsense| CancelError::OutcomeUnknown(nonsense.to_string()))?;
        if cancelled.order_id != order_id {
            let other = error::printable(&cancelled.order_id);
            return Err(CancelError::OutcomeUnknown(format!("the venue answered for another order, {other}")));
        }
        Ok(Cancelled { reduced_by: cancelled.reduced_by })
    }

    /// Cancels all of the account's orders, once. The venue may also cancel what is placed within the next minute.
    ///
    /// # Errors
    /// Refused, or unknown: see [`CancelError`].
    pub async fn cancel_all(&self) -> Result<(), CancelError> {
        let ask = write(Method::DELETE, "/portfolio/events/orders");
        self.spend(Purpose::Cancel, CANCEL).await;
        done(self.write(&ask, Purpose::Cancel).await).map(drop)
    }

    /// Sends once; classifies what came back.
    async fn write(&self, ask: &Ask, purpose: Purpose) -> Outcome {
        let outcome = self.shared.http.send(ask).await;
        let now = self.clock().now();
        match outcome {
            Ok(answer) if matches!(answer.status, 200 | 201 | 204) => Outcome::Done(answer),
            Ok(answer) if REFUSALS.contains(&answer.status) => {
                if answer.status == 429 {
                    self.gate().budget.throttled(purpose, now);
                }
                Outcome::Refused(error::refusal(&answer))
            }
            Ok(answer) => Outcome::Unknown(format!("the venue answered {}", answer.status)),
            Err(Failure::NotSent(reason)) => Outcome::NotSent(reason),
            Err(Failure::NoAnswer(reason)) => Outcome::Unknown(reason),
        }
    }
}

fn write(method: Method, path: &str) -> Ask {
    Ask { method, path: path.to_owned(), query: Vec::new(), body: None }
}

/// The answer to a cancel. One that did not go out is as good as one that is unknown: it is sent again.
fn done(outcome: Outcome) -> Result<Answer, CancelError> {
    match outcome {
        Outcome::Done(answer) => Ok(answer),
        Outcome::Refused(refusal) => Err(refusal.into()),
        Outcome::NotSent(reason) | Outcome::Unknown(reason) => Err(CancelError::OutcomeUnknown(reason)),
    }
}

/// The request's body, or why the venue could only refuse it. The host's clock is `ahead` of what the venue's should be.
fn body(order: &NewOrder, ahead: Span) -> Result<String, String> {
    if order.price <= Price::ZERO || order.price >= Price::ONE || order.qty <= Qty::ZERO {
        return Err(format!("{} at {} is no order: its price lies between 0 and 1", order.qty, order.price));
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

/// What the venue took, if its answer is about this order and adds up.
fn accepted(order: &NewOrder, ask: &Ask, answer: &Answer) -> Result<Accepted, String> {
    let created: CreateAnswer = error::decode(&answer.body, &ask.place()).map_err(|nonsense| nonsense.to_string())?;
    if created.client_order_id.is_some_and(|id| id != order.client_order_id) {
        return Err("the venue answered for another client order id".to_owned());
    }
    // A name that no request can hold is one that cannot be cancelled.
    segment(&created.order_id)?;
    let (filled, remaining) = (created.fill_count, created.remaining_count);
    // Not as a sum, which could overflow.
    if filled > order.qty || remaining > order.qty - filled {
        return Err(format!("the venue says that {filled} filled and {remaining} work, of {}", order.qty));
    }
    Ok(Accepted { order_id: created.order_id, filled, remaining })
}
