//! How limits read and write in a configuration file: decimals outside (dollars, contracts, seconds, parts), integers
//! inside.
//!
//! What is no number, or beyond any sensible amount, reads as zero: [`super::RiskLimits::validate`] refuses zero and
//! names the field, together with every other fault, where serde would stop at the first and name none.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::{Price, Qty, Usd};
use crate::time::Span;

/// A part of something, in millionths: 0.03 is 30,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(pub i64);

impl Part {
    /// All of it.
    pub const ONE: Part = Part(1_000_000);

    /// The nearest millionth; `None` unless `part` is a number within ± 1,000.
    pub fn from_number(part: f64) -> Option<Part> {
        (part.abs() <= 1_000.0).then(|| Part((part * 1e6).round() as i64))
    }

    /// This part of `units`, rounded towards zero; saturates.
    pub fn of(self, units: i64) -> i64 {
        let part = i128::from(units) * i128::from(self.0) / i128::from(Part::ONE.0);
        i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
    }

    /// `value / whole`, rounded down; zero where `whole` is not positive. Saturates.
    pub fn ratio(value: i64, whole: i64) -> Part {
        if whole <= 0 {
            return Part(0);
        }
        let ratio = (i128::from(value) * i128::from(Part::ONE.0)).div_euclid(i128::from(whole));
        Part(i64::try_from(ratio).unwrap_or(i64::MAX))
    }

    /// As a float, for files and people only.
    pub fn as_number(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A part is written like an amount of dollars: millionths as a decimal.
        fmt::Display::fmt(&Usd(self.0), f)
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_number())
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Part, D::Error> {
        Ok(f64::deserialize(deserializer).map(Part::from_number)?.unwrap_or_default())
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
decimal!(
    /// Differences of prices in dollars. Unlike a price, one may be read as negative, so that `validate` can say so.
    price, Price, price_from_dollars, Price::dollars
);
decimal!(
    /// Spans in seconds.
    seconds, Span, span_from_seconds, Span::as_seconds
);

fn price_from_dollars(dollars: f64) -> Option<Price> {
    (dollars.abs() <= 1_000.0).then(|| Price((dollars * 10_000.0).round() as i32))
}

/// At most 100 years, either way.
fn span_from_seconds(seconds: f64) -> Option<Span> {
    (seconds.abs() <= 3.2e9).then(|| Span((seconds * 1e9).round() as i64))
}
