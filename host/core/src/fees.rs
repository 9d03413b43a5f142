//! Venue fee schedules in exact integer money. Nothing here may round through a float.
//!
//! Kalshi (<https://docs.kalshi.com/getting_started/fee_rounding>; fee types and multiplier as in its series
//! objects): the trade fee is `multiplier × rate × contracts × price × (1 − price)`, rounded up. The resulting
//! balance change is then rounded down to the member's balance unit. An order accumulates these rounding costs over
//! its taker and maker fills, and they are rebated in whole units as soon as they reach one. No fill is ever charged
//! less than zero, and settlement is free.

use serde::{Deserialize, Serialize};

use crate::money::{Price, Qty, Usd};
use crate::order::Side;

/// A venue's way to charge fees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeModel {
    /// No fees, as in the case study.
    #[default]
    None,
    /// Kalshi's `quadratic`: takers pay 0.07, makers nothing.
    Kalshi,
    /// Kalshi's `quadratic_with_maker_fees`: takers pay 0.07, makers 0.0175.
    KalshiWithMakerFees,
}

impl FeeModel {
    /// Returns the schedule for a direct member (balances in units of $0.0001). `multiplier_percent` is the series'
    /// fee multiplier, usually 100.
    pub const fn schedule(self, multiplier_percent: u32) -> FeeSchedule {
        let (maker_rate, multiplier_percent) = match self {
            FeeModel::None => return FeeSchedule::NONE,
            FeeModel::Kalshi => (0, multiplier_percent),
            FeeModel::KalshiWithMakerFees => (175, multiplier_percent),
        };
        FeeSchedule { taker_rate: 700, maker_rate, multiplier_percent, balance_unit: Usd::micros(100) }
    }
}

/// Rates and rounding rules for charging fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeSchedule {
    /// In 1/10,000 of contracts × price × (1 − price).
    taker_rate: u32,
    maker_rate: u32,
    multiplier_percent: u32,
    /// Positive; balances change by multiples of it. With the resolution of [`Usd`] nothing is rounded.
    balance_unit: Usd,
}

/// Rounding costs that an order has paid and not yet been rebated; each order has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeAccumulator(Usd);

impl FeeSchedule {
    /// No fees at all.
    pub const NONE: FeeSchedule =
        FeeSchedule { taker_rate: 0, maker_rate: 0, multiplier_percent: 100, balance_unit: Usd(1) };

    /// Returns this schedule for a member whose balance is kept in whole cents: one that clears through a broker.
    pub const fn cent_balances(self) -> FeeSchedule {
        FeeSchedule { balance_unit: Usd::CENT, ..self }
    }

    /// Returns the cost of one fill: trade fee plus rounding less rebate, never negative. `accumulator` is the
    /// order's own.
    ///
    /// A sale that closes YES costs the same as one that opens NO: a contract pays a whole dollar, which is a
    /// multiple of every balance unit.
    pub fn charge(self, accumulator: &mut FeeAccumulator, side: Side, price: Price, qty: Qty, taker: bool) -> Usd {
        self.align(accumulator, -(price * side.signed(qty)), self.trade_fee(price, qty, taker))
    }

    /// Returns the cost of a fill that brings in `revenue`, rounded so that the balance stays a multiple of its unit.
    fn align(self, accumulator: &mut FeeAccumulator, revenue: Usd, trade_fee: Usd) -> Usd {
        let rounding = Usd((revenue - trade_fee).0.rem_euclid(self.balance_unit.0));
        let cost = trade_fee + rounding;
        accumulator.0 += rounding;
        let rebate = Usd(accumulator.0.min(cost).0 / self.balance_unit.0 * self.balance_unit.0);
        accumulator.0 -= rebate;
        cost - rebate
    }

    /// Returns the most that `qty` at `price` can be charged, in however many fills of a contract or more: as taker or
    /// maker, whichever is dearer, and each fill rounded up to the next unit of the balance.
    pub fn bound(self, price: Price, qty: Qty) -> Usd {
        if self.taker_rate.max(self.maker_rate) == 0 || self.multiplier_percent == 0 {
            return Usd::ZERO;
        }
        let dearer = self.trade_fee(price, qty, self.taker_rate >= self.maker_rate);
        let fills = qty.0.saturating_add(Qty::ONE.0 - 1) / Qty::ONE.0;
        dearer + Usd((self.balance_unit.0 + Usd::MICRO.0).saturating_mul(fills))
    }

    /// Returns the trade fee, rounded up to the micro-dollar.
    fn trade_fee(self, price: Price, qty: Qty, taker: bool) -> Usd {
        let rate = if taker { self.taker_rate } else { self.maker_rate };
        // In units of 1e-20 dollar: rate 1e-4, multiplier 1e-2, quantity 1e-6, and 1e-4 for each of the two prices.
        let exact = i128::from(rate)
            * i128::from(self.multiplier_percent)
            * i128::from(qty.0)
            * i128::from(price.0)
            * i128::from(price.complement().0);
        const MICRO: i128 = 100_000_000_000_000;
        Usd::saturating_micros((exact + (MICRO - 1)).div_euclid(MICRO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the fees of consecutive fills of one buy order, in micro-dollars.
    fn fees(schedule: FeeSchedule, price: i32, fills: &[(i64, bool)]) -> Vec<i64> {
        let mut accumulator = FeeAccumulator::default();
        let mut charge = |&(qty, taker): &(i64, bool)| {
            schedule.charge(&mut accumulator, Side::Buy, Price(price), Qty::hundredths(qty), taker)
        };
        let charge = |fill| charge(fill).0 / Usd::MICRO.0;
        fills.iter().map(charge).collect()
    }

    #[test]
    fn rounding_and_rebates_match_kalshis_worked_examples() {
        // Three equal fills each, with balances in cents; trade fees as given on the page.
        let check = |revenue: i64, trade_fee: i64, expect: [i64; 3]| {
            let (schedule, mut accumulator) =
                (FeeModel::Kalshi.schedule(100).cent_balances(), FeeAccumulator::default());
            let charged =
                [(); 3].map(|()| schedule.align(&mut accumulator, Usd::micros(revenue), Usd::micros(trade_fee)));
            assert_eq!(charged, expect.map(Usd::micros), "revenue {revenue} trade fee {trade_fee}");
        };
        check(-55_000, 8_500, [15_000, 5_000, 15_000]);
        check(-150_000, 4_100, [10_000, 0, 10_000]);
        check(-9_903, 500, [10_097, 97, 97]);
    }

    #[test]
    fn fees_follow_the_quadratic() {
        let check = |model: FeeModel, percent: u32, price: i32, qty: i64, taker: bool, expect: i64| {
            let charged = fees(model.schedule(percent), price, &[(qty, taker)]);
            assert_eq!(charged, [expect], "{model:?} {percent} % {price} × {qty} taker: {taker}");
        };
        // 0.07 × 100 × 0.5 × 0.5 = $1.75.
        check(FeeModel::Kalshi, 100, 5_000, 10_000, true, 1_750_000);
        check(FeeModel::Kalshi, 50, 5_000, 10_000, true, 875_000);
        check(FeeModel::Kalshi, 0, 5_000, 10_000, true, 0);
        check(FeeModel::Kalshi, 100, 5_000, 10_000, false, 0);
        check(FeeModel::KalshiWithMakerFees, 100, 5_000, 10_000, false, 437_500);
        // 0.07 × 15 × 0.43 × 0.57 = $0.257355, rounded up to the next balance unit of $0.0001.
        check(FeeModel::Kalshi, 100, 4_300, 1_500, true, 257_400);
        // Symmetric in price.
        check(FeeModel::Kalshi, 100, 5_700, 1_500, true, 257_400);
        check(FeeModel::Kalshi, 100, 1, 100, true, 100);
        check(FeeModel::None, 100, 5_000, 10_000, true, 0);
        check(FeeModel::None, 100, 3_301, 3, true, 0);
    }

    #[test]
    fn what_maker_fills_overpaid_is_paid_back_to_a_taker_fill_of_the_same_order() {
        let schedule = FeeModel::Kalshi.schedule(100).cent_balances();
        // The first two cost half a cent of rounding each. The third: 0.07 × 10 × 0.055 × 0.945 = $0.036383, rounded
        // up with its revenue to $0.04, less the accumulated cent.
        assert_eq!(fees(schedule, 550, &[(100, false), (100, false), (1_000, true)]), [5_000, 5_000, 30_000]);
    }

    proptest! {
        #[test]
        fn no_fill_is_charged_less_than_nothing_and_rounding_stays_below_a_unit_per_order(
            price in 1i32..10_000,
            fills in proptest::collection::vec((1i64..1_000_000_000, any::<bool>()), 1..30),
            buy in any::<bool>(),
            cents in any::<bool>(),
            makers_pay in any::<bool>(),
            percent in 0u32..300,
        ) {
            let model = if makers_pay { FeeModel::KalshiWithMakerFees } else { FeeModel::Kalshi };
            let schedule = if cents { model.schedule(percent).cent_balances() } else { model.schedule(percent) };
            let side = if buy { Side::Buy } else { Side::Sell };
            let (mut accumulator, mut charged, mut due) = (FeeAccumulator::default(), 0, 0);
            for (qty, taker) in fills {
                let fee = schedule.charge(&mut accumulator, side, Price(price), Qty(qty), taker);
                prop_assert!(fee >= Usd::ZERO);
                charged += fee.0;
                due += schedule.trade_fee(Price(price), Qty(qty), taker).0;
                // Nothing is lost: the accumulator holds exactly what was charged beyond the trade fees.
                prop_assert_eq!(charged, due + accumulator.0.0);
                let balance_change = -side.sign() * i64::from(price) * qty - fee.0;
                prop_assert!(accumulator.0 >= Usd::ZERO);
                prop_assert_eq!((balance_change).rem_euclid(schedule.balance_unit.0), 0);
            }
        }
    }
}
