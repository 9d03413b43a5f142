//! Extras that the real venue does not offer: stepping its clock, and reading its books. For tests and trial runs.
//! Requests are not authenticated, so it must never be on where others can reach it.
//!
//! - `POST /simulation/advance {"to_ns": i64}` → `{"now_ns": i64}`: advances the time. Only on a stepped clock (else
//!   400), never backwards, and no further than 2100.
//! - `POST /simulation/status {"status": "active" | "paused" | "closed", "market"?: "TICKER"}` → the same: opens,
//!   pauses or closes the exchange, or one market. A closed market cannot be opened again.
//! - `POST /simulation/announcement {"type": "info" | "warning" | "error", "message": "TEXT"}` → the same: announces
//!   it.
//! - `POST /simulation/maintenance {"from_ns": i64, "until_ns": i64}` → the same: plans a maintenance, in which the
//!   exchange is closed. It must lie ahead (else 400).
//! - `POST /simulation/cash {"member": "NAME", "micros": i64}` → the same: pays into a member's account, or out of it
//!   if the amount, in 1/1,000,000 dollar, is negative.
//! - `GET /simulation/clock` → `{"now_ns": i64}`, and `"behind_ns": i64` while the exchange is late.
//! - `GET /simulation/ledger`: all members with everything they have and ever did, in core units as strings of
//!   integers: money in 1/10,000,000,000 $, prices in 1/10,000 $, contracts in 1/1,000,000. It is read from the
//!   venue's own state, not from what clients were told.

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use host_core::{Span, Timestamp, Usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::app::App;
use super::clock::ExchangeClock;
use super::error::ApiError;
use super::faults::Faults;
use crate::venue::{
    AccountId, AnnouncementKind, BookOrder, ExchangeStatus, FillFilter, Listing, MaintenanceWindow, Member, MemberFill,
    MemberId, MemberPosition, OrderFilter, PositionFilter, SettlementFilter, SettlementRecord, Venue,
};

/// A long advance is split into steps, so that listeners hear of events as they happen, other requests can get in
/// between, and the backlog of slow listeners stays small.
const STRIDE: Span = Span::minutes(2);

/// Returns the routes under `/simulation`, except for those of the faults.
pub(super) fn routes(faults: &Faults) -> Router<App> {
    Router::new()
        .route("/simulation/advance", post(advance))
        .route("/simulation/status", post(set_status))
        .route("/simulation/announcement", post(announce))
        .route("/simulation/maintenance", post(plan_maintenance))
        .route("/simulation/cash", post(move_cash))
        .route("/simulation/clock", get(clock))
        .route("/simulation/ledger", get(ledger))
        .layer(Extension(faults.clone()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    to_ns: i64,
}

/// Advances the time. Requests that are accepted late take effect at their times.
async fn advance(
    State(app): State<App>,
    Extension(faults): Extension<Faults>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let AdvanceRequest { to_ns } =
        serde_json::from_slice(&body).map_err(|error| ApiError::unreadable(error.to_string()))?;
    let (clock, target) = (app.exchange.clock(), Timestamp(to_ns));
    if !(Timestamp(0)..=Listing::FAR).contains(&target) {
        return Err(ApiError::bad_request("to_ns must lie between 1970 and 2100, in nanoseconds since 1970"));
    }
    if !matches!(clock, ExchangeClock::Stepped(_)) {
        return Err(ApiError::bad_request("the exchange's clock runs by itself: only a stepped one can be moved"));
    }
    loop {
        let next = target.min(clock.now() + STRIDE);
        faults.accept_late(next).await;
        clock.step_to(next);
        app.exchange.with_venue(|_, _| ());
        if clock.now() >= target {
            return Ok(now_ns(clock.now()));
        }
        tokio::task::yield_now().await;
    }
}

/// Trading status of the exchange or of a market.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum TradingStatus {
    Active,
    Paused,
    Closed,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SetStatusRequest {
    status: TradingStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    market: Option<String>,
}

async fn set_status(State(app): State<App>, body: Bytes) -> Result<Json<SetStatusRequest>, ApiError> {
    let asked: SetStatusRequest =
        serde_json::from_slice(&body).map_err(|error| ApiError::unreadable(error.to_string()))?;
    app.exchange.with_venue(|venue, now| match &asked.market {
        Some(ticker) => {
            let market = venue.market_by_ticker(ticker).ok_or_else(|| ApiError::not_found("market"))?.id;
            match asked.status {
                TradingStatus::Active => venue.resume(market, now)?,
                TradingStatus::Paused => venue.halt(market, now)?,
                TradingStatus::Closed => venue.close(market, now)?,
            }
            Ok::<_, ApiError>(())
        }
        None => {
            let status = match asked.status {
                TradingStatus::Active => ExchangeStatus::Active,
                TradingStatus::Paused => ExchangeStatus::Paused,
                TradingStatus::Closed => ExchangeStatus::Closed,
            };
            venue.set_status(status, now);
            Ok(())
        }
    })?;
    Ok(Json(asked))
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Weight {
    Info,
    Warning,
    Error,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AnnounceRequest {
    #[serde(rename = "type")]
    weight: Weight,
    message: String,
}

async fn announce(State(app): State<App>, body: Bytes) -> Result<Json<AnnounceRequest>, ApiError> {
    let asked: AnnounceRequest =
        serde_json::from_slice(&body).map_err(|error| ApiError::unreadable(error.to_string()))?;
    let kind = match asked.weight {
        Weight::Info => AnnouncementKind::Info,
        Weight::Warning => AnnouncementKind::Warning,
        Weight::Error => AnnouncementKind::Error,
    };
    app.exchange.with_venue(|venue, now| venue.announce(kind, asked.message.clone(), now));
    Ok(Json(asked))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MaintenanceRequest {
    from_ns: i64,
    until_ns: i64,
}

async fn plan_maintenance(State(app): State<App>, body: Bytes) -> Result<Json<MaintenanceRequest>, ApiError> {
    let asked: MaintenanceRequest =
        serde_json::from_slice(&body).map_err(|error| ApiError::unreadable(error.to_string()))?;
    let window = MaintenanceWindow { from: Timestamp(asked.from_ns), until: Timestamp(asked.until_ns) };
    match app.exchange.with_venue(|venue, now| venue.plan_maintenance(window, now)) {
        true => Ok(Json(asked)),
        false => Err(ApiError::bad_request("a maintenance must lie ahead: now < from_ns < until_ns")),
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MoveCashRequest {
    member: String,
    micros: i64,
}

async fn move_cash(State(app): State<App>, body: Bytes) -> Result<Json<MoveCashRequest>, ApiError> {
    let asked: MoveCashRequest =
        serde_json::from_slice(&body).map_err(|error| ApiError::unreadable(error.to_string()))?;
    app.exchange.with_venue(|venue, now| {
        let mut members = (0..).map_while(|number| venue.member(MemberId(number)));
        let member = members.find(|member| !member.id.is_house() && member.name == asked.member);
        let account = AccountId::primary(member.ok_or_else(|| ApiError::not_found("member"))?.id);
        let amount = Usd::micros(asked.micros);
        match amount > Usd::ZERO {
            true => venue.deposit(account, amount, now)?,
            false => venue.withdraw(account, -amount, now)?,
        }
        Ok::<_, ApiError>(())
    })?;
    Ok(Json(asked))
}

async fn clock(State(app): State<App>) -> Json<Value> {
    let clock = app.exchange.clock();
    let (late, Json(mut view)) = (clock.behind(), now_ns(clock.now()));
    if late.is_late() {
        view["behind_ns"] = late.span.0.into();
    }
    Json(view)
}

fn now_ns(now: Timestamp) -> Json<Value> {
    Json(json!({ "now_ns": now.0 }))
}

async fn ledger(State(app): State<App>) -> Json<Value> {
    Json(app.exchange.with_venue(|venue, now| {
        let totals = venue.totals();
        // The first two are the house accounts.
        let members = (0..).map_while(|number| venue.member(MemberId(number))).filter(|member| !member.id.is_house());
        json!({
            "now_ns": now.0,
            "totals": {
                "deposits": totals.deposits.0.to_string(),
                "cash": totals.cash.0.to_string(),
                "fees": totals.fees.0.to_string(),
                "escrow": totals.escrow.0.to_string(),
            },
            "members": members.map(|member| show_member(venue, member)).collect::<Vec<_>>(),
        })
    }))
}

/// Shows a member with their whole history, oldest first.
fn show_member(venue: &Venue, member: &Member) -> Value {
    let id = member.id;
    let orders = venue.orders(id, &OrderFilter::default(), usize::MAX, None).items;
    let fills = venue.fills(id, &FillFilter::default(), usize::MAX, None).items;
    let positions = venue.positions(id, &PositionFilter::default(), usize::MAX, None).items;
    let settlements = venue.settlements(id, &SettlementFilter::default(), usize::MAX, None).items;
    let accounts = member.subaccounts().map(|(subaccount, _)| {
        let balance = venue.balance(AccountId { member: id, subaccount });
        json!({
            "subaccount": subaccount,
            "cash": balance.cash.0.to_string(),
            "reserved": balance.reserved.0.to_string(),
        })
    });
    json!({
        "name": member.name,
        "user_id": member.user_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "positions": positions.iter().map(|position| show_position(venue, position)).collect::<Vec<_>>(),
        "orders": orders.iter().rev().map(|order| show_order(venue, order)).collect::<Vec<_>>(),
        "fills": fills.iter().rev().map(|fill| show_fill(venue, fill)).collect::<Vec<_>>(),
        "settlements": settlements.iter().rev().map(|record| show_settlement(venue, record)).collect::<Vec<_>>(),
    })
}

fn ticker(venue: &Venue, market: host_core::MarketId) -> &str {
    venue.market(market).map_or("", |market| market.listing.ticker.as_str())
}

fn show_position(venue: &Venue, position: &MemberPosition) -> Value {
    json!({
        "subaccount": position.account.subaccount,
        "ticker": ticker(venue, position.market),
        "position": position.position.0.to_string(),
        "cost": position.cost.0.to_string(),
        "traded": position.traded.0.to_string(),
        "volume": position.volume.0.to_string(),
        "realized": position.realized.0.to_string(),
        "fees": position.fees.0.to_string(),
        "settled": position.settled,
    })
}

fn show_order(venue: &Venue, order: &BookOrder) -> Value {
    json!({
        "order_id": order.id.to_string(),
        "client_order_id": order.client_order_id,
        "subaccount": order.account.subaccount,
        "ticker": ticker(venue, order.market),
        "side": super::wire::action(order.side),
        "price": order.price.0.to_string(),
        "status": order.status.as_str(),
        "cancel_reason": order.cancel_reason.map(|reason| format!("{reason:?}")),
        "initial": order.initial.0.to_string(),
        "filled": order.filled.0.to_string(),
        "remaining": order.remaining.0.to_string(),
        "filled_value": order.filled_value.0.to_string(),
        "fees": order.fees().0.to_string(),
        "created_ns": order.created.0,
        "updated_ns": order.updated.0,
        "expires_ns": order.expires().map(|time| time.0),
    })
}

fn show_fill(venue: &Venue, fill: &MemberFill) -> Value {
    json!({
        "trade_id": fill.id.to_string(),
        "order_id": fill.order_id.to_string(),
        "client_order_id": fill.client_order_id,
        "subaccount": fill.account.subaccount,
        "ticker": ticker(venue, fill.market),
        "side": super::wire::action(fill.side),
        "price": fill.price.0.to_string(),
        "qty": fill.qty.0.to_string(),
        "fee": fill.fee.0.to_string(),
        "taker": fill.taker,
        "time_ns": fill.time.0,
    })
}

fn show_settlement(venue: &Venue, record: &SettlementRecord) -> Value {
    json!({
        "subaccount": record.account.subaccount,
        "ticker": ticker(venue, record.market),
        "result": record.resolution.as_str(),
        "payout": record.resolution.payout().0.to_string(),
        "yes": record.yes.0.0.to_string(),
        "no": record.no.0.0.to_string(),
        "revenue": record.revenue.0.to_string(),
        "fees": record.fees.0.to_string(),
        "time_ns": record.time.0,
    })
}
