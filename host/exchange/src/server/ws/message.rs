//! What channels say: the type of the message, and its inside. Field lists: the venue's AsyncAPI and recorded payloads.

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use serde_json::{Value, json};
use uuid::Uuid;

use super::subscription::Figures;
use crate::server::wire::decimal::{count, dollars, millis, price, seconds, time};
use crate::server::wire::{action, book_side, outcome_side};
use crate::venue::{
    BookDelta, Fill, GroupEvent, Lifecycle, Market, MemberId, Order, Position, SelfTradePrevention, Trade, Venue,
};

/// A message's type and inside.
type Said = (&'static str, Value);

/// Who is told, and when it happened.
pub(super) struct Audience<'a> {
    pub(super) venue: &'a Venue,
    pub(super) member: MemberId,
    pub(super) time: Timestamp,
}

impl Audience<'_> {
    fn user_id(&self) -> String {
        self.venue.member(self.member).map_or_else(String::new, |member| member.user_id.to_string())
    }
}

/// The book in full: bids of both sides, ascending. A side that is empty is left out.
pub(super) fn snapshot(market: &Market) -> Said {
    let mut inside = json!({ "market_ticker": market.listing.ticker, "market_id": market.uuid.to_string() });
    let level = |(at, qty): (Price, Qty)| json!([price(at), count(qty)]);
    let yes: Vec<Value> = market.bids().rev().map(level).collect();
    let no: Vec<Value> = market.asks().rev().map(|(at, qty)| level((at.complement(), qty))).collect();
    for (name, side) in [("yes_dollars_fp", yes), ("no_dollars_fp", no)] {
        if !side.is_empty() {
            inside[name] = side.into();
        }
    }
    ("orderbook_snapshot", inside)
}

/// A change at a price. The owner of the order that made it, and nobody else, is told his own id for it.
pub(super) fn delta(audience: &Audience<'_>, market: &Market, delta: &BookDelta) -> Said {
    let at = if delta.side == Side::Buy { delta.price } else { delta.price.complement() };
    let mut inside = json!({
        "market_ticker": market.listing.ticker,
        "market_id": market.uuid.to_string(),
        "price_dollars": price(at),
        "delta_fp": count(delta.delta),
        "side": outcome_side(delta.side),
        "ts": time(audience.time),
        "ts_ms": millis(audience.time),
    });
    if delta.member == audience.member && !delta.client_order_id.is_empty() {
        inside["client_order_id"] = delta.client_order_id.as_str().into();
    }
    ("orderbook_delta", inside)
}

/// The top of the book and what has traded. A side that is empty shows as 0 or 1 with no contracts, as at the venue.
pub(super) fn ticker(market: &Market, figures: Figures, now: Timestamp) -> Said {
    let (bid, bid_size) = figures.bid.unwrap_or((Price::ZERO, Qty::ZERO));
    let (ask, ask_size) = figures.ask.unwrap_or((Price::ONE, Qty::ZERO));
    let (last, last_size) = figures.last.unwrap_or((Price::ZERO, Qty::ZERO));
    // Recorded payloads count every contract as half a dollar.
    let half_dollars = |qty: Qty| qty.0 / (2 * Qty::ONE.0);
    let inside = json!({
        "market_ticker": market.listing.ticker,
        "market_id": market.uuid.to_string(),
        "price_dollars": price(last),
        "yes_bid_dollars": price(bid),
        "yes_ask_dollars": price(ask),
        "yes_bid_size_fp": count(bid_size),
        "yes_ask_size_fp": count(ask_size),
        "volume_fp": count(figures.volume),
        "open_interest_fp": count(figures.open_interest),
        "dollar_volume": half_dollars(figures.volume),
        "dollar_open_interest": half_dollars(figures.open_interest),
        "last_trade_size_fp": count(last_size),
        "ts": seconds(now),
        "ts_ms": millis(now),
        "time": time(now),
    });
    ("ticker", inside)
}

/// Two orders met; whose they are is not said.
pub(super) fn trade(market: &Market, trade: &Trade) -> Said {
    let inside = json!({
        "trade_id": trade.id.to_string(),
        "market_ticker": market.listing.ticker,
        "yes_price_dollars": price(trade.price),
        "no_price_dollars": price(trade.price.complement()),
        "count_fp": count(trade.qty),
        "taker_side": outcome_side(trade.taker_side),
        "taker_outcome_side": outcome_side(trade.taker_side),
        "taker_book_side": book_side(trade.taker_side),
        "is_block_trade": false,
        "ts": seconds(trade.time),
        "ts_ms": millis(trade.time),
    });
    ("trade", inside)
}

/// One of the member's executions.
pub(super) fn fill(market: &Market, fill: &Fill) -> Said {
    let mut inside = json!({
        "trade_id": fill.id.to_string(),
        "order_id": fill.order_id.to_string(),
        "market_ticker": market.listing.ticker,
        "is_taker": fill.taker,
        "side": "yes",
        "action": action(fill.side),
        "outcome_side": outcome_side(fill.side),
        "book_side": book_side(fill.side),
        "purchased_side": outcome_side(fill.side),
        "yes_price_dollars": price(fill.price),
        "count_fp": count(fill.qty),
        "fee_cost": dollars(fill.fee),
        "post_position_fp": count(fill.position),
        "ts": seconds(fill.time),
        "ts_ms": millis(fill.time),
        "subaccount": fill.account.subaccount,
    });
    if !fill.client_order_id.is_empty() {
        inside["client_order_id"] = fill.client_order_id.as_str().into();
    }
    ("fill", inside)
}

/// One of the member's orders as it is now.
pub(super) fn order(audience: &Audience<'_>, market: &Market, order: &Order) -> Said {
    let mut inside = json!({
        "order_id": order.id.to_string(),
        "user_id": audience.user_id(),
        "ticker": market.listing.ticker,
        "status": order.status.as_str(),
        "side": outcome_side(order.side),
        "is_yes": order.side == Side::Buy,
        "outcome_side": outcome_side(order.side),
        "book_side": book_side(order.side),
        "yes_price_dollars": price(order.price),
        "fill_count_fp": count(order.filled),
        "remaining_count_fp": count(order.remaining),
        "initial_count_fp": count(order.initial),
        "taker_fill_cost_dollars": dollars(order.taker_cost),
        "maker_fill_cost_dollars": dollars(order.maker_cost),
        "client_order_id": order.client_order_id,
        "self_trade_prevention_type": match order.self_trade_prevention {
            SelfTradePrevention::TakerAtCross => "taker_at_cross",
            SelfTradePrevention::Maker => "maker",
        },
        "created_time": time(order.created),
        "last_update_time": time(order.updated),
        "created_ts_ms": millis(order.created),
        "last_updated_ts_ms": millis(order.updated),
        "subaccount_number": order.account.subaccount,
    });
    for (name, fees) in [("taker_fees_dollars", order.taker_fees), ("maker_fees_dollars", order.maker_fees)] {
        if fees != Usd::ZERO {
            inside[name] = json!(dollars(fees));
        }
    }
    if let Some(group) = order.group {
        inside["order_group_id"] = group.to_string().into();
    }
    if let Some(expires) = order.expires() {
        inside["expiration_time"] = json!(time(expires));
        inside["expiration_ts_ms"] = millis(expires).into();
    }
    ("user_order", inside)
}

/// One of the member's positions as it is now.
pub(super) fn position(audience: &Audience<'_>, market: &Market, view: &Position) -> Said {
    let inside = json!({
        "user_id": audience.user_id(),
        "market_ticker": market.listing.ticker,
        "position_fp": count(view.position),
        "position_cost_dollars": dollars(view.cost),
        "realized_pnl_dollars": dollars(view.realized),
        "fees_paid_dollars": dollars(view.fees),
        "position_fee_cost_dollars": dollars(view.fees),
        "volume_fp": count(view.volume),
        "subaccount": view.account.subaccount,
    });
    ("market_position", inside)
}

/// A step in a market's life.
pub(super) fn lifecycle(audience: &Audience<'_>, market: &Market, step: Lifecycle) -> Said {
    let listing = &market.listing;
    let mut inside = json!({ "event_type": step.as_str(), "market_ticker": listing.ticker });
    match step {
        Lifecycle::Created => {
            inside["open_ts"] = seconds(listing.opens).into();
            inside["close_ts"] = seconds(listing.closes).into();
            inside["additional_metadata"] = json!({
                "name": listing.title,
                "title": listing.title,
                "yes_sub_title": listing.yes_sub_title,
                "no_sub_title": listing.no_sub_title,
                "rules_primary": listing.rules,
                "rules_secondary": "",
                "can_close_early": listing.can_close_early,
                "event_ticker": listing.event,
                "expected_expiration_ts": seconds(listing.latest_expiration),
            });
        }
        Lifecycle::Activated => inside["is_deactivated"] = false.into(),
        Lifecycle::Deactivated => inside["is_deactivated"] = true.into(),
        Lifecycle::CloseDateUpdated => inside["close_ts"] = seconds(listing.closes).into(),
        Lifecycle::Determined => {
            if let Some(resolution) = market.resolution {
                inside["result"] = resolution.as_str().into();
                inside["settlement_value"] = json!(price(resolution.payout()));
            }
            inside["determination_ts"] = seconds(audience.time).into();
        }
        Lifecycle::Settled => inside["settled_ts"] = seconds(audience.time).into(),
    }
    ("market_lifecycle_v2", inside)
}

/// An event that a market was just listed for, if it is the first one of it.
pub(super) fn event(venue: &Venue, market: &Market) -> Option<Said> {
    let ticker = &market.listing.event;
    let earlier = (0..market.id.0).filter_map(|id| venue.market(MarketId(id)));
    if earlier.into_iter().any(|other| other.listing.event == *ticker) {
        return None;
    }
    let event = venue.event(ticker)?;
    let inside = json!({
        "event_ticker": event.ticker,
        "title": event.title,
        "subtitle": event.sub_title,
        "collateral_return_type": "",
        "series_ticker": event.series,
    });
    Some(("event_lifecycle", inside))
}

/// Something happened to one of the member's order groups.
pub(super) fn group(group: Uuid, event: GroupEvent) -> Said {
    let mut inside = json!({ "event_type": event.as_str(), "order_group_id": group.to_string() });
    if let GroupEvent::Created(limit) | GroupEvent::LimitUpdated(limit) = event {
        inside["contracts_limit_fp"] = json!(count(limit));
    }
    ("order_group_updates", inside)
}
