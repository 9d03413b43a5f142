//! Amounts of dollars in a report: exact, and decimal strings in JSON, so that no reader rounds them.

use std::fmt;

use host_core::Usd;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in dollars; in JSON a decimal string such as `"-18.40"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub Usd);

impl Money {
    /// Returns `total / count` for a total in 1/10,000,000,000 dollar, rounded to the nearest micro-dollar, halves away
    /// from zero; `None` if `count` is zero or the amount overflows.
    pub(crate) fn average(total: i128, count: i128) -> Option<Money> {
        let micros = rounded(total, count.checked_mul(Usd::MICRO.0.into())?)?;
        micros.checked_mul(Usd::MICRO.0).map(|units| Money(Usd(units)))
    }

    /// Parses the format of [`fmt::Display`]: an optional minus, digits, and at most ten digits after a point.
    pub fn parse(text: &str) -> Option<Money> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) || part.len() > 10 {
            return None;
        }
        let units: i128 = format!("{whole}{part:0<10}").parse().ok()?;
        i64::try_from(if negative { -units } else { units }).ok().map(|units| Money(Usd(units)))
    }
}

/// Returns `a / b` rounded to the nearest whole number, halves away from zero; `None` if `b` is zero or on overflow.
fn rounded(a: i128, b: i128) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let magnitude = (a.unsigned_abs() + b.unsigned_abs() / 2) / b.unsigned_abs();
    let magnitude = i128::try_from(magnitude).ok()?;
    i64::try_from(if (a < 0) == (b < 0) { magnitude } else { -magnitude }).ok()
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let text = String::deserialize(deserializer)?;
        Money::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no amount: write dollars as a decimal such as \"-18.40\""))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn averages_round_halves_away_from_zero() {
        let check = |total: i128, count, expect: Option<i64>| {
            let micros = expect.map(|units| Money(Usd::micros(units)));
            assert_eq!(Money::average(total * i128::from(Usd::MICRO.0), count), micros, "{total}/{count}");
        };
        check(7, 2, Some(4));
        check(-7, 2, Some(-4));
        check(1, 3, Some(0));
        check(-5, 3, Some(-2));
        check(1, 0, None);
        check(i128::from(i64::MAX) + 1, 1, None);
    }

    #[test]
    fn malformed_amounts_are_refused() {
        for bad in ["", "-", ".5", "1.", "1.00000000000", "1e3", "+1", "NaN", "--1", "1.2.3", "922337204"] {
            assert_eq!(Money::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_survives_a_round_trip_through_text(units: i64) {
            prop_assert_eq!(Money::parse(&Money(Usd(units)).to_string()), Some(Money(Usd(units))));
        }
    }
}
