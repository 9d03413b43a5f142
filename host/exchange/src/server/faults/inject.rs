//! The layer around all routes: what a verdict does to a request and to its answer.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use host_core::{MarketId, Span, Timestamp};

use super::draw::{Shot, Verdict};
use super::endpoint::Call;
use super::fault::Fault;
use super::{Cut, Faults, Skew, answer, rows};
use crate::venue::{ExchangeStatus, MemberId, OrderFilter, Venue};

/// No request that the venue accepts is larger; its own limit on bodies is lower.
const LARGEST_REQUEST: usize = 4 << 20;

/// Lets happen to a request what is to happen to it.
pub(super) async fn inject(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    // What is not for the venue never fails.
    let Some(call) = Call::of(&request) else { return next.run(request).await };
    faults.accept_late(faults.now()).await;
    let cut = request.extensions().get::<ConnectInfo<Cut>>().map(|info| info.0.clone());
    if let Some(cut) = cut.as_ref().filter(|_| faults.0.port.closed_until().is_some()) {
        cut.cut();
        return Response::default();
    }
    let Verdict { shot, skew, events } = faults.verdict(&call);
    events.iter().for_each(|shot| faults.happen(shot));
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(faults.0.shared.clock().of_clients().ahead(skew));
    parts.extensions.insert(faults.clone());
    let mut response = match shot {
        None => faults.undisturbed(&call, Request::from_parts(parts, body), next).await,
        Some(shot) => {
            let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
                faults.take_back(&shot);
                return answer::error(413, true, None);
            };
            Disturbed { faults: &faults, call, shot, cut, parts, body, next }.run().await
        }
    };
    response.extensions_mut().insert(Skew(skew));
    response
}

/// A request to which something happens.
struct Disturbed<'a> {
    faults: &'a Faults,
    call: Call,
    shot: Shot,
    cut: Option<Cut>,
    parts: Parts,
    body: Bytes,
    next: Next,
}

impl Disturbed<'_> {
    async fn run(self) -> Response {
        match self.shot.fault.clone() {
            Fault::Status { status, body, retry_after } => answer::error(status.get(), body, retry_after),
            Fault::Refuse { .. } | Fault::TimeoutBefore { .. } if self.cut.is_none() => self.undisturbed().await,
            Fault::Refuse { hold_ms } => {
                if hold_ms > 0 {
                    self.faults.0.port.close_for(Duration::from_millis(hold_ms));
                }
                self.hang(0).await
            }
            Fault::TimeoutBefore { hold_ms } => self.hang(hold_ms).await,
            Fault::LateAcceptance { delay, status, hold_ms } => {
                let due = self.faults.now() + delay;
                self.faults.postpone(due, self.parts.clone(), self.body.clone(), self.next.clone());
                match hold_ms {
                    Some(hold_ms) => self.hang(hold_ms).await,
                    None => answer::error(status.get(), true, None),
                }
            }
            Fault::Slow { delay_ms } => {
                let Disturbed { faults, call, parts, body, next, .. } = self;
                let answer = faults.undisturbed(&call, Request::from_parts(parts, body.into()), next).await;
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
                answer
            }
            _ => self.answered().await,
        }
    }

    /// The request takes effect; its answer suffers.
    async fn answered(self) -> Response {
        let Disturbed { faults, call, shot, cut, parts, body, next } = self;
        let answer = faults.undisturbed(&call, Request::from_parts(parts, body.into()), next).await;
        match shot.fault {
            Fault::TimeoutAfter { hold_ms } => match cut {
                Some(cut) => hang(&cut, hold_ms).await,
                None => {
                    faults.take_back(&shot);
                    answer
                }
            },
            Fault::AcceptedThen { status } => answer::error(status.get(), true, None),
            Fault::Truncated => answer::truncated(answer).await,
            Fault::Html => answer::html(),
            Fault::InvalidJson => answer::invalid_json(),
            Fault::LargeBody { megabytes } => answer::large(megabytes),
            Fault::StaleQuotes { age } => {
                let stale = faults.history().recall(&call, faults.now() - age);
                stale.unwrap_or_else(|| {
                    faults.take_back(&shot);
                    answer
                })
            }
            _ => rows::rewrite(faults, &shot, answer).await,
        }
    }

    /// Nothing happens after all.
    async fn undisturbed(self) -> Response {
        self.faults.take_back(&self.shot);
        let request = Request::from_parts(self.parts, self.body.into());
        self.faults.undisturbed(&self.call, request, self.next).await
    }

    async fn hang(self, hold_ms: u64) -> Response {
        match &self.cut {
            Some(cut) => hang(cut, hold_ms).await,
            None => answer::error(504, false, None),
        }
    }
}

/// Waits, and ends the connection.
async fn hang(cut: &Cut, hold_ms: u64) -> Response {
    tokio::time::sleep(Duration::from_millis(hold_ms)).await;
    cut.cut();
    // Never sent: its first byte meets the cut.
    Response::default()
}

impl Faults {
    /// The answer as the venue gives it, remembered where a rule may ask for it later.
    async fn undisturbed(&self, call: &Call, request: Request, next: Next) -> Response {
        let answer = next.run(request).await;
        let Some(age) = self.draws().longest_memory(call) else { return answer };
        let (parts, body) = answer.into_parts();
        // The venue's own answers are in memory already.
        let Ok(body) = to_bytes(body, usize::MAX).await else { return answer::error(500, true, None) };
        self.history().keep(call, &parts, &body, self.now(), age);
        Response::from_parts(parts, Body::from(body))
    }

    /// Lets something happen at the venue itself, if it can.
    fn happen(&self, shot: &Shot) {
        let has_happened = self.0.shared.act(|venue, now| match shot.fault {
            Fault::Pause { span, exchange } => pause(venue, span, exchange, now),
            _ => self.close_a_market(venue, shot, now),
        });
        if !has_happened {
            self.take_back(shot);
        }
    }

    /// Closes a market in which a member has a working order: one of them, drawn.
    fn close_a_market(&self, venue: &mut Venue, shot: &Shot, now: Timestamp) -> bool {
        let markets = working_markets(venue);
        let drawn = self.draws().below(shot, markets.len());
        markets.get(drawn).is_some_and(|market| venue.close(*market, now).is_ok())
    }
}

/// Pauses or closes an exchange that is open.
fn pause(venue: &mut Venue, span: Span, exchange: bool, now: Timestamp) -> bool {
    let status = if exchange { ExchangeStatus::Closed } else { ExchangeStatus::Paused };
    let is_open = venue.status() == ExchangeStatus::Active;
    if is_open {
        venue.set_status_until(status, now + span, now);
    }
    is_open
}

/// Markets in which members have orders on the book, each once, by number.
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
