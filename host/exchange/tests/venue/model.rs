//! Price-time priority compared with its simplest model: a list that is searched from end to end.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Listed {
    member: MemberId,
    side: Side,
    price: i32,
    qty: i64,
}

/// Orders in the order of arrival.
#[derive(Default)]
struct Model(Vec<Listed>);

impl Model {
    /// Returns the trades of an incoming order as (maker, price, contracts); the remainder rests.
    fn send(&mut self, mut order: Listed) -> Vec<(MemberId, i32, i64)> {
        let mut trades = Vec::new();
        while order.qty > 0 {
            let crosses = |other: &Listed| {
                other.side != order.side && order.side.sign() as i32 * (order.price - other.price) >= 0
            };
            let candidates = (0..self.0.len()).filter(|&index| self.0[index].qty > 0 && crosses(&self.0[index]));
            // The best price; among equals, the first.
            let Some(best) = candidates.min_by_key(|&index| order.side.sign() as i32 * self.0[index].price) else {
                break;
            };
            if self.0[best].member == order.member {
                return trades;
            }
            let qty = order.qty.min(self.0[best].qty);
            trades.push((self.0[best].member, self.0[best].price, qty));
            self.0[best].qty -= qty;
            order.qty -= qty;
        }
        self.0.push(order);
        trades
    }
}

fn orders() -> impl Strategy<Value = Vec<Listed>> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let order = (2u32..5, side, 45i32..56, 1i64..2_000);
    let order = order.prop_map(|(member, side, price, qty)| Listed { member: MemberId(member), side, price, qty });
    proptest::collection::vec(order, 1..60)
}

proptest! {
    #[test]
    fn matching_equals_the_model(orders in orders()) {
        let mut exchange = Exchange::new(FeeModel::None);
        for member in [ANN, BOB, EVE] {
            exchange.venue.deposit(AccountId::primary(member), Usd::dollars(100_000), START).expect("a fair deposit");
        }
        let mut model = Model::default();
        for order in orders {
            let expect = model.send(order.clone());
            let new = NewOrder::limit("CENT", order.side, Price(order.price * 100), Qty::hundredths(order.qty));
            exchange.venue.create(order.member, &new, START).expect("she can pay");
            let fills = exchange.venue.take_updates().into_iter().filter_map(|update| match update.change {
                Change::Fill(fill) if !fill.taker => {
                    Some((fill.account.member, fill.price.0 / 100, fill.qty.0 / Qty::HUNDREDTH.0))
                }
                _ => None,
            });
            prop_assert_eq!(fills.collect::<Vec<_>>(), expect);
        }
    }
}
