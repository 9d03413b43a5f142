//! The layer around all routes: applies faults to requests and to their responses.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use host_core::{MarketId, Span, Timestamp};

use super::connection::CutHandle;
use super::endpoint::ApiCall;
use super::fault::Fault;
use super::injector::{Injection, RequestFaults};
use super::state::{ClockOffset, Faults, ReadAsOf};
use super::{responses, rows};
use crate::server::error::ApiError;
use crate::venue::{ExchangeStatus, MemberId, OrderFilter, Resource, Venue, VenueError};

/// Larger than any request that the venue accepts; its own limit on bodies is lower.
const LARGEST_REQUEST: usize = 4 << 20;

/// Applies the faults of a request.
async fn inject(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    // Requests not meant for the venue never fail.
    let Some(call) = ApiCall::of(&request) else { return next.run(request).await };
    faults.accept_late(faults.now()).await;
    let cut = request.extensions().get::<CutHandle>().cloned();
    if let Some(cut) = cut.as_ref().filter(|_| faults.port().closed_until().is_some()) {
        cut.cut();
        return Response::default();
    }
    let RequestFaults { injection, skew, events } = faults.faults_for(&call);
    events.iter().for_each(|injection| faults.apply_to_venue(injection));
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(faults.exchange().clock().of_clients().ahead(skew));
    parts.extensions.insert(faults.clone());
    let mut response = match injection {
        None => faults.undisturbed(&call, Request::from_parts(parts, body), next).await,
        Some(injection) => {
            let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
                faults.take_back(&injection);
                return responses::error(413, true, None);
            };
            FaultyRequest { faults: &faults, call, injection, cut, parts, body, next }.run().await
        }
    };
    response.extensions_mut().insert(ClockOffset(skew));
    response
}

/// A request hit by a fault.
struct FaultyRequest<'a> {
    faults: &'a Faults,
    call: ApiCall,
    injection: Injection,
    cut: Option<CutHandle>,
    parts: Parts,
    body: Bytes,
    next: Next,
}

impl FaultyRequest<'_> {
    async fn run(self) -> Response {
        match self.injection.fault.clone() {
            Fault::Status { status, body, retry_after } => responses::error(status.get(), body, retry_after),
            Fault::Refuse { .. } | Fault::TimeoutBefore { .. } if self.cut.is_none() => self.undisturbed().await,
            Fault::Refuse { hold_ms } => {
                if hold_ms > 0 {
                    self.faults.port().close_for(Duration::from_millis(hold_ms));
                }
                self.hang(0).await
            }
            Fault::TimeoutBefore { hold_ms } => self.hang(hold_ms).await,
            Fault::LateAcceptance { delay, status, hold_ms } => {
                let due = self.faults.now() + delay;
                self.faults.postpone(due, self.parts.clone(), self.body.clone(), self.next.clone());
                match hold_ms {
                    Some(hold_ms) => self.hang(hold_ms).await,
                    None => responses::error(status.get(), true, None),
                }
            }
            Fault::Slow { delay_ms } => {
                let FaultyRequest { faults, call, parts, body, next, .. } = self;
                let response = faults.undisturbed(&call, Request::from_parts(parts, body.into()), next).await;
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
                response
            }
            Fault::LaggingReads { lag } => {
                let FaultyRequest { faults, call, mut parts, body, next, .. } = self;
                parts.extensions.insert(ReadAsOf(faults.now() - lag.span()));
                faults.undisturbed(&call, Request::from_parts(parts, body.into()), next).await
            }
            _ => self.corrupted().await,
        }
    }

    /// Lets the request take effect, then corrupts its response.
    async fn corrupted(self) -> Response {
        let FaultyRequest { faults, call, injection, cut, parts, body, next } = self;
        let response = faults.undisturbed(&call, Request::from_parts(parts, body.into()), next).await;
        match injection.fault {
            Fault::TimeoutAfter { hold_ms } => match cut {
                Some(cut) => hang(&cut, hold_ms).await,
                None => {
                    faults.take_back(&injection);
                    response
                }
            },
            Fault::AcceptedThen { status } => responses::error(status.get(), true, None),
            // What failed otherwise says so, as one without a key does.
            Fault::CancelNotFound => match response.status() {
                StatusCode::OK | StatusCode::NOT_FOUND => {
                    ApiError::from(VenueError::NotFound(Resource::Order)).into_response()
                }
                _ => {
                    faults.take_back(&injection);
                    response
                }
            },
            Fault::Truncated => responses::truncated(response).await,
            Fault::Html => responses::html(),
            Fault::InvalidJson => responses::invalid_json(),
            Fault::LargeBody { megabytes } => responses::large(megabytes),
            Fault::StaleQuotes { age } => {
                let stale = faults.history().recall(&call, faults.now() - age);
                stale.unwrap_or_else(|| {
                    faults.take_back(&injection);
                    response
                })
            }
            _ => rows::rewrite(faults, &injection, response).await,
        }
    }

    /// Handles the request without the fault, which could not happen.
    async fn undisturbed(self) -> Response {
        self.faults.take_back(&self.injection);
        let request = Request::from_parts(self.parts, self.body.into());
        self.faults.undisturbed(&self.call, request, self.next).await
    }

    async fn hang(self, hold_ms: u64) -> Response {
        match &self.cut {
            Some(cut) => hang(cut, hold_ms).await,
            None => responses::error(504, false, None),
        }
    }
}

/// Waits, then ends the connection.
async fn hang(cut: &CutHandle, hold_ms: u64) -> Response {
    tokio::time::sleep(Duration::from_millis(hold_ms)).await;
    cut.cut();
    // Never sent: writing its first byte fails.
    Response::default()
}

impl Faults {
    /// Wraps `routes` in the layer that injects faults.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        routes.layer(from_fn_with_state(self.clone(), inject))
    }

    /// Returns the venue's response, remembering it if a rule may need it later.
    async fn undisturbed(&self, call: &ApiCall, request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        let Some(age) = self.injector().longest_memory(call) else { return response };
        let (parts, body) = response.into_parts();
        // The venue's responses are in memory already.
        let Ok(body) = to_bytes(body, usize::MAX).await else { return responses::error(500, true, None) };
        self.history().keep(call, &parts, &body, self.now(), age);
        Response::from_parts(parts, Body::from(body))
    }

    /// Applies a fault to the venue itself, if possible.
    fn apply_to_venue(&self, injection: &Injection) {
        let has_effect = self.exchange().with_venue(|venue, now| match injection.fault {
            Fault::Pause { span, exchange } => pause(venue, span, exchange, now),
            _ => self.close_a_market(venue, injection, now),
        });
        if !has_effect {
            self.take_back(injection);
        }
    }

    /// Closes one of the markets in which a member has a working order, drawn at random.
    fn close_a_market(&self, venue: &mut Venue, injection: &Injection, now: Timestamp) -> bool {
        let markets = working_markets(venue);
        let drawn = self.injector().below(injection, markets.len());
        markets.get(drawn).is_some_and(|market| venue.close(*market, now).is_ok())
    }
}

/// Pauses or closes the exchange if it is open.
fn pause(venue: &mut Venue, span: Span, exchange: bool, now: Timestamp) -> bool {
    let status = if exchange { ExchangeStatus::Closed } else { ExchangeStatus::Paused };
    let is_open = venue.status() == ExchangeStatus::Active;
    if is_open {
        venue.set_status_until(status, now + span, now);
    }
    is_open
}

/// Returns the markets in which members have orders on the book, each once, by number.
fn working_markets(venue: &Venue) -> Vec<MarketId> {
    let members = (0..).map(MemberId).take_while(|member| venue.member(*member).is_some());
    let filter = OrderFilter { status: Some(crate::venue::OrderStatus::Resting), ..OrderFilter::default() };
    let resting = members.filter(|member| !member.is_house());
    let mut markets: Vec<MarketId> = resting
        .flat_map(|member| venue.orders(member, &filter, usize::MAX, None).items)
        .map(|order| order.market)
        .collect();
    markets.sort_unstable();
    markets.dedup();
    markets
}
