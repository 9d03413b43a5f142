//! The limits of an account, and the way to breach each.

use host_core::risk::{LARGEST_ORDER, RefusalCode as Code, RiskLimits, WhenUnknown};
use host_core::{OrderState, Price, Qty, Span, Usd};

use super::bench::{BID, Bench, COST, NOON, PRICE};
use super::case::{Case, Put, Reach, count_to};

/// The finest distance of prices.
const FINEST: Price = Price(1);

macro_rules! case {
    ($limit:ident, $code:ident, $put:expr) => {
        case!($limit, $code, [$limit], $put)
    };
    ($limit:ident, $code:ident, [$($kept:ident),*], $put:expr) => {
        Case {
            limit: stringify!($limit),
            code: Code::$code,
            keep: |own, limits| {
                $(limits.$kept.clone_from(&own.$kept);)*
            },
            put: $put,
        }
    };
}

pub(super) const CASES: &[Case] = &[
    case!(allowed_markets, MarketNotAllowed, allowed_markets),
    case!(max_position_size, MaxPositionSize, |bench, own, side| {
        let before = own.max_position_size - side.pick(Qty::ZERO, Qty::ONE);
        if before > Qty::ZERO {
            bench.adopt(0, before, PRICE * before);
        }
        // A position that costs more than any account has is refused for its value.
        possible(before >= Qty::ZERO && PRICE * before < Usd::MOST - COST)
    }),
    case!(max_position_value, MaxPositionValue, |bench, own, side| exposed(bench, 0, own.max_position_value, side)),
    case!(max_event_exposure, MaxEventExposure, |bench, own, side| exposed(bench, 1, own.max_event_exposure, side)),
    case!(max_category_exposure, MaxCategoryExposure, |bench, own, side| {
        exposed(bench, 2, own.max_category_exposure, side)
    }),
    case!(max_portfolio_exposure, MaxPortfolioExposure, |bench, own, side| {
        exposed(bench, 3, own.max_portfolio_exposure, side)
    }),
    case!(max_order_size, MaxOrderSize, |bench, own, side| {
        bench.order.qty = own.max_order_size + side.pick(Qty::HUNDREDTH, Qty::ZERO);
        possible(bench.order.qty <= LARGEST_ORDER)
    }),
    case!(max_order_value, MaxOrderValue, |bench, own, side| {
        let inside = own.max_order_value.0 / COST.0;
        bench.order.qty = Qty::contracts(inside + side.pick(1, 0));
        possible(!bench.order.qty.is_zero() && bench.order.qty <= LARGEST_ORDER)
    }),
    case!(max_daily_loss, MaxDailyLoss, |bench, own, side| {
        bench.fall(own.max_daily_loss - side.pick(Usd::ZERO, Usd::MICRO));
        Put::Done
    }),
    case!(max_drawdown, MaxDrawdown, |bench, own, side| {
        bench.fall(own.max_drawdown - side.pick(Usd::ZERO, Usd::MICRO));
        // Such a day's loss is refused first.
        possible(own.max_drawdown < Usd::MOST)
    }),
    case!(max_consecutive_losses, MaxConsecutiveLosses, |bench, own, side| {
        count_to(own.max_consecutive_losses, side, |_| bench.lose())
    }),
    case!(max_open_positions, MaxOpenPositions, |bench, own, side| {
        count_to(own.max_open_positions, side, |id| bench.open_other(id))
    }),
    case!(max_price_deviation, MaxPriceDeviation, |bench, own, side| {
        // The mid is 0.05; an order may pay much more.
        bench.book(Price(400), Price(600));
        bench.order.price = Price(500) + own.max_price_deviation + side.pick(FINEST, Price::ZERO);
        possible(bench.order.price < Price::ONE)
    }),
    case!(max_volume_fraction, MaxVolumeFraction, |bench, own, side| {
        let (few, many) = (Qty::ONE, Qty::contracts(1_000_000));
        bench.order.qty = side.pick(Qty::contracts(2), own.max_volume_fraction.of_qty(many).min(Qty::ONE));
        bench.see(|quote| quote.volume = Some(side.pick(few, many)));
        Put::Done
    }),
    case!(volume_unknown, VolumeUnknown, |bench, own, side| {
        bench.see(|quote| quote.volume = side.pick(None, Some(Qty::MOST)));
        limited(own.volume_unknown == WhenUnknown::Refuse)
    }),
    case!(min_spread, MinSpread, |bench, own, side| {
        bench.book(BID, BID + own.min_spread - side.pick(FINEST, Price::ZERO));
        // A book without a spread is refused as crossed.
        limited(own.min_spread > FINEST && BID + own.min_spread < Price::ONE)
    }),
    case!(max_spread, MaxSpread, |bench, own, side| {
        let ask = Price(100) + own.max_spread + side.pick(FINEST, Price::ZERO);
        bench.book(Price(100), ask);
        possible(ask < Price::ONE)
    }),
    case!(max_quote_age_seconds, StaleQuote, |bench, own, side| {
        bench.now = NOON + own.max_quote_age_seconds + side.pick(Span::millis(1), Span::ZERO);
        Put::Done
    }),
    case!(max_price_jump, PriceJump, [max_price_jump, clean_quotes], |bench, own, side| {
        bench.book(Price(200), Price(400));
        let clean = |bench: &mut Bench| bench.see(|quote| quote.time = quote.time + Span::seconds(1));
        (0..own.clean_quotes).for_each(|_| clean(bench));
        let up = own.max_price_jump + side.pick(FINEST, Price::ZERO);
        bench.book(Price(200) + up, Price(400) + up);
        bench.now = bench.quote.time;
        possible(Price(400) + up < Price::ONE)
    }),
    case!(min_time_to_close_seconds, NearClose, |bench, own, side| {
        let left = own.min_time_to_close_seconds + Span::millis(side.pick(0, 1));
        bench.relist(|market| market.closes = Some(NOON + left));
        Put::Done
    }),
    case!(close_unknown, NearClose, [close_unknown, min_time_to_close_seconds], |bench, own, side| {
        let known = NOON + own.min_time_to_close_seconds + Span::days(1);
        bench.relist(|market| market.closes = side.pick(None, Some(known)));
        limited(own.close_unknown == WhenUnknown::Refuse)
    }),
    case!(size_taper, SizeTaper, [size_taper, max_daily_loss, max_order_size], |bench, own, side| {
        // Nine tenths of the daily loss: a third of the largest order is left.
        bench.fall(Usd(own.max_daily_loss.0 / 10 * 9));
        bench.order.qty = side.pick(own.max_order_size, Qty::HUNDREDTH);
        let is_tapered = Qty::ONE < own.max_order_size && own.max_order_size <= LARGEST_ORDER;
        if own.size_taper { possible(is_tapered) } else { Put::NoLimit }
    }),
    case!(max_messages_per_minute, MaxMessages, [max_messages_per_minute, cancel_share], |bench, own, side| {
        let slot = bench.order.slot;
        count_to(own_messages(own), side, |_| bench.risk.on_cancel(slot, NOON))
    }),
    case!(duplicate_window_seconds, DuplicateOrder, |bench, own, side| {
        bench.end(OrderState::Cancelled);
        bench.now = NOON + own.duplicate_window_seconds - side.pick(Span::millis(1), Span::ZERO);
        bench.quote.time = bench.now;
        Put::Done
    }),
    case!(max_repeated_executions, RepeatedExecution, |bench, own, side| {
        // The limit itself still passes.
        count_to(i64::from(own.max_repeated_executions) + 1, side, |_| {
            bench.trade();
            // Another time for each: none is a duplicate.
            bench.now = bench.now + Span::millis(1);
            bench.quote.time = bench.now;
        })
    }),
    case!(max_error_rate, MaxErrorRate, [max_error_rate, error_window], |bench, own, side| {
        for _ in 0..own.error_window {
            bench.end(side.pick(OrderState::Rejected, OrderState::Cancelled));
            bench.now = bench.now + Span::millis(1);
            bench.quote.time = bench.now;
        }
        Put::Done
    }),
];

fn possible(is: bool) -> Put {
    if is { Put::Done } else { Put::NoOrder }
}

fn limited(is: bool) -> Put {
    if is { Put::Done } else { Put::NoLimit }
}

/// Returns the number of messages that entries may use in a minute: the rest is kept for cancels and exits.
fn own_messages(own: &RiskLimits) -> i64 {
    let all = i64::from(own.max_messages_per_minute);
    all - own.cancel_share.of(all)
}

fn allowed_markets(bench: &mut Bench, own: &RiskLimits, side: Reach) -> Put {
    let Some(first) = own.allowed_markets.first() else { return Put::NoLimit };
    if own.allowed_markets.iter().any(|allowed| allowed == "*") {
        return Put::NoLimit;
    }
    let allowed = first.strip_suffix('*').map_or_else(|| first.clone(), |prefix| format!("{prefix}DRILL"));
    bench.relist(|market| market.ticker = side.pick("~HOST-DRILL".to_owned(), allowed));
    Put::Done
}

/// Holds a position in market `id` which leaves less room below `limit` than the order needs, or just enough.
fn exposed(bench: &mut Bench, id: u32, limit: Usd, side: Reach) -> Put {
    let room = COST - side.pick(Usd::MICRO, Usd::ZERO);
    if limit < room {
        // The order alone is beyond it.
        return side.pick(Put::Done, Put::NoOrder);
    }
    bench.hold(id, limit - room);
    Put::Done
}
