//! The slippage that the coin must add. Real orders fill where the market comes to them, and those that ask for more
//! fill less often; the coin fills any with the same chance, so that alone its fills would look cheaper.

use super::outcomes::OrderOutcome;

/// Returns one value an order, whose mean is the slippage that a contract has beyond what its orders asked for, and
/// whose deviation is that of the estimate: slippage of what was filled, less the distance of all limits from the mid
/// at their decisions, each weighted by contracts. In dollars. Empty without a fill.
///
/// The values are those of the delta method for the difference of two ratios (W. G. Cochran, "Sampling Techniques",
/// 1977, chapter 6).
pub(super) fn slippages(orders: &[&OrderOutcome]) -> Vec<f64> {
    let parts: Vec<OrderParts> = orders.iter().filter_map(|outcome| OrderParts::of(outcome)).collect();
    let sum = |part: fn(&OrderParts) -> f64| parts.iter().map(part).sum::<f64>();
    let (ordered, filled) = (sum(|part| part.ordered), sum(|part| part.filled));
    if filled <= 0.0 {
        return Vec::new();
    }
    let asked = sum(|part| part.ordered * part.asked) / ordered;
    let paid = sum(|part| part.paid) / filled;
    let n = parts.len() as f64;
    let value = |part: &OrderParts| {
        let of_fills = (part.paid - part.filled * paid) * n / filled;
        let of_orders = part.ordered * (part.asked - asked) * n / ordered;
        paid - asked + of_fills - of_orders
    };
    parts.iter().map(value).collect()
}

/// An order, in contracts and dollars.
#[derive(Clone, Copy, Debug)]
struct OrderParts {
    ordered: f64,
    filled: f64,
    /// Distance of the limit from the mid at the decision, a contract; negative inside the book.
    asked: f64,
    /// The same of what was paid, for all that was filled.
    paid: f64,
}

impl OrderParts {
    /// `None` without a mid at the decision.
    fn of(outcome: &OrderOutcome) -> Option<OrderParts> {
        let order = &outcome.order;
        let mid_doubled = Some(order.arrival_mid_doubled).filter(|mid| *mid > 0)?;
        let asked = order.side.sign() as f64 * f64::from(2 * order.price.0 - mid_doubled) / 20_000.0;
        let filled = outcome.filled.as_contracts();
        let paid = filled * asked + outcome.beyond_limit;
        Some(OrderParts { ordered: order.qty.as_contracts(), filled, asked, paid })
    }
}

#[cfg(test)]
mod tests {
    use host_core::{Intent, MarketId, Order, OrderId, Price, Qty, Side, SlotId, TimeInForce, Timestamp};

    use super::*;

    /// An order to buy ten contracts at so many cents below a mid of 0.50, of which some were filled.
    fn order(below: i32, filled: i64, beyond_limit: f64) -> OrderOutcome {
        let order = Order {
            id: OrderId(1),
            slot: SlotId(0),
            market: MarketId(0),
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
    }
}
