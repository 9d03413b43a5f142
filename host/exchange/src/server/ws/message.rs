//! The channels' messages: type and body. Fields are from the venue's AsyncAPI specification and recorded payloads.

use host_core::{Price, Qty, Side, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::wire::decimal::{cost, count, millis, price, seconds, time};
use crate::server::wire::{action, book_side, outcome_side};
use crate::venue::{
    BookDelta, BookOrder, GroupEvent, Lifecycle, ListedMarket, MemberFill, MemberId, MemberPosition,
    SelfTradePrevention, Trade, Venue,
};

/// Type and body of a message.
type MessageBody = (&'static str, Value);

/// Recipient of a message, and the time of its update.
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

/// Contents of a ticker message, except for the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TickerFigures {
    pub(super) last: Option<(Price, Qty)>,
    pub(super) bid: Option<(Price, Qty)>,
    pub(super) ask: Option<(Price, Qty)>,
    pub(super) volume: Qty,
    pub(super) open_interest: Qty,
}

impl TickerFigures {
    pub(super) fn of(market: &ListedMarket) -> TickerFigures {
        let (top, stats) = (market.top(), &market.stats);
        let last = stats.last.map(|price| (price, stats.last_qty));
        TickerFigures { last, bid: top.bid, ask: top.ask, volume: stats.volume, open_interest: stats.open_interest }
    }
}

/// Returns the whole book: bids of both sides, ascending; with `use_yes_price` offers instead of bids for no. An empty
/// side is left out.
pub(super) fn snapshot(market: &ListedMarket, use_yes_price: bool) -> MessageBody {
    let mut body = json!({ "market_ticker": market.listing.ticker, "market_id": market.uuid.to_string() });
    let level = |(at, qty): (Price, Qty)| json!([price(at), count(qty)]);
    let yes: Vec<Value> = market.bids().rev().map(level).collect();
    let no: Vec<Value> = match use_yes_price {
        true => market.asks().map(level).collect(),
        false => market.asks().rev().map(|(at, qty)| level((at.complement(), qty))).collect(),
    };
    for (name, side) in [("yes_dollars_fp", yes), ("no_dollars_fp", no)] {
        if !side.is_empty() {
            body[name] = side.into();
        }
    }
    ("orderbook_snapshot", body)
}

/// Returns a change of the size at a price. Only the owner of the order that caused it is told its client order id.
pub(super) fn delta(
    audience: &Audience<'_>,
    market: &ListedMarket,
    delta: &BookDelta,
    use_yes_price: bool,
) -> MessageBody {
    let at = if delta.side == Side::Buy || use_yes_price { delta.price } else { delta.price.complement() };
    let mut body = json!({
        "market_ticker": market.listing.ticker,
        "market_id": market.uuid.to_string(),
        "price_dollars": price(at),
        "delta_fp": count(delta.delta),
        "side": outcome_side(delta.side),
        "ts": time(audience.time),
        "ts_ms": millis(audience.time),
    });
    if delta.member == audience.member && !delta.client_order_id.is_empty() {
        body["client_order_id"] = delta.client_order_id.as_str().into();
    }
    ("orderbook_delta", body)
}

/// Returns the top of the book and the trading statistics. Like at the venue, an empty side shows as 0 or 1 without
/// contracts.
pub(super) fn ticker(market: &ListedMarket, figures: TickerFigures, now: Timestamp) -> MessageBody {
    let (bid, bid_size) = figures.bid.unwrap_or((Price::ZERO, Qty::ZERO));
    let (ask, ask_size) = figures.ask.unwrap_or((Price::ONE, Qty::ZERO));
    let (last, last_size) = figures.last.unwrap_or((Price::ZERO, Qty::ZERO));
    // Recorded payloads count every contract as half a dollar.
    let half_dollars = |qty: Qty| qty.0 / (2 * Qty::ONE.0);
    let body = json!({
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
    ("ticker", body)
}

/// Returns a trade, without its owners.
pub(super) fn trade(market: &ListedMarket, trade: &Trade) -> MessageBody {
    let body = json!({
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
    ("trade", body)
}

/// Returns one of the member's fills.
pub(super) fn fill(market: &ListedMarket, fill: &MemberFill) -> MessageBody {
    let mut body = json!({
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
        "fee_cost": cost(fill.fee),
        "post_position_fp": count(fill.position),
        "ts": seconds(fill.time),
        "ts_ms": millis(fill.time),
        "subaccount": fill.account.subaccount,
        "exchange_index": 0,
    });
    if !fill.client_order_id.is_empty() {
        body["client_order_id"] = fill.client_order_id.as_str().into();
    }
    ("fill", body)
}

/// Returns the current state of one of the member's orders.
pub(super) fn order(audience: &Audience<'_>, market: &ListedMarket, order: &BookOrder) -> MessageBody {
    let mut body = json!({
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
        "taker_fill_cost_dollars": cost(order.taker_cost),
        "maker_fill_cost_dollars": cost(order.maker_cost),
        "taker_fees_dollars": cost(order.taker_fees),
        "maker_fees_dollars": cost(order.maker_fees),
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
        "exchange_index": 0,
    });
    if let Some(group) = order.group {
        body["order_group_id"] = group.to_string().into();
    }
    if let Some(expires) = order.expires() {
        body["expiration_time"] = json!(time(expires));
        body["expiration_ts_ms"] = millis(expires).into();
    }
    ("user_order", body)
}

/// Returns the current state of one of the member's positions.
pub(super) fn position(audience: &Audience<'_>, market: &ListedMarket, view: &MemberPosition) -> MessageBody {
    let body = json!({
        "user_id": audience.user_id(),
        "market_ticker": market.listing.ticker,
        "position_fp": count(view.position),
        "position_cost_dollars": cost(view.cost),
        "realized_pnl_dollars": cost(view.realized),
        "fees_paid_dollars": cost(view.fees),
        "position_fee_cost_dollars": cost(view.fees),
        "volume_fp": count(view.volume),
        "subaccount": view.account.subaccount,
    });
    ("market_position", body)
}

/// Returns a step in a market's life.
pub(super) fn lifecycle(audience: &Audience<'_>, market: &ListedMarket, step: Lifecycle) -> MessageBody {
    let listing = &market.listing;
    let mut body = json!({ "event_type": step.as_str(), "market_ticker": listing.ticker });
    match step {
        Lifecycle::Created => {
            body["open_ts"] = seconds(listing.opens).into();
            body["close_ts"] = seconds(listing.closes).into();
            body["additional_metadata"] = json!({
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
        Lifecycle::Activated => body["is_deactivated"] = false.into(),
        Lifecycle::Deactivated => body["is_deactivated"] = true.into(),
        Lifecycle::CloseDateUpdated => body["close_ts"] = seconds(listing.closes).into(),
        Lifecycle::Determined => {
            if let Some(resolution) = market.resolution {
                body["result"] = resolution.as_str().into();
                body["settlement_value"] = json!(price(resolution.payout()));
            }
            body["determination_ts"] = seconds(audience.time).into();
        }
        Lifecycle::Settled => body["settled_ts"] = seconds(audience.time).into(),
    }
    ("market_lifecycle_v2", body)
}

/// Returns the event of a market just listed, if the market is the event's first.
pub(super) fn event(venue: &Venue, market: &ListedMarket) -> Option<MessageBody> {
    let ticker = &market.listing.event;
    if venue.markets_of_event(ticker).next()?.id != market.id {
        return None;
    }
    let event = venue.event(ticker)?;
    let body = json!({
        "event_ticker": event.ticker,
        "title": event.title,
        "subtitle": event.sub_title,
        "collateral_return_type": "",
        "series_ticker": event.series,
    });
    Some(("event_lifecycle", body))
}

/// Returns a change of one of the member's order groups.
pub(super) fn group(group: Uuid, event: GroupEvent, now: Timestamp) -> MessageBody {
    let id = group.to_string();
    let mut body = json!({ "event_type": event.as_str(), "order_group_id": id, "ts_ms": millis(now) });
    if let GroupEvent::Created(limit) | GroupEvent::LimitUpdated(limit) = event {
        body["contracts_limit_fp"] = json!(count(limit));
    }
    ("order_group_updates", body)
}
