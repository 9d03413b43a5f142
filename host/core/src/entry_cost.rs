//! The most that an entry order can take out of the account's cash. A venue reserves that for each resting order, and
//! so does the engine: cash is what bounds entries, whatever the limits are.

use serde::{Deserialize, Serialize};

use crate::fees::FeeSchedule;
use crate::money::{Price, Qty, Usd};
use crate::order::Side;

/// The terms on which entries are filled: fees, and how far a fill may be worse than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryCost {
    /// The venue's fees.
    pub fees: FeeSchedule,
    /// The most by which a fill is worse than its limit, in dollars: zero at a venue, more in a fill model with
    /// slippage.
    pub slippage: Price,
}

impl Default for EntryCost {
    fn default() -> Self {
        EntryCost::NONE
    }
}

impl EntryCost {
    /// Terms without fees, on which no fill is worse than its limit.
    pub const NONE: EntryCost = EntryCost { fees: FeeSchedule::NONE, slippage: Price::ZERO };

    /// Returns the most that an entry of `qty` at `price` can take out of the cash. A fill at a better price takes
    /// less: what it saves is more than what its fee may be higher.
    pub fn most(self, side: Side, price: Price, qty: Qty) -> Usd {
        let worst = match side {
            Side::Buy => price.0.saturating_add(self.slippage.0),
            Side::Sell => price.0.saturating_sub(self.slippage.0),
        };
        let worst = Price(worst.clamp(Price::ZERO.0 + 1, Price::ONE.0 - 1));
        // Without slippage the limit stands as it is.
        let worst = if self.slippage == Price::ZERO { price } else { worst };
        side.worst_loss(worst, qty) + self.fees.bound(worst, qty)
    }

    /// Returns the largest entry at `price` that `cash` pays for, in whole contracts; never negative.
    pub fn affordable(self, side: Side, price: Price, cash: Usd) -> Qty {
        let each = self.most(side, price, Qty::ONE);
        if each <= Usd::ZERO || cash <= Usd::ZERO {
            return Qty::ZERO;
        }
        // Fees of many contracts are rounded once, so they cost no more than as many single ones.
        Qty(Qty::ONE.0.saturating_mul(cash.0 / each.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fees::{FeeAccumulator, FeeModel};

    #[test]
    fn an_entry_costs_its_worst_loss_its_fees_and_what_slips() {
        let check = |cost: EntryCost, side: Side, expect: Usd| {
            assert_eq!(cost.most(side, Price(8_400), Qty::contracts(50)), expect, "{cost:?} {side}");
        };
        let none = EntryCost::default();
        check(none, Side::Buy, Usd::dollars(42));
        check(none, Side::Sell, Usd::dollars(8));
        let slips = EntryCost { slippage: Price(100), ..none };
        check(slips, Side::Buy, Usd::micros(42_500_000));
        check(slips, Side::Sell, Usd::micros(8_500_000));
        // 0.07 x 50 x 0.84 x 0.16 = 0.4704, and 0.0001 with a micro-dollar for each fill of a contract.
        let kalshi = EntryCost { fees: FeeModel::Kalshi.schedule(100), ..none };
        check(kalshi, Side::Buy, Usd::micros(42_000_000 + 470_400 + 50 * 101));
    }

    #[test]
    fn what_is_left_of_the_capital_buys_what_fits() {
        let none = EntryCost::default();
        assert_eq!(none.affordable(Side::Buy, Price(8_400), Usd::dollars(16)), Qty::contracts(19));
        assert_eq!(none.affordable(Side::Buy, Price(8_400), Usd::micros(839_999)), Qty::ZERO);
        assert_eq!(none.affordable(Side::Buy, Price(8_400), Usd::dollars(-3)), Qty::ZERO);
    }

    proptest! {
        #[test]
        fn nothing_that_is_affordable_costs_more_than_the_cash_however_it_fills(
            price in 1i32..10_000,
            better in 0i32..3_000,
            cash in 0i64..2_000_000_000,
            parts in proptest::collection::vec((1i64..40, any::<bool>()), 1..12),
            buy in any::<bool>(),
            makers_pay in any::<bool>(),
            cents in any::<bool>(),
            percent in 0u32..=1_000,
        ) {
            let side = if buy { Side::Buy } else { Side::Sell };
            let model = if makers_pay { FeeModel::KalshiWithMakerFees } else { FeeModel::Kalshi };
            let fees = if cents { model.schedule(percent).cent_balances() } else { model.schedule(percent) };
            let cost = EntryCost { fees, ..EntryCost::default() };
            let cash = Usd::micros(cash);
            let mut left = cost.affordable(side, Price(price), cash);
            prop_assert!(cost.most(side, Price(price), left) <= cash);
            let (mut rounding, mut free) = (FeeAccumulator::default(), cash - cost.most(side, Price(price), left));
            for (contracts, taker) in parts {
                let before = cost.most(side, Price(price), left);
                let qty = Qty::contracts(contracts).min(left);
                if qty.is_zero() {
                    break;
                }
                let at = Price((price - i32::try_from(side.sign()).unwrap() * better).clamp(1, 9_999));
                left -= qty;
                let paid = side.worst_loss(at, qty) + fees.charge(&mut rounding, side, at, qty, taker);
                free += before - cost.most(side, Price(price), left) - paid;
                prop_assert!(free >= Usd::ZERO, "{free}");
            }
        }
    }
}
