//! Serialisation of limits: decimals in the configuration file (dollars, contracts, seconds, fractions), integers in
//! memory.
//!
//! A value that is not a number, or unreasonably large, reads as zero. [`super::RiskLimits::validate`] then rejects the
//! zero and names the field together with all other errors, where serde would stop at the first and name none.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::{Price, Qty, Usd};
use crate::time::Span;

/// A fraction, in millionths: 0.03 is 30,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(pub i64);

impl Fraction {
    /// The whole: 1.
    pub const ONE: Fraction = Fraction(1_000_000);

    /// Returns the fraction rounded to the nearest millionth, or `None` unless `number` is within ± 1,000.
    pub fn from_number(number: f64) -> Option<Fraction> {
        (number.abs() <= 1_000.0).then(|| Fraction((number * 1e6).round() as i64))
    }

    /// Returns this fraction of `units`, rounded towards zero; saturates.
    pub fn of(self, units: i64) -> i64 {
        let part = i128::from(units) * i128::from(self.0) / i128::from(Fraction::ONE.0);
        i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
    }

    /// Returns this fraction of `qty`, rounded towards zero to hundredths of a contract; saturates.
    pub fn of_qty(self, qty: Qty) -> Qty {
        Qty(self.of(qty.0)).in_hundredths()
    }

    /// Returns this fraction of `amount`, rounded towards zero to whole micro-dollars; saturates.
    pub fn of_usd(self, amount: Usd) -> Usd {
        Usd(self.of(amount.0)).in_micros()
    }

    /// Returns `value / whole`, rounded down, or zero if `whole` is not positive; saturates.
    pub fn ratio(value: i64, whole: i64) -> Fraction {
        if whole <= 0 {
            return Fraction(0);
        }
        let ratio = (i128::from(value) * i128::from(Fraction::ONE.0)).div_euclid(i128::from(whole));
        Fraction(i64::try_from(ratio).unwrap_or(i64::MAX))
    }

    /// Returns the fraction as a float, for files and display only.
    pub fn as_number(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A fraction is written like a number of dollars.
        fmt::Display::fmt(&Usd::micros(self.0), f)
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_number())
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fraction, D::Error> {
        Ok(f64::deserialize(deserializer).map(Fraction::from_number)?.unwrap_or_default())
    }
}

/// A serde `with` module that reads and writes `$type` as a decimal.
macro_rules! decimal {
    ($(#[$doc:meta])* $name:ident, $type:ty, $read:expr, $write:expr) => {
        $(#[$doc])*
        pub mod $name {
            use super::*;

            pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64($write(*value))
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                Ok(f64::deserialize(deserializer).map($read)?.unwrap_or_default())
            }
        }
    };
}

decimal!(
    /// Quantities in contracts.
    contracts, Qty, Qty::from_contracts, Qty::as_contracts
);
decimal!(
    /// Amounts in dollars.
    dollars, Usd, Usd::from_dollars, Usd::as_dollars
);
/// Amounts in dollars that may be absent.
pub mod maybe_dollars {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Option<Usd>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Usd::as_dollars).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Usd>, D::Error> {
        let read = Option::<f64>::deserialize(deserializer)?;
        Ok(read.map(|dollars| Usd::from_dollars(dollars).unwrap_or_default()))
    }
}

decimal!(
    /// Price differences in dollars. Negative values are read as they are, so that `validate` can report them.
    price, Price, price_from_dollars, Price::dollars
);
decimal!(
    /// Spans in seconds.
    seconds, Span, span_from_seconds, Span::as_seconds
);

fn price_from_dollars(dollars: f64) -> Option<Price> {
    (dollars.abs() <= 1_000.0).then(|| Price((dollars * 10_000.0).round() as i32))
}

/// Accepts at most 100 years in either direction.
fn span_from_seconds(seconds: f64) -> Option<Span> {
    (seconds.abs() <= 3.2e9).then(|| Span((seconds * 1e9).round() as i64))
}
