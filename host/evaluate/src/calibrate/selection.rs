//! The slippage that the coin must add. Real orders fill where the market comes to them, and those that ask for more
//! fill less often; the coin fills any with the same chance, so that alone its fills would look cheaper.
//!
//! What orders ask for is that of the orders which the coin would have seen: an order that is sent because the one
//! before did not fill is not sent where the coin has filled that one, and what is entered is left again.

use std::collections::BTreeMap;

use host_core::{Intent, MarketId, Side, SlotId, Span, TimeInForce, Timestamp};

use super::outcomes::OrderOutcome;

/// An order that is sent no later than this after the end of the former one is sent in its place.
const IN_ITS_PLACE: Span = Span::minutes(10);

/// Returns one value an order, whose mean is the slippage that a contract has beyond what its orders asked for, and
/// whose deviation is that of the estimate: slippage of what was filled, less the distance of the limits from the mid
/// at their decisions. In dollars. Empty without a fill. The orders are in the sequence of their creation.
///
/// The values are those of the delta method for the difference of two ratios (W. G. Cochran, "Sampling Techniques",
/// 1977, chapter 6), with the distances by intent: as much of each as was filled of it.
pub(super) fn slippages(orders: &[&OrderOutcome]) -> Vec<f64> {
    let parts = parts(orders);
    let filled: f64 = parts.iter().map(|part| part.filled).sum();
    if filled <= 0.0 {
        return Vec::new();
    }
    let n = parts.len() as f64;
    let paid = parts.iter().map(|part| part.paid).sum::<f64>() / filled;
    let asked = [Intent::Entry, Intent::Exit].map(|intent| IntentLimits::of(intent, &parts, filled));
    let all: f64 = asked.iter().map(|asked| asked.share * asked.mean).sum();
    let value = |part: &OrderParts| {
        let of_fills = (part.paid - part.filled * paid) * n / filled;
        let own = asked.iter().find(|asked| asked.intent == part.intent && asked.seen > 0.0);
        let of_orders = own.map_or(0.0, |own| own.share * part.seen * (part.asked - own.mean) * n / own.seen);
        paid - all + of_fills - of_orders
    };
    parts.iter().map(value).collect()
}

/// The distance of the limits of one intent from the mid.
#[derive(Clone, Copy, Debug)]
struct IntentLimits {
    intent: Intent,
    /// Its part of the contracts that were filled.
    share: f64,
    /// Contracts of its orders that the coin would have seen.
    seen: f64,
    /// In dollars a contract.
    mean: f64,
}

impl IntentLimits {
    fn of(intent: Intent, parts: &[OrderParts], filled: f64) -> IntentLimits {
        let own = || parts.iter().filter(|part| part.intent == intent);
        let seen: f64 = own().map(|part| part.seen).sum();
        let asked: f64 = own().map(|part| part.seen * part.asked).sum();
        let share = own().map(|part| part.filled).sum::<f64>() / filled;
        IntentLimits { intent, share, seen, mean: if seen > 0.0 { asked / seen } else { 0.0 } }
    }
}

/// An order, in contracts and dollars.
#[derive(Clone, Copy, Debug)]
struct OrderParts {
    intent: Intent,
    filled: f64,
    /// Its contracts, times the chance that the coin has not filled the order that it was sent in place of.
    seen: f64,
    /// Distance of the limit from the mid at the decision, a contract; negative inside the book.
    asked: f64,
    /// The same of what was paid, for all that was filled.
    paid: f64,
}

/// Returns the orders that had a mid at their decision.
fn parts(orders: &[&OrderOutcome]) -> Vec<OrderParts> {
    let hits = orders.iter().filter(|outcome| outcome.is_filled()).count();
    let misses = 1.0 - hits as f64 / orders.len().max(1) as f64;
    let mut in_place: BTreeMap<(SlotId, MarketId, Side), (i32, Timestamp)> = BTreeMap::new();
    let mut parts = Vec::new();
    for outcome in orders {
        let order = &outcome.order;
        let key = (order.slot, order.market, order.side);
        let before = in_place.remove(&key).filter(|(_, end)| order.created - *end <= IN_ITS_PLACE);
        let place = before.map_or(0, |(place, _)| place + 1);
        if !outcome.is_filled() {
            let end = match order.time_in_force {
                TimeInForce::GoodTill(end) => end,
                TimeInForce::ImmediateOrCancel => order.created,
            };
            in_place.insert(key, (place, end));
        }
        let Some(mid_doubled) = Some(order.arrival_mid_doubled).filter(|mid| *mid > 0) else { continue };
        let asked = order.side.sign() as f64 * f64::from(2 * order.price.0 - mid_doubled) / 20_000.0;
        let filled = outcome.filled.as_contracts();
        let (seen, paid) = (order.qty.as_contracts() * misses.powi(place), filled * asked + outcome.beyond_limit);
        parts.push(OrderParts { intent: order.intent, filled, seen, asked, paid });
    }
    parts
}

#[cfg(test)]
mod tests {
    use host_core::{Order, OrderId, Price, Qty};

    use super::*;

    /// An order to buy ten contracts at so many cents below a mid of 0.50, of which some were filled. Others like it
    /// are in the same market.
    fn order(below: i32, filled: i64, beyond_limit: f64) -> OrderOutcome {
        let order = Order {
            id: OrderId(1),
            slot: SlotId(0),
            market: MarketId(u32::try_from(below * 1_000).unwrap() + u32::try_from(filled).unwrap()),
            side: Side::Buy,
            price: Price(5_000 - 100 * below),
            qty: Qty::contracts(10),
            time_in_force: TimeInForce::ImmediateOrCancel,
            intent: Intent::Entry,
            created: Timestamp(0),
            arrival_mid_doubled: 10_000,
        };
        OrderOutcome { order, filled: Qty::contracts(filled), first_fill: None, beyond_limit, state: None }
    }

    #[test]
    fn orders_that_fill_more_often_where_they_ask_for_less_have_slippage_of_their_own() {
        let check = |orders: &[OrderOutcome], expect: f64| {
            let values = slippages(&Vec::from_iter(orders));
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((mean - expect).abs() < 1e-12, "{mean}, not {expect}");
        };
        // Half of each kind: nothing is selected.
        check(&[order(1, 10, 0.0), order(1, 0, 0.0), order(3, 10, 0.0), order(3, 0, 0.0)], 0.0);
        // On average two cents were asked for, and one was had.
        check(&[order(1, 10, 0.0), order(3, 0, 0.0)], 0.01);
        // Five contracts at half a cent beyond their limit.
        check(&[order(2, 5, 0.025), order(2, 0, 0.0)], 0.005);
        assert!(slippages(&[&order(1, 0, 0.0)]).is_empty());
        // Four of five did not fill, one after the other in the place of the one before: the coin, which fills one of
        // five, would have seen 1, 0.8, 0.64 and 0.512 of them. Had each been a wish of its own, it would be 0.024.
        let mut wish = [order(3, 0, 0.0), order(3, 0, 0.0), order(3, 0, 0.0), order(3, 0, 0.0), order(0, 10, 0.0)];
        let seen = 1.0 + 0.8 + 0.64 + 0.512;
        check(&wish, 0.03 * seen / (seen + 1.0));
        (0..4).for_each(|at| wish[at].order.market = MarketId(100 + at as u32));
        check(&wish, 0.024);
    }
}
