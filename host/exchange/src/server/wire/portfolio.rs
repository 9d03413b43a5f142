//! A member's own data: orders, fills, positions, settlements, and responses to order requests.

use host_core::Usd;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::decimal::{cents, cost, count, dollars, millis, price, seconds, time};
use super::{action, book_side, outcome_side};
use crate::server::error::ApiError;
use crate::venue::{
    BookOrder, GroupView, ListedMarket, MemberFill, MemberPosition, Placed, Reduced, SelfTradePrevention,
    SettlementRecord, Venue,
};

/// Returns the ticker of a market.
pub fn ticker(venue: &Venue, market: host_core::MarketId) -> &str {
    venue.market(market).map_or("", |market| &market.listing.ticker)
}

/// Returns `taker_at_cross` or `maker`.
pub const fn self_trade_prevention(rule: SelfTradePrevention) -> &'static str {
    match rule {
        SelfTradePrevention::TakerAtCross => "taker_at_cross",
        SelfTradePrevention::Maker => "maker",
    }
}

/// Returns an order of the member with the venue's `user_id`.
pub fn order(venue: &Venue, order: &BookOrder, user_id: Uuid) -> Value {
    let mut view = json!({
        "order_id": order.id.to_string(),
        "user_id": user_id.to_string(),
        "client_order_id": order.client_order_id,
        "ticker": ticker(venue, order.market),
        "side": "yes",
        "action": action(order.side),
        "outcome_side": outcome_side(order.side),
        "book_side": book_side(order.side),
        "type": "limit",
        "status": order.status.as_str(),
        "yes_price_dollars": price(order.price),
        "no_price_dollars": price(order.price.complement()),
        "initial_count_fp": count(order.initial),
        "fill_count_fp": count(order.filled),
        "remaining_count_fp": count(order.remaining),
        "taker_fill_cost_dollars": cost(order.taker_cost),
        "maker_fill_cost_dollars": cost(order.maker_cost),
        "taker_fees_dollars": cost(order.taker_fees),
        "maker_fees_dollars": cost(order.maker_fees),
        "created_time": time(order.created),
        "last_update_time": time(order.updated),
        "self_trade_prevention_type": self_trade_prevention(order.self_trade_prevention),
        "subaccount_number": order.account.subaccount,
        "exchange_index": 0,
    });
    if order.cancel_on_pause {
        view["cancel_order_on_pause"] = true.into();
    }
    if let Some(expires) = order.expires() {
        view["expiration_time"] = json!(time(expires));
    }
    if let Some(group) = order.group {
        view["order_group_id"] = group.to_string().into();
    }
    view
}

pub fn fill(venue: &Venue, fill: &MemberFill) -> Value {
    let ticker = ticker(venue, fill.market);
    json!({
        "fill_id": fill.id.to_string(),
        "trade_id": fill.id.to_string(),
        "order_id": fill.order_id.to_string(),
        "ticker": ticker,
        "market_ticker": ticker,
        "side": "yes",
        "action": action(fill.side),
        "outcome_side": outcome_side(fill.side),
        "book_side": book_side(fill.side),
        "count_fp": count(fill.qty),
        "yes_price_dollars": price(fill.price),
        "no_price_dollars": price(fill.price.complement()),
        "is_taker": fill.taker,
        "fee_cost": cost(fill.fee),
        "created_time": time(fill.time),
        "ts": seconds(fill.time),
        "subaccount_number": fill.account.subaccount,
        "exchange_index": 0,
    })
}

pub fn position(venue: &Venue, position: &MemberPosition) -> Value {
    json!({
        "ticker": ticker(venue, position.market),
        "exchange_index": 0,
        "total_traded_dollars": cost(position.traded),
        "position_fp": count(position.position),
        "market_exposure_dollars": cost(position.cost),
        "realized_pnl_dollars": cost(position.realized),
        "fees_paid_dollars": cost(position.fees),
        "resting_orders_count": position.resting_orders,
        "last_updated_ts": time(position.updated),
    })
}

/// Returns the sums over all positions in one event.
pub fn event_position(event: &str, positions: &[MemberPosition]) -> Value {
    let sum = |of: fn(&MemberPosition) -> Usd| cost(positions.iter().map(of).sum());
    json!({
        "event_ticker": event,
        "total_cost_dollars": sum(|position| position.traded),
        "total_cost_shares_fp": count(positions.iter().map(|position| position.volume).sum()),
        "event_exposure_dollars": sum(|position| position.cost),
        "realized_pnl_dollars": sum(|position| position.realized),
        "fees_paid_dollars": sum(|position| position.fees),
    })
}

/// Returns a settlement in `market`.
pub fn settlement(record: &SettlementRecord, market: &ListedMarket) -> Value {
    let payout = record.resolution.payout();
    json!({
        "ticker": market.listing.ticker,
        "event_ticker": market.listing.event,
        "exchange_index": 0,
        "market_result": record.resolution.as_str(),
        "yes_count_fp": count(record.yes.0),
        "yes_total_cost_dollars": cost(record.yes.1),
        "no_count_fp": count(record.no.0),
        "no_total_cost_dollars": cost(record.no.1),
        "revenue": cents(record.revenue),
        "settled_time": time(record.time),
        "fee_cost": cost(record.fees),
        "value": payout.0 / 100,
    })
}

/// Returns an order group as an item of a list.
pub fn group(group: &GroupView) -> Value {
    json!({
        "id": group.id.to_string(),
        "contracts_limit_fp": count(group.limit),
        "is_auto_cancel_enabled": true,
        "exchange_index": 0,
    })
}

/// Returns the response to creating or amending an order.
pub fn placed(placed: &Placed) -> Value {
    let mut view = json!({
        "order_id": placed.order_id.to_string(),
        "fill_count": count(placed.filled),
        "remaining_count": count(placed.remaining),
        "ts_ms": millis(placed.time),
    });
    if let Some(average) = placed.average_price {
        view["average_fill_price"] = json!(dollars(average));
    }
    if let Some(average) = placed.average_fee {
        view["average_fee_paid"] = json!(dollars(average));
    }
    name(view, &placed.client_order_id)
}

/// Returns the response to a cancel. Unlike the other responses, it does not name the client order id.
pub fn cancelled(reduced: &Reduced) -> Value {
    json!({
        "order_id": reduced.order_id.to_string(),
        "reduced_by": count(reduced.reduced_by),
        "ts_ms": millis(reduced.time),
    })
}

/// Returns the response to a decrease.
pub fn decreased(reduced: &Reduced) -> Value {
    let view = json!({
        "order_id": reduced.order_id.to_string(),
        "remaining_count": count(reduced.remaining),
        "ts_ms": millis(reduced.time),
    });
    name(view, &reduced.client_order_id)
}

/// Returns the response for a batch item that failed, with the `known` fields.
pub fn failed(known: Map<String, Value>, error: &ApiError) -> Value {
    let mut view = Value::Object(known);
    view["error"] = error.body(true);
    view
}

fn name(mut view: Value, client_order_id: &str) -> Value {
    if !client_order_id.is_empty() {
        view["client_order_id"] = client_order_id.into();
    }
    view
}
