//! Integer money. The product of a price and a quantity is exact: 1/10,000 $ × 1/100 contract = 1/1,000,000 $.
//!
//! No float is stored here. Floats enter only through [`Price::from_dollars`] and the similar constructors, which round
//! to the grid.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A price per contract, in 1/10,000 dollar. A contract pays at most one dollar, so prices lie in `0..=10_000`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(pub i32);

/// A number of contracts, in 1/100 contract. As a position it is signed: negative is short (long the NO side).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Qty(pub i64);

/// An amount of money, in 1/1,000,000 dollar.
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
    pub const ONE: Qty = Qty(100);

    /// Returns `n` whole contracts.
    pub const fn contracts(n: i64) -> Qty {
        Qty(n * 100)
    }

    /// Returns the nearest quantity on the 1/100 grid, or `None` unless `contracts` is finite and within ± 10 billion.
    pub fn from_contracts(contracts: f64) -> Option<Qty> {
        (contracts.abs() <= 1e10).then(|| Qty((contracts * 100.0).round() as i64))
    }

    /// Returns the quantity in contracts.
    pub fn as_contracts(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Returns the absolute value.
    pub const fn abs(self) -> Qty {
        Qty(self.0.abs())
    }

    /// Returns the smaller of the two.
    pub fn min(self, other: Qty) -> Qty {
        Qty(self.0.min(other.0))
    }

    /// Returns the quantity rounded towards zero to whole contracts.
    pub const fn whole(self) -> Qty {
        Qty(self.0 / 100 * 100)
    }

    /// Returns true if the quantity is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Usd {
    /// Zero dollars.
    pub const ZERO: Usd = Usd(0);

    /// Returns `n` whole dollars.
    pub const fn dollars(n: i64) -> Usd {
        Usd(n * 1_000_000)
    }

    /// Returns the nearest amount on the 1/1,000,000 grid, or `None` unless `dollars` is finite and within ± a
    /// trillion.
    pub fn from_dollars(dollars: f64) -> Option<Usd> {
        (dollars.abs() <= 1e12).then(|| Usd((dollars * 1e6).round() as i64))
    }

    /// Returns the amount in dollars as a float, for ratios and reports only.
    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / 1e6
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
        Usd(self.0.abs())
    }
}

impl Mul<Qty> for Price {
    type Output = Usd;
    fn mul(self, qty: Qty) -> Usd {
        Usd(i64::from(self.0) * qty.0)
    }
}

macro_rules! arithmetic {
    ($($type:ident),*) => {$(
        impl Add for $type { type Output = $type; fn add(self, other: $type) -> $type { $type(self.0 + other.0) } }
        impl Sub for $type { type Output = $type; fn sub(self, other: $type) -> $type { $type(self.0 - other.0) } }
        impl Neg for $type { type Output = $type; fn neg(self) -> $type { $type(-self.0) } }
        impl AddAssign for $type { fn add_assign(&mut self, other: $type) { self.0 += other.0; } }
        impl SubAssign for $type { fn sub_assign(&mut self, other: $type) { self.0 -= other.0; } }
        impl std::iter::Sum for $type {
            fn sum<I: Iterator<Item = $type>>(items: I) -> $type { items.fold($type(0), Add::add) }
        }
    )*};
}
arithmetic!(Price, Qty, Usd);

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
        decimal(f, self.0, 2, 0)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, 6, 2)
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
        check(Qty(-150).to_string(), "-1.5");
        check(Usd(375_000).to_string(), "0.375");
        check(Usd(-18_400_000).to_string(), "-18.40");
    }

    #[test]
    fn dollars_outside_0_to_1_are_not_a_price() {
        for bad in [f64::NAN, f64::INFINITY, -0.01, 1.0001] {
            assert_eq!(Price::from_dollars(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn price_times_quantity_is_exact(price in 0i32..=10_000, qty in -1_000_000i64..1_000_000) {
            prop_assert_eq!((Price(price) * Qty(qty)).0, i64::from(price) * qty);
        }

        #[test]
        fn a_price_round_trips_through_dollars(price in 0i32..=10_000) {
            prop_assert_eq!(Price::from_dollars(Price(price).dollars()), Some(Price(price)));
        }
    }
}
