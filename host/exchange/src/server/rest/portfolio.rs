//! `portfolio/…`: a member's money, orders, fills, positions and settlements.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use host_core::{Timestamp, Usd};
use serde_json::{Value, json};
use uuid::Uuid;

use super::legacy;
use super::orders::gone;
use super::params::Params;
use super::path::Path;
use super::response::JsonResult;
use crate::server::app::App;
use crate::server::auth_layer::Authenticated;
use crate::server::cursor;
use crate::server::error::ApiError;
use crate::server::faults::ReadAsOf;
use crate::server::wire::decimal::{cents, count, dollars, seconds};
use crate::server::wire::portfolio::{event_position, fill, order, position, settlement, ticker};
use crate::server::wire::request::read_order_id;
use crate::venue::{
    AccountId, BookOrder, FillFilter, MemberId, MemberPosition, OrderFilter, OrderStatus, Page, PositionFilter,
    Resource, SettlementFilter, Venue, VenueError,
};

/// Largest number of events that a request may name.
const MOST_EVENTS: usize = 10;

pub(super) fn routes(legacy_orders: bool) -> Router<App> {
    let (create, cancel) = match legacy_orders {
        true => (post(legacy::create), delete(legacy::cancel)),
        false => (post(gone), delete(gone)),
    };
    Router::new()
        .route("/portfolio/balance", get(balance))
        .route("/portfolio/orders", get(orders).delete(gone).merge(create))
        .route("/portfolio/orders/batched", post(gone).delete(gone))
        .route("/portfolio/orders/queue_positions", get(queue_positions))
        .route("/portfolio/orders/{id}", get(one_order).merge(cancel))
        .route("/portfolio/orders/{id}/amend", post(gone))
        .route("/portfolio/orders/{id}/decrease", post(gone))
        .route("/portfolio/orders/{id}/queue_position", get(queue_position))
        .route("/portfolio/fills", get(fills))
        .route("/portfolio/positions", get(positions))
        .route("/portfolio/settlements", get(settlements))
        .route("/portfolio/summary/total_resting_order_value", get(resting_value))
}

fn user_id(venue: &Venue, member: MemberId) -> Uuid {
    venue.member(member).map_or(Uuid::nil(), |member| member.user_id)
}

async fn balance(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let account = AccountId { member, subaccount: params.subaccount()?.unwrap_or(0) };
    let (balance, now) = app.exchange.with_venue(|venue, now| (venue.balance(account), now));
    Ok(Json(json!({
        "balance": cents(balance.available),
        "balance_dollars": dollars(balance.available),
        "portfolio_value": cents(balance.positions),
        "updated_ts": seconds(now),
        "balance_breakdown": [{ "exchange_index": 0, "balance": dollars(balance.available) }],
    })))
}

async fn orders(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    ReadAsOf(then): ReadAsOf,
    params: Params,
) -> JsonResult {
    let request = params.page("orders", 100, 1_000)?;
    let statuses = [OrderStatus::Resting, OrderStatus::Canceled, OrderStatus::Executed];
    let filter = OrderFilter {
        ticker: params.owned("ticker"),
        event_tickers: params.list("event_ticker", MOST_EVENTS)?,
        status: params.choice("status", &statuses.map(|status| (status.as_str(), status)))?,
        times: params.times("min_ts", "max_ts")?,
        subaccount: params.subaccount()?,
    };
    let page = app.exchange.with_venue(|venue, _| {
        let user_id = user_id(venue, member);
        let row = |row: BookOrder| order(venue, &row, user_id);
        match lagging(venue, member, &filter, then).filter(|rows| rows.len() <= request.limit) {
            Some(rows) => Page { items: rows.into_iter().map(row).collect(), next: None },
            None => venue.orders(member, &filter, request.limit, request.cursor).map(|shown| row(shown.clone())),
        }
    });
    Ok(Json(json!({ "orders": page.items, "cursor": cursor::write("orders", page.next) })))
}

/// Returns the orders as of `then`, newest first, if that makes a difference to a read.
fn lagging(venue: &Venue, member: MemberId, filter: &OrderFilter, then: Timestamp) -> Option<Vec<BookOrder>> {
    if then == ReadAsOf::default().0 {
        return None;
    }
    let newest = venue.orders(member, &OrderFilter::default(), 1, None).items;
    let is_current = newest.iter().all(|order| order.created <= then);
    if is_current && venue.cancelled_since(member, then).next().is_none() {
        return None;
    }
    let mut rows = venue.orders(member, filter, usize::MAX, None).items;
    if filter.status == Some(OrderStatus::Resting) {
        let all = OrderFilter { status: None, ..filter.clone() };
        rows.extend(venue.cancelled_since(member, then).filter(|order| venue.is_meant(&all, order)));
        rows.sort_unstable_by_key(|order| std::cmp::Reverse(order.number()));
    }
    let shown = rows.into_iter().filter_map(|order| order.as_of(then));
    Some(shown.filter(|order| filter.status.is_none_or(|status| status == order.status)).collect())
}

async fn one_order(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    ReadAsOf(then): ReadAsOf,
    Path(id): Path<String>,
) -> JsonResult {
    let id = read_order_id(&id)?;
    let view = app.exchange.with_venue(|venue, _| {
        let found = venue.order(member, id)?.as_of(then).ok_or(VenueError::NotFound(Resource::Order))?;
        Ok::<_, ApiError>(order(venue, &found, user_id(venue, member)))
    })?;
    Ok(Json(json!({ "order": view })))
}

async fn queue_position(
    State(app): State<App>,
    Authenticated(member): Authenticated,
    Path(id): Path<String>,
) -> JsonResult {
    let id = read_order_id(&id)?;
    let ahead = app.exchange.with_venue(|venue, _| venue.queue_position(member, id))?;
    Ok(Json(json!({ "queue_position_fp": count(ahead) })))
}

async fn queue_positions(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let (tickers, event) = (params.list("market_tickers", 1_000)?, params.owned("event_ticker"));
    let subaccount = params.subaccount()?.unwrap_or(0);
    let rows: Vec<Value> = app.exchange.with_venue(|venue, _| {
        let rows = venue.queue_positions(member, |market| {
            (tickers.is_empty() || tickers.contains(&market.listing.ticker))
                && event.as_ref().is_none_or(|event| *event == market.listing.event)
        });
        let meant = rows.into_iter().filter(|(order, _)| subaccount == order.account.subaccount);
        let views = meant.map(|(order, ahead)| {
            json!({
                "order_id": order.id.to_string(),
                "market_ticker": ticker(venue, order.market),
                "queue_position_fp": count(ahead),
            })
        });
        views.collect()
    });
    Ok(Json(json!({ "queue_positions": rows })))
}

async fn fills(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let request = params.page("fills", 100, 1_000)?;
    let filter = FillFilter {
        ticker: params.owned("ticker"),
        order_id: params.text("order_id").map(read_order_id).transpose()?,
        times: params.times("min_ts", "max_ts")?,
        subaccount: params.subaccount()?,
    };
    let page = app
        .exchange
        .with_venue(|venue, _| venue.fills(member, &filter, request.limit, request.cursor).map(|row| fill(venue, row)));
    Ok(Json(json!({ "fills": page.items, "cursor": cursor::write("fills", page.next) })))
}

async fn positions(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let request = params.page("positions", 100, 1_000)?;
    let words = [("unsettled", Some(false)), ("settled", Some(true)), ("all", None)];
    let counted = params.list("count_filter", 2)?;
    if let Some(word) = counted.iter().find(|word| !["position", "total_traded"].contains(&word.as_str())) {
        return Err(params.invalid(&format!("count_filter: `{word}` is neither position nor total_traded")));
    }
    let account = AccountId { member, subaccount: params.subaccount()?.unwrap_or(0) };
    let filter = PositionFilter {
        ticker: params.owned("ticker"),
        event_tickers: params.list("event_ticker", MOST_EVENTS)?,
        settled: params.choice("settlement_status", &words)?.unwrap_or(Some(false)),
        open_only: counted.iter().any(|word| word == "position"),
        subaccount: Some(account.subaccount),
    };
    let (page, of_markets, of_events) = app.exchange.with_venue(|venue, _| {
        let page = venue.positions(member, &filter, request.limit, request.cursor);
        let of_markets: Vec<Value> = page.items.iter().map(|row| position(venue, row)).collect();
        let of_events = by_event(venue, account, &page.items);
        (page.next, of_markets, of_events)
    });
    let cursor = cursor::write("positions", page);
    Ok(Json(json!({ "market_positions": of_markets, "event_positions": of_events, "cursor": cursor })))
}

/// Returns, for each event on a page, the sums over all positions in it.
fn by_event(venue: &Venue, account: AccountId, page: &[MemberPosition]) -> Vec<Value> {
    let markets = page.iter().filter_map(|position| venue.market(position.market));
    let events: BTreeSet<&str> = markets.map(|market| market.listing.event.as_str()).collect();
    events.into_iter().map(|event| event_position(event, &venue.positions_in_event(account, event))).collect()
}

async fn settlements(State(app): State<App>, Authenticated(member): Authenticated, params: Params) -> JsonResult {
    let request = params.page("settlements", 100, 1_000)?;
    let filter = SettlementFilter {
        ticker: params.owned("ticker"),
        event_ticker: params.owned("event_ticker"),
        times: params.times("min_ts", "max_ts")?,
        subaccount: params.subaccount()?,
    };
    let page = app.exchange.with_venue(|venue, _| {
        let page = venue.settlements(member, &filter, request.limit, request.cursor);
        page.map(|row| venue.market(row.market).map(|market| settlement(row, market)))
    });
    let rows: Vec<Value> = page.items.into_iter().flatten().collect();
    Ok(Json(json!({ "settlements": rows, "cursor": cursor::write("settlements", page.next) })))
}

async fn resting_value(State(app): State<App>, Authenticated(member): Authenticated) -> JsonResult {
    let value: Usd = app.exchange.with_venue(|venue, _| {
        venue.resting_orders(member).map(|order| order.side.worst_loss(order.price, order.remaining)).sum()
    });
    Ok(Json(json!({
        "total_resting_order_value": cents(value),
        "resting_order_value_breakdown": [{ "exchange_index": 0, "balance": dollars(value) }],
    })))
}
