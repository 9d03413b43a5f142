//! Integer money. The product of a price and a quantity is exact: 1/10,000 $ × 1/1,000,000 contract =
//! 1/10,000,000,000 $.
//!
//! No float is stored here. Floats enter only through [`Price::from_dollars`] and the similar constructors, which round
//! to the grid. Sums and products of quantities and amounts saturate: what reads them from outside refuses figures near
//! the ends ([`Usd::MOST`], [`Qty::MOST`]), and nothing wraps if many of them add up.
//!
//! Venues and fee schedules are coarser than these units. Amounts that are derived by a division (an average cost, a
//! share of a fee) are rounded to whole micro-dollars ([`Usd::MICRO`]), such sizes to hundredths of a contract.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A price per contract, in 1/10,000 dollar. A contract pays at most one dollar, so prices lie in `0..=10_000`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(pub i32);

/// A number of contracts, in 1/1,000,000 contract. As a position it is signed: negative is short (long the NO side).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Qty(pub i64);

/// An amount of money, in 1/10,000,000,000 dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(pub i64);

impl Price {
    /// One dollar: the payout of a contract whose event happens.
    pub const ONE: Price = Price(10_000);
    /// Zero dollars.
    pub const ZERO: Price = Price(0);

    /// Returns the nearest price on the 1/10,000 grid, or `None` unless `dollars` is a number in `0..=1`.
    pub fn from_dollars(dollars: f64) -> Option<Price> {
        // Adding a half and truncating rounds correctly, since the value is not negative, and is fast: `round` is a
        // library call on machines without a rounding instruction.
        (0.0..=1.0).contains(&dollars).then_some(Price((dollars * 10_000.0 + 0.5) as i32))
    }

    /// Returns the price in dollars.
    pub fn dollars(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Returns the price of the other side: buying NO at `1 - p` is selling YES at `p`.
    pub fn complement(self) -> Price {
        Price(Price::ONE.0 - self.0)
    }
}

impl Qty {
    /// No contracts.
    pub const ZERO: Qty = Qty(0);
    /// One contract.
    pub const ONE: Qty = Qty(1_000_000);
    /// One hundredth of a contract.
    pub const HUNDREDTH: Qty = Qty(10_000);
    /// The largest quantity that is read from outside: 10 billion contracts.
    pub const MOST: Qty = Qty::contracts(10_000_000_000);

    /// Returns `n` whole contracts.
    pub const fn contracts(n: i64) -> Qty {
        Qty(n.saturating_mul(Qty::ONE.0))
    }

    /// Returns `n` hundredths of a contract.
    pub const fn hundredths(n: i64) -> Qty {
        Qty(n.saturating_mul(Qty::HUNDREDTH.0))
    }

    /// Returns the nearest quantity on the 1/1,000,000 grid, or `None` unless `contracts` is finite and within
    /// ± [`Qty::MOST`].
    pub fn from_contracts(contracts: f64) -> Option<Qty> {
        /// Beyond it a float no longer tells millionths apart, so the nearest of them can miss the hundredth meant.
        const FINE: f64 = 1e9;
        match contracts.abs() {
            0.0..FINE => Some(Qty((contracts * 1e6).round() as i64)),
            FINE..=1e10 => Some(Qty::hundredths((contracts * 100.0).round() as i64)),
            _ => None,
        }
    }

    /// Returns the quantity in contracts.
    pub fn as_contracts(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Returns the absolute value.
    pub const fn abs(self) -> Qty {
        Qty(self.0.saturating_abs())
    }

    /// Returns the smaller of the two.
    pub fn min(self, other: Qty) -> Qty {
        Qty(self.0.min(other.0))
    }

    /// Returns the larger of the two.
    pub fn max(self, other: Qty) -> Qty {
        Qty(self.0.max(other.0))
    }

    /// Returns the quantity rounded towards zero to whole contracts.
    pub const fn whole(self) -> Qty {
        Qty(self.0 / Qty::ONE.0 * Qty::ONE.0)
    }

    /// Returns the quantity rounded towards zero to hundredths of a contract.
    pub const fn in_hundredths(self) -> Qty {
        Qty(self.0 / Qty::HUNDREDTH.0 * Qty::HUNDREDTH.0)
    }

    /// Returns true if the quantity is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Usd {
    /// Zero dollars.
    pub const ZERO: Usd = Usd(0);
    /// One micro-dollar.
    pub const MICRO: Usd = Usd(10_000);
    /// One cent.
    pub const CENT: Usd = Usd(100_000_000);
    /// The largest amount that is read from outside: 900 million dollars.
    pub const MOST: Usd = Usd::dollars(900_000_000);

    /// Returns `n` whole dollars.
    pub const fn dollars(n: i64) -> Usd {
        Usd(n.saturating_mul(10_000_000_000))
    }

    /// Returns `n` micro-dollars.
    pub const fn micros(n: i64) -> Usd {
        Usd(n.saturating_mul(Usd::MICRO.0))
    }

    /// Returns `n` micro-dollars; saturates.
    pub fn saturating_micros(n: i128) -> Usd {
        Usd::saturating(n.saturating_mul(i128::from(Usd::MICRO.0)))
    }

    /// Returns the amount of `units` of 1/10,000,000,000 dollar; saturates.
    pub fn saturating(units: i128) -> Usd {
        Usd(i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Returns the nearest amount on the 1/10,000,000,000 grid, or `None` unless `dollars` is finite and within
    /// ± [`Usd::MOST`]. A number of micro-dollars becomes exactly that, however large.
    pub fn from_dollars(dollars: f64) -> Option<Usd> {
        if dollars.is_nan() || dollars.abs() > 9e8 {
            return None;
        }
        let micros = (dollars * 1e6).round();
        let exact = micros / 1e6 == dollars;
        Some(if exact { Usd::micros(micros as i64) } else { Usd((dollars * 1e10).round() as i64) })
    }

    /// Returns the amount in dollars as a float, for ratios and reports only.
    pub fn as_dollars(self) -> f64 {
        as_micros(i128::from(self.0)) / 1e6
    }

    /// Returns the amount rounded towards zero to whole micro-dollars.
    pub const fn in_micros(self) -> Usd {
        Usd(self.0 / Usd::MICRO.0 * Usd::MICRO.0)
    }

    /// Returns the smaller of the two.
    pub fn min(self, other: Usd) -> Usd {
        Usd(self.0.min(other.0))
    }

    /// Returns the larger of the two.
    pub fn max(self, other: Usd) -> Usd {
        Usd(self.0.max(other.0))
    }

    /// Returns the absolute value.
    pub const fn abs(self) -> Usd {
        Usd(self.0.saturating_abs())
    }

    /// Returns half of an amount that was counted twice, rounded towards zero to whole micro-dollars; saturates.
    pub fn half_of(doubled: i128) -> Usd {
        // Division of 64 bits is much faster, and nearly always enough.
        match i64::try_from(doubled) {
            Ok(doubled) => Usd(doubled / 2).in_micros(),
            Err(_) => Usd::saturating(doubled / 2).in_micros(),
        }
    }

    /// Returns the share of this amount that falls on `part` of `whole`, rounded towards zero; nothing if `whole` is
    /// zero.
    pub fn share(self, part: Qty, whole: Qty) -> Usd {
        if part == whole {
            return self;
        }
        let units = (i128::from(self.0) * i128::from(part.0)).checked_div(i128::from(whole.0)).unwrap_or(0);
        Usd::saturating(units)
    }
}

/// Returns `units` of 1/10,000,000,000 dollar in micro-dollars, exactly as long as they are whole micro-dollars that a
/// float can hold. For ratios and reports only.
pub fn as_micros(units: i128) -> f64 {
    let micro = i128::from(Usd::MICRO.0);
    if units % micro == 0 { (units / micro) as f64 } else { units as f64 / 1e4 }
}

impl Mul<Qty> for Price {
    type Output = Usd;
    fn mul(self, qty: Qty) -> Usd {
        Usd(i64::from(self.0).saturating_mul(qty.0))
    }
}

impl Add for Price {
    type Output = Price;
    fn add(self, other: Price) -> Price {
        Price(self.0 + other.0)
    }
}

impl Sub for Price {
    type Output = Price;
    fn sub(self, other: Price) -> Price {
        Price(self.0 - other.0)
    }
}

macro_rules! arithmetic {
    ($($type:ident),*) => {$(
        impl Add for $type {
            type Output = $type;
            fn add(self, other: $type) -> $type { $type(self.0.saturating_add(other.0)) }
        }
        impl Sub for $type {
            type Output = $type;
            fn sub(self, other: $type) -> $type { $type(self.0.saturating_sub(other.0)) }
        }
        impl Neg for $type { type Output = $type; fn neg(self) -> $type { $type(self.0.saturating_neg()) } }
        impl AddAssign for $type { fn add_assign(&mut self, other: $type) { *self = *self + other; } }
        impl SubAssign for $type { fn sub_assign(&mut self, other: $type) { *self = *self - other; } }
        impl std::iter::Sum for $type {
            fn sum<I: Iterator<Item = $type>>(items: I) -> $type { items.fold($type(0), Add::add) }
        }
    )*};
}
arithmetic!(Qty, Usd);

/// Writes `units` of `10^-digits` as a decimal with at least `keep` digits after the point.
fn decimal(f: &mut fmt::Formatter<'_>, units: i64, digits: u32, keep: usize) -> fmt::Result {
    let scale = 10u64.pow(digits);
    let (whole, part) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    let mut fraction = format!("{part:0width$}", width = digits as usize);
    while fraction.len() > keep && fraction.ends_with('0') {
        fraction.pop();
    }
    let point = if fraction.is_empty() { "" } else { "." };
    f.pad_integral(units >= 0, "", &format!("{whole}{point}{fraction}"))
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, i64::from(self.0), 4, 2)
    }
}

impl fmt::Display for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, 6, 0)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, 10, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn money_is_written_as_decimals() {
        let check = |shown: String, expect: &str| assert_eq!(shown, expect);
        check(Price(4_200).to_string(), "0.42");
        check(Price(425).to_string(), "0.0425");
        check(Price::ONE.to_string(), "1.00");
        check(Qty::contracts(15).to_string(), "15");
        check(Qty::hundredths(-150).to_string(), "-1.5");
        check(Qty(18_181_818).to_string(), "18.181818");
        check(Usd::micros(375_000).to_string(), "0.375");
        check(Usd::micros(-18_400_000).to_string(), "-18.40");
        check(Usd(1).to_string(), "0.0000000001");
    }

    #[test]
    fn dollars_outside_0_to_1_are_not_a_price() {
        for bad in [f64::NAN, f64::INFINITY, -0.01, 1.0001] {
            assert_eq!(Price::from_dollars(bad), None, "{bad}");
        }
    }

    #[test]
    fn figures_too_large_saturate_and_are_not_read() {
        assert_eq!(Price::ONE * Qty::MOST, Usd(i64::MAX));
        assert_eq!(Price::ONE * -Qty::MOST, Usd(i64::MIN));
        assert_eq!(Usd(i64::MAX) + Usd(1), Usd(i64::MAX));
        assert_eq!(-Usd(i64::MIN), Usd(i64::MAX));
        assert_eq!(Usd::from_dollars(900_000_000.0), Some(Usd::MOST));
        assert_eq!(Qty::from_contracts(1e10), Some(Qty::MOST));
        for bad in [f64::NAN, f64::INFINITY, 900_000_000.01, -1e9] {
            assert_eq!(Usd::from_dollars(bad), None, "{bad}");
        }
        for bad in [f64::NAN, f64::NEG_INFINITY, 1.1e10, -1.1e10] {
            assert_eq!(Qty::from_contracts(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_share_is_exact_where_it_can_be() {
        assert_eq!((Price(4_321) * Qty(7)).share(Qty(3), Qty(7)), Price(4_321) * Qty(3));
        assert_eq!(Usd(i64::MAX).share(Qty(1), Qty(1)), Usd(i64::MAX));
        assert_eq!(Usd(10).share(Qty(1), Qty(3)), Usd(3));
        assert_eq!(Usd(-10).share(Qty(1), Qty(3)), Usd(-3));
        assert_eq!(Usd(10).share(Qty(1), Qty::ZERO), Usd::ZERO);
    }

    proptest! {
        #[test]
        fn price_times_quantity_is_exact(price in 0i32..=10_000, qty in -100_000_000_000i64..100_000_000_000) {
            prop_assert_eq!((Price(price) * Qty(qty)).0, i64::from(price) * qty);
        }

        #[test]
        fn hundredths_and_micros_survive_floats(
            hundredths in -1_000_000_000_000i64..=1_000_000_000_000,
            micros in -900_000_000_000_000i64..=900_000_000_000_000,
            fine in -1_000_000_000_000i64..1_000_000_000_000,
        ) {
            let qty = Qty::hundredths(hundredths);
            prop_assert_eq!(qty.as_contracts(), hundredths as f64 / 100.0, "the same float as before");
            prop_assert_eq!(Qty::from_contracts(qty.as_contracts()), Some(qty));
            let usd = Usd::micros(micros);
            prop_assert_eq!(usd.as_dollars(), micros as f64 / 1e6, "the same float as before");
            prop_assert_eq!(Usd::from_dollars(usd.as_dollars()), Some(usd));
            prop_assert_eq!(Qty::from_contracts(Qty(fine).as_contracts()), Some(Qty(fine)));
            prop_assert_eq!(Usd::from_dollars(Usd(fine).as_dollars()), Some(Usd(fine)));
        }

        #[test]
        fn a_price_round_trips_through_dollars(price in 0i32..=10_000) {
            prop_assert_eq!(Price::from_dollars(Price(price).dollars()), Some(Price(price)));
        }
    }
}
